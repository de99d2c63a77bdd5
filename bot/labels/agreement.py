"""What people who are not trusted yet say counts once enough of them say the same about the same picture.

The same picture is the same file, or a copy of it: a photo that was forwarded and compressed again.
If they disagree, or contradict what the data set holds or an admin has rejected, nothing moves and somebody
has to look.
"""

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum

from bot.context import Services
from bot.labels import deciding
from bot.store.rows import Held, Label
from model.errors import PictureError
from model.pictures import decode
from training.intake.duplicates import PRINT_SIDE, Fingerprint, fingerprint, is_copy, may_be_near


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
        kept: Classes of the data set that hold the very file, imported ones included.
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
    outcome = await _outcome(services, new, on_it)
    if outcome is Outcome.AGREED:
        moved, over = deciding.divide(on_it, new.label)
        await deciding.carry_out(
            services, deciding.Plan("agreement", None, new.label, moved=moved, ended=over)
        )
        return True
    await _mark(services, on_it, outcome)
    return False


async def reconsider(services: Services, gone: Label) -> None:
    """See whether people still disagree about a picture; call it while `services.labelling` is held.

    Args:
        services: The parts behind the chat.
        gone: A label on it that was taken back, and whose file is not deleted yet.
    """
    prints = await asyncio.to_thread(_print_of, services, gone)
    on_it = await _said_of(services, gone.sha256, prints)
    waiting = [each.said for each in on_it if each.said.place == "pending"]
    if waiting:
        await _mark(services, on_it, await _outcome(services, waiting[0], on_it))


async def _said_of(services: Services, sha256: str, prints: Fingerprint | None) -> list[Held]:
    """List what holds for a picture and its copies, or for the file alone where it cannot be compared."""
    known = [label for label in await services.store.labels.prints() if label.sha256 != sha256]
    copies = await asyncio.to_thread(_copies, services, prints, known) if prints else ()
    return await services.store.labels.on_pictures({sha256, *copies})


async def _outcome(services: Services, said: Label, on_it: Sequence[Held]) -> Outcome:
    kept = await asyncio.to_thread(services.dataset.labels_of, said.sha256)
    is_rejected = await services.store.decisions.is_rejected({each.said.sha256 for each in on_it})
    settings = services.settings
    return judge(said.label, on_it, kept, settings.agreement, settings.is_trusted, is_rejected=is_rejected)


async def _mark(services: Services, on_it: Sequence[Held], outcome: Outcome) -> None:
    waiting = [each.id for each in on_it if each.said.place == "pending"]
    await services.store.labels.dispute(waiting, disputed=outcome is Outcome.DISPUTED)


def _copies(services: Services, prints: Fingerprint, known: Sequence[Label]) -> set[str]:
    """Find copies of a picture; only those whose hashes are close are read."""
    close = may_be_near(prints.phash, [int(label.phash or "0", 16) for label in known])
    return {file.sha256 for file in (known[i] for i in close) if _is_copy(services, prints, file)}


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
