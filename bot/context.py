"""What every handler gets at hand."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from telegram import Chat, MaybeInaccessibleMessage, Message, Update, User
from telegram.ext import Application, CallbackContext, ExtBot

from bot.models.retraining import Retraining
from bot.quota import Quota
from bot.settings import Settings
from bot.store.store import Store
from bot.wire.ordering import ChatOrder
from model.predictor import Predictor
from model.registry import Registry
from training.data.dataset import Dataset

PICTURES_AT_ONCE = 8


@dataclass(slots=True)
class Services:
    """The parts behind the chat.

    Attributes:
        settings: What the environment says.
        store: The database.
        predictor: Answers photos, by the version in use.
        registry: The versions there are, and which one is in use.
        dataset: The labelled pictures, those that wait for review included.
        retraining: The training process, of which there is one at most.
        quota: How many photos are taken on.
        labelling: Held while a label and its file change, so that one never outlives the other.
        choosing: Held while the model in use changes.
        at_once: Held by each picture in memory: up to 20 MB, and far more once decoded.
        background: Training runs that are being followed.
    """

    settings: Settings
    store: Store
    predictor: Predictor
    registry: Registry
    dataset: Dataset
    retraining: Retraining
    quota: Quota
    labelling: asyncio.Lock = field(default_factory=asyncio.Lock)
    choosing: asyncio.Lock = field(default_factory=asyncio.Lock)
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PICTURES_AT_ONCE))
    background: set[asyncio.Task[None]] = field(default_factory=set)


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """A handler's context, which knows the services."""

    @property
    def services(self) -> Services:
        """The parts behind the chat."""
        services = self.application.bot_data["services"]
        assert isinstance(services, Services)  # noqa: S101 - app.build put it there
        return services

    @property
    def order(self) -> ChatOrder:
        """Which update waits for which."""
        order = self.application.update_processor
        assert isinstance(order, ChatOrder)  # noqa: S101 - app.build put it there
        return order


App = Application[ExtBot[None], Context, dict[Any, Any], dict[Any, Any], dict[Any, Any], None]


def asked(update: Update) -> tuple[Message, User]:
    """The message of an update and the person who sent it; handlers' filters see to it that both exist."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None:
        raise ValueError(
            f"An update without a message or a sender reached a handler. Received: {update.update_id}"
        )
    return message, user


def is_private(message: MaybeInaccessibleMessage) -> bool:
    """Whether nobody but the bot is spoken to."""
    return message.chat.type == Chat.PRIVATE


def locale_of(user: User) -> str:
    """The language that names of currencies are shown in."""
    return user.language_code or "en"
