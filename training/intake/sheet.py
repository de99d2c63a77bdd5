"""A contact sheet: what was found, in sections, for the eye to confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from model.errors import DataError, PictureError
from model.pictures import decode

MAX_ROWS = 10
"""Rows of a section; more than anybody looks at, and six sections stay under 1700 x 12 500 pixels."""

COLUMNS = 8
"""Pictures side by side on a screen; on a phone fewer can be read."""

_CELL = (200, 150)
"""Width and height of one picture in pixels."""

_TITLE = 34
_CAPTION = 40
_GAP = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """Pictures that belong together.

    Attributes:
        files: One picture, or a pair.
        caption: What to write above them, lines separated by line breaks.
    """

    files: tuple[Path, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """Findings of one sort.

    Attributes:
        title: What they are.
        entries: The pictures, all single or all in pairs; those first that matter most.
        wide: Pictures side by side.
    """

    title: str
    entries: tuple[Entry, ...]
    wide: int = COLUMNS

    @property
    def columns(self) -> int:
        """Entries side by side."""
        return self.wide // max((len(entry.files) for entry in self.entries), default=1)

    @property
    def shown(self) -> tuple[Entry, ...]:
        """What there is room for."""
        return self.entries[: MAX_ROWS * self.columns]

    @property
    def height(self) -> int:
        """Pixels of the section on the sheet."""
        return _TITLE + -(-len(self.shown) // self.columns) * (_CAPTION + _CELL[1] + _GAP)


def contact_sheet(sections: Sequence[Section], path: Path) -> int:
    """Write sections below one another; empty ones are left out.

    Args:
        sections: What was found.
        path: PNG to write.

    Returns:
        How many entries are on it: the first `MAX_ROWS` rows of each section at most.

    Raises:
        DataError: The file cannot be written.
    """
    sheet = drawn(sections)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(path, "PNG")
    except OSError as err:
        raise DataError(f"{str(path)!r} cannot be written: {err.strerror}.") from err
    return sum(len(section.shown) for section in sections)


def drawn(sections: Sequence[Section]) -> Image.Image:
    """Draw sections below one another; empty ones are left out, and a damaged picture is called so.

    Raises:
        OSError: One of the pictures is not there.
    """
    filled = [section for section in sections if section.entries]
    wide = max((section.wide for section in filled), default=COLUMNS)
    size = (wide * (_CELL[0] + _GAP) + _GAP, max(sum(section.height for section in filled), _TITLE))
    sheet = Image.new("RGB", size, "white")
    if not filled:
        _write(sheet, 0, "Nothing was found", 18)
    top = 0
    for section in filled:
        _draw(sheet, top, section)
        top += section.height
    return sheet


def _draw(sheet: Image.Image, top: int, section: Section) -> None:
    ImageDraw.Draw(sheet).rectangle((0, top, sheet.width, top + _TITLE - 6), fill="#e8ecf1")
    cut = f", the first {len(section.shown)} of them" if len(section.shown) < len(section.entries) else ""
    _write(sheet, top + 3, f"{section.title}: {len(section.entries)}{cut}", 18)
    wide = sheet.width // section.columns
    for number, entry in enumerate(section.shown):
        row, column = divmod(number, section.columns)
        y = top + _TITLE + row * (_CAPTION + _CELL[1] + _GAP)
        _write(sheet, y, entry.caption, 13, left=column * wide + _GAP)
        for side, file in enumerate(entry.files):
            left = column * wide + _GAP + side * (_CELL[0] + _GAP)
            try:
                image = decode(file.read_bytes(), max(_CELL))
            except PictureError:
                _write(sheet, y + _CAPTION, "damaged", 13, left)
                continue
            image.thumbnail(_CELL)
            sheet.paste(image, (left, y + _CAPTION))


def _write(sheet: Image.Image, top: int, text: str, size: int, left: int = _GAP) -> None:
    font = ImageFont.load_default(size)
    ImageDraw.Draw(sheet).multiline_text((left, top), text, fill="black", font=font, spacing=2)
