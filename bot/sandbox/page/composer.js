// The entry: text, commands, what is replied to.

import { excerpt } from "./messages.js";
import { make } from "./text.js";

const byId = (id) => document.getElementById(id);

export class Composer {
  // `onSend(text)` sends and resolves to whether it worked; `commands()` lists the bot's commands for the chat that is open.
  constructor({ onSend, commands }) {
    this.onSend = onSend;
    this.commands = commands;
    this.text = byId("text");
    this.list = byId("suggestions");
    this.menu = byId("menu");
    this.replyTo = null;
    this.selected = -1;
    byId("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    byId("reply-cancel").addEventListener("click", () => {
      this.reply(null);
      this.text.focus();
    });
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => this.keyDown(event));
    this.text.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.menu.addEventListener("mousedown", (event) => event.preventDefault());
    this.menu.addEventListener("click", () => this.toggleMenu());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  async submit() {
    const text = this.text.value.trim();
    if (!text) return;
    this.text.value = "";
    this.changed();
    const isSent = await this.onSend(text);
    if (isSent || this.text.value) return;
    // Nothing that somebody typed is lost because the connection was.
    this.text.value = text;
    this.changed();
  }

  changed() {
    // Grows with the text up to the height in the style sheet.
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    const typed = /^\/(\w*)$/.exec(this.text.value);
    if (typed) this.open(this.commands().filter(({ command }) => command.startsWith(typed[1].toLowerCase())));
    else this.close();
  }

  keyDown(event) {
    if (event.isComposing) return;
    const options = [...this.list.children];
    if (!this.list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.select((this.selected + step + options.length) % options.length);
    } else if (!this.list.hidden && this.selected >= 0 && event.key === "Enter") {
      event.preventDefault();
      options[this.selected].click();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      if (!this.list.hidden) this.close();
      else this.reply(null);
    }
  }

  toggleMenu() {
    if (this.list.hidden) this.open(this.commands());
    else this.close();
    this.text.focus();
  }

  open(commands) {
    this.list.replaceChildren(
      ...commands.map(({ command, description }, index) => {
        const option = make("li");
        option.id = `command-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.append(make("b", "", `/${command}`), make("span", "", description));
        option.addEventListener("click", () => {
          this.text.value = "";
          this.changed();
          this.onSend(`/${command}`);
        });
        return option;
      }),
    );
    this.selected = -1;
    this.setExpanded(commands.length > 0);
    // What is typed picks the first; a menu that was merely opened picks nothing.
    if (commands.length && this.text.value.length > 1) this.select(0);
  }

  close() {
    this.selected = -1;
    this.setExpanded(false);
  }

  setExpanded(isOpen) {
    this.list.hidden = !isOpen;
    this.menu.setAttribute("aria-expanded", String(isOpen));
    this.text.removeAttribute("aria-activedescendant");
  }

  select(index) {
    [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    this.selected = index;
    this.text.setAttribute("aria-activedescendant", `command-${index}`);
    this.list.children[index].scrollIntoView({ block: "nearest" });
  }

  reply(message, placeholder = "Message") {
    this.replyTo = message;
    this.text.placeholder = placeholder;
    byId("reply-bar").hidden = !message;
    if (!message) return;
    byId("reply-name").textContent = `Reply to ${message.from.first_name}`;
    byId("reply-excerpt").textContent = excerpt(message);
    this.text.focus();
  }

  // Calls `send` with the id of the message that is answered, which is forgotten only once that has worked.
  async answering(send) {
    const replyTo = this.replyTo;
    await send(replyTo?.message_id);
    if (this.replyTo === replyTo) this.reply(null);
  }
}
