"""What people who are not trusted yet say counts once enough of them say the same about the same picture.

The same picture is the same file, or a copy of it: a photo that was forwarded and compressed again.
If they disagree, or contradict what the data set holds or an admin has rejected, nothing moves and somebody
has to look.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from enum import Enum

from bot.context import Services
from bot.labels import deciding
from bot.store.rows import Held, Label
from model.errors import CurrencyBotError, PictureError
from model.pictures import decode
from training.intake.duplicates import PRINT_SIDE, Fingerprint, fingerprint, is_copy, may_be_near

log = logging.getLogger(__name__)

MOST_COPIES = 4
"""Files that look like a picture, at most, for them to be judged again with it: more are a flood, and each
would be compared with all the others."""


class Outcome(Enum):
    """What the labels on one picture amount to."""

    WAITS = "waits"
    AGREED = "agreed"
    DISPUTED = "disputed"


def fingerprint_of(picture: bytes) -> Fingerprint:
    """Describe a picture by what copies of it share. Raises `PictureError` if it is none."""
    return fingerprint(decode(picture, PRINT_SIDE))


def judge(
    label: str,
    on_it: Sequence[Held],
    kept: Sequence[str],
    needed: int,
    is_trusted: Callable[[int], bool],
    *,
    is_rejected: bool,
) -> Outcome:
    """Say what the labels on one picture amount to.

    Args:
        label: What was said last.
        on_it: Every label that holds for the picture and its copies, that one included.
        kept: Classes of the data set that hold the very files, imported ones included.
        needed: People who have to say the same; 0 where agreement never counts.
        is_trusted: Whether a person's word counts anyway.
        is_rejected: Whether an admin has rejected what was said of it before.
    """
    if is_rejected and label not in kept:
        return Outcome.DISPUTED
    if any(other != label for other in (*kept, *(each.said.label for each in on_it))):
        return Outcome.DISPUTED
    people = {each.said.user_id for each in on_it} - {None}
    strangers = [person for person in people if person is not None and not is_trusted(person)]
    return Outcome.AGREED if needed and len(strangers) >= needed else Outcome.WAITS


async def settle(services: Services, new: Label, prints: Fingerprint) -> bool:
    """Let a label that waits count, if enough people agree; call it while `services.labelling` is held.

    Args:
        services: The parts behind the chat.
        new: A label that was just given.
        prints: What its picture is compared by.

    Returns:
        Whether it went into the data set.
    """
    on_it = await _said_of(services, new.sha256, prints)
    return await _conclude(services, new, on_it, on_it)


async def reconsider(services: Services, changed: Sequence[Label]) -> None:
    """Judge again what waits on pictures and their copies; call it while `services.labelling` is held.

    What was said or taken back is written by now: trouble here is logged, and what waits stays as it is.

    Args:
        services: The parts behind the chat.
        changed: Labels on them that came or went, as their files did.
    """
    try:
        for sha256 in await _waiting_on(services, changed):
            # What people agreed on a moment ago no longer waits.
            waiting = await _waiting(services, {sha256})
            if waiting:
                said = waiting[0].said
                prints = await asyncio.to_thread(_print_of, services, said)
                await _conclude(services, said, await _said_of(services, sha256, prints), waiting)
    except (CurrencyBotError, OSError):
        log.exception("what waits on %d pictures could not be judged again", len(changed))


async def _conclude(services: Services, said: Label, on_it: Sequence[Held], marked: Sequence[Held]) -> bool:
    """Let what was said of a picture and its copies count if people agree; if not, mark what waits."""
    outcome = await _outcome(services, said, on_it)
    if outcome is Outcome.AGREED:
        moved, over = deciding.divide(on_it, said.label)
        await deciding.carry_out(
            services, deciding.Plan("agreement", None, said.label, moved=moved, ended=over)
        )
        return True
    waiting = [each.id for each in marked if each.said.place == "pending"]
    await services.store.labels.dispute(waiting, disputed=outcome is Outcome.DISPUTED)
    return False


async def _waiting_on(services: Services, changed: Sequence[Label]) -> list[str]:
    """Name the files that wait and that may be copies of others, or those themselves; the oldest first."""
    known = await services.store.labels.prints()
    alike = await asyncio.to_thread(_alike, {int(label.phash, 16) for label in changed if label.phash}, known)
    waiting = await _waiting(services, {label.sha256 for label in (*changed, *alike)})
    return list(dict.fromkeys(each.said.sha256 for each in waiting))


async def _waiting(services: Services, sha256s: Collection[str]) -> list[Held]:
    held = await services.store.labels.on_pictures(sha256s)
    return [each for each in held if each.said.place == "pending"]


async def _said_of(services: Services, sha256: str, prints: Fingerprint | None) -> list[Held]:
    """List what holds for a picture and its copies, or for the file alone where it cannot be compared."""
    known = [label for label in await services.store.labels.prints() if label.sha256 != sha256]
    copies = await asyncio.to_thread(_copies, services, prints, known) if prints else ()
    return await services.store.labels.on_pictures({sha256, *copies})


async def _outcome(services: Services, said: Label, on_it: Sequence[Held]) -> Outcome:
    sha256s, dataset = {each.said.sha256 for each in on_it}, services.dataset
    kept = await asyncio.to_thread(lambda: [label for each in sha256s for label in dataset.labels_of(each)])
    is_rejected = await services.store.decisions.is_rejected(sha256s)
    settings = services.settings
    return judge(said.label, on_it, kept, settings.agreement, settings.is_trusted, is_rejected=is_rejected)


def _copies(services: Services, prints: Fingerprint, known: Sequence[Label]) -> set[str]:
    """Find copies of a picture; only those whose hashes are close are read."""
    return {file.sha256 for file in _close(prints.phash, known) if _is_copy(services, prints, file)}


def _alike(hashes: Collection[int], known: Sequence[Label]) -> list[Label]:
    """Find what may be a copy of any of some pictures, but for those that a flood of others looks like."""
    found = [_close(each, known) for each in hashes]
    return [file for close in found if len(close) <= MOST_COPIES for file in close]


def _close(phash: int, known: Sequence[Label]) -> list[Label]:
    """Find what may be a copy of a picture, by its hash alone."""
    return [known[i] for i in may_be_near(phash, [int(label.phash or "0", 16) for label in known])]


def _is_copy(services: Services, prints: Fingerprint, file: Label) -> bool:
    found = _print_of(services, file)
    return found is not None and is_copy(prints, found)


def _print_of(services: Services, file: Label) -> Fingerprint | None:
    """Describe the picture of a label; None where it is gone or damaged, so that it is like no other."""
    if not services.dataset.holds(file.sha256, file.label, place=file.place):
        return None
    try:
        return fingerprint_of(services.dataset.read(file.sha256, file.label, place=file.place))
    except PictureError:
        return None
