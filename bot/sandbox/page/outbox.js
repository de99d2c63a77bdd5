// Pictures and files on their way out: picked, dropped or pasted, then sent as photos or as files.

import { sizeOf } from "./messages.js";
import { icon, make } from "./text.js";

const byId = (id) => document.getElementById(id);
// What Telegram's apps make photos of; the server has the last word.
const PHOTO_TYPES = ["image/jpeg", "image/png", "image/webp", "image/bmp"];
const canBePhoto = (file) => PHOTO_TYPES.includes(file.type);

export class Outbox {
  // `onSend(files, as, caption)` returns a promise; `onError(text)` tells what went wrong.
  constructor({ onSend, onError }) {
    this.onSend = onSend;
    this.onError = onError;
    this.files = [];
    this.urls = [];
    this.dialog = byId("outbox");
    this.sending = false;
    byId("attach").addEventListener("click", () => byId("files").click());
    byId("files").addEventListener("change", ({ target }) => {
      this.offer([...target.files]);
      target.value = "";
    });
    byId("outbox-cancel").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.clear());
    byId("outbox-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    for (const radio of this.radios()) radio.addEventListener("change", () => this.explain());
    document.addEventListener("paste", ({ clipboardData }) => this.offer([...clipboardData.files]));
    this.acceptDrops();
  }

  radios() {
    return [...this.dialog.querySelectorAll("input[name=as]")];
  }

  acceptDrops() {
    const overlay = byId("drop");
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      overlay.hidden = false;
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) overlay.hidden = true;
    });
    document.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      overlay.hidden = true;
      this.offer([...event.dataTransfer.files]);
    });
  }

  offer(files) {
    const usable = files.filter((file) => file.size);
    if (usable.length < files.length) this.onError("An empty file cannot be sent.");
    if (!usable.length || this.sending) return;
    this.files.push(...usable);
    this.show();
    if (!this.dialog.open) this.dialog.showModal();
    byId("caption").focus();
  }

  show() {
    const photos = this.files.filter(canBePhoto).length;
    const [asPhoto, asFile] = this.radios();
    asPhoto.disabled = !photos;
    if (!photos) asFile.checked = true;
    else if (!asFile.checked) asPhoto.checked = true;
    const count = this.files.length;
    const things = photos === count ? "photo" : "file";
    byId("outbox-title").textContent = count === 1 ? `Send a ${things}` : `Send ${count} ${things}s`;
    this.revoke();
    byId("outbox-files").replaceChildren(...this.files.map((file, index) => this.preview(file, index)));
    this.explain();
  }

  preview(file, index) {
    const item = make("li");
    if (canBePhoto(file)) {
      const image = make("img");
      image.alt = file.name;
      image.src = URL.createObjectURL(file);
      this.urls.push(image.src);
      image.addEventListener("error", () => image.replaceWith(plain(file)));
      item.append(image);
    } else item.append(plain(file));
    if (this.files.length > 1) {
      const remove = make("button", "icon");
      remove.type = "button";
      remove.setAttribute("aria-label", `Do not send ${file.name}`);
      remove.append(icon("close"));
      remove.addEventListener("click", () => {
        this.files.splice(index, 1);
        this.show();
        const left = byId("outbox-files").querySelectorAll("button");
        (left[Math.min(index, left.length - 1)] || byId("caption")).focus();
      });
      item.append(remove);
    }
    return item;
  }

  explain() {
    const asPhoto = this.radios()[0].checked;
    const others = this.files.filter((file) => !canBePhoto(file)).length;
    let note = asPhoto
      ? "Made smaller, without place and camera, as Telegram does."
      : "Sent byte for byte, with name and all that is in it.";
    if (asPhoto && others) note += others === 1 ? " One goes as a file." : ` ${others} go as files.`;
    byId("outbox-note").textContent = note;
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    byId("outbox-send").disabled = true;
    byId("outbox-send").textContent = "Sending…";
    const as = this.radios().find((radio) => radio.checked).value;
    try {
      await this.onSend(this.files, as, byId("caption").value.trim());
      this.dialog.close();
    } catch (error) {
      byId("outbox-note").textContent = error.message; // a toast would lie behind the dialog
    } finally {
      this.sending = false;
      byId("outbox-send").disabled = false;
      byId("outbox-send").textContent = "Send";
    }
  }

  revoke() {
    this.urls.forEach((url) => URL.revokeObjectURL(url));
    this.urls = [];
  }

  clear() {
    this.revoke();
    this.files = [];
    byId("outbox-files").replaceChildren();
    byId("caption").value = "";
    for (const radio of this.radios()) radio.checked = false;
  }
}

function plain(file) {
  const box = make("div", "plain");
  box.append(make("strong", "", file.name), make("span", "", sizeOf(file.size)));
  return box;
}
