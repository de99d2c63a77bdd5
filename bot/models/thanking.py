"""Contributors hear that their pictures are in the model that answers now, unless they do not want to.

Once for each new picture of theirs, and at most once a day. Whichever program put the version in use.
"""

import asyncio
import logging
import time

from telegram import Bot, CallbackQuery
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError, TimedOut

from bot import keyboards, texts
from bot.context import Context, Services
from bot.keyboards import THANK_AGAIN, THANK_NOT, Tap
from bot.rights import own_tap
from bot.wire.sending import acknowledge, edit_pressed
from model.errors import CurrencyBotError
from training.fitting.memory import read_memory

log = logging.getLogger(__name__)

VERBS = f"^({THANK_NOT}|{THANK_AGAIN}):"

LOOK_SECONDS = 10.0
"""From one look at which version is in use to the next."""

AGAIN_SECONDS = 3600.0
"""From one round for the same version to the next: who heard of another one today is told tomorrow."""

PAUSE_SECONDS = 0.1
"""Between two messages: Telegram allows 30 a second, and answers come first."""


async def watch(services: Services, bot: Bot) -> None:
    """Tell contributors whenever another version answers, until the task is cancelled."""
    told, again_at = None, 0.0
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            version, now = await asyncio.to_thread(services.registry.in_use), time.monotonic()
            if version != told or now >= again_at:
                await tell(services, bot, version)
                told, again_at = version, now + AGAIN_SECONDS
        except (CurrencyBotError, OSError, TelegramError) as err:
            log.warning("contributors are told later: %s", err)
        except Exception:  # the last stop of a background task: nobody else would hear of it
            log.exception("contributors are not told")


async def tell(services: Services, bot: Bot, version: str) -> None:
    """Tell everybody whose pictures a version learned from, if they were not told before.

    Raises:
        ModelError: What the version remembers cannot be read.
        StoreError: The database cannot be read or written.
        TelegramError: Telegram cannot be reached; who was not told yet is told the next time.
    """
    memory = await asyncio.to_thread(read_memory, services.registry.folder(version))
    learned = frozenset(memory.sha256[memory.split == "train"].tolist())
    for user_id, pictures in (await services.store.thanks.due(learned)).items():
        # Before it is sent: nobody is told twice, even if the bot is stopped in between.
        turn = await services.store.thanks.take_turn(user_id, learned)
        if turn is None:
            continue
        try:
            await _send(bot, user_id, texts.helped(pictures, version))
        except TelegramError:  # it certainly did not arrive
            await services.store.thanks.give_back(user_id, turn)
            raise
        await asyncio.sleep(PAUSE_SECONDS)


@own_tap
async def on_thanks_tap(query: CallbackQuery, tap: Tap, context: Context) -> None:
    """Send a person no such messages any more, or send them again."""
    await acknowledge(query)
    wanted = tap.verb == THANK_AGAIN
    await context.services.store.thanks.want(tap.id, wanted=wanted)
    text = texts.THANKS_AGAIN if wanted else texts.NO_MORE_THANKS
    await edit_pressed(context.bot, query, text, keyboards.thanks(tap.id, wanted=wanted))


async def _send(bot: Bot, user_id: int, text: str) -> None:
    try:
        await bot.send_message(
            user_id, text, parse_mode=ParseMode.HTML, reply_markup=keyboards.thanks(user_id, wanted=True)
        )
    except (Forbidden, BadRequest, TimedOut) as err:
        # They left, or know the bot from a group alone; or it has arrived after all.
        log.info("contributor %d is not told: %s", user_id, err)
