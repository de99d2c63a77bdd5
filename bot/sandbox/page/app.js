// The page: state from the server in, what the person does out.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { Log } from "./log.js";
import { alertBox, toast, view } from "./notices.js";
import { Outbox } from "./outbox.js";
import { make } from "./text.js";

const TYPING_MS = 5000; // as long as Telegram's apps show it
const ACTIONS = { typing: "typing…", upload_photo: "sending a photo…", upload_document: "sending a file…" };
const byId = (id) => document.getElementById(id);

const state = { bot: null, online: false, lost: false, chats: new Map(), chatId: null };
const pressed = new Set();
const pressKey = (chatId, messageId, data) => `${chatId} ${messageId} ${data}`;
const current = () => state.chats.get(state.chatId);

const composer = new Composer({
  onSend: (text) => attempt(composer.answering((replyTo) => api.sendText(state.chatId, text, replyTo))),
  commands: () => current()?.commands || [],
});

const log = new Log({
  reply: (message) => composer.reply(message),
  jump: (messageId) => log.jump(messageId),
  view,
  command: (text) => attempt(api.sendText(state.chatId, text)),
  copy: async (text) => {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  },
  isPressed: (messageId, data) => pressed.has(pressKey(state.chatId, messageId, data)),
  press: (message, data) => press(message, data),
});

new Outbox({
  onSend: (files, as, caption) =>
    composer.answering((replyTo) => api.sendFiles(state.chatId, files, as, caption, replyTo)),
  onError: (text) => toast(text, true),
});

byId("start").addEventListener("click", () => {
  attempt(api.sendText(state.chatId, "/start"));
  byId("text").focus();
});

// Returns whether it worked.
async function attempt(promise) {
  try {
    await promise;
    return true;
  } catch (error) {
    toast(error.message, true);
    return false;
  }
}

async function press(message, data) {
  const key = pressKey(state.chatId, message.message_id, data);
  if (pressed.has(key)) return;
  pressed.add(key);
  log.show(current());
  try {
    await api.press(state.chatId, message.message_id, data);
  } catch (error) {
    pressed.delete(key);
    log.show(current());
    toast(error.message, true);
  }
}

const handlers = {
  state(_, payload) {
    state.bot = payload.bot;
    state.online = payload.online;
    state.lost = false;
    // After a lost connection: what was not read stays so, and what came meanwhile is new.
    state.chats = new Map(payload.chats.map((chat) => [chat.id, { ...chat, unread: unreadIn(chat), typing: "" }]));
    pressed.clear();
    const remembered = Number(sessionStorage.getItem("persona"));
    state.chatId = state.chats.has(remembered) ? remembered : payload.chats[0].id;
    current().unread = 0;
    byId("bot-name").textContent = payload.bot.first_name;
    document.title = `${payload.bot.first_name} · sandbox`;
    renderAll();
  },
  message(chat, message) {
    chat.messages.push(message);
    const isOwn = message.from.id === chat.id;
    if (!isOwn) stopTyping(chat);
    if (chat.id === state.chatId) log.noticeNew(isOwn);
    else if (!isOwn) chat.unread += 1;
    renderChat(chat);
  },
  edited(chat, message) {
    const index = chat.messages.findIndex(({ message_id }) => message_id === message.message_id);
    if (index >= 0) chat.messages[index] = message;
    renderChat(chat);
  },
  deleted(chat, { message_id }) {
    chat.messages = chat.messages.filter((message) => message.message_id !== message_id);
    for (const message of chat.messages) {
      if (message.reply_to_message?.message_id === message_id) delete message.reply_to_message;
    }
    if (composer.replyTo?.message_id === message_id) composer.reply(null);
    renderChat(chat);
  },
  typing(chat, { action }) {
    chat.typing = ACTIONS[action] || "busy…";
    clearTimeout(chat.timer);
    chat.timer = setTimeout(() => stopTyping(chat), TYPING_MS);
    renderStatus();
  },
  force_reply(chat, { message_id, input_field_placeholder }) {
    if (chat.id !== state.chatId) return;
    const message = chat.messages.find((candidate) => candidate.message_id === message_id);
    if (message) composer.reply(message, input_field_placeholder);
  },
  answer(chat, { message_id, data, answer }) {
    if (!pressed.delete(pressKey(chat.id, message_id, data))) return;
    renderChat(chat);
    if (!answer) toast("The bot did not answer in time.", true);
    else if (answer.text && answer.show_alert) alertBox(answer.text);
    else if (answer.text) toast(answer.text);
  },
  commands(chat, { commands }) {
    chat.commands = commands;
    byId("menu").hidden = !current().commands.length;
  },
  status(_, { online }) {
    state.online = online;
    renderStatus();
  },
};

function unreadIn(chat) {
  const before = state.chats.get(chat.id);
  if (!before) return 0;
  const last = before.messages.at(-1)?.message_id ?? 0;
  return before.unread + chat.messages.filter(({ message_id, from }) => message_id > last && from.id !== chat.id).length;
}

function stopTyping(chat) {
  chat.typing = "";
  clearTimeout(chat.timer);
  renderStatus();
}

function renderAll() {
  renderPersonas();
  renderStatus();
  renderChat(current());
}

function renderChat(chat) {
  if (chat.id !== state.chatId) {
    renderPersonas();
    return;
  }
  const isEmpty = !chat.messages.length;
  byId("empty").hidden = !isEmpty;
  byId("empty-title").textContent = `Hello, ${chat.name}`;
  byId("menu").hidden = !chat.commands.length;
  log.show(chat);
}

function renderPersonas() {
  const box = byId("personas");
  for (const chat of state.chats.values()) {
    let label = box.querySelector(`label[data-id="${chat.id}"]`);
    if (!label) {
      label = make("label");
      label.dataset.id = chat.id;
      label.dataset.testid = `persona-${chat.id}`;
      const radio = make("input");
      radio.type = "radio";
      radio.name = "persona";
      radio.addEventListener("change", () => choose(chat.id));
      label.append(radio, make("span", "name", chat.name));
      label.lastChild.append(make("span", "badge"));
      box.append(label);
    }
    label.querySelector("input").checked = chat.id === state.chatId;
    const badge = label.querySelector(".badge");
    badge.hidden = !chat.unread;
    badge.textContent = chat.unread || "";
    badge.title = `${chat.unread} new`;
  }
}

function choose(chatId) {
  state.chatId = chatId;
  sessionStorage.setItem("persona", chatId);
  current().unread = 0;
  composer.reply(null);
  composer.close();
  renderAll();
}

function renderStatus() {
  const chat = current();
  const busy = !state.lost && chat?.typing;
  let text = busy || (state.online ? "online" : "the bot is starting…");
  if (state.lost) text = "connection lost, trying again…";
  const status = byId("status");
  if (status.textContent !== text) status.textContent = text;
  status.classList.toggle("busy", Boolean(busy));
  const dots = byId("typing");
  if (dots.hidden === Boolean(busy)) {
    dots.hidden = !busy;
    if (log.stuck) log.scrollToEnd("instant");
  }
}

api.listen(
  ({ kind, chat_id, payload }) => handlers[kind](state.chats.get(chat_id), payload),
  () => {
    state.lost = true;
    renderStatus();
  },
);
