"""The database by what it is about."""

from bot.store.database import Database
from bot.store.labels import Labels
from bot.store.people import People
from bot.store.predictions import Predictions
from bot.store.promises import Promises
from bot.store.runs import Runs


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
        self.people = People(self)
        self.runs = Runs(self)
        self.promises = Promises(self)
