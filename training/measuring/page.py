"""What was measured as one HTML page that needs nothing beside it, no network and no JavaScript. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from training.measuring.comparison import Block

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1c2128; --soft: #5b6470; --line: #dfe3e8;
  --card: #f5f7f9; --wrong: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --ink: #e6e9ed; --soft: #9aa4b0;
  --line: #313840; --card: #1d2229; --wrong: #ff8a7a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.7rem; } h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; }
p { margin: .4rem 0; color: var(--soft); max-width: 48rem; }
.tables { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr));
  gap: 1.5rem 2rem; align-items: start; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .35rem; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; font-weight: 400;
  padding-left: 0; min-width: 7.5rem; }
thead th { color: var(--soft); font-weight: 600; } small { color: var(--soft); font-weight: 400; }
.plots, .mistakes { display: grid; gap: 1rem; }
.plots { grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); align-items: start; }
.plots img { width: 100%; border-radius: .5rem; background: #fff; border: 1px solid var(--line); }
.mistakes { grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
figure { margin: 0; padding: .5rem; background: var(--card); border-radius: .5rem; }
.mistakes img { display: block; width: 100%; height: 9rem; object-fit: contain; }
figcaption { margin-top: .4rem; font-size: .85rem; line-height: 1.35; overflow-wrap: anywhere; }
figcaption b { color: var(--wrong); } figcaption small { display: block; }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
thead small { display: block; }
""".strip()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A picture that was answered wrongly.

    Attributes:
        picture: Its data URI.
        name: Of its file.
        source: Where it comes from.
        folder: What its folder says it is.
        said: The answer.
        confidence: Of the answer, 0 to 1.
        sure: Whether the chat would state it without a question mark.
    """

    picture: str
    name: str
    source: str
    folder: str
    said: str
    confidence: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Model:
    """One model's part of the page.

    Attributes:
        version: Its name.
        architecture: What sort of network it is, where that is known.
        plots: Description and data URI of each.
        wrong: How many pictures it answered wrongly.
        mistakes: The worst of them, worst first.
    """

    version: str
    architecture: str
    plots: tuple[tuple[str, str], ...]
    wrong: int
    mistakes: tuple[Mistake, ...]


def page(title: str, blocks: Sequence[Block], models: Sequence[Model]) -> str:
    """Write the page.

    Args:
        title: What was measured on.
        blocks: Tables, one column a model.
        models: In the order of the columns.
    """
    tables = "\n".join(_table(block, models) for block in blocks)
    parts = "\n".join(_model(model) for model in models)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{_STYLE}
</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p>Intervals are 95 % (Wilson). AUROC and FPR say how well a model tells money that it knows from what each
row names. The page shows pictures that may not be published: keep it to yourself.</p>
<h2>Figures</h2>
<div class="tables">
{tables}
</div>
{parts}
</body>
</html>
"""


def _table(block: Block, models: Sequence[Model]) -> str:
    heads = "".join(f'<th scope="col">{_named(model)}</th>' for model in models)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(line.name)}'
        + (f" <small>{line.count}</small>" if line.count is not None else "")
        + "</th>"
        + "".join(f"<td>{escape(value)}</td>" for value in line.values)
        + "</tr>"
        for line in block.lines
    )
    return (
        f'<div class="scroll"><table><caption>{escape(block.title)}</caption>\n'
        f'<thead><tr><th scope="col"></th>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>'
    )


def _model(model: Model) -> str:
    plots = "\n".join(f'<img src="{escape(uri)}" alt="{escape(text)}">' for text, uri in model.plots)
    if model.wrong:
        shown = (
            f"{len(model.mistakes)} of {model.wrong}"
            if len(model.mistakes) < model.wrong
            else str(model.wrong)
        )
        mistakes = "\n".join(_mistake(mistake) for mistake in model.mistakes)
        below = (
            f"<h2>Worst mistakes of {escape(model.version)}: {shown}</h2>\n"
            "<p>Those stated as sure first, then by confidence.</p>\n"
            f'<div class="mistakes">\n{mistakes}\n</div>'
        )
    else:
        below = f"<p>{escape(model.version)} made no mistake on these pictures.</p>"
    return f'<h2>{_named(model)}</h2>\n<div class="plots">\n{plots}\n</div>\n{below}'


def _named(model: Model) -> str:
    return escape(model.version) + (
        f" <small>{escape(model.architecture)}</small>" if model.architecture else ""
    )


def _mistake(mistake: Mistake) -> str:
    how = "sure" if mistake.sure else "asked"
    return (
        f'<figure><img src="{escape(mistake.picture)}" alt="{escape(mistake.folder)}">'
        f"<figcaption>{escape(mistake.folder)}, called <b>{escape(mistake.said)}</b> "
        f"{100 * mistake.confidence:.0f} % ({how})"
        f'<small>{escape(mistake.source)}</small><small class="name" title="{escape(mistake.name)}">'
        f"{escape(mistake.name)}</small></figcaption></figure>"
    )
