"""The parts behind the chat without the chat, and people who label photos with them."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from bot.context import Services
from bot.labels import labelling
from bot.models.retraining import Retraining
from bot.quota import Quota
from bot.settings import load_settings
from bot.store.rows import Answer, Photo, Waiting
from bot.store.store import Store
from model.prediction import Prediction
from model.predictor import Predictor
from model.registry import Registry
from tests.training.drawn import drawn, jpeg
from training.data.dataset import Dataset

ADMIN, TRUSTED = 1, 2
ANNA, BEN, CLARA = 11, 12, 13
"""People whose labels wait."""

SCORES = {"EUR": 0.9, "JPY": 0.06, "USD": 0.04}


class Crowd:
    """People who send photos and say what they show.

    Args:
        services: The parts behind the chat.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self._sent = 0

    async def send(self, user_id: int) -> Answer:
        """Let a person send a photo."""
        self._sent += 1
        photo = Photo(user_id, user_id, self._sent, 1_700_000_000, f"file{self._sent}", f"u{self._sent}")
        said = Prediction("EUR", 0.9, 0.9, True, SCORES, "base")
        return await self.services.store.predictions.add(photo, said)

    async def say(self, user_id: int, label: str, picture: bytes, photo: Answer | None = None) -> Answer:
        """Let a person say what a picture shows, on a photo of their own unless one is given."""
        stored = photo or await self.send(user_id)
        await labelling.save(self.services, stored, label, user_id, picture)
        return stored

    async def next(self, after: int | None = None) -> Waiting:
        """Return the picture that /review shows first, or after another one."""
        found = await self.services.store.queue.next(after)
        assert found
        return found

    def files(self, place: str = "dataset") -> dict[str, int]:
        """Count the kept pictures by class."""
        root = self.services.settings.data_dir / place
        return dict(Counter(path.parent.name for path in root.glob("*/*.jpg")))


@asynccontextmanager
async def crowd_in(folder: Path, **settings: object) -> AsyncIterator[Crowd]:
    """Open a database and a data set in an empty folder."""
    wanted = load_settings(
        _env_file=None,
        admin_ids=frozenset({ADMIN}),
        trusted_ids=frozenset({TRUSTED}),
        data_dir=folder / "data",
        models_dir=folder / "models",
        **settings,
    )
    store, registry = Store(wanted.database), Registry(wanted.models_dir)
    await store.open()
    dataset = Dataset(wanted.data_dir)
    yield Crowd(
        Services(wanted, store, Predictor(registry), registry, dataset, Retraining(()), Quota(100, 100))
    )
    await store.close()


@cache
def scene(number: int, quality: int = 90, side: int = 96) -> bytes:
    """Draw a picture; another number is another one, other qualities and sides are copies of the same."""
    return jpeg(drawn(number, side), quality)
