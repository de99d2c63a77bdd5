"""What the database holds, as the rest of the bot sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from model.prediction import Verdict

Place = Literal["dataset", "pending"]
Kind = Literal["name", "unknown", "no money"]
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

    kind: Kind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody said is in a photo, and where the picture was put."""

    prediction_id: int
    user_id: int | None
    label: str
    sha256: str
    place: Place
    suggestion: Suggestion | None = None


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
    """A picture that waits in the inbox: the id of its suggestion, and the label that holds until then."""

    suggestion_id: int
    label: Label


@dataclass(frozen=True, slots=True)
class Run:
    """A training run started from the chat."""

    id: int
    user_id: int | None
    chat_id: int
    message_id: int | None
    mode: str
    status: Status
    version: str | None
    report: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database counts, of one person or of everybody."""

    users: int
    predictions: Mapping[str, int]  # by verdict
    labels: Mapping[str, int]  # by place
    agreed: int  # labels that say what the model said
