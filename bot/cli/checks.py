"""What `currency-bot doctor` looks at: each check says whether it is well, or how to mend it."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from model.errors import CurrencyBotError

LEAST_FREE = 1024**3
"""Bytes. A training run writes a model of some 20 MB, and TensorFlow wants room for its own files."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        what: What was looked at.
        ok: Whether it is well.
        text: What it is, or what is wrong and how to mend it.
    """

    what: str
    ok: bool
    text: str


async def token(settings: Settings) -> Finding:
    """Ask Telegram who the token belongs to."""
    from telegram import Bot
    from telegram.error import InvalidToken, NetworkError, TelegramError

    try:
        bot = Bot(
            settings.token,
            base_url=f"{settings.telegram_api_url}/bot",
            base_file_url=f"{settings.telegram_api_url}/file/bot",
        )
        async with bot:
            return Finding("token", True, f"@{bot.username}")
    except CurrencyBotError as err:
        return Finding("token", False, str(err))
    except InvalidToken:
        return Finding("token", False, "Telegram does not know BOT_TOKEN: copy it again from @BotFather.")
    except NetworkError:
        return Finding("token", False, "It cannot be checked while the network is down.")
    except TelegramError as err:
        return Finding("token", False, f"Telegram refuses it: {err.message}.")


async def admins(settings: Settings) -> Finding:
    """See that somebody can run the bot."""
    if settings.admin_ids:
        return Finding("admins", True, ", ".join(map(str, sorted(settings.admin_ids))))
    return Finding(
        "admins",
        False,
        "ADMIN_IDS is empty, so nobody can retrain: put your id there (@userinfobot tells it).",
    )


async def network(settings: Settings) -> Finding:
    """Reach the Bot API server."""
    import httpx

    url = settings.telegram_api_url
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            await client.get(url)
    except httpx.HTTPError as err:
        text = f"{url} cannot be reached ({type(err).__name__}): see to network, proxy or TELEGRAM_API_URL."
        return Finding("network", False, text)
    return Finding("network", True, f"{url} answers")


async def database(settings: Settings) -> Finding:
    """Open the database, check it and write to it."""
    from bot.store.store import Store

    store = Store(settings.database)
    try:
        await store.open()
        await store.check()
    except CurrencyBotError as err:
        return Finding("database", False, f"{err} ({err.__cause__})" if err.__cause__ else str(err))
    finally:
        await store.close()
    return Finding("database", True, "sound and writable")


async def consistency(settings: Settings) -> Finding:
    """Compare folders, database and models: what a crash, or a hand, left behind."""
    from bot.labels import mending, reconcile
    from bot.store.store import Store
    from model.registry import Registry
    from training.data.dataset import Dataset

    store = Store(settings.database)
    try:
        await store.open()
        found = await mending.look(store, Dataset(settings.data_dir), Registry(settings.models_dir))
    except CurrencyBotError as err:
        return Finding("consistency", False, str(err))
    finally:
        await store.close()
    later = [f"{line}: the next start of the bot sees to it" for line in reconcile.mended(found)]
    wrong = reconcile.reported(found)
    text = "; ".join([*wrong, *later]) or "folders, database and models say the same"
    return Finding("consistency", not wrong, text)


async def model(settings: Settings) -> Finding:
    """Load the version in use."""
    from model.registry import Registry

    registry = Registry(settings.models_dir)
    version = registry.in_use()
    try:
        network = await asyncio.to_thread(registry.load, version)
    except CurrencyBotError as err:
        others = [card.version for card in registry.versions() if card.version != version]
        way = f"use another: `currency-bot models promote {others[-1]}`" if others else "see MODELS_DIR"
        return Finding("model", False, f"{err} To mend it, {way}.")
    return Finding("model", True, f"{version} loads, with {len(network.card.labels)} classes")


async def disk(settings: Settings) -> Finding:
    """See that pictures and models can be written."""
    for key, folder in (("DATA_DIR", settings.data_dir), ("MODELS_DIR", settings.models_dir)):
        problem = await asyncio.to_thread(_unwritable, folder)
        if problem:
            return Finding("disk", False, f"{key} ({folder}) cannot be written: {problem}.")
    free = shutil.disk_usage(settings.data_dir).free
    text = f"{free / 1024**3:.1f} GB free"
    return Finding("disk", free >= LEAST_FREE, text if free >= LEAST_FREE else f"only {text}: make room.")


ALL = (token, admins, network, database, consistency, model, disk)


def _unwritable(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as err:
        return err.strerror or str(err)
    return None
