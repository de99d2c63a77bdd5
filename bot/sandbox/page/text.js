// Formatted text: Bot API entities to DOM nodes. Only text nodes and known elements are made, never markup.

const ELEMENTS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

// Returns a fragment. Offsets count UTF-16 units, as JavaScript strings do.
export function richText(text, entities, onCommand) {
  const waiting = [...(entities || [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return fill(document.createDocumentFragment(), text, 0, text.length, waiting, onCommand);
}

function fill(parent, text, from, to, waiting, onCommand) {
  let position = from;
  while (waiting.length && waiting[0].offset < to) {
    const entity = waiting.shift();
    const start = Math.max(entity.offset, position);
    const end = Math.min(entity.offset + entity.length, to);
    if (start >= end) continue;
    parent.append(text.slice(position, start));
    const element = elementFor(entity, text.slice(start, end), onCommand);
    parent.append(fill(element, text, start, end, waiting, onCommand));
    position = end;
  }
  parent.append(text.slice(position, to));
  return parent;
}

function elementFor(entity, text, onCommand) {
  if (entity.type === "url" || entity.type === "text_link") return link(entity.url || text);
  if (entity.type === "bot_command") {
    const button = make("button", "command");
    button.type = "button";
    button.addEventListener("click", () => onCommand(text));
    return button;
  }
  if (entity.type === "spoiler") {
    const button = make("button", "spoiler");
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => button.setAttribute("aria-expanded", "true"));
    return button;
  }
  return document.createElement(ELEMENTS[entity.type] || "span");
}

function link(address) {
  if (!/^https?:\/\//i.test(address)) return document.createElement("span");
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const ICONS = {
  reply: "M10 6 4 12l6 6M4.5 12H14a6 6 0 0 1 6 6",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  close: "M6 6l12 12M18 6 6 18",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
