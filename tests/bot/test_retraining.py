"""/retrain from the chat: progress in one message, one run at a time, and only what passes takes over."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import texts
from bot.models import reports, run_pictures, runs
from bot.models.promotion import put_in_use, roll_back
from bot.models.retraining import Retraining
from bot.store.database import NOT_WRITTEN
from model.errors import StoreError
from tests.bot.conftest import ADMIN, STRANGER, TRUSTED, Bot, Start
from tests.bot.doubles import make_version, picture, training
from tests.bot.fake_training import REPORT
from tests.bot.test_corrections import ask, buttons, press, tap_as
from tests.bot.test_thanking import contributed, learned
from training.gate.report import FILE, Flip, Report


async def retrain(bot: Bot, command: str = "/retrain") -> dict:
    """Label one picture, ask for a training run, and return the message that shows its progress."""
    await press(bot.traveller, "Right", await ask(bot.traveller))
    await bot.admin.send(command)
    return await bot.admin.reply()


async def ended(bot: Bot, words: str) -> dict:
    """Wait until the run's message says that it has ended."""
    return await bot.admin.until(lambda m: words in m.get("text", ""))


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to hold")


def meanwhile(bot: Bot, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[object]]) -> None:
    """Let something happen between the writing of a version and the end of its run."""
    run = bot.services.retraining.run

    async def interrupted(*args: Any) -> Any:
        outcome = await run(*args)
        await happens()
        return outcome

    monkeypatch.setattr(bot.services.retraining, "run", interrupted)


async def killed(bot: Bot, message_id: int) -> int:
    """Leave what a kill leaves of a run that has written v1: a row that says it runs, and what it writes."""
    runs, gate = bot.services.store.runs, bot.services.settings.models_dir / "v1" / FILE
    run_id = await runs.start(ADMIN, ADMIN, "head")
    await runs.shown_in(run_id, message_id)
    await runs.writes(run_id, "v1")
    gate.write_text(json.dumps({**json.loads(gate.read_text()), "run": run_id}))
    return run_id


async def test_version_that_passes_answers_from_now_on(bot: Bot) -> None:
    first = await retrain(bot)
    assert first["text"] == "Since model base: 1 new picture (1 Euro).\nTraining starts …"
    assert buttons(first) == ["Cancel"]
    result = await ended(bot, "answers from now on")
    assert result["message_id"] == first["message_id"]
    assert result["text"] == (
        "v1, measured on 51 held-out pictures:\n"
        "Accuracy 92 % → 96 %.\n"
        "• Euro (20): 90 % → 100 %\n"
        "Its confidence is off by 3.5 % → 2.0 % on average.\n"
        "It tells known currencies from everything else with an AUROC of 0.975 → 0.980.\n"
        "It states a currency for 0.0 % of the photos that show none it knows.\n\n"
        "It fixes 3 and breaks 1 of 51 held-out pictures.\n"
        "Broken: 1 British Pound (now <odd>).\n"
        "Fixed: 3 Euro (was None of these).\n\n"
        "v1 answers from now on. /models takes you back to base."
    )
    assert buttons(result) == []
    plots = await bot.admin.until(lambda m: "photo" in m and "taken for" in m["caption"])
    assert plots["media_group_id"]
    said = await bot.admin.until(lambda m: "no file" in m.get("text", ""))
    assert said["text"] == (
        "Of 4 pictures that changed I have no file: they came with the base model as rows of numbers, or "
        "were taken back since."
    )
    assert bot.services.registry.in_use() == bot.predictor.version == "v1"
    assert bot.services.registry.history()[-1].by == f"Admin ({ADMIN})"
    run = await bot.services.store.runs.find(1)
    assert run and (run.status, run.version, run.report["fixed"]) == ("finished", "v1", 3)


async def test_pictures_that_changed_their_class_are_not_called_new_or_deleted(bot: Bot) -> None:
    await contributed(bot, 1)
    await learned(bot, "v1", 1)
    label = await bot.services.store.labels.of(1)
    assert label
    bot.services.dataset.copy(label.sha256, "EUR", "JPY")
    bot.services.dataset.remove(label.sha256, "EUR")
    found = await runs.news(bot.services)
    assert reports.news(found) == "Since model v1: 1 picture now in another class (1 Japanese Yen)."


async def test_progress_is_shown_in_place(start: Start) -> None:
    async with start("last") as bot:
        await retrain(bot)
        shown = await ended(bot, "Learning")
        assert shown["text"] == (
            "Since model base: 1 new picture (1 Euro).\nTraining v1 …\nLearning: 50 %\n▓▓▓▓▓▓░░░░░░\n"
            "Network 2 of 3, epoch 1 of 2\nValidation accuracy 90 %\nAbout 3 s left in this step"
        )


