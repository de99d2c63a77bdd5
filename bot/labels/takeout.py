"""Everything that one person ever said is taken out again. No Telegram in here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.context import Services
from bot.labels import agreement, files
from bot.store.rows import Label


@dataclass(frozen=True, slots=True)
class Takeout:
    """What goes, or went.

    Attributes:
        kept: Pictures of the data set, by class.
        waiting: Pictures that waited for review.
        staying: Pictures that stay, because somebody else says the same or the owner imported them.
    """

    kept: Mapping[str, int]
    waiting: int
    staying: int

    def __bool__(self) -> bool:
        return bool(self.kept or self.waiting or self.staying)


async def preview(services: Services, user_id: int) -> Takeout:
    """Say what taking a person out would change."""
    async with services.labelling:
        going = await _going(services, user_id)
        return await _counted(services, user_id, going)


async def take_out(services: Services, user_id: int, by: int) -> Takeout:
    """Let nothing that a person said hold any more, and delete the pictures that rest on it alone.

    Args:
        services: The parts behind the chat.
        user_id: The person.
        by: Who decides so.
    """
    async with services.labelling:
        going = await _going(services, user_id)
        counted = await _counted(services, user_id, going)
        if given := await services.store.labels.given_by(user_id):
            await services.store.decisions.record("takeout", by, None, ended=given)
        await files.remove(services, going)
        await agreement.reconsider(services, [each.said for each in given])
    return counted


async def _going(services: Services, user_id: int) -> list[Label]:
    # Files of labels that no longer hold are among them: a takeout that was cut short left them behind.
    return await files.removable(services, await services.store.labels.files_said_by(user_id))


async def _counted(services: Services, user_id: int, going: list[Label]) -> Takeout:
    held = {_file(each.said) for each in await services.store.labels.given_by(user_id)}
    return Takeout(
        kept=Counter(file.label for file in going if file.place == "dataset"),
        waiting=sum(file.place == "pending" for file in going),
        staying=len(held - {_file(file) for file in going}),
    )


def _file(label: Label) -> tuple[str, str, str]:
    return label.place, label.label, label.sha256
