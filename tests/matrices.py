"""`make matrices`: writes docs/robustness.md from the tables that the tests carry out."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot import texts
from bot.everyone import texts as everyone_texts
from tests.bot.access import ADMINS, BUTTONS, COMMANDS, EVERYBODY, REFUSALS, VISITORS
from tests.bot.troubles import TROUBLES
from tests.hostile.corpus import KINDS, OUTCOMES, PICTURE

PAGE = Path(__file__).parents[1] / "docs" / "robustness.md"
INTRO = """# What is tried against it

These tables are those of the tests: `make matrices` writes this page from them, and a test fails when it is
out of date. Each row is carried out by `make test`.
"""


def page() -> str:
    """Write the page."""
    files = sum(kind.files for kind in KINDS)
    hostile = (
        f"{files} files, made by the suite itself. Each takes less than 5 s, no kind leaves 300 MB of memory "
        "behind, and each file becomes a picture or one sentence."
    )
    trouble = (
        "Through real HTTP, with faults from the sandbox. A photo is answered once, or the log says why not."
    )
    tried = ", ".join(visitor.who for visitor in VISITORS)
    visitors = f"Tried by {tried}; nothing in database, folders or models changes."
    return "\n".join(
        [
            INTRO,
            *_section("Hostile pictures", hostile, ("what", "tried", "behaviour"), _pictures()),
            *_section("Who may do what", visitors, ("what", "who may", "everybody else"), _access()),
            *_section("Faults", trouble, ("what", "tried", "behaviour"), _faults()),
        ]
    )


def _section(name: str, intro: str, heads: Sequence[str], rows: Iterator[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, ("---",) * len(heads), *rows)]
    return [f"## {name}", "", intro, "", *lines, ""]


def _pictures() -> Iterator[tuple[str, ...]]:
    for kind in KINDS:
        said = [name if name == PICTURE else f"“… {name} …”" for name in OUTCOMES if name in kind.outcomes]
        yield kind.what, f"{kind.files} files", ", or ".join(said)


def _access() -> Iterator[tuple[str, ...]]:
    for name, who in COMMANDS.items():
        told = f"“{REFUSALS[who]}”" if who == ADMINS else "is told nothing about others"
        yield f"`/{name}`", who, told if who != EVERYBODY else "–"
    for verb, button in BUTTONS.items():
        yield f"button {button.does} (`{verb}`)", button.who, f"“{REFUSALS[button.who]}”"
    yield (
        "a stale or forged button",
        "nobody",
        f"“{texts.OLD_BUTTON}”, or what is not there",
    )
    yield "a command in the name of a group or channel", "nobody", f"“{everyone_texts.NAMELESS}”"


def _faults() -> Iterator[tuple[str, ...]]:
    for trouble in TROUBLES:
        yield trouble.what, trouble.how, trouble.behaviour


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(page())  # noqa: T201