async def test_cancel_ends_the_run_and_changes_nothing(start: Start) -> None:
    async with start("last") as bot:
        await retrain(bot)
        await ended(bot, "Learning")
        await bot.admin.press("Cancel")
        result = await ended(bot, "cancelled")
        assert result["text"].startswith(f"Training was cancelled by Admin ({ADMIN}).")
        assert buttons(result) == []
        assert bot.services.registry.in_use() == "base"
        run = await bot.services.store.runs.find(1)
        assert run and (run.status, run.ended_by) == ("cancelled", ADMIN)
        await bot.admin.send("/retrain")
        await ended(bot, "Learning")


async def test_there_is_one_run_at_a_time(start: Start) -> None:
    async with start("last") as bot:
        await retrain(bot)
        await ended(bot, "Learning")
        bot.admin.forget_replies()
        await bot.admin.send("/retrain")
        assert "already on" in (await bot.admin.reply())["text"]
        await bot.admin.press("Cancel")
        await ended(bot, "cancelled")


@pytest.mark.parametrize(
    ("does", "says"),
    [("fail", "There are no pictures to learn from <here>."), ("crash", "ended unexpectedly (code 1)")],
)
async def test_failed_run_gets_a_sentence(start: Start, does: str, says: str) -> None:
    async with start(does) as bot:
        await retrain(bot)
        result = await ended(bot, "Training did not finish")
        assert says in result["text"]
        assert bot.services.registry.in_use() == "base"
        run = await bot.services.store.runs.find(1)
        assert run and run.status == "failed"


async def test_version_that_falls_short_waits_for_a_decision(start: Start) -> None:
    async with start("fall short") as bot:
        await retrain(bot)
        result = await ended(bot, "is kept but does not answer")
        assert buttons(result) == ["Promote anyway", "Discard"]
        assert bot.predictor.version == "base"
        await bot.admin.press("Promote anyway", message=result)
        await ended(bot, "v1 answers from now on")
        assert bot.services.registry.in_use() == bot.predictor.version == "v1"


async def test_discarded_version_is_gone(start: Start) -> None:
    async with start("fall short") as bot:
        await retrain(bot)
        await ended(bot, "is kept but does not answer")
        await bot.admin.press("Discard")
        result = await ended(bot, f"v1 was discarded by Admin ({ADMIN}).")
        run = await bot.services.store.runs.find(1)
        assert run and (run.status, run.ended_by) == ("discarded", ADMIN)
        assert [card.version for card in bot.services.registry.versions()] == ["base"]
        await tap_as(bot, ADMIN, result, "p:1")
        assert bot.services.registry.in_use() == "base"


async def test_nothing_new_is_refused_kindly(bot: Bot) -> None:
    await bot.admin.send("/retrain")
    assert (await bot.admin.reply())["text"].startswith("There is nothing to learn: model base knows every")


@pytest.mark.parametrize("command", ["/retrain", "/models", "/retrain full"])
async def test_admin_commands_are_for_admins(bot: Bot, command: str) -> None:
    await bot.traveller.send(command)
    assert (await bot.traveller.reply())["text"] == texts.ADMINS_ONLY


@pytest.mark.parametrize("data", ["x:1", "p:1", "d:1", "m:v1", "l:base"])
async def test_admin_buttons_are_for_admins(start: Start, data: str) -> None:
    async with start("fall short") as bot:
        await retrain(bot)
        result = await ended(bot, "is kept but does not answer")
        await tap_as(bot, TRUSTED, result, data)
        assert bot.sandbox.calls.of("answerCallbackQuery")[-1].parameters.text("text") == texts.ADMINS_ONLY
        assert [card.version for card in bot.services.registry.versions()] == ["base", "v1"]
        assert bot.services.registry.in_use() == "base"


async def test_stop_of_the_bot_ends_the_run(start: Start) -> None:
    async with start("last") as bot:
        await retrain(bot)
        await ended(bot, "Learning")
        store = bot.services.store
    assert "The bot was stopped meanwhile" in bot.admin.last["text"]
    await store.open()
    run = await store.runs.find(1)
    await store.close()
    assert run and run.status == "failed"


