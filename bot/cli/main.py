"""`currency-bot`: every command on one screen.

Exit codes: 0 done, 1 done with a negative answer, 2 wrong use, 3 failed, 130 interrupted.
TensorFlow and Telegram are imported by the commands that need them, so that `--help` answers at once.
"""

import io
import sys
import warnings

import typer
from PIL import Image

from bot.cli import cross_validation, data, evaluation, recognise, registry, serve, simulate, train
from bot.cli.screen import refusal
from model.errors import CurrencyBotError

FAILED = 3

app = typer.Typer(
    name="currency-bot",
    help="A Telegram bot that says which currency is in a photo, and learns from every correction.",
    no_args_is_help=True,
    add_completion=False,
    # A failure that nobody foresaw goes to a bug report as it is; boxes and local values are in the way,
    # and local values can be secrets.
    pretty_exceptions_enable=False,
)
app.command()(serve.demo)
app.command()(serve.run)
app.command()(recognise.predict)
app.command()(evaluation.evaluate)
app.command("cross-validate")(cross_validation.cross_validate)
app.command()(train.train)
app.command()(simulate.simulate)
app.add_typer(data.app, name="dataset")
app.add_typer(registry.app, name="models")
app.command()(serve.doctor)
app.command()(serve.health)


def main() -> None:
    """Run a command; whatever is expected to fail ends as one sentence on stderr."""
    # A picture of too many pixels is refused in our own words; Pillow's would only alarm.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # names of files may be anything
    try:
        app()
    except CurrencyBotError as err:
        typer.echo(str(err), err=True)
        raise SystemExit(FAILED) from err
    except OSError as err:
        typer.echo(refusal(err), err=True)
        raise SystemExit(FAILED) from err
