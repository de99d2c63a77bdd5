"""Who may do what: every command and every button, and everybody who might try.

A command or a button that is added to the bot fails the tests until it has its row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import keyboards, texts
from bot.classes import keyboards as class_keyboards
from bot.people import keyboards as people_keyboards
from bot.review import keyboards as review_keyboards
from bot.sandbox.errors import Json
from tests.bot.conftest import ADMIN, STRANGER, TRUSTED

EVERYBODY = "everybody"
ADMINS = "admins"
ASKER = "whoever was answered, and admins"
SELF = "the person themselves"

COMMANDS: Mapping[str, str] = {
    "start": EVERYBODY,
    "help": EVERYBODY,
    "about": EVERYBODY,
    "stats": EVERYBODY,
    "privacy": EVERYBODY,
    "forget": EVERYBODY,
    "retrain": ADMINS,
    "models": ADMINS,
    "review": ADMINS,
    "people": ADMINS,
    "takeout": ADMINS,
    "classes": ADMINS,
}
"""Who may use a command."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button.

    Attributes:
        does: What it does, as the person reads it.
        who: Who may press it.
    """

    does: str
    who: str


BUTTONS: Mapping[str, Button] = {
    keyboards.RIGHT: Button("Right", ASKER),
    keyboards.WRONG: Button("Wrong", ASKER),
    keyboards.CHOOSE: Button("a class", ASKER),
    keyboards.BACK: Button("Back", ASKER),
    keyboards.UNDO: Button("Undo", ASKER),
    keyboards.WHY: Button("Why?", ASKER),
    keyboards.FORGET: Button("Delete everything", SELF),
    keyboards.KEEP: Button("Keep it", SELF),
    keyboards.CANCEL: Button("Cancel (a training run)", ADMINS),
    keyboards.PROMOTE: Button("Promote anyway", ADMINS),
    keyboards.DISCARD: Button("Discard", ADMINS),
    keyboards.USE: Button("Use (a version)", ADMINS),
    keyboards.ROLL_BACK: Button("Roll back", ADMINS),
    keyboards.NAME: Button("a name for other money", ASKER),
    keyboards.UNKNOWN: Button("I don't know", ASKER),
    keyboards.NO_MONEY: Button("It is no money", ASKER),
    keyboards.THANK_NOT: Button("No such messages", SELF),
    keyboards.THANK_AGAIN: Button("Tell me again", SELF),
    review_keyboards.APPROVE: Button("Approve", ADMINS),
    review_keyboards.REJECT: Button("Reject", ADMINS),
    review_keyboards.OTHER: Button("Other class", ADMINS),
    review_keyboards.CHOOSE: Button("a class (of a picture in review)", ADMINS),
    review_keyboards.BACK: Button("Back (in review)", ADMINS),
    review_keyboards.SKIP: Button("Skip", ADMINS),
    review_keyboards.STOP: Button("Stop", ADMINS),
    review_keyboards.UNDO: Button("Undo (a decision)", ADMINS),
    people_keyboards.PAGE: Button("a page of people", ADMINS),
    people_keyboards.ASK: Button("Take out (a person)", ADMINS),
    people_keyboards.TAKE_OUT: Button("Take everything out", ADMINS),
    people_keyboards.KEEP: Button("Keep it (a person)", ADMINS),
    class_keyboards.SHOW: Button("Open (a class)", ADMINS),
    class_keyboards.OPEN: Button("Yes, take these", ADMINS),
    class_keyboards.RENAME: Button("Rename (a class)", ADMINS),
    class_keyboards.LEAVE: Button("Leave it", ADMINS),
}
"""Who may press a button, by its verb."""

REFUSALS: Mapping[str, str] = {ADMINS: texts.ADMINS_ONLY, ASKER: texts.NOT_YOURS, SELF: texts.NOT_YOURS}
"""What everybody else is told."""

GROUP: Json = {"id": -1001, "type": "supergroup", "title": "Travellers"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who runs nothing.

    Attributes:
        who: In words.
        user_id: Theirs, or the one that Telegram gives to all who have none.
        name: As they call themselves.
        group: Whether they write in a group.
        speaks_for: The chat that they write in the name of.
    """

    who: str
    user_id: int
    name: str = "Visitor"
    group: bool = False
    speaks_for: int | None = None

    def chat(self) -> Json:
        """Where they write."""
        return GROUP if self.group else {"id": self.user_id, "type": "private", "first_name": self.name}

    def user(self) -> Json:
        """Who they are to the bot."""
        return {"id": self.user_id, "is_bot": self.speaks_for is not None, "first_name": self.name}


VISITORS = (
    Visitor("a stranger", STRANGER),
    Visitor("a trusted person", TRUSTED),
    Visitor("somebody who never wrote before", 5_000),
    Visitor("a stranger with an admin's name", STRANGER, f"Admin ({ADMIN})"),
    Visitor("a member of a group", STRANGER, group=True),
    Visitor("a trusted member of a group", TRUSTED, group=True),
    Visitor("an anonymous admin of a group", 1_087_968_824, "Group", group=True, speaks_for=-1001),
    Visitor("a channel that writes in a group", 136_817_688, "Channel", group=True, speaks_for=-1002),
)
