// One bubble: a message, or the several messages of an album.

import { fileUrl } from "./api.js";
import { icon, make, richText } from "./text.js";

const isImage = (type) => /^image\/(jpeg|png|webp|gif)$/.test(type || "");

export function excerpt(message) {
  const said = message.text || message.caption;
  if (said) return said.replace(/\s+/g, " ");
  return message.photo ? "Photo" : message.document?.file_name || "Message";
}

const timeOf = (message) =>
  new Date(message.date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

// `group` holds one message, or all of an album. `actions`: reply, jump, view, press, command, copy.
export function messageElement(group, isOwn, actions) {
  const first = group[0];
  const last = group[group.length - 1];
  const item = make("li", `message ${isOwn ? "out" : "in"}`);
  item.dataset.testid = "message";
  item.dataset.messageId = first.message_id;
  item.dataset.ids = group.map((message) => message.message_id).join(" ");
  const stack = make("div", "stack");
  const bubble = make("div", "bubble");
  const name = make("span", "hidden", `${isOwn ? "You" : first.from.first_name}: `);
  bubble.append(name);
  if (first.reply_to_message) bubble.append(quoteElement(first, actions));
  const photos = group.filter((message) => message.photo);
  if (photos.length) bubble.append(picturesElement(photos, actions));
  for (const message of group) if (message.document) bubble.append(fileElement(message.document, actions));
  const spoken = group.find((message) => message.text || message.caption);
  bubble.append(bodyElement(spoken || last, Boolean(spoken), photos.length > 0, actions));
  stack.append(bubble);
  if (first.reply_markup?.inline_keyboard) {
    stack.classList.add("with-keys");
    stack.append(keyboardElement(first, actions));
  }
  item.append(stack, replyButton(first, actions));
  return item;
}

function bodyElement(message, hasText, onPicture, actions) {
  const meta = make("span", "meta", `${message.edit_date && !message.reply_markup ? "edited " : ""}${timeOf(message)}`);
  if (!hasText && onPicture) {
    meta.classList.add("over");
    return meta;
  }
  const body = make("div", hasText ? "body" : "body bare");
  if (message.text) body.append(richText(message.text, message.entities, actions.command));
  else if (message.caption) body.append(richText(message.caption, message.caption_entities, actions.command));
  body.append(meta);
  return body;
}

function quoteElement(message, actions) {
  const quoted = message.reply_to_message;
  const quote = make("button", "quote");
  quote.type = "button";
  quote.dataset.testid = "quote";
  quote.setAttribute("aria-label", `In reply to: ${excerpt(quoted)}`);
  const small = quoted.photo?.[0] || quoted.document?.thumbnail;
  if (small) {
    const image = make("img");
    image.src = fileUrl(small.file_id);
    image.alt = "";
    quote.append(image);
  }
  const said = make("span", "said");
  said.append(make("strong", "", quoted.from.first_name), make("span", "", message.quote?.text || excerpt(quoted)));
  quote.append(said);
  quote.addEventListener("click", () => actions.jump(quoted.message_id));
  return quote;
}

// One picture as it is; an album in rows of two, each row one height, as Telegram's apps lay it out.
function picturesElement(messages, actions) {
  const pictures = make("div", "pictures");
  const buttons = messages.map((message) => pictureElement(message, actions));
  if (messages.length === 1) {
    // A tiny picture is shown a little larger, a large one never larger than it is.
    buttons[0].style.width = `${Math.min(Math.max(shownSize(messages[0]).width, 180), 420)}px`;
    pictures.append(buttons[0]);
    return pictures;
  }
  let start = 0;
  while (start < buttons.length) {
    const end = start + (start === 0 && buttons.length % 2 ? 1 : 2);
    const row = make("div", "picture-row");
    row.append(...buttons.slice(start, end));
    for (let index = start; index < end; index += 1) {
      const { width, height } = shownSize(messages[index]);
      const ratio = Math.min(Math.max(width / height, 0.5), 2.2);
      buttons[index].style.flex = `${ratio} 1 0`;
      buttons[index].firstChild.style.aspectRatio = ratio;
    }
    pictures.append(row);
    start = end;
  }
  return pictures;
}

const shownSize = ({ photo }) =>
  photo.find((size) => Math.max(size.width, size.height) >= 800) || photo[photo.length - 1];

function pictureElement(message, actions) {
  const shown = shownSize(message);
  const button = make("button", "picture");
  button.type = "button";
  button.dataset.testid = "photo";
  button.setAttribute("aria-label", message.caption ? `Open photo: ${excerpt(message)}` : "Open photo");
  const image = make("img");
  image.src = fileUrl(shown.file_id);
  image.alt = "";
  image.width = shown.width;
  image.height = shown.height;
  button.append(image);
  const largest = message.photo[message.photo.length - 1];
  button.addEventListener("click", () => actions.view(largest.file_id, message.caption || ""));
  return button;
}

function fileElement(file, actions) {
  const anchor = make("a", "file");
  anchor.href = fileUrl(file.file_id);
  anchor.dataset.testid = "document";
  anchor.download = file.file_name || "file";
  const tile = make(file.thumbnail ? "img" : "span", "tile");
  if (file.thumbnail) {
    tile.src = fileUrl(file.thumbnail.file_id);
    tile.alt = "";
  } else tile.append(icon("file"));
  const about = make("span");
  about.append(make("span", "file-name", file.file_name), make("span", "file-size", sizeOf(file.file_size)));
  anchor.append(tile, about);
  if (isImage(file.mime_type)) {
    anchor.addEventListener("click", (event) => {
      event.preventDefault();
      actions.view(file.file_id, file.file_name);
    });
  }
  return anchor;
}

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function keyboardElement(message, actions) {
  const keyboard = make("div", "keyboard");
  keyboard.dataset.testid = "keyboard";
  for (const row of message.reply_markup.inline_keyboard) {
    const keys = make("div", "keys");
    for (const button of row) keys.append(keyElement(message, button, actions));
    keyboard.append(keys);
  }
  return keyboard;
}

function keyElement(message, button, actions) {
  if (button.url) {
    const anchor = make("a", "key", `${button.text} ↗`);
    if (/^https?:\/\//i.test(button.url)) anchor.href = button.url;
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
    return anchor;
  }
  const key = make("button", "key", button.text);
  key.type = "button";
  key.dataset.testid = "key";
  if (button.copy_text) {
    key.addEventListener("click", () => actions.copy(button.copy_text.text));
    return key;
  }
  key.dataset.press = button.callback_data;
  key.addEventListener("click", () => actions.press(message, button.callback_data));
  return key;
}

function replyButton(message, actions) {
  const button = make("button", "icon answer");
  button.type = "button";
  button.title = "Reply";
  button.dataset.testid = "reply";
  button.setAttribute("aria-label", `Reply to: ${excerpt(message).slice(0, 60)}`);
  button.append(icon("reply"));
  button.addEventListener("click", () => actions.reply(message));
  return button;
}
