// Talks to the sandbox: actions by POST, everything that happens by server-sent events.

async function post(path, options) {
  let response;
  try {
    response = await fetch(path, { method: "POST", ...options });
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    throw new Error(body.error || `The sandbox answered ${response.status}.`);
  }
}

export function sendText(chatId, text, replyTo) {
  return sendForm(chatId, { text, reply_to: replyTo });
}

export function sendFiles(chatId, files, as, caption, replyTo) {
  return sendForm(chatId, { text: caption, reply_to: replyTo, as }, files);
}

function sendForm(chatId, fields, files = []) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value) body.append(name, value);
  for (const file of files) body.append("file", file, file.name || "picture.png");
  return post(`/api/chats/${chatId}/messages`, { body });
}

export function press(chatId, messageId, data) {
  return post(`/api/chats/${chatId}/presses`, {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message_id: messageId, data }),
  });
}

export const fileUrl = (fileId) => `/api/files/${encodeURIComponent(fileId)}`;

// Calls onEvent for each event and onLost when the connection breaks; the first event after each
// (re)connection is the whole state, so nothing is missed.
export function listen(onEvent, onLost) {
  let source;
  const connect = () => {
    source = new EventSource("/api/events");
    source.onmessage = ({ data }) => onEvent(JSON.parse(data));
    source.onerror = () => {
      onLost();
      // The browser retries by itself after most failures, but gives up after some.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1500);
    };
  };
  connect();
}
