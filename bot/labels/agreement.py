"""What people who are not trusted yet say counts once enough of them say the same about the same picture.

The same picture is the same file, or a copy of it: a photo that was forwarded and compressed again.
If they disagree, or contradict what the data set holds, nothing moves and somebody has to look.
"""

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum

from bot.context import Services
from bot.labels import deciding
from bot.store.rows import Held, Label
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
    label: str, on_it: Sequence[Held], kept: Sequence[str], needed: int, is_trusted: Callable[[int], bool]
) -> Outcome:
    """Say what the labels on one picture amount to.

    Args:
        label: What was said last.
        on_it: Every label that holds for the picture and its copies, that one included.
        kept: Classes of the data set that hold the very file, imported ones included.
        needed: People who have to say the same; 0 where agreement never counts.
        is_trusted: Whether a person's word counts anyway.
    """
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
    known = [label for label in await services.store.labels.prints() if label.sha256 != new.sha256]
    copies = await asyncio.to_thread(_copies, services, prints, known)
    on_it = await services.store.labels.on_pictures({new.sha256, *copies})
    kept = await asyncio.to_thread(services.dataset.labels_of, new.sha256)
    match judge(new.label, on_it, kept, services.settings.agreement, services.settings.is_trusted):
        case Outcome.AGREED:
            moved, over = deciding.divide(on_it, new.label)
            await deciding.carry_out(
                services, deciding.Plan("agreement", None, new.label, moved=moved, ended=over)
            )
            return True
        case Outcome.DISPUTED:
            await services.store.labels.dispute([each.id for each in on_it if each.said.place == "pending"])
    return False


def _copies(services: Services, prints: Fingerprint, known: Sequence[Label]) -> set[str]:
    """Find copies of a picture; only those whose hashes are close are read."""
    close = may_be_near(prints.phash, [int(label.phash or "0", 16) for label in known])
    return {file.sha256 for file in (known[i] for i in close) if _is_copy(services, prints, file)}


def _is_copy(services: Services, prints: Fingerprint, file: Label) -> bool:
    if not services.dataset.holds(file.sha256, file.label, place=file.place):
        return False
    picture = services.dataset.read(file.sha256, file.label, place=file.place)
    return is_copy(prints, fingerprint_of(picture))
