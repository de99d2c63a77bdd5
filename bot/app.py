"""The bot as one table of handlers. Read this first."""

import logging
import os

from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot import failures
from bot.answers import corrections, explaining, photos
from bot.classes import handlers as classes
from bot.context import App, Context, Services
from bot.everyone import handlers as everyone
from bot.models import handlers as admin
from bot.models import thanking
from bot.models.retraining import Retraining, training_command
from bot.people import handlers as people
from bot.quota import Quota
from bot.review import handlers as review
from bot.settings import Settings
from bot.store.store import Store
from bot.wire.arrivals import Arrivals
from bot.wire.client import client
from bot.wire.ordering import ChatOrder
from model.predictor import Predictor
from model.registry import Registry
from training.data.dataset import Dataset

log = logging.getLogger(__name__)

TALK = filters.TEXT & ~filters.COMMAND
PRIVATE = filters.ChatType.PRIVATE
NAMELESS = filters.SenderChat.ALL | ~filters.USER
"""Anonymous admins and channels: Telegram gives all of them the same user id."""


def add_handlers(app: App) -> None:
    """Say who answers what; the first that fits does."""
    app.add_handlers(
        [
            MessageHandler(~filters.UpdateType.MESSAGE, everyone.ignore),
            MessageHandler(NAMELESS, everyone.on_nameless),
            MessageHandler(filters.PHOTO, photos.on_photo),
            MessageHandler(filters.ANIMATION, photos.on_animation),
            MessageHandler(filters.Document.ALL, photos.on_document),
            CommandHandler("start", everyone.start),
            CommandHandler("help", everyone.show_help),
            CommandHandler("about", everyone.about),
            CommandHandler("stats", everyone.stats),
            CommandHandler("privacy", everyone.privacy),
            CommandHandler("forget", everyone.forget),
            CommandHandler("retrain", admin.retrain),
            CommandHandler("models", admin.models),
            CommandHandler("review", review.review),
            CommandHandler("people", people.people),
            CommandHandler("takeout", people.take_out),
            CommandHandler("classes", classes.classes),
            MessageHandler(filters.COMMAND & PRIVATE, everyone.on_unknown_command),
            MessageHandler(TALK, corrections.on_text),
            MessageHandler(PRIVATE & ~TALK & ~filters.StatusUpdate.ALL, photos.on_anything_else),
            CallbackQueryHandler(corrections.on_tap, corrections.VERBS),
            CallbackQueryHandler(explaining.on_why_tap, explaining.VERBS),
            CallbackQueryHandler(everyone.on_forget_tap, everyone.FORGET_VERBS),
            CallbackQueryHandler(admin.on_run_tap, admin.RUN_VERBS),
            CallbackQueryHandler(admin.on_model_tap, admin.MODEL_VERBS),
            CallbackQueryHandler(review.on_tap, review.VERBS),
            CallbackQueryHandler(people.on_tap, people.VERBS),
            CallbackQueryHandler(classes.on_class_tap, classes.VERBS),
            CallbackQueryHandler(thanking.on_thanks_tap, thanking.VERBS),
            CallbackQueryHandler(everyone.on_old_button),
        ]
    )
    app.add_error_handler(failures.on_error)


def build(settings: Settings, *, predictor: Predictor | None = None, training: tuple[str, ...] = ()) -> App:
    """Put the parts together; nothing is started, opened or loaded yet.

    Args:
        settings: Where everything is.
        predictor: What answers photos, instead of the model in use.
        training: The command that trains, instead of `python -m training`.

    Raises:
        SettingsError: There is no token.
    """
    # The library's times become timedeltas; we can read both, and it need not warn of the change.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    registry = Registry(settings.models_dir)
    services = Services(
        settings,
        Store(settings.database),
        predictor or Predictor(registry),
        registry,
        Dataset(settings.data_dir),
        Retraining(training or training_command(settings.data_dir, settings.models_dir)),
        Quota(settings.photos_per_minute, settings.photos_at_once),
    )
    arrivals = Arrivals(services.store)
    app: App = (
        ApplicationBuilder()
        .application_class(Application)
        .bot(client(settings))
        .context_types(ContextTypes(context=Context))
        .update_queue(arrivals)
        .concurrent_updates(ChatOrder(arrivals.begun, arrivals.done))
        .job_queue(None)
        .build()
    )
    app.bot_data["services"] = services
    add_handlers(app)
    return app
