"""`currency-bot doctor`: each check says whether it is well, or how to mend it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.cli import checks
from bot.settings import Settings
from tests.bot.doubles import make_version


async def test_sound_settings_pass(settings: Settings) -> None:
    for check in (checks.token, checks.admins, checks.network, checks.database, checks.disk):
        found = await check(settings)
        assert found.ok, found
    assert (await checks.token(settings)).text == "@currency_sandbox_bot"


async def test_wrong_token_is_told_apart_from_a_missing_network(
    settings: Settings, unused_tcp_port: int
) -> None:
    wrong = settings.model_copy(update={"bot_token": SecretStr("999:unknown")})
    assert "does not know BOT_TOKEN" in (await checks.token(wrong)).text
    away = settings.model_copy(update={"telegram_api_url": f"http://127.0.0.1:{unused_tcp_port}"})
    assert "network is down" in (await checks.token(away)).text
    assert "cannot be reached (ConnectError)" in (await checks.network(away)).text


async def test_missing_settings_are_named(settings: Settings) -> None:
    bare = settings.model_copy(update={"bot_token": None, "admin_ids": frozenset()})
    assert "BOT_TOKEN" in (await checks.token(bare)).text
    assert "ADMIN_IDS" in (await checks.admins(bare)).text


async def test_damaged_database_is_named(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "currency-bot.db").write_bytes(b"no database" * 500)
    found = await checks.database(settings)
    assert not found.ok
    assert "put back a copy, or move it away to begin anew" in found.text


@pytest.mark.parametrize("versions", [[], ["base", "v1"]])
async def test_model_that_does_not_load_is_named(settings: Settings, versions: list[str]) -> None:
    for version in versions:
        make_version(settings.models_dir, version)
    found = await checks.model(settings)
    assert not found.ok
    assert ("models promote v1" if versions else "MODELS_DIR") in found.text


async def test_folder_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = await checks.disk(settings.model_copy(update={"data_dir": tmp_path / "file" / "data"}))
    assert not found.ok
    assert "DATA_DIR" in found.text
