"""Where an admin decides: a message that shows a picture which waits, and what can be done there.

Each picture is a message of its own, so that a screen reader announces it, and what was decided stays to
be undone. What a message says follows from the database alone: a second tap, another admin or a restart
only brings it up to date.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

from PIL import Image
from telegram import Bot, InlineKeyboardMarkup, User
from telegram.constants import ParseMode

from bot.answers.photos import download
from bot.context import Services, locale_of
from bot.labels import deciding, labelling
from bot.review import keyboards as review_keyboards
from bot.review import texts as review_texts
from bot.store.rows import Answer, Waiting
from bot.wire.sending import edit_caption
from model.errors import PictureError, StoreError
from model.pictures import chat_photo, preview

_STAND_IN = (320, 240)
"""Width and height of what is shown in place of a damaged picture: its message stays one with a caption."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The private chat with an admin, and one message in it.

    Attributes:
        services: The parts behind the chat.
        bot: Sends and edits.
        user: The admin.
        chat_id: The chat.
        message_id: The message; 0 where none is shown yet.
        aloud: Whether what was decided is also said in a message of its own, as the answer to words.
    """

    services: Services
    bot: Bot
    user: User
    chat_id: int
    message_id: int = 0
    aloud: bool = False

    async def decide(self, label_id: int, label: str | None) -> None:
        """Settle what a picture shows, and move on.

        Args:
            label_id: A label on the picture.
            label: Its class; None to reject what was said.
        """
        await self.move_on(label_id, await deciding.decide(self.services, label_id, label, self.user.id))

    async def move_on(self, label_id: int, decision_id: int | None = None) -> None:
        """Say what was decided about a picture, here or elsewhere, and show the next one."""
        was_open = await self._close(decision_id)
        text, markup = await self._state(label_id)
        await self._say(text, markup)
        if self.aloud:
            await self.bot.send_message(self.chat_id, text, parse_mode=ParseMode.HTML)
        if was_open:
            await self.show_next(label_id)

    async def undo(self, decision_id: int) -> bool:
        """Take a decision back, so that its picture waits again; False if there was nothing to undo."""
        undone = await deciding.take_back(self.services, decision_id, partial(download, self.bot))
        showing = await self.services.store.showings.of_message(self.chat_id, self.message_id)
        if undone:
            await self.services.store.showings.reopen(self.chat_id, self.message_id)
        if showing:
            await self.show(showing.label_id)
        return undone is not None

    async def skip(self, label_id: int) -> None:
        """Leave a picture for later, and go on."""
        if await self._close():
            if await self.services.store.queue.find(label_id):
                await self._say(review_texts.SKIPPED, None)
            else:  # somebody else has decided meanwhile
                await self.show(label_id)
            await self.show_next(label_id)
        else:
            await self.show(label_id)

    async def stop(self, label_id: int) -> None:
        """End the review for now."""
        if await self._close():
            left = await self.services.store.queue.count()
            await self._say(review_texts.stopped(left), None)
            if self.aloud:
                await self.bot.send_message(self.chat_id, review_texts.stopped(left))
        else:
            await self.show(label_id)

    async def ask_class(self, label_id: int) -> None:
        """Ask which class a picture belongs to, unless that is settled."""
        waiting = await self.services.store.queue.find(label_id)
        if waiting is None:
            await self.show(label_id)
            return
        stored, locale = await self.answer(waiting), locale_of(self.user)
        text = review_texts.which_class(stored, locale)
        await self._say(text, review_keyboards.classes(label_id, stored, locale))

    async def show(self, label_id: int) -> None:
        """Let the message say what holds now of the picture that it shows."""
        await self._say(*await self._state(label_id))

    async def show_next(self, after: int | None) -> None:
        """Send the picture that comes first, or after another one; or say that there is none."""
        while waiting := await self.services.store.queue.next(after):
            try:
                async with self.services.at_once:
                    picture = await asyncio.to_thread(self._preview, waiting)
                is_damaged = False
            except PictureError:
                picture, is_damaged = chat_photo(Image.new("RGB", _STAND_IN, "grey")), True
            if picture is None:
                await labelling.let_go(self.services, waiting.label_id)
                continue
            text, markup = await self._state(waiting.label_id)
            text = review_texts.DAMAGED if is_damaged else text
            sent = await self.bot.send_photo(
                self.chat_id, picture, caption=text, parse_mode=ParseMode.HTML, reply_markup=markup
            )
            await self.services.store.showings.open(self.chat_id, sent.message_id, waiting.label_id)
            return
        left = await self.services.store.queue.count()
        await self.bot.send_message(
            self.chat_id, review_texts.NOTHING_WAITS if after is None else review_texts.finished(left)
        )

    async def answer(self, waiting: Waiting) -> Answer:
        """What the model said about a picture.

        Raises:
            StoreError: It was forgotten just now.
        """
        stored = await self.services.store.predictions.find(waiting.labels[0].said.prediction_id)
        if stored is None:
            raise StoreError(review_texts.TAKEN_BACK)
        return stored

    async def _state(self, label_id: int) -> tuple[str, InlineKeyboardMarkup | None]:
        """What is to be said of a picture: that it waits, what was decided, or that it is gone."""
        store, locale = self.services.store, locale_of(self.user)
        if waiting := await store.queue.find(label_id):
            ids = {each.said.user_id for each in waiting.labels if each.said.user_id is not None}
            people = await store.contributors.find(ids)
            behind = await store.queue.count(after=label_id)
            kept = await asyncio.to_thread(self._kept, waiting)
            stored = await self.answer(waiting)
            text = review_texts.item(waiting, kept, stored, people, behind, locale)
            return text, review_keyboards.item(waiting, locale)
        decision = await store.decisions.last_on(label_id)
        if decision is None or decision.is_undone:
            return review_texts.TAKEN_BACK, None
        return review_texts.settled(decision, self.user.id, locale), review_keyboards.decided(decision)

    def _kept(self, waiting: Waiting) -> dict[str, bool]:
        """The classes under which the data set holds a picture, and whether the owner imported it there.

        Raises:
            DataError: The manifest cannot be read.
        """
        sha256, imported = waiting.labels[0].said.sha256, self.services.dataset.records()
        holding = dict.fromkeys([*waiting.kept, *self.services.dataset.labels_of(sha256)])
        return {label: (sha256, label) in imported for label in holding}

    def _preview(self, waiting: Waiting) -> bytes | None:
        """The picture, small enough to be sent; None if one of its labels has no file any more.

        Raises:
            PictureError: It is damaged.
        """
        files, dataset = [each.said for each in waiting.labels], self.services.dataset
        if not all(dataset.holds(file.sha256, file.label, place="pending") for file in files):
            return None
        return preview(dataset.read(files[0].sha256, files[0].label, place="pending"))

    async def _close(self, decision_id: int | None = None) -> bool:
        return await self.services.store.showings.close(self.chat_id, self.message_id, decision_id)

    async def _say(self, caption: str, markup: InlineKeyboardMarkup | None) -> None:
        await edit_caption(self.bot, self.chat_id, self.message_id, caption, markup)
