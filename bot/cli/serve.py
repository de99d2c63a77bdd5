"""`currency-bot run`, `demo`, `doctor`, `health`: the bot on Telegram or in the browser, and what ails it."""

import asyncio
import os
import signal
import threading
import time
import webbrowser
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import logs
from bot.cli import checks, sandboxed
from bot.cli.screen import err, out, refusal
from bot.settings import Settings, load_settings
from model.errors import SettingsError


def run() -> None:
    """Run the bot on Telegram: it polls, or serves a webhook when WEBHOOK_URL is set."""
    settings = load_settings()
    logs.configure(settings.log_level, (settings.token, *settings.secrets))
    _until_stopped(_serve(settings))


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the chat page is.")] = 8080,
    data_dir: Annotated[Path, typer.Option(help="Keeps the pictures and models of the demo.")] = Path(
        "var/demo"
    ),
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Try the bot in the browser: no token, no network, and nothing that touches your real models."""
    base = load_settings().models_dir
    settings = sandboxed.settings(data_dir, port)
    logs.configure("WARNING", settings.secrets)
    sandboxed.bring_base_model(base, settings.models_dir)
    _until_stopped(_demo(settings, port, browser=not no_browser))


def doctor() -> None:
    """Say what is wrong, if anything, and how to mend it."""
    from rich.table import Table

    settings = load_settings()
    logs.configure("ERROR", settings.secrets)
    table = Table("check", "", "what")
    sound = True
    for check in checks.ALL:
        try:
            found = asyncio.run(check(settings))
        except OSError as error:
            found = checks.Finding(check.__name__, False, refusal(error))
        sound = sound and found.ok
        table.add_row(found.what, "OK" if found.ok else "wrong", found.text)
    out().print(table)
    if not sound:
        raise typer.Exit(1)


def health() -> None:
    """Say whether the running bot can do its work, for whatever watches over it; ends with 1 if not."""
    from bot.health import read

    problems = read(load_settings().data_dir, time.time())
    out().print("; ".join(problems) or "The bot is well.")
    if problems:
        raise typer.Exit(1)


def _until_stopped(serving: Coroutine[Any, Any, None]) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish what is at hand and return."""

    async def main() -> None:
        task = asyncio.current_task()
        assert task  # noqa: S101 - this is one
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
        try:
            await serving
        except asyncio.CancelledError:
            err().print("Stopped.")

    asyncio.run(main())
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        # All is saved. What still runs is stuck within TensorFlow, and a normal end would wait for it.
        os._exit(0)


async def _serve(settings: Settings) -> None:
    from telegram.error import InvalidToken

    from bot.app import build
    from bot.running import running

    app = build(settings)
    try:
        async with running(app):
            way = f"webhook {settings.webhook_url}" if settings.webhook_url else "polling"
            err().print(f"@{app.bot.username} is running ({way}). Ctrl-C stops it.")
            await asyncio.Event().wait()
    except InvalidToken as error:
        raise SettingsError(
            "BOT_TOKEN is unknown to Telegram: copy it again from @BotFather (/mybots, your bot, API Token)."
        ) from error
    except OSError as error:
        if not settings.webhook_url:
            raise
        raise SettingsError(
            f"WEBHOOK_LISTEN and WEBHOOK_PORT cannot be used ({error.strerror}); choose a free address."
        ) from error


async def _demo(settings: Settings, port: int, *, browser: bool) -> None:
    from bot.app import build
    from bot.running import running
    from bot.sandbox.server import SandboxServer

    sandbox = SandboxServer(settings.token, sandboxed.PERSONAS, port=port, last_message_id=int(time.time()))
    try:
        await sandbox.__aenter__()
    except OSError as error:
        raise SettingsError(
            f"Port {port} is taken: stop what uses it (an earlier demo?), or choose another with "
            f"`currency-bot demo --port {port + 1}`."
        ) from error
    try:
        async with running(build(settings)):
            out().print(f"The chat is at {sandbox.page_url} - Ctrl-C stops it.")
            if browser:
                await asyncio.to_thread(webbrowser.open, sandbox.page_url)
            await asyncio.Event().wait()
    finally:
        await sandbox.__aexit__(None, None, None)