async def test_run_that_a_crash_cut_off_is_marked_and_told(start: Start) -> None:
    async with start() as bot:
        await bot.admin.send("/start")
        message = await bot.admin.reply()
        run_id = await bot.services.store.runs.start(ADMIN, ADMIN, "head")
        await bot.services.store.runs.shown_in(run_id, message["message_id"])
    async with start() as bot:
        await ended(bot, "The bot was stopped meanwhile")
        run = await bot.services.store.runs.find(run_id)
        assert run and run.status == "failed"


async def test_run_that_finished_while_the_bot_was_killed_is_settled_at_the_next_start(start: Start) -> None:
    async with start("finish unheard") as bot:
        await retrain(bot)
        await ended(bot, "Learning")
        await eventually((bot.services.settings.models_dir / "v1" / "gate.json").exists)
        message = bot.admin.last["message_id"]
        await bot.admin.press("Cancel")
        await ended(bot, "cancelled")
        run_id = await killed(bot, message)
    async with start() as bot:
        await ended(bot, "v1 answers from now on")
        run = await bot.services.store.runs.find(run_id)
        assert run and (run.status, run.version) == ("finished", "v1")
        assert bot.services.registry.history()[-1].by == f"user {ADMIN}"
    async with start() as bot:
        assert [event.version for event in bot.services.registry.history()] == ["v1"]


@pytest.mark.parametrize("by", [None, 7], ids=["the command line", "another run"])
async def test_version_of_that_name_which_the_run_did_not_write_is_not_put_in_use(
    start: Start, by: int | None
) -> None:
    async with start() as bot:
        await bot.admin.send("/start")
        message = await bot.admin.reply()
        models = bot.services.settings.models_dir
        make_version(models, "v1", "2026-02-02T00:00:00+00:00")
        (models / "v1" / FILE).write_text(json.dumps({**REPORT, "passed": True}))
        run_id = await killed(bot, message["message_id"])
        (models / "v1" / FILE).write_text(json.dumps({**REPORT, "passed": True, "run": by}))
    async with start() as bot:
        await ended(bot, "The bot was stopped meanwhile")
        run = await bot.services.store.runs.find(run_id)
        assert run and run.status == "failed"
        assert bot.services.registry.in_use() == "base"


async def test_kill_after_the_promotion_repeats_nothing(start: Start) -> None:
    async with start() as bot:
        await retrain(bot)
        shown = await ended(bot, "answers from now on")
        bot.services.registry.rollback("Ada")
        await killed(bot, shown["message_id"])
    async with start() as bot:
        result = await ended(bot, "v1 is kept but does not answer")
        assert buttons(result) == ["Promote anyway", "Discard"]
        assert bot.services.registry.in_use() == "base"


