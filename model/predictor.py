"""The one worker thread that answers, and the swap of its network between two photos."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from model.card import Card
from model.errors import ModelError
from model.prediction import Prediction
from model.registry import Registry

if TYPE_CHECKING:
    from model.network import Network

log = logging.getLogger(__name__)

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Predictor:
    """Answers pictures without ever holding up the event loop.

    TensorFlow is imported in the worker thread: a chat can be greeted seconds before the network is
    there, and pictures sent meanwhile wait for it.

    Args:
        registry: Where the versions are.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="network")
        self._network: Network | None = None
        self._loading: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether a network answers."""
        return self._network is not None

    @property
    def version(self) -> str | None:
        """The version that answers, None while it loads."""
        return self.card.version if self.card else None

    @property
    def card(self) -> Card | None:
        """The card of the version that answers, None while it loads."""
        return self._network.card if self._network else None

    def start(self) -> None:
        """Begin to load the version in use and return at once."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().create_task(self._load_in_use())

    async def ready(self) -> None:
        """Wait until a network answers.

        Raises:
            ModelError: None could be loaded.
        """
        self.start()
        # Shielded: one chat that gives up must not end the loading for all others.
        await asyncio.shield(self._loading)  # type: ignore[arg-type]

    async def predict(self, data: bytes) -> Prediction:
        """Answer one picture.

        Raises:
            PictureError: The bytes are no picture that can be read.
            ModelError: There is no model to answer.
        """
        await self.ready()
        return await self._run(self._predict, data)

    async def switch(self, version: str) -> None:
        """Load another version and let it answer from the next picture on.

        Raises:
            ModelError: It cannot be loaded; the present one goes on answering.
        """
        await self._run(self._load, version)
        log.info("model %s answers now", version)

    async def close(self) -> None:
        """Finish the picture at hand and end the worker thread."""
        if self._loading is not None:
            self._loading.cancel()
        await asyncio.to_thread(self._worker.shutdown, cancel_futures=True)

    async def _load_in_use(self) -> None:
        for version in self._registry.fallbacks():
            try:
                return await self.switch(version)
            except ModelError as err:
                log.exception("model %s does not load: %s", version, err)
        raise ModelError("There is no model that can answer; run `currency-bot doctor` to see why.")

    async def _run(self, function: Callable[[_In], _Out], argument: _In) -> _Out:
        return await asyncio.get_running_loop().run_in_executor(self._worker, function, argument)

    def _load(self, version: str) -> None:
        self._network = self._registry.load(version)

    def _predict(self, data: bytes) -> Prediction:
        from model.network import predict_picture

        if self._network is None:
            raise ModelError("There is no model that can answer; run `currency-bot doctor` to see why.")
        return predict_picture(self._network, data)
