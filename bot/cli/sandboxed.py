"""What sets the demo apart from the real thing: its people, its folders, a token that opens nothing."""

import shutil
from pathlib import Path

from bot.sandbox.world import Persona
from bot.settings import Settings, load_settings
from model.card import FILE as CARD_FILE
from model.errors import ModelError
from model.registry import BASE

TRAVELLER = Persona(1001, "Traveller")
ADMIN = Persona(1002, "Admin")
ANNA, BEN = Persona(1003, "Anna"), Persona(1004, "Ben")
"""Nobody knows them: what they say waits for review."""
PERSONAS = (TRAVELLER, ADMIN, ANNA, BEN)


def settings(data_dir: Path, port: int) -> Settings:
    """The settings of the demo; only its own folders are read and written.

    Args:
        data_dir: Holds data set, database and models of the demo.
        port: Of the sandbox on this machine.
    """
    return load_settings(
        _env_file=None,
        bot_token="1000:sandbox-token-that-opens-nothing",  # noqa: S106 - the sandbox knows no secret
        admin_ids=frozenset({ADMIN.user_id}),
        trusted_ids=frozenset({TRAVELLER.user_id}),
        data_dir=data_dir,
        models_dir=data_dir / "models",
        database_url=f"sqlite+aiosqlite:///{data_dir / 'currency-bot.db'}",
        telegram_api_url=f"http://127.0.0.1:{port}",
        webhook_url=None,
    )


def bring_base_model(source: Path, target: Path) -> None:
    """Copy the base model into the demo's folder, unless the very same is there.

    Args:
        source: The project's folder of models.
        target: The demo's.

    Raises:
        ModelError: The project has no base model.
    """
    origin, copy = source / BASE, target / BASE
    try:
        card = (origin / CARD_FILE).read_bytes()
    except OSError as err:
        raise ModelError(
            f"There is no base model in {str(origin)!r}: run this in the project's folder, or set MODELS_DIR."
        ) from err
    if (copy / CARD_FILE).is_file() and (copy / CARD_FILE).read_bytes() == card:
        return
    target.mkdir(parents=True, exist_ok=True)
    fresh, stale = target / f".{BASE}.new", target / f".{BASE}.old"
    for leftover in (fresh, stale):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(origin, fresh)
    if copy.exists():
        copy.rename(stale)
    fresh.rename(copy)
    shutil.rmtree(stale, ignore_errors=True)
