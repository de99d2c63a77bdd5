"""`currency-bot models …`: which versions there are, which one is in use, and the way back."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.screen import out, percent
from bot.settings import load_settings

if TYPE_CHECKING:
    from model.registry import Registry

app = typer.Typer(no_args_is_help=True, help="Which model versions there are and which one is in use.")

Version = Annotated[str, typer.Argument(metavar="VERSION", show_default=False)]
_BY = "command line"


@app.command("list")
def list_() -> None:
    """List the versions, oldest first."""
    registry = _registry()
    in_use = registry.in_use()
    table = Table("", "version", "created (UTC)", "made by", "from", "classes", "accuracy", "held out")
    for card in registry.versions():
        accuracy = card.figures.get("accuracy")
        table.add_row(
            "in use" if card.version == in_use else "",
            card.version,
            card.created[:16].replace("T", " "),
            f"{card.mode}, {card.architecture}",
            card.parent or "–",
            " ".join(card.labels),
            percent(accuracy if isinstance(accuracy, float | int) else None),
            str(card.figures.get("total", "–")),
        )
    out().print(table)


@app.command()
def show(version: Version) -> None:
    """Print the card of a version as JSON."""
    from dataclasses import asdict

    typer.echo(json.dumps(asdict(_registry().card(version)), indent=2, ensure_ascii=False))


@app.command()
def promote(version: Version) -> None:
    """Put a version in use; a running bot takes it up with its next photo."""
    registry = _registry()
    registry.promote(version, by=_BY)
    out().print(f"Model {version} is in use.")


@app.command()
def rollback() -> None:
    """Take the last promotion back; a running bot follows with its next photo."""
    out().print(f"Model {_registry().rollback(by=_BY)} is in use again.")


def _registry() -> "Registry":
    from model.registry import Registry

    return Registry(load_settings().models_dir)
