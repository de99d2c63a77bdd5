"""A contact sheet: pairs of pictures side by side, for the eye to confirm what was found."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from model.errors import DataError
from model.pictures import decode

MAX_PAIRS = 120
"""More than anybody looks at; 120 pairs make a picture of about 1600 x 6500 pixels."""

_COLUMNS = 4
_CELL = (200, 150)
"""Width and height of one picture in pixels."""

_CAPTION = 40
_GAP = 8


def contact_sheet(pairs: Sequence[tuple[Path, Path, str]], path: Path) -> int:
    """Write pairs of pictures with a caption each.

    Args:
        pairs: Two picture files and what to write above them, lines separated by line breaks.
        path: PNG to write.

    Returns:
        How many pairs are on it: the first `MAX_PAIRS` at most.

    Raises:
        DataError: The file cannot be written.
    """
    shown = pairs[:MAX_PAIRS]
    width, height = 2 * _CELL[0] + 3 * _GAP, _CELL[1] + _CAPTION + _GAP
    rows = -(-len(shown) // _COLUMNS)
    sheet = Image.new("RGB", (width * min(_COLUMNS, max(len(shown), 1)), max(height * rows, height)), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for number, (one, other, caption) in enumerate(shown):
        left, top = number % _COLUMNS * width + _GAP, number // _COLUMNS * height
        draw.multiline_text((left, top + 4), caption, fill="black", font=font, spacing=2)
        for side, file in enumerate((one, other)):
            image = decode(file.read_bytes())
            image.thumbnail(_CELL)
            sheet.paste(image, (left + side * (_CELL[0] + _GAP), top + _CAPTION))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(path, "PNG")
    except OSError as err:
        raise DataError(f"{str(path)!r} cannot be written: {err.strerror}.") from err
    return len(shown)
