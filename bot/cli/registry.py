"""`currency-bot models …`: which versions there are, which one is in use, and the way back."""

import getpass
import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.screen import out, percent
from bot.settings import load_settings
from model.errors import ModelError

if TYPE_CHECKING:
    from model.registry import Registry

app = typer.Typer(no_args_is_help=True, help="Which model versions there are and which one is in use.")

Version = Annotated[str, typer.Argument(metavar="VERSION", show_default=False)]


@app.command("list")
def list_() -> None:
    """List the versions, oldest first."""
    registry = _registry()
    in_use = registry.in_use()
    table = Table(
        "",
        "version",
        "created (UTC)",
        "made by",
        "from",
        "classes",
        "accuracy",
        "held out",
        "calibration error",
        "put in use",
    )
    history = registry.history()
    for card in registry.versions():
        accuracy, error = card.figures.get("accuracy"), card.figures.get("ece")
        last = next((event for event in reversed(history) if event.version == card.version), None)
        table.add_row(
            "in use" if card.version == in_use else "",
            card.version,
            card.created[:16].replace("T", " "),
            f"{card.mode}, {card.architecture}",
            card.parent or "–",
            " ".join(card.labels),
            percent(accuracy if isinstance(accuracy, float | int) else None),
            str(card.figures.get("total", "–")),
            percent(error if isinstance(error, float | int) else None),
            f"{last.at[:16].replace('T', ' ')} by {last.by}" if last else "–",
        )
    out().print(table)


@app.command()
def show(version: Version) -> None:
    """Print the card of a version as JSON, with how it compared and what became of it."""
    from dataclasses import asdict

    from training.gate.report import read_report

    registry = _registry()
    card = asdict(registry.card(version))
    try:
        gate = read_report(registry.folder(version)).to_dict()
    except ModelError:
        gate = None  # written before the gate's reports were kept
    history = [asdict(event) for event in registry.history() if event.version == version]
    typer.echo(json.dumps({**card, "gate": gate, "history": history}, indent=2, ensure_ascii=False))


@app.command()
def promote(version: Version) -> None:
    """Put a version in use; a running bot takes it up with its next photo."""
    registry = _registry()
    registry.promote(version, by=_by())
    out().print(f"Model {version} is in use.")


@app.command()
def rollback() -> None:
    """Take the last promotion back; a running bot follows with its next photo."""
    out().print(f"Model {_registry().rollback(by=_by())} is in use again.")


def _by() -> str:
    """Who does it, for the history: the name that the system knows, if it knows any."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError):  # a container whose user has a number and no name
        return "command line"


def _registry() -> "Registry":
    from model.registry import Registry

    return Registry(load_settings().models_dir)
