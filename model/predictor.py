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
from model.why import Explanation

if TYPE_CHECKING:
    from model.network import Network

log = logging.getLogger(__name__)

_Out = TypeVar("_Out")

LAST_SECONDS = 3.0
"""How long the picture at hand may take when everything is closed."""


class Predictor:
    """Answers pictures without ever holding up the event loop.

    TensorFlow is imported in the worker thread: a chat can be greeted seconds before the network is
    there, and pictures sent meanwhile wait for it. Before each picture the thread looks whether another
    version was put in use, by whatever program, and loads it then.

    Args:
        registry: Where the versions are.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="network")
        self._network: Network | None = None
        self._seen: tuple[int, int] | None = None
        """Stamp of the history that was last acted upon."""

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
        self._worker.submit(self._follow)

    async def ready(self) -> None:
        """Wait until a network answers.

        Raises:
            ModelError: None could be loaded.
        """
        await self._run(self._current)

    async def predict(self, data: bytes) -> Prediction:
        """Answer one picture.

        Raises:
            PictureError: The bytes are no picture that can be read.
            ModelError: There is no model to answer.
        """
        return await self._run(lambda: self._predict(data))

    async def explain(self, data: bytes, label: str) -> Explanation:
        """Show what in a picture speaks for a class, to the version that answers now.

        Raises:
            PictureError: The bytes are no picture that can be read.
            ModelError: There is no model to answer, or it does not know the class.
        """
        return await self._run(lambda: self._explain(data, label))

    async def switch(self, version: str) -> None:
        """Load another version and let it answer from the next picture on.

        Raises:
            ModelError: It cannot be loaded; the present one goes on answering.
        """
        await self._run(lambda: self._switch(version))

    async def catch_up(self) -> None:
        """Take up what was put in use meanwhile; does not wait for the first network."""
        if self.is_ready:
            await self._run(self._follow)

    async def responds(self, within: float) -> bool:
        """Whether the worker thread takes something on within so many seconds."""
        try:
            async with asyncio.timeout(within):
                await self._run(lambda: None)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Finish the picture at hand and end the worker thread, which may be stuck."""
        if not await self.responds(LAST_SECONDS):
            log.warning("the worker thread is still at work after %.0f s; it is left behind", LAST_SECONDS)
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _run(self, function: Callable[[], _Out]) -> _Out:
        return await asyncio.get_running_loop().run_in_executor(self._worker, function)

    # What follows runs in the worker thread.

    def _predict(self, data: bytes) -> Prediction:
        network = self._current()
        from model.network import predict_picture  # TensorFlow is there by now

        return predict_picture(network, data)

    def _explain(self, data: bytes, label: str) -> Explanation:
        network = self._current()
        from model.network import explain_picture  # TensorFlow is there by now

        return explain_picture(network, data, label)

    def _current(self) -> "Network":
        self._follow()
        if self._network is None:
            raise ModelError("There is no model that can answer; run `currency-bot doctor` to see why.")
        return self._network

    def _switch(self, version: str) -> None:
        stamp = self._registry.stamp()
        self._load(version)
        self._seen = stamp  # what was chosen here holds until the history changes

    def _follow(self) -> None:
        """Load what is in use if that has changed; a version that does not load is tried once."""
        try:
            stamp = self._registry.stamp()
            if stamp == self._seen:
                return
            versions = self._registry.fallbacks()
        except OSError as err:
            log.warning("which model is in use cannot be read: %s", err)
            return
        self._seen = stamp
        for version in versions if self._network is None else versions[:1]:
            if version == self.version:
                return
            try:
                self._load(version)
            except Exception:  # whatever is wrong with it, what answers now goes on answering
                log.exception("model %s does not load", version)
            else:
                return

    def _load(self, version: str) -> None:
        self._network = self._registry.load(version)
        log.info("model %s answers now", version)