async def test_model_that_was_chosen_during_the_run_goes_on_answering(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_version(bot.services.settings.models_dir, "v0")
    meanwhile(bot, monkeypatch, lambda: put_in_use(bot.services, "v0", "Ada"))
    await retrain(bot)
    result = await ended(bot, "v1 is kept but does not answer.")
    assert "changed meanwhile: v1 was measured against base, not against v0. /models can" in result["text"]
    assert bot.services.registry.in_use() == bot.predictor.version == "v0"
    assert buttons(result) == ["Promote anyway", "Discard"]
    await bot.admin.press("Promote anyway", message=result)
    await ended(bot, "v1 answers from now on. /models takes you back to v0.")


async def test_name_of_the_version_is_known_while_it_is_trained(start: Start) -> None:
    async with start("last") as bot:
        await retrain(bot)
        await ended(bot, "Learning")
        run = await bot.services.store.runs.find(1)
        assert run and (run.status, run.version) == ("running", "v1")


async def test_what_a_dead_writer_left_is_swept_at_the_start(start: Start) -> None:
    async with start() as bot:
        models = bot.services.settings.models_dir
    (models / ".v9-abcd1234" / "v9").mkdir(parents=True)
    async with start() as bot:
        await eventually(lambda: not (models / ".v9-abcd1234").exists())


async def test_cancel_of_a_run_that_was_never_written_off_ends_no_other(start: Start) -> None:
    async with start("last") as bot:
        stale = await bot.services.store.runs.start(ADMIN, ADMIN, "head")
        await bot.admin.send("/help")
        old = await bot.admin.reply()
        await retrain(bot)
        shown = await ended(bot, "Learning")
        await tap_as(bot, ADMIN, old, f"x:{stale}")
        assert bot.services.retraining.cancelled_by is None
        await bot.admin.press("Cancel", message=shown)
        await ended(bot, "cancelled")


async def test_cancel_of_a_run_that_is_over_shows_how_it_ended(bot: Bot) -> None:
    shown = await retrain(bot)
    await ended(bot, "answers from now on")
    await bot.admin.send("/start")
    await bot.services.store.runs.end(1, "failed")
    await tap_as(bot, ADMIN, shown, "x:1")
    assert bot.sandbox.calls.of("answerCallbackQuery")[-1].parameters.text("text") == texts.OLD_BUTTON
    run = await bot.services.store.runs.find(1)
    assert run and run.status == "finished"


async def test_pictures_that_changed_are_shown_to_the_admin_alone(bot: Bot) -> None:
    await retrain(bot)
    await ended(bot, "answers from now on")
    (file,) = bot.files()
    flip = Flip(Path(file).stem, file.partition("/")[0], "GBP", file.partition("/")[0])
    run = await bot.services.store.runs.find(1)
    assert run and run.report
    found = replace(Report.from_dict(run.report), flips=(flip,))
    bot.admin.forget_replies()
    await run_pictures.send(bot.services, bot.app.bot, run, found)
    shown = await bot.admin.until(lambda m: "breaks and fixes" in m.get("caption", ""))
    assert "no file" not in shown["caption"]
    bot.sandbox.calls.clear()
    await run_pictures.send(bot.services, bot.app.bot, replace(run, user_id=STRANGER), found)
    assert len(bot.sandbox.calls.of("sendMediaGroup")) == 1
    assert bot.sandbox.calls.of("sendPhoto") == bot.sandbox.calls.of("sendMessage") == []


async def test_cancel_while_the_process_starts_ends_it(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    retraining = Retraining(training(bot.services.settings.models_dir, "last"))
    spawn = asyncio.create_subprocess_exec

    async def slow_spawn(*args: Any, **kwargs: Any) -> asyncio.subprocess.Process:
        process = await spawn(*args, **kwargs)
        await retraining.cancel()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", slow_spawn)
    retraining.claim()
    assert await asyncio.wait_for(retraining.run("head", lambda event: None), 10) is None


async def test_run_that_breaks_off_is_marked_as_failed(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(bot.services.retraining, "run", broken)
    await retrain(bot)
    await ended(bot, texts.WENT_WRONG)
    run = await bot.services.store.runs.find(1)
    assert run and run.status == "failed"


async def test_promotion_that_cannot_be_written_off_is_settled_at_the_next_start(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles = iter([StoreError(NOT_WRITTEN)])

    async def locked(*args: Any, **kwargs: Any) -> None:
        for trouble in troubles:  # for a moment only
            raise trouble
        await end(*args, **kwargs)

    async with start() as bot:
        end = bot.services.store.runs.end
        monkeypatch.setattr(bot.services.store.runs, "end", locked)
        shown = await retrain(bot)
        await ended(bot, "v1 is trained, but the database cannot be written just now.")
        assert bot.services.registry.in_use() == "v1"
    async with start() as bot:
        assert (await ended(bot, "v1 answers from now on"))["message_id"] == shown["message_id"]
        run = await bot.services.store.runs.find(1)
        assert run and (run.status, run.version) == ("finished", "v1")
        assert [event.version for event in bot.services.registry.history()] == ["v1"]


async def test_run_whose_message_is_not_acknowledged_goes_on_and_its_end_is_a_new_one(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    bot.sandbox.faults.drop("sendMessage", after=True)
    await bot.admin.send("/retrain")
    first = await bot.admin.reply()
    assert first["text"].endswith("Training starts …")
    result = await ended(bot, "v1 answers from now on")
    assert result["message_id"] != first["message_id"]
    run = await bot.services.store.runs.find(1)
    assert run and run.status == "finished"
    await tap_as(bot, ADMIN, first, "x:1")
    assert (await ended(bot, "v1 answers from now on"))["message_id"] == first["message_id"]


async def test_end_of_a_run_whose_message_was_deleted_is_a_new_one(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    gone = "Bad Request: message to edit not found"
    bot.sandbox.faults.server_error("editMessageText", status=400, description=gone, times=20)
    await bot.admin.send("/retrain")
    first = await bot.admin.reply()
    result = await ended(bot, "v1 answers from now on")
    assert result["message_id"] != first["message_id"]


async def test_run_that_is_cancelled_in_a_message_that_was_not_acknowledged_is_told(start: Start) -> None:
    async with start("last") as bot:
        await press(bot.traveller, "Right", await ask(bot.traveller))
        bot.sandbox.faults.drop("sendMessage", after=True)
        await bot.admin.send("/retrain")
        await bot.admin.press("Cancel", message=await bot.admin.reply())
        await ended(bot, "Training was cancelled")


async def test_run_whose_message_is_refused_is_marked_as_failed(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    refused = "Bad Request: not enough rights to send text messages to the chat"
    bot.sandbox.faults.server_error("sendMessage", status=400, description=refused)
    await bot.admin.send("/retrain")
    await bot.admin.reply()
    for _ in range(500):
        run = await bot.services.store.runs.find(1)
        if run and run.status == "failed":
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the run is not marked as failed")


async def test_run_is_settled_once(bot: Bot) -> None:
    runs = bot.services.store.runs
    run_id = await runs.start(ADMIN, ADMIN, "head")
    await runs.end(run_id, "finished", version="v1", report={})
    await runs.end(run_id, "failed")
    run = await runs.find(run_id)
    assert run and (run.status, run.version) == ("finished", "v1")


async def test_version_that_passes_but_cannot_be_written_down_is_told(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bot.services.registry, "promote", full)
    await retrain(bot)
    result = await ended(bot, texts.DISK)
    assert "is kept but does not answer" in result["text"]
    assert bot.predictor.version == "base"


@pytest.mark.parametrize("command", ["/retrain FULL", "/retrain everything"])
async def test_mode_of_a_run_is_understood_or_asked_for(bot: Bot, command: str) -> None:
    await bot.admin.send(command)
    begins = "Training starts" if "FULL" in command else "Send /retrain to learn"
    assert (await bot.admin.reply())["text"].startswith(begins)


async def test_models_are_listed_chosen_and_rolled_back(bot: Bot) -> None:
    make_version(bot.services.settings.models_dir, "v1", "2026-02-02T00:00:00+00:00")
    await bot.admin.send("/models")
    listed = await bot.admin.reply()
    assert listed["text"] == (
        "Models, newest first:\n"
        "v1: 2026-02-02, head, 94 % of 51 held-out pictures right, confidence off by 2.0 %\n"
        "base — answers now: 2026-01-01, head, 94 % of 51 held-out pictures right, confidence off by 2.0 %"
    )
    assert buttons(listed) == ["Use v1"]
    chosen = await press(bot.admin, "Use v1", listed)
    assert (
        "v1 — answers now: 2026-02-02, head, 94 % of 51 held-out pictures right, confidence off by 2.0 %, "
        f"promoted by Admin ({ADMIN})" in chosen["text"]
    )
    assert bot.services.registry.in_use() == bot.predictor.version == "v1"
    assert buttons(chosen) == ["Roll back to base"]
    await asyncio.gather(*(bot.admin.press("Roll back to base", message=chosen) for _ in range(2)))
    await bot.admin.until(lambda m: "base — answers now" in m["text"])
    assert bot.services.registry.in_use() == bot.predictor.version == "base"
    assert [event.action for event in bot.services.registry.history()] == ["promote", "rollback"]


async def test_what_answers_and_what_one_can_go_back_to_are_always_listed(bot: Bot) -> None:
    for number in range(1, 13):
        make_version(bot.services.settings.models_dir, f"v{number}", f"2026-02-{number:02}T00:00:00+00:00")
    for version in ("v1", "v2"):
        await put_in_use(bot.services, version, "Ada")
    await bot.admin.send("/models")
    listed = await bot.admin.reply()
    assert "v2 — answers now" in listed["text"]
    assert {"Roll back to v1", "Use base", "Use v12"} <= set(buttons(listed))


async def test_what_the_command_line_promoted_is_listed_as_answering(bot: Bot) -> None:
    make_version(bot.services.settings.models_dir, "v1", "2026-02-02T00:00:00+00:00")
    bot.services.registry.promote("v1", "command line")
    await bot.admin.send("/models")
    assert "v1 — answers now" in (await bot.admin.reply())["text"]
    await bot.admin.send("/about")
    assert "Model v1" in (await bot.admin.reply())["text"]


async def test_roll_back_settles_a_version_in_use_that_does_not_load(bot: Bot) -> None:
    make_version(bot.services.settings.models_dir, "v1", "2026-02-02T00:00:00+00:00")
    bot.services.registry.promote("v1", "Admin")
    await bot.predictor.switch("base")  # as at a start where v1 did not load
    await roll_back(bot.services, "base", "Admin")
    assert bot.services.registry.in_use() == bot.predictor.version == "base"


async def test_answers_come_from_the_new_version_without_a_restart(bot: Bot) -> None:
    await retrain(bot)
    await ended(bot, "answers from now on")
    await ask(bot.traveller, picture("green", 7))
    stored = await bot.services.store.predictions.find(2)
    assert stored and stored.model == "v1"
