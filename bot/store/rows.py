"""What the database holds, as the rest of the bot sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from model.prediction import Verdict

Place = Literal["dataset", "pending"]
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
    """A stored prediction. `scores` is in the order that buttons and numbers refer to."""

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


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody said is in a photo, and where the picture was put."""

    prediction_id: int
    user_id: int | None
    label: str
    sha256: str
    place: Place


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
