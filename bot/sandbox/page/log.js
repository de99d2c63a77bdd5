// The list of messages: keeps what has not changed, replaces what has, stays at the end when it was there.

import { make } from "./text.js";
import { messageElement } from "./messages.js";

const NEAR_END = 90;
const QUIET_MS = 15000; // between two edits of a message that are read out, where nobody pressed for them

export class Log {
  constructor(actions) {
    this.actions = actions;
    this.list = document.getElementById("log");
    this.scroller = document.getElementById("scroller");
    this.toEnd = document.getElementById("to-end");
    this.unseen = document.getElementById("unseen");
    this.shown = new Map();
    this.unseenCount = 0;
    this.chatId = null;
    this.scroller.addEventListener("scroll", () => this.updateToEnd());
    this.toEnd.addEventListener("click", () => {
      this.scrollToEnd();
      this.scroller.focus({ preventScroll: true }); // the button goes away
    });
    // Pictures and fonts may change heights after the fact; whoever was at the end stays there.
    new ResizeObserver(() => this.stuck && this.scrollToEnd("instant")).observe(this.list);
    new ResizeObserver(() => this.stuck && this.scrollToEnd("instant")).observe(this.scroller);
    this.stuck = true;
  }

  show(chat) {
    const isNewChat = chat.id !== this.chatId;
    if (isNewChat) {
      this.renderQuietly();
      this.list.replaceChildren();
      this.shown.clear();
      this.chatId = chat.id;
      this.unseenCount = 0;
    }
    const wanted = this.wantedItems(chat);
    const before = new Set(this.shown.keys());
    let previous = null;
    for (const { key, signature, keys, create } of wanted) {
      let entry = this.shown.get(key);
      if (entry?.signature !== signature) {
        const element = create();
        const now = performance.now();
        // A message that counts on above the same keys is progress: read out now and then, and when it ends.
        const isQuiet = keys && entry?.keys === keys && now - entry.heardAt < QUIET_MS;
        if (isQuiet) element.setAttribute("aria-live", "off");
        if (entry) replaceKeepingFocus(entry.element, element);
        else if (!isNewChat) element.classList.add("new");
        entry = { signature, keys, element, heardAt: isQuiet ? entry.heardAt : now };
        this.shown.set(key, entry);
      }
      before.delete(key);
      const place = previous ? previous.nextSibling : this.list.firstChild;
      if (place !== entry.element) this.list.insertBefore(entry.element, place);
      previous = entry.element;
    }
    for (const key of before) {
      this.shown.get(key).element.remove();
      this.shown.delete(key);
    }
    this.markPressed();
    if (isNewChat || this.stuck) this.scrollToEnd("instant");
    this.updateToEnd();
  }

  // On the keys as they are: made anew, a message would be read out again.
  markPressed() {
    for (const key of this.list.querySelectorAll("[data-press]")) {
      const { messageId } = key.closest("li").dataset;
      const isPressed = this.actions.isPressed(messageId, key.dataset.press);
      key.setAttribute("aria-busy", String(isPressed));
      if (isPressed) this.shown.get(Number(messageId)).heardAt = -Infinity; // who pressed wants to hear what comes
    }
  }

  // What was said long ago is no news for a screen reader.
  renderQuietly() {
    this.scroller.setAttribute("aria-live", "off");
    setTimeout(() => this.scroller.setAttribute("aria-live", "polite"), 500);
  }

  wantedItems(chat) {
    const items = [];
    let day = "";
    let sender = null;
    for (const group of grouped(chat.messages)) {
      const first = group[0];
      const label = dayOf(first.date);
      if (label !== day) {
        day = label;
        sender = null;
        items.push({ key: `day ${label}`, signature: label, create: () => dayElement(label) });
      }
      const turn = first.from.id !== sender;
      sender = first.from.id;
      items.push({
        key: first.message_id,
        signature: JSON.stringify([group, turn]),
        keys: JSON.stringify(first.reply_markup),
        create: () => {
          const element = messageElement(group, first.from.id === chat.id, this.actions);
          element.classList.toggle("turn", turn);
          return element;
        },
      });
    }
    return items;
  }

  noticeNew(isOwn) {
    if (isOwn) this.stuck = true;
    else if (!this.stuck) this.unseenCount += 1;
  }

  scrollToEnd(behavior = "smooth") {
    this.stuck = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
  }

  updateToEnd() {
    const left = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
    this.stuck = left < NEAR_END;
    if (this.stuck) this.unseenCount = 0;
    this.toEnd.hidden = this.stuck;
    this.unseen.hidden = !this.unseenCount;
    this.unseen.textContent = this.unseenCount || "";
  }

  jump(messageId) {
    const element = [...this.list.children].find((item) => item.dataset.ids?.split(" ").includes(String(messageId)));
    if (!element) return;
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.classList.remove("flash");
    requestAnimationFrame(() => element.classList.add("flash"));
  }
}

// On the same key if it is still there; else on the message, never on another key, which a second Enter would press.
function replaceKeepingFocus(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (!focused) return;
  const nameOf = (element) => element.getAttribute("aria-label") || element.textContent;
  const same = [...fresh.querySelectorAll("button, a[href]")].find((element) => nameOf(element) === nameOf(focused));
  if (!same) fresh.tabIndex = -1;
  (same || fresh).focus({ preventScroll: true });
}

function grouped(messages) {
  const groups = [];
  for (const message of messages) {
    const group = groups[groups.length - 1];
    if (message.media_group_id && group?.[0].media_group_id === message.media_group_id) group.push(message);
    else groups.push([message]);
  }
  return groups;
}

function dayOf(seconds) {
  const date = new Date(seconds * 1000);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return "Today";
  today.setDate(today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return "Yesterday";
  return date.toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" });
}

function dayElement(label) {
  const item = make("li", "day");
  item.append(make("span", "", label));
  return item;
}
