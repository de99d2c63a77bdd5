"""Pictures drawn for tests: each seed gives another one, the same every time."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PHOTOS = Path(os.environ.get("PHOTOS_DIR") or Path(__file__).resolve().parents[3] / "shared" / "photos")

needs_photos = pytest.mark.skipif(
    not (PHOTOS / "seed").is_dir(),
    reason=f"needs the real pictures: there is no folder {str(PHOTOS / 'seed')!r}, see PHOTOS_DIR",
)


def drawn(seed: int, side: int = 96) -> Image.Image:
    """Soft blotches of colour, which hashes and thumbnails tell apart as they do photos."""
    blotches = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return Image.fromarray(blotches).resize((side, side), Image.Resampling.BICUBIC)


def jpeg(image: Image.Image, quality: int = 92) -> bytes:
    """The picture as a JPEG without metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def put(path: Path, seed: int, *, quality: int = 92) -> Path:
    """Write a drawn picture, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(drawn(seed), quality))
    return path
