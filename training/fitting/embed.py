"""Pictures into the rows that a version remembers."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from model.errors import PictureError
from model.looking import Floats, Run, look
from model.pictures import SEEN_SIDE, decode
from training.data.dataset import as_stored
from training.events import OnEvent, Progress
from training.fitting.memory import Memory
from training.fitting.pictures import Picture, batches

BATCH_SIZE = 4
"""More cost more a picture: what they need at once is handed back to the system and got again each time."""


def embed(run: Run, size: int, pictures: Sequence[Picture], report: OnEvent, *, shipped: bool) -> Memory:
    """Embed pictures as they are, looked at in full, as an answer that is not sure at first sight is.

    Varied views beside them were tried and made the last layer worse at telling unknown pictures: the
    network has learned to ignore what they vary, so they add nothing but noise.

    Args:
        run: The network's forward pass.
        size: Side of its square input in pixels.
        pictures: What to embed, at least one.
        report: Where progress goes, stage "embedding", one step a picture.
        shipped: Whether the rows stay without their pictures.
    """
    parts = []
    for chosen in batches(len(pictures), BATCH_SIZE):
        parts.append(look_at(run, size, pictures[chosen]))
        report(Progress("embedding", chosen.stop, len(pictures)))
    return Memory(
        sha256=np.array([picture.sha256 for picture in pictures], np.str_),
        label=np.array([picture.label for picture in pictures], np.str_),
        split=np.array([picture.split for picture in pictures], np.str_),
        shipped=np.full(len(pictures), shipped),
        embedding=np.concatenate(parts).astype(np.float16),
    )


def look_at(run: Run, size: int, pictures: Sequence[Picture]) -> Floats:
    """Look at n pictures in full, at least one; returns embeddings (n, d)."""
    shown = [picture.image for picture in pictures]
    return np.stack([each.embedding for each in look(run, size, shown, lambda n: _whole(pictures[n]))])


def _whole(picture: Picture) -> Image.Image | None:
    try:
        return decode(as_stored(picture.path).data, SEEN_SIDE)
    except (PictureError, OSError):  # taken back since it was read
        return None
