// What passes by: toasts, alerts, a picture in full.

import { fileUrl } from "./api.js";
import { make } from "./text.js";

const TOAST_MS = 4200;

export function toast(text, isError = false) {
  const box = document.getElementById("toasts");
  const note = make("div", isError ? "toast error" : "toast", text);
  note.dataset.testid = "toast";
  if (isError) note.setAttribute("role", "alert");
  box.append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

export function alertBox(text) {
  document.getElementById("alert-text").textContent = text;
  const dialog = document.getElementById("alert");
  if (!dialog.open) dialog.showModal();
}

export function view(fileId, caption) {
  const dialog = document.getElementById("viewer");
  const image = document.getElementById("viewer-image");
  image.src = fileUrl(fileId);
  image.alt = caption || "Picture";
  document.getElementById("viewer-caption").textContent = caption;
  dialog.showModal();
}

// A tap beside the picture closes it too.
document.getElementById("viewer").addEventListener("click", (event) => {
  if (event.target.id === "viewer") event.target.close();
});
