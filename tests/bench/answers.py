"""What an answer costs on the wire, beside the bare forward pass of the same network.

Both are measured in turn, in one process and one run, so that the ratio holds on a busy machine too.
"""

import asyncio
import io
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from bot.app import build
from bot.cli import sandboxed
from bot.context import Services
from bot.running import running
from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from model.pictures import SEEN_SIDE, decode, network_input, seen
from model.registry import BASE, Registry

ROUNDS = 40
WARM_UP = 5
AT_MOST = 3.0
"""Times the bare forward pass: what the answer on the wire may cost."""
NEVER = 2.0
"""A confidence that no answer has."""

Times = dict[str, list[float]]


def main() -> bool:
    """Measure and print; False if the answer costs more than it may."""
    times = asyncio.run(measure())
    bare = statistics.median(times["bare forward pass"])
    table = Table("what", "median ms", "fastest", "slowest", "times the forward pass")
    for name, values in times.items():
        table.add_row(
            name,
            *(f"{1000 * value:.1f}" for value in (statistics.median(values), min(values), max(values))),
            f"{statistics.median(values) / bare:.2f}",
        )
    Console().print(table)
    ratio = statistics.median(times["update to answer on the wire"]) / bare
    print(f"An answer costs {ratio:.2f} times the forward pass; at most {AT_MOST:.0f} times is allowed.")  # noqa: T201
    return ratio <= AT_MOST


async def measure() -> Times:
    """Run the real bot against the sandbox and send it photos one after another.

    Returns:
        Seconds by what was measured.
    """
    names = (
        "bare forward pass",
        "decode",
        "update to answer on the wire",
        "… of what is small",
        "decode to answer alone",
        "… where it is not sure at first",
    )
    times: Times = {name: [] for name in names}
    async with demo_bot() as (services, person):
        from model.network import Network, predict_picture  # TensorFlow was started in its own way meanwhile

        network = Registry(services.settings.models_dir).load(BASE)
        doubtful = Network(network.model, replace(network.card, sure_at=NEVER))
        size = network.card.image_size
        for number in range(WARM_UP + ROUNDS):
            data = photo(number)
            counted = times if number >= WARM_UP else {key: [] for key in times}
            with clock(counted["decode"]):
                pixels = network_input(seen(decode(data, SEEN_SIDE)), size)[None]
            with clock(counted["bare forward pass"]):
                network.run(pixels)
            await answered(person, data, counted["update to answer on the wire"])
            await answered(person, distant(number), counted["… of what is small"])
            with clock(counted["decode to answer alone"]):
                predict_picture(network, data)
            with clock(counted["… where it is not sure at first"]):
                predict_picture(doubtful, data)
    return times


@asynccontextmanager
async def demo_bot() -> AsyncIterator[tuple[Services, Person]]:
    """Run the real bot against the sandbox, in a folder of its own, with somebody who is trusted."""
    with tempfile.TemporaryDirectory() as name:
        offline = sandboxed.settings(Path(name), port=1)
        sandboxed.bring_base_model(Path("models"), offline.models_dir)
        async with SandboxServer(offline.token, sandboxed.PERSONAS) as server:
            settings = offline.model_copy(
                update={"telegram_api_url": server.url, "photos_per_minute": 1_000_000}
            )
            async with running(build(settings)) as services:
                await services.predictor.ready()
                yield services, server.person(sandboxed.TRAVELLER.user_id)


async def answered(person: Person, data: bytes, times: list[float] | None = None) -> None:
    """Send a photo and wait for the answer; the time counts once Telegram has made its sizes of the photo."""
    await person.send_photo(data)
    with clock([] if times is None else times):
        await person.reply()


@contextmanager
def clock(times: list[float]) -> Iterator[None]:
    """Add the seconds that the block takes."""
    began = time.perf_counter()
    yield
    times.append(time.perf_counter() - began)


def photo(seed: int) -> bytes:
    """Draw a 640 x 480 picture with the detail, and so the decoding time, of a real photo."""
    rng = np.random.default_rng(seed)
    soft = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8)).resize(
        (640, 480), Image.Resampling.BICUBIC
    )
    return _grainy(soft, rng)


def distant(seed: int) -> bytes:
    """Draw a picture like those of `photo` that fills a tenth of a plain one of the same size."""
    rng = np.random.default_rng(seed)
    desk = Image.new("RGB", (640, 480), (120, 120, 120))
    desk.paste(Image.open(io.BytesIO(photo(seed))).resize((200, 150)), (220, 160))
    return _grainy(desk, rng)


def _grainy(image: Image.Image, rng: np.random.Generator) -> bytes:
    grainy = np.asarray(image, np.float32) + rng.normal(0, 12, (image.height, image.width, 3))
    out = io.BytesIO()
    Image.fromarray(grainy.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=85)
    return out.getvalue()
