"""The database by what it is about."""

from bot.store.classes import Classes
from bot.store.contributors import Contributors
from bot.store.database import Database
from bot.store.decisions import Decisions
from bot.store.labels import Labels
from bot.store.people import People
from bot.store.predictions import Predictions
from bot.store.promises import Promises
from bot.store.queue import Queue
from bot.store.runs import Runs
from bot.store.showings import Showings
from bot.store.suggestions import Suggestions
from bot.store.thanks import Thanks
from bot.store.updates import Updates


class Store(Database):
    """The database, opened and closed as one.

    Every method of its parts raises `StoreError` when the database cannot be read or written.

    Args:
        url: Its address, as SQLAlchemy reads it.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.predictions = Predictions(self)
        self.labels = Labels(self)
        self.queue = Queue(self)
        self.decisions = Decisions(self)
        self.showings = Showings(self)
        self.people = People(self)
        self.contributors = Contributors(self)
        self.runs = Runs(self)
        self.classes = Classes(self)
        self.suggestions = Suggestions(self)
        self.thanks = Thanks(self)
        self.promises = Promises(self)
        self.updates = Updates(self)
