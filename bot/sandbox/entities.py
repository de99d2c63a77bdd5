"""Formatted text: HTML to plain text and entities, the way Telegram reads it.

Offsets and lengths of entities count UTF-16 code units; offsets in error texts count UTF-8 bytes, both
as Telegram does (https://core.telegram.org/bots/api#html-style).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from bot.sandbox.errors import Json, bad_request

MAX_TEXT = 4096
"""UTF-16 code units in a text, from a person or the bot (https://core.telegram.org/bots/api#sendmessage)."""

MAX_CAPTION = 1024
"""UTF-16 code units in a caption (https://core.telegram.org/bots/api#sendphoto)."""

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]+));?")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[A-Za-z0-9.-]+))?""")
_DETECTED = re.compile(
    r"(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/<>]))"
    r"|(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]])"
)


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, Telegram's measure of everything."""
    return len(text.encode("utf-16-le")) // 2


def utf16_slice(text: str, offset: int, length: int) -> str:
    """Return `length` UTF-16 code units of `text` from `offset` on."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


@dataclass
class _Tag:
    name: str
    start: int
    attributes: dict[str, str]


@dataclass
class _Parser:
    source: str
    position: int = 0
    text: list[str] = field(default_factory=list)
    length: int = 0
    stack: list[_Tag] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def fail(self, reason: str, at: int | None = None) -> NoReturn:
        where = "" if at is None else f" at byte offset {len(self.source[:at].encode())}"
        raise bad_request(f"can't parse entities: {reason}{where}")

    def write(self, text: str) -> None:
        self.text.append(text)
        self.length += utf16_length(text)

    def parse(self) -> tuple[str, list[Json]]:
        while self.position < len(self.source):
            char = self.source[self.position]
            if char == "<" and self.source.startswith("</", self.position):
                self.end_tag()
            elif char == "<":
                self.start_tag()
            elif char == "&":
                self.reference()
            else:
                self.write(char)
                self.position += 1
        if self.stack:
            self.fail(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].name}"')
        return "".join(self.text), sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))

    def reference(self) -> None:
        match = _REFERENCE.match(self.source, self.position)
        char = "&"
        if match:
            code = int(match[1], 16) if match[1] else int(match[2]) if match[2] else 0
            char = _NAMED.get(match[3] or "", chr(code) if 0 < code < 0x110000 else "&")
        self.write(char)
        self.position = (
            match.end() if match and char != "&" or match and match[3] == "amp" else self.position + 1
        )

    def start_tag(self) -> None:
        begin = self.position
        close = re.compile(r"[\s>]").search(self.source, begin + 1)
        if not close:
            self.fail("Unclosed start tag", begin)
        name = self.source[begin + 1 : close.start()].lower()
        if name not in _TYPES:
            self.fail(f'Unsupported start tag "{name}"', begin)
        position = close.start()
        attributes: dict[str, str] = {}
        while not (end := re.compile(r"\s*>").match(self.source, position)):
            match = _ATTRIBUTE.match(self.source, position)
            if not match:
                self.fail("Unclosed start tag", begin)
            attributes[match[1].lower()] = (match[2] or "").strip("\"'")
            position = match.end()
        if name == "span" and attributes.get("class") != "tg-spoiler":
            self.fail('Tag "span" must have class "tg-spoiler"', begin)
        self.stack.append(_Tag(name, self.length, attributes))
        self.position = end.end()

    def end_tag(self) -> None:
        begin = self.position
        end = self.source.find(">", begin)
        if end < 0:
            self.fail("Unclosed end tag", begin)
        name = self.source[begin + 2 : end].strip().lower()
        if not self.stack:
            self.fail("Unexpected end tag", begin)
        tag = self.stack.pop()
        if name and name != tag.name:
            at = len(self.source[:begin].encode())
            self.fail(f'Unmatched end tag at byte offset {at}, expected "</{tag.name}>", found "</{name}>"')
        self.position = end + 1
        if self.length > tag.start:
            self.close(tag)

    def close(self, tag: _Tag) -> None:
        entity: Json = {"type": _TYPES[tag.name], "offset": tag.start, "length": self.length - tag.start}
        if tag.name == "a":
            entity["url"] = tag.attributes.get("href") or "".join(self.text)[-entity["length"] :]
        if tag.name == "blockquote" and "expandable" in tag.attributes:
            entity["type"] = "expandable_blockquote"
        if tag.name == "code" and self.stack and self.stack[-1].name == "pre":
            # <pre><code class="language-x"> is one block with a language, not two entities.
            self.stack[-1].attributes["language"] = tag.attributes.get("class", "").removeprefix("language-")
            return
        if tag.name == "pre" and tag.attributes.get("language"):
            entity["language"] = tag.attributes["language"]
        self.entities.append(entity)


def detect(text: str, known: Sequence[Json] = ()) -> list[Json]:
    """Return `known` entities plus the commands and addresses that Telegram marks by itself.

    Args:
        text: Plain text.
        known: Entities that a person or bot has set; what is inside code is not detected.
    """
    found = list(known)
    opaque = [
        (e["offset"], e["offset"] + e["length"]) for e in known if e["type"] in {"code", "pre", "text_link"}
    ]
    for match in _DETECTED.finditer(text):
        offset = utf16_length(text[: match.start()])
        length = utf16_length(match[0])
        if not any(start < offset + length and offset < end for start, end in opaque):
            found.append({"type": str(match.lastgroup), "offset": offset, "length": length})
    return sorted(found, key=lambda e: (e["offset"], -e["length"]))


def _strip(text: str, entities: Sequence[Json]) -> tuple[str, list[Json]]:
    shift = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - shift)
        end = min(utf16_length(text), entity["offset"] + entity["length"] - shift)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, kept


def _is_entity(mark: object) -> bool:
    return (
        isinstance(mark, dict)
        and isinstance(mark.get("type"), str)
        and all(isinstance(mark.get(name), int) and mark[name] >= 0 for name in ("offset", "length"))
    )


def formatted(text: str, parse_mode: str | None, entities: Sequence[Json] | None) -> tuple[str, list[Json]]:
    """Return the text that the chat shows, and its entities.

    Args:
        text: As the bot sent it.
        parse_mode: `HTML` or nothing; the sandbox knows no Markdown.
        entities: `MessageEntity` objects, used without a parse mode.

    Raises:
        BotApiError: Unknown parse mode, or HTML that Telegram would refuse.
    """
    if parse_mode and parse_mode.lower() != "html":
        raise bad_request("unsupported parse_mode")
    plain, marks = _Parser(text).parse() if parse_mode else (text, list(entities or ()))
    for mark in marks:
        if not _is_entity(mark):
            raise bad_request("can't parse MessageEntity: it must have type, offset and length")
    plain, marks = _strip(plain, marks)
    return plain, detect(plain, marks)
