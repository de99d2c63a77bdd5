"""The whole application against the sandbox, with a model that reads colours."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import build
from bot.context import App, Services
from bot.models import runs
from bot.running import running
from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Persona
from bot.settings import Settings, load_settings
from bot.store.store import Store
from tests.bot.doubles import ColourPredictor, make_version, picture, training

TOKEN = "123456:TEST-token"
TRUSTED, ADMIN, STRANGER, FRIEND, SECOND_ADMIN = 1001, 1002, 1003, 1004, 1005


@dataclass
class Bot:
    """A running bot and the people who write to it."""

    app: App
    services: Services
    sandbox: SandboxServer
    predictor: ColourPredictor

    @property
    def traveller(self) -> Person:
        """Whose labels count at once."""
        return self.sandbox.person(TRUSTED)

    @property
    def admin(self) -> Person:
        """Who runs the bot."""
        return self.sandbox.person(ADMIN)

    @property
    def stranger(self) -> Person:
        """Whose labels wait."""
        return self.sandbox.person(STRANGER)

    @property
    def friend(self) -> Person:
        """Another stranger."""
        return self.sandbox.person(FRIEND)

    def files(self, place: str = "dataset") -> dict[str, bytes]:
        """Return the kept pictures by class folder and name."""
        root = self.services.settings.data_dir / place
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("*/*.jpg"))}

    def classes(self, place: str = "dataset") -> list[str]:
        """Return the class folder of every kept picture."""
        return [name.partition("/")[0] for name in self.files(place)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open database in a folder that was not there before."""
    opened = Store(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'bot.db'}")
    await opened.open()
    yield opened
    await opened.close()


Start = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    people = [
        Persona(TRUSTED, "Traveller"),
        Persona(ADMIN, "Admin"),
        Persona(STRANGER, "<b>Stranger</b>", "de"),
        Persona(FRIEND, "Friend"),
        Persona(SECOND_ADMIN, "Second admin"),
    ]
    async with SandboxServer(TOKEN, people) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, sandbox: SandboxServer) -> Settings:
    return load_settings(
        _env_file=None,
        bot_token=TOKEN,
        admin_ids=frozenset({ADMIN, SECOND_ADMIN}),
        trusted_ids=frozenset({TRUSTED}),
        data_dir=tmp_path / "data",
        models_dir=tmp_path / "models",
        telegram_api_url=sandbox.url,
    )


@pytest.fixture
def start(settings: Settings, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start the bot; `train` says what its training process does."""
    monkeypatch.setattr(runs, "EDIT_SECONDS", 0.05)
    make_version(settings.models_dir, "base")
    (settings.models_dir / "plot.png").write_bytes(picture("red", size=(320, 240), format="PNG"))

    @asynccontextmanager
    async def started(train: str = "pass", **changes: object) -> AsyncIterator[Bot]:
        wanted = settings.model_copy(update=changes)
        app = build(wanted, training=training(wanted.models_dir, train))
        predictor = ColourPredictor(app.bot_data["services"].registry)
        app.bot_data["services"].predictor = predictor
        async with running(app) as services:
            yield Bot(app, services, sandbox, predictor)

    return started


@pytest.fixture
async def bot(start: Start) -> AsyncIterator[Bot]:
    async with start() as running_bot:
        yield running_bot
