"""What the database holds, as the rest of the bot sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from model.prediction import Verdict
from training.data.dataset import Place as Place

Kind = Literal["review", "agreement", "takeout", "opening"]
Said = Literal["name", "unknown", "no money"]
Reason = Literal["close", "new", "thin", "weak"]
Status = Literal["running", "finished", "failed", "cancelled", "discarded"]


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as Telegram names it: where it came from and how to get it again."""

    user_id: int
    chat_id: int
    message_id: int
    sent_at: int
    file_id: str
    file_unique_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored prediction.

    `asked` says why the answer came with a question, if it did.
    `scores` is in the order that buttons and numbers refer to. The numbers of `opened`, the classes that
    were opened in the chat, follow: each keeps its own for ever.
    """

    id: int
    user_id: int
    chat_id: int
    photo_message_id: int
    answer_message_id: int | None
    file_id: str
    label: str
    confidence: float
    scores: tuple[tuple[str, float], ...]
    verdict: Verdict
    model: str
    asked: Reason | None = None
    opened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What a person was asked lately.

    Attributes:
        photos_since: Photos answered since the last question; None if there was none lately.
        seconds_since: Time since then.
        ignored: Questions in a row, up to the last one, that they left unanswered.
    """

    photos_since: int | None
    seconds_since: float
    ignored: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a person says is in a photo of none of the known currencies; `name` where that is a class."""

    kind: Said
    name: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody said is in a photo, and where the picture was put.

    Attributes:
        phash: Perceptual hash of the picture, 16 hexadecimal digits; None for old labels.
        beside: The class in the data set that holds until somebody has looked at this one.
        is_agreed: Whether that class is there because people said the same, not because it was checked.
        suggestion: What the photo was said to be, if it is none of the known currencies.
        row: Id of its row, where it is read to be shown: [Undo] takes back that one and no other.
    """

    prediction_id: int
    user_id: int | None
    label: str
    sha256: str
    place: Place
    phash: str | None = None
    beside: str | None = None
    is_agreed: bool = False
    suggestion: Suggestion | None = None
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Held:
    """A label that holds, with the id of its row."""

    id: int
    said: Label


@dataclass(frozen=True, slots=True)
class Class:
    """A class that was named in the chat."""

    id: int
    name: str
    opened_at: str | None
    opened_by: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A class that people proposed, and what waits for it in the inbox."""

    id: int
    name: str
    pictures: int
    people: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture that waits for review.

    Attributes:
        labels: Every label on it that waits, oldest first; at least one.
        kept: The classes under which the data set holds it already.
        named: Proposed classes that people named who said that it is none of the known ones.
        disputed: Whether people disagree about it or a copy of it, or it was rejected before.
    """

    labels: tuple[Held, ...]
    kept: tuple[str, ...]
    named: tuple[str, ...]
    disputed: bool

    @property
    def label_id(self) -> int:
        """The oldest label, which names the picture in buttons."""
        return self.labels[0].id

    @property
    def classes(self) -> tuple[str, ...]:
        """What it may be, the oldest word first."""
        return tuple(dict.fromkeys(each.said.label for each in self.labels))


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of labels: who decided what; `label` is None where it was rejected."""

    id: int
    kind: Kind
    user_id: int | None
    label: str | None
    at: str
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision did to one label.

    Attributes:
        label_id: Its row.
        label: The label by its present class, or by the one that it had when it ceased to hold.
        was: Where it was before; None if the decision brought it.
        holds: Whether it holds now.
        was_ended: Whether it was this decision that let it hold no more.
        is_newer: Whether somebody has labelled the same photo since.
        file_id: Telegram's name of the photo.
    """

    label_id: int
    label: Label
    was: Place | None
    holds: bool
    was_ended: bool
    is_newer: bool
    file_id: str


@dataclass(frozen=True, slots=True)
class Showing:
    """A message of /review, and the picture that it shows."""

    chat_id: int
    message_id: int
    label_id: int
    is_open: bool
    decision_id: int | None


@dataclass(frozen=True, slots=True)
class Contributor:
    """What became of the labels that a person gave; a label counts where it holds or was decided on.

    Attributes:
        approved: Labels that a person who decides found right.
        rejected: Labels that they found wrong.
    """

    user_id: int
    labels: int
    waiting: int
    approved: int
    rejected: int

    @property
    def reviewed(self) -> int:
        """How many labels somebody has looked at."""
        return self.approved + self.rejected


@dataclass(frozen=True, slots=True)
class Named:
    """A picture that waits in the inbox: the id of its suggestion, and the label that holds until then."""

    suggestion_id: int
    label: Label


@dataclass(frozen=True, slots=True)
class Given:
    """A label that holds for a picture of the data set, when it was given, and who let it count.

    Attributes:
        kind: How it was decided that it counts; None for the word of somebody trusted.
        decided_by: Who decided; None where people agreed, or once that person was forgotten.
    """

    user_id: int | None
    label: str
    sha256: str
    at: str
    kind: Kind | None = None
    decided_by: int | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What /privacy says, from a time on."""

    text: str
    since: str


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who runs the bot: by id for the database, in words for people ("Ada (42)")."""

    id: int
    words: str


@dataclass(frozen=True, slots=True, order=True)
class File:
    """A kept picture: where it lies, in which class, and its hash."""

    place: Place
    label: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.place}/{self.label}/{self.sha256}.jpg"


@dataclass(frozen=True, slots=True)
class Run:
    """A training run started from the chat.

    `version` is known once the run says what it will be called; `ended_by` cancelled the run or threw its
    version away.
    """

    id: int
    user_id: int | None
    chat_id: int
    message_id: int | None
    status: Status
    version: str | None
    report: Mapping[str, Any] | None
    ended_by: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database counts, of one person or of everybody."""

    users: int
    predictions: Mapping[str, int]  # by verdict
    labels: Mapping[str, int]  # by place
    agreed: int  # labels that say what the model said
