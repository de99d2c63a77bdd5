"""Every setting of the bot, from the environment and `.env`."""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from model.errors import SettingsError

Ids = Annotated[frozenset[int], NoDecode]

_PASSWORD = re.compile(r"://[^:/@]*:(.+)@")
"""Whatever stands where an address has its password, signs included that had better been escaped."""

_HINTS = {
    "BOT_TOKEN": "it is what @BotFather on Telegram gives you, such as 123456:ABC…",
    "ADMIN_IDS": "give Telegram user ids, separated by commas, such as 1234,5678",
    "TRUSTED_IDS": "give Telegram user ids, separated by commas, such as 1234,5678",
    "AGREEMENT": "give a number of people, such as 2, or 0 to leave every decision to you",
    "LABELS_PER_DAY": "give a number from 1, such as 50",
    "TELEGRAM_API_URL": "give the server's root, such as https://api.telegram.org",
    "WEBHOOK_URL": "give a public address that starts with https://, or leave it empty to poll",
    "WEBHOOK_SECRET": "set it to 1 to 256 letters, digits, _ or - whenever WEBHOOK_URL is set",
    "WEBHOOK_PORT": "give a port number, such as 8443",
    "NEW_CLASS_FROM": "give the pictures that a new class needs at least, such as 10",
    "PHOTOS_PER_MINUTE": "give a number from 1",
    "PHOTOS_AT_ONCE": "give a number from 1",
    "LOG_LEVEL": "give DEBUG, INFO, WARNING or ERROR",
}


class Settings(BaseSettings):
    """What can be set, with what holds when it is not.

    A key is the upper-case name of its field; `.env.example` explains each.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    bot_token: SecretStr | None = None
    admin_ids: Ids = frozenset()
    trusted_ids: Ids = frozenset()
    agreement: int = Field(2, ge=0)
    labels_per_day: int = Field(50, ge=1)
    data_dir: Path = Path("var")
    models_dir: Path = Path("models")
    database_url: SecretStr | None = None
    telegram_api_url: str = Field("https://api.telegram.org", pattern=r"^https?://[^/\s]+")
    webhook_url: str | None = Field(None, pattern=r"^https?://[^/\s]+")
    webhook_secret: SecretStr | None = None
    webhook_listen: str = "127.0.0.1"
    webhook_port: int = Field(8443, ge=1, le=65535)
    new_class_from: int = Field(10, ge=1)
    photos_per_minute: int = Field(120, ge=1)
    photos_at_once: int = Field(200, ge=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("admin_ids", "trusted_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("bot_token")
    @classmethod
    def _looks_like_a_token(cls, value: SecretStr | None) -> SecretStr | None:
        number, colon, rest = (value.get_secret_value() if value else "0:x").partition(":")
        if not (number.isdecimal() and colon and rest.isprintable() and rest and " " not in rest):
            raise ValueError("this is not a bot token")
        return value

    @field_validator("data_dir", "models_dir")
    @classmethod
    def _at_home(cls, value: Path) -> Path:
        return value.expanduser()

    @field_validator("telegram_api_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def _webhooks_are_secret(self) -> "Settings":
        secret = self.webhook_secret.get_secret_value() if self.webhook_secret else ""
        plain = secret.replace("-", "").replace("_", "")
        if self.webhook_url and not (plain.isascii() and plain.isalnum() and len(secret) <= 256):
            raise ValueError("WEBHOOK_SECRET")
        return self

    @cached_property
    def database(self) -> str:
        """The database's address, with its password if it has one."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data_dir / 'currency-bot.db'}"

    @property
    def token(self) -> str:
        """The bot's token.

        Raises:
            SettingsError: There is none.
        """
        if self.bot_token is None:
            raise SettingsError(
                "BOT_TOKEN is not set: write to @BotFather on Telegram, send /newbot, and put the token that "
                "it gives you into the file .env as BOT_TOKEN=…; without one, try `currency-bot demo`."
            )
        return self.bot_token.get_secret_value()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that no log may hold."""
        held = (self.bot_token, self.webhook_secret)
        passwords = _PASSWORD.findall(self.database)
        return (
            *(secret.get_secret_value() for secret in held if secret),
            *(text for password in passwords for text in {password, unquote(password)}),
        )

    def is_admin(self, user_id: int) -> bool:
        """Whether this person runs the bot."""
        return user_id in self.admin_ids

    def is_trusted(self, user_id: int) -> bool:
        """Whether this person's labels go to the data set without review."""
        return user_id in self.admin_ids or user_id in self.trusted_ids


def load_settings(**overrides: object) -> Settings:
    """Read the settings.

    Args:
        **overrides: Fields that are given rather than read.

    Raises:
        SettingsError: A value is wrong; names its key and never repeats a secret.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as err:
        first = err.errors(include_url=False, include_input=False, include_context=False)[0]
        key = str(first["loc"][0]).upper() if first["loc"] else "WEBHOOK_SECRET"
        hint = _HINTS.get(key, "see .env.example")
        raise SettingsError(f"{key} is wrong: {hint}.") from err
