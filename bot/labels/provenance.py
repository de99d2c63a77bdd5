"""Who gave the pictures of the data set, when, and under which promise. No Telegram in here."""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape

from bot.store.rows import Promise
from bot.store.store import Store
from training.data.export import Origin

AGREEMENT = "agreement"
"""Who decided where enough people said the same."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the database knows of the data set.

    Attributes:
        origins: Of every picture that a label holds for, by SHA-256 and class.
        promises: What people had been promised, by the id that origins name it by.
    """

    origins: Mapping[tuple[str, str], Origin]
    promises: Mapping[str, str]


async def provenance(store: Store, *, real_ids: bool = False) -> Provenance:
    """Read where the data set's pictures from chats come from.

    Args:
        store: The database.
        real_ids: Name people by their Telegram ids. If not, by numbers that are the same within one
            export and lead back to nobody: the key that makes them is thrown away.
    """
    promises = await store.promises.all()
    name = str if real_ids else _pseudonyms(secrets.token_bytes(32))
    origins: dict[tuple[str, str], Origin] = {}
    for given in await store.labels.in_dataset():
        by = name(given.user_id) if given.user_id is not None else ""
        if given.kind is None:  # a person who is trusted decides by saying it
            decider = by
        elif given.kind == "agreement":
            decider = AGREEMENT
        else:
            decider = name(given.decided_by) if given.decided_by is not None else ""
        # The first who said it counts.
        origin = Origin(by, decider, given.at, _under(promises, given.at))
        origins.setdefault((given.sha256, given.label), origin)
    return Provenance(origins, {_id(promise): _plain(promise.text) for promise in promises})


def _pseudonyms(key: bytes) -> Callable[[int], str]:
    return lambda user_id: hashlib.blake2b(str(user_id).encode(), key=key, digest_size=8).hexdigest()


def _under(promises: list[Promise], at: str) -> str:
    """Find what was promised at a time; nothing is known of times before the first promise was noted."""
    return next((_id(promise) for promise in reversed(promises) if promise.since <= at), "")


def _id(promise: Promise) -> str:
    return f"privacy-{promise.since[:10]}-{hashlib.sha256(promise.text.encode()).hexdigest()[:8]}"


def _plain(text: str) -> str:
    return unescape(re.sub(r"</?\w+>", "", text))
