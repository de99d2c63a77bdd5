"""A wrong setting names its key; no secret is repeated anywhere."""

import logging
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.app import build
from bot.logs import Redacting
from bot.settings import Settings, load_settings
from model.errors import SettingsError

TOKEN = "123456:AAbbCCdd-eeFF_gg"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults() -> None:
    settings = load_settings()
    assert (settings.data_dir, settings.models_dir) == (Path("var"), Path("models"))
    assert settings.database == "sqlite+aiosqlite:///var/currency-bot.db"


def test_ids_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_IDS", "1, 2,")
    monkeypatch.setenv("TRUSTED_IDS", "3")
    settings = load_settings()
    assert settings.admin_ids == {1, 2}
    assert [settings.is_trusted(user) for user in (1, 3, 4)] == [True, True, False]


def test_dotenv_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(f"BOT_TOKEN={TOKEN}\nLOG_LEVEL=DEBUG\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    settings = load_settings()
    assert (settings.token, settings.log_level) == (TOKEN, "ERROR")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("BOT_TOKEN", "not-a-token-but-secret"),
        ("BOT_TOKEN", "12:with space"),
        ("ADMIN_IDS", "me"),
        ("TRUSTED_IDS", "1;2"),
        ("TELEGRAM_API_URL", "telegram.example"),
        ("WEBHOOK_URL", "example.org/hook"),
        ("WEBHOOK_PORT", "0"),
        ("AGREEMENT", "-1"),
        ("LABELS_PER_DAY", "none"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_wrong_value_names_its_key_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(SettingsError, match=key) as caught:
        load_settings()
    assert value not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("secret", ["", "with space", "ü"])
def test_webhook_needs_a_secret(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("WEBHOOK_URL", "https://example.org/hook")
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
        load_settings()


def test_missing_token_says_how_to_get_one() -> None:
    with pytest.raises(SettingsError, match="BOT_TOKEN is not set: write to @BotFather"):
        _ = load_settings().token


@pytest.mark.parametrize("password", ["p%40ss", "p@ss:word", "p#a/b", "[x"])
def test_a_password_is_a_secret_however_it_is_written(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql+asyncpg://bot:{password}@db/bot")
    assert {password, unquote(password)} <= set(load_settings().secrets)


def test_folders_may_be_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATA_DIR", "~/bot")
    assert load_settings().data_dir == tmp_path / "bot"


def test_secrets_mask_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:pa55word@db/bot")
    settings = load_settings()
    assert not any(secret in repr(settings) for secret in settings.secrets)
    assert set(settings.secrets) == {TOKEN, "pa55word"}


def test_example_explains_every_setting() -> None:
    lines = (Path(__file__).parents[2] / ".env.example").read_text().splitlines()
    keys = [match[1] for line in lines if (match := re.match(r"([A-Z_]+)=", line))]
    assert sorted(keys) == sorted(field.upper() for field in Settings.model_fields)


def test_log_holds_no_secret_even_in_a_traceback() -> None:
    try:
        raise ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe and hunter2")
    except ValueError as err:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "token %s", (TOKEN,), (type(err), err, None))
    text = Redacting("%(message)s", ["hunter2"]).format(record)
    assert TOKEN not in text and "hunter2" not in text
    assert "token [token]" in text


def test_nothing_that_holds_the_token_shows_it(tmp_path: Path) -> None:
    app = build(load_settings(_env_file=None, bot_token=TOKEN, data_dir=tmp_path, models_dir=tmp_path))
    for held in (app, app.bot, app.updater, app.bot_data["services"], app.bot_data["services"].settings):
        assert TOKEN not in repr(held)
        assert TOKEN not in str(held)
