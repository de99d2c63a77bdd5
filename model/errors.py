"""Every error that this project raises on purpose.

The text of each is one sentence for the person who has to act on it; the cause, when there is one,
is chained with ``from`` and belongs in the log.

    CurrencyBotError
    ├── PictureError     the bytes are no picture that can be read
    ├── DataError        a folder of pictures is missing, empty or contradicts itself
    ├── ModelError       a model version is missing, damaged or does not fit
    ├── TrainingError    a training run cannot start or did not finish
    ├── RefusedError     a person may not do that, or not so often
    ├── SettingsError    a setting is missing or wrong; names its key
    ├── StoreError       the database cannot be read or written
    └── BusyError        more is asked for than is taken on at once
"""


class CurrencyBotError(Exception):
    """Root of the tree: catch it to turn any expected failure into its sentence."""


class PictureError(CurrencyBotError):
    """The bytes are no picture that can be read safely."""


class DataError(CurrencyBotError):
    """A folder of pictures is missing, empty or contradicts itself."""


class ModelError(CurrencyBotError):
    """A model version is missing, damaged or does not fit its card."""


class TrainingError(CurrencyBotError):
    """A training run cannot start or did not finish."""


class RefusedError(CurrencyBotError):
    """A person may not do that, or not so often."""


class SettingsError(CurrencyBotError):
    """A setting is missing or wrong; the sentence names its key."""


class StoreError(CurrencyBotError):
    """The database cannot be read or written."""


class BusyError(CurrencyBotError):
    """More is asked for than is taken on at once."""
