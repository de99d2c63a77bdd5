"""The card of a model version: what it is, what it learned from, how well it does."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from model.errors import ModelError

FILE = "card.json"


@dataclass(frozen=True, slots=True)
class Card:
    """Everything about a version that is not a weight.

    Attributes:
        version: Name of the version and of its folder.
        created: When it was written, ISO 8601 in UTC.
        architecture: "efficientnet-lite0" or "seed-cnn".
        mode: "full" when the whole network was fitted, "head" when only its last layer was.
        parent: The version that it started from, if any.
        labels: Classes, in the order of the logits.
        image_size: Side of the square input in pixels.
        temperature: What logits are divided by before softmax, above 0 (Guo et al. 2017).
        sure_at: Confidence from which the chat states the answer, 0 to 1.
        known_at: Score from which a picture counts as one of the known currencies, 0 to 1.
        weights_sha256: SHA-256 of `model.keras`, in hexadecimal.
        backbone_sha256: SHA-256 of the weights below the last layer. Versions that share it have
            comparable embeddings.
        data: What it learned from: pictures by split and class, and their fingerprint.
        figures: How well it does on held-out pictures, by name.
    """

    version: str
    created: str
    architecture: str
    mode: str
    parent: str | None
    labels: tuple[str, ...]
    image_size: int
    temperature: float
    sure_at: float
    known_at: float
    weights_sha256: str
    backbone_sha256: str
    data: Mapping[str, Any]
    figures: Mapping[str, Any]


def write_card(card: Card, folder: Path) -> None:
    """Write the card into the folder of its version."""
    text = json.dumps(asdict(card), indent=2, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> Card:
    """Read the card of a version.

    Raises:
        ModelError: It is missing or not a card.
    """
    path = folder / FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(Card)}
        return Card(**{**{k: v for k, v in values.items() if k in known}, "labels": tuple(values["labels"])})
    except FileNotFoundError as err:
        raise ModelError(
            f"There is no model version {folder.name!r} in {str(folder.parent)!r}; see `currency-bot models "
            "list`, or run this in the project's folder, or set MODELS_DIR."
        ) from err
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise ModelError(
            f"The card of model version {folder.name!r} is damaged; use another version."
        ) from err
