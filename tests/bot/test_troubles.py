"""Every update is answered once, or the log says why not, whatever goes wrong: the fault matrix."""

import logging

import pytest

from tests.bot.conftest import Start
from tests.bot.troubles import TROUBLES, Scene, Trouble


# The client warns about its own future whenever it meets a 429.
@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.what)
async def test_trouble_is_met_as_stated(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: Trouble
) -> None:
    caplog.set_level(logging.INFO)
    await trouble.check(Scene(start, monkeypatch, caplog))
