"""/review shows a picture once; what is pressed or said twice, too late or by others is harmless."""

import asyncio
from pathlib import Path

import pytest

from bot import texts
from bot.labels import labelling
from bot.review import texts as review_texts
from bot.sandbox.person import Person
from bot.store.rows import Waiting
from tests.bot.conftest import ADMIN, SECOND_ADMIN, STRANGER, TRUSTED, Bot, Start
from tests.bot.doubles import picture
from tests.bot.test_classes import named
from tests.bot.test_corrections import ask, buttons, press, tap_as
from training.data.manifest import Record


async def label(person: Person, number: int = 0, button: str = "Right") -> dict:
    """Let a person send a green photo and press a button below the answer."""
    return await press(person, button, await ask(person, picture("green", number)))


async def command(person: Person, text: str) -> dict:
    person.forget_replies()
    await person.send(text)
    return await person.reply()


async def review(bot: Bot) -> dict:
    """Let the admin begin, and wait until words are understood too."""
    shown = await command(bot.admin, "/review")
    await command(bot.admin, "/privacy")  # commands wait for each other
    return shown


async def settle(person: Person, button: str, shown: dict) -> tuple[dict, dict]:
    """Press a button and return the message as it is then, and the one that comes next."""
    person.forget_replies()
    await person.press(button, message=shown)
    first, second = await person.replies(2)
    return first, second


async def test_each_picture_is_shown_with_what_is_known_of_it(bot: Bot) -> None:
    await label(bot.stranger)
    await label(bot.friend, 25)
    shown = await command(bot.admin, "/review")
    assert shown["photo"]
    assert shown["caption"] == (
        "Is this Euro?\n"
        f"Euro: said by 1 person, {STRANGER} (nothing reviewed yet).\n"
        "The model said Euro, 97 % sure.\n"
        "1 more picture after this one."
    )
    assert buttons(shown) == ["Approve Euro", "Other class", "Reject", "Skip", "Stop"]


async def test_what_people_named_is_said(bot: Bot) -> None:
    await named(bot, "THB", 1, STRANGER)
    shown = await review(bot)
    assert "Named Thai Baht; see /classes." in shown["caption"]


@pytest.mark.parametrize("manifest", ["tells of it", "does not"])
@pytest.mark.parametrize("said_too", [False, True])
async def test_class_that_the_data_set_holds_the_picture_under_is_said(
    bot: Bot, manifest: str, *, said_too: bool
) -> None:
    sha256 = bot.services.dataset.add(picture("green"), "GBP")
    if manifest == "tells of it":
        record = Record(sha256, "GBP", "train", False, "group", "import", None, "1.jpg", "2026-01-01")
        bot.services.dataset.record([record])
    if said_too:
        await ask(bot.traveller)
        stored = await bot.services.store.predictions.last(TRUSTED, TRUSTED)
        assert stored
        await labelling.save(bot.services, stored, "GBP", TRUSTED, picture("green"))
    await label(bot.stranger)
    caption = (await review(bot))["caption"]
    stays = " (imported: it stays)" if manifest == "tells of it" else ""
    assert f"The data set holds it as British Pound{stays}." in caption


async def test_approved_pictures_go_to_the_data_set_one_after_another(bot: Bot) -> None:
    await label(bot.stranger)
    await label(bot.stranger, 1)
    shown = await command(bot.admin, "/review")
    decided, shown = await settle(bot.admin, "Approve Euro", shown)
    assert decided["caption"] == "Kept as Euro: the next /retrain learns from it."
    assert buttons(decided) == ["Undo"]
    assert f"{STRANGER} (right 1 of 1 times)" in shown["caption"]
    assert "It is the last one." in shown["caption"]
    assert (bot.classes(), bot.classes("pending")) == (["EUR"], ["EUR"])
    _, end = await settle(bot.admin, "Approve Euro", shown)
    assert end["text"] == review_texts.finished(0)
    assert (bot.classes(), bot.classes("pending")) == (["EUR", "EUR"], [])


async def test_other_class_files_it_there(bot: Bot) -> None:
    await label(bot.stranger)
    shown = await command(bot.admin, "/review")
    asked = await press(bot.admin, "Other class", shown)
    assert "1. Euro\n2. Japanese Yen\n" in asked["caption"]
    assert buttons(await press(bot.admin, "Back", asked)) == buttons(shown)
    await press(bot.admin, "Other class", shown)
    decided, _ = await settle(bot.admin, "2. Japanese Yen", bot.admin.last)
    assert decided["caption"].startswith("Kept as Japanese Yen")
    assert (bot.classes(), bot.classes("pending")) == (["JPY"], [])


async def test_rejected_picture_is_deleted_and_comes_back_with_undo(bot: Bot) -> None:
    await label(bot.stranger)
    waiting = bot.files("pending")
    shown = await command(bot.admin, "/review")
    decided, _ = await settle(bot.admin, "Reject", shown)
    assert decided["caption"] == "Rejected: nothing of it is kept."
    assert (bot.files(), bot.files("pending")) == ({}, {})
    again = await press(bot.admin, "Undo", decided)
    assert (again["caption"], buttons(again)) == (shown["caption"], buttons(shown))
    assert bot.files("pending") == waiting
    decided, _ = await settle(bot.admin, "Approve Euro", again)
    assert bot.files() == waiting


async def test_skipped_pictures_wait_for_the_next_review(bot: Bot) -> None:
    await label(bot.stranger)
    await label(bot.stranger, 1)
    shown = await command(bot.admin, "/review")
    skipped, following = await settle(bot.admin, "Skip", shown)
    assert (skipped["caption"], buttons(skipped)) == (review_texts.SKIPPED, [])
    _, end = await settle(bot.admin, "Reject", following)
    assert end["text"] == "That was the last one. 1 picture still waits; /review begins again."
    assert (await command(bot.admin, "/review"))["caption"].startswith("Is this Euro?")


async def test_stop_ends_it(bot: Bot) -> None:
    await label(bot.stranger)
    shown = await command(bot.admin, "/review")
    stopped = await press(bot.admin, "Stop", shown)
    assert stopped["caption"] == "Stopped. 1 picture still waits; /review goes on."
    assert buttons(stopped) == []


async def test_strip_that_no_chat_would_show_is_reviewed_and_explained(bot: Bot) -> None:
    await bot.stranger.send_document(picture("green", size=(3000, 100)), "strip.jpg")
    answer = await bot.stranger.reply()
    await press(bot.stranger, "Right", answer)
    assert (await command(bot.admin, "/review"))["caption"].startswith("Is this Euro?")
    bot.stranger.forget_replies()
    await bot.stranger.press("Why?", message=answer)
    assert "photo" in await bot.stranger.reply()


async def test_damaged_picture_can_be_rejected_and_holds_nothing_up(bot: Bot) -> None:
    await label(bot.stranger)
    (path,) = bot.services.dataset.root(place="pending").glob("*/*.jpg")
    path.write_bytes(path.read_bytes()[:100])
    await label(bot.stranger, 25)
    shown = await command(bot.admin, "/review")
    assert (shown["caption"], bool(shown["photo"])) == (review_texts.DAMAGED, True)
    _, following = await settle(bot.admin, "Reject", shown)
    assert following["caption"].startswith("Is this Euro?")
    assert len(bot.files("pending")) == 1


async def test_nothing_waits(bot: Bot) -> None:
    assert (await command(bot.admin, "/review"))["text"] == review_texts.NOTHING_WAITS


async def test_same_picture_of_two_people_is_shown_once(start: Start) -> None:
    async with start(agreement=0) as bot:
        await label(bot.stranger)
        await label(bot.friend)
        shown = await command(bot.admin, "/review")
        assert f"said by 2 people, {STRANGER} (nothing" in shown["caption"]
        decided, end = await settle(bot.admin, "Approve Euro", shown)
        assert end["text"] == review_texts.finished(0)


async def test_each_side_of_a_dispute_has_its_button(bot: Bot) -> None:
    await label(bot.stranger, 5)
    await label(bot.stranger)
    await press(bot.friend, "Wrong", await ask(bot.friend))
    await press(bot.friend, "Japanese Yen")
    shown = await command(bot.admin, "/review")
    assert shown["caption"].startswith("Is this Euro or Japanese Yen?")
    assert "People disagree about it" in shown["caption"]
    assert buttons(shown)[:2] == ["Approve Euro", "Approve Japanese Yen"]
    await settle(bot.admin, "Approve Japanese Yen", shown)
    assert (bot.classes(), bot.classes("pending")) == (["JPY"], ["EUR"])


async def test_double_tap_decides_once_and_shows_one_more_picture(bot: Bot) -> None:
    for number in range(3):
        await label(bot.stranger, number)
    shown = await command(bot.admin, "/review")
    await asyncio.gather(*(bot.admin.press("Approve Euro", message=shown) for _ in range(3)))
    await bot.admin.until(lambda m: "1 more picture" in m.get("caption", ""))
    await asyncio.sleep(0.2)
    assert bot.classes() == ["EUR"]
    assert len([m for m in bot.admin.messages if "photo" in m]) == 2


@pytest.mark.parametrize("button", ["Reject", "Skip"])
async def test_slower_admin_is_told_and_goes_on(bot: Bot, button: str) -> None:
    await label(bot.stranger)
    await label(bot.stranger, 1)
    slower = bot.sandbox.person(SECOND_ADMIN)
    shown, same = await command(bot.admin, "/review"), await command(slower, "/review")
    await settle(bot.admin, "Approve Euro", shown)
    told, following = await settle(slower, button, same)
    assert told["caption"].startswith("Somebody else has decided that. Kept as Euro")
    assert following["caption"].startswith("Is this Euro?")
    assert (bot.classes(), bot.classes("pending")) == (["EUR"], ["EUR"])


@pytest.mark.parametrize("button", ["Approve Euro", "Reject", "Other class"])
async def test_picture_taken_back_meanwhile_is_said_so(bot: Bot, button: str) -> None:
    await label(bot.stranger)
    shown = await command(bot.admin, "/review")
    await press(bot.stranger, "Undo", bot.stranger.last)
    told = await press(bot.admin, button, shown)
    assert told["caption"] == review_texts.TAKEN_BACK
    assert (bot.files(), bot.files("pending")) == ({}, {})


async def test_picture_that_people_agreed_on_meanwhile_is_said_so(bot: Bot) -> None:
    await label(bot.stranger)
    shown = await command(bot.admin, "/review")
    await label(bot.friend)
    told, _ = await settle(bot.admin, "Reject", shown)
    assert told["caption"].startswith("People have agreed on it meanwhile. Kept as Euro")
    assert (buttons(told), bot.classes()) == ([], ["EUR"])


async def test_picture_of_somebody_who_was_forgotten_is_said_so(bot: Bot) -> None:
    await label(bot.stranger)
    await label(bot.friend, 25)
    shown = await command(bot.admin, "/review")
    await press(bot.stranger, "Delete everything", await command(bot.stranger, "/forget"))
    told, following = await settle(bot.admin, "Approve Euro", shown)
    assert told["caption"] == review_texts.TAKEN_BACK
    assert following["caption"].startswith("Is this Euro?")
    assert bot.files() == {}


async def test_review_goes_on_after_a_restart(start: Start) -> None:
    async with start() as bot:
        await label(bot.stranger)
        await label(bot.stranger, 1)
        shown = await command(bot.admin, "/review")
    async with start() as bot:
        _, following = await settle(bot.admin, "Approve Euro", shown)
        assert following["caption"].startswith("Is this Euro?")
        assert bot.classes() == ["EUR"]


async def test_picture_that_the_owner_deleted_is_not_shown(bot: Bot) -> None:
    await label(bot.stranger)
    for path in bot.services.dataset.root(place="pending").glob("*/*.jpg"):
        path.unlink()
    assert (await command(bot.admin, "/review"))["text"] == review_texts.NOTHING_WAITS
    assert await bot.services.store.labels.of(1) is None


async def test_nothing_is_withdrawn_while_the_disk_with_the_pictures_is_missing(
    bot: Bot, tmp_path: Path
) -> None:
    await label(bot.stranger)
    await label(bot.friend, 25)
    root = bot.services.dataset.root(place="pending")
    away = root.rename(tmp_path / "away")
    assert "whether the disk of 'pending' is mounted" in (await command(bot.admin, "/review"))["text"]
    root.mkdir()  # the empty folder that a disk is mounted on
    assert "make an empty folder 'EUR' in it" in (await command(bot.admin, "/review"))["text"]
    root.rmdir()
    away.rename(root)
    assert (await command(bot.admin, "/review"))["caption"].startswith("Is this Euro?")
    assert bot.classes("pending") == ["EUR", "EUR"]


async def test_undo_of_an_approval_that_its_sender_has_undone_says_that_nothing_is_left(bot: Bot) -> None:
    await label(bot.stranger)
    answer = bot.stranger.last
    shown = await review(bot)
    await press(bot.admin, "Approve Euro", shown)
    await press(bot.stranger, "Undo", answer)
    assert (await command(bot.admin, "undo"))["text"] == review_texts.NOTHING_TO_UNDO
    assert bot.files() == {}


async def test_label_follows_a_picture_that_the_owner_moved(bot: Bot) -> None:
    await label(bot.stranger)
    (waiting,) = bot.services.dataset.root(place="pending").glob("*/*.jpg")
    kept = bot.services.dataset.root() / "EUR" / waiting.name
    kept.parent.mkdir(parents=True)
    waiting.rename(kept)
    assert (await command(bot.admin, "/review"))["text"] == review_texts.NOTHING_WAITS
    moved = await bot.services.store.labels.of(1)
    assert moved and (moved.label, moved.place) == ("EUR", "dataset")


@pytest.mark.parametrize("deleted", ["EUR", "JPY"])
async def test_one_side_of_a_dispute_stays_where_the_owner_deleted_the_other(bot: Bot, deleted: str) -> None:
    await label(bot.stranger)
    await press(bot.friend, "Wrong", await ask(bot.friend))
    await press(bot.friend, "Japanese Yen")
    (path,) = (bot.services.dataset.root(place="pending") / deleted).glob("*.jpg")
    path.unlink()
    shown = await command(bot.admin, "/review")
    left = {"EUR": "Japanese Yen", "JPY": "Euro"}[deleted]
    assert buttons(shown)[:2] == [f"Approve {left}", "Other class"]
    await settle(bot.admin, f"Approve {left}", shown)
    assert (bot.classes(), bot.classes("pending")) == ([{"EUR": "JPY", "JPY": "EUR"}[deleted]], [])


async def test_word_that_is_changed_while_its_picture_is_looked_for_still_waits(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await label(bot.stranger)
    find, store = bot.services.store.queue.next, bot.services.store

    async def overtaken(after: int | None) -> Waiting | None:
        monkeypatch.setattr(store.queue, "next", find)
        waiting, stored = await find(after), await store.predictions.find(1)
        assert stored
        await labelling.save(bot.services, stored, "GBP", STRANGER, picture("green"))
        return waiting

    monkeypatch.setattr(store.queue, "next", overtaken)
    shown = await command(bot.admin, "/review")
    assert shown["caption"].startswith("Is this British Pound?")
    assert bot.classes("pending") == ["GBP"]


@pytest.mark.parametrize("data", ["ra:1", "rj:1", "rc:1:2", "rs:1", "rq:1", "ro:1", "rb:1", "ru:1"])
async def test_buttons_of_admins_are_nobody_elses(bot: Bot, data: str) -> None:
    answer = await label(bot.stranger)
    await tap_as(bot, STRANGER, answer, data)
    assert bot.sandbox.calls.of("answerCallbackQuery")[-1].parameters.text("text") == texts.ADMINS_ONLY
    assert (bot.classes(), bot.classes("pending")) == ([], ["EUR"])


@pytest.mark.parametrize("data", ["ra:99", "rj:99", "rc:1:0", "rc:1:99", "rc:99:1", "ru:99", "rx:1", "ra:"])
async def test_forged_buttons_change_nothing(bot: Bot, data: str) -> None:
    await label(bot.stranger)
    await tap_as(bot, ADMIN, await command(bot.admin, "/review"), data)
    assert bot.sandbox.calls.of("answerCallbackQuery")
    assert (bot.classes(), bot.classes("pending")) == ([], ["EUR"])


async def test_review_is_for_admins(bot: Bot) -> None:
    assert (await command(bot.stranger, "/review"))["text"] == texts.ADMINS_ONLY


@pytest.mark.parametrize(
    ("said", "kept", "waits"),
    [
        ("approve", ["EUR"], []),
        ("Yes.", ["EUR"], []),
        ("yen", ["JPY"], []),
        ("2", ["JPY"], []),
        ("none", ["NONE"], []),
        ("reject", [], []),
        ("skip", [], ["EUR"]),
        ("stop", [], ["EUR"]),
    ],
)
@pytest.mark.parametrize("as_reply", [True, False])
async def test_words_do_what_buttons_do(
    bot: Bot, said: str, kept: list[str], waits: list[str], as_reply: bool
) -> None:
    await label(bot.stranger)
    shown = await review(bot)
    await bot.admin.send(said, reply_to=shown if as_reply else None)
    edited, aloud = await bot.admin.replies(2)
    assert edited["message_id"] == shown["message_id"]
    assert aloud["text"].startswith(edited["caption"][:4] if said != "skip" else "That was the last one.")
    assert (bot.classes(), bot.classes("pending")) == (kept, waits)


async def test_undo_in_words_takes_back_the_last_decision(bot: Bot) -> None:
    await label(bot.stranger)
    await label(bot.stranger, 1)
    shown = await review(bot)
    await bot.admin.send("approve")
    await bot.admin.until(lambda m: "It is the last one." in m.get("caption", ""))
    await bot.admin.send("undo")
    await bot.admin.until(lambda m: m.get("text") == review_texts.UNDONE)
    assert (bot.classes(), bot.classes("pending")) == ([], ["EUR", "EUR"])
    await bot.admin.send("yen")
    await bot.admin.until(lambda m: m["message_id"] == shown["message_id"] and "Kept as" in m["caption"])
    assert (bot.classes(), bot.classes("pending")) == (["JPY"], ["EUR"])


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("gibberish", review_texts.NOT_UNDERSTOOD),
        ("99", review_texts.NOT_UNDERSTOOD),
        ("undo", review_texts.NOTHING_TO_UNDO),
        ("wrong", "Which one is it?"),
    ],
)
async def test_words_that_decide_nothing(bot: Bot, said: str, answer: str) -> None:
    await label(bot.stranger)
    shown = await review(bot)
    await bot.admin.send(said, reply_to=shown)
    assert (await bot.admin.reply())["text"].startswith(answer.replace("<code>", "").replace("</code>", ""))
    assert (bot.classes(), bot.classes("pending")) == ([], ["EUR"])


async def test_words_after_an_own_photo_are_about_that(bot: Bot) -> None:
    await label(bot.stranger)
    await review(bot)
    await ask(bot.admin)
    await bot.admin.send("yen")
    await bot.admin.until(lambda m: "Saved as Japanese Yen" in m.get("text", ""))
    assert (bot.classes(), bot.classes("pending")) == (["JPY"], ["EUR"])


async def test_stats_tell_admins_what_waits(bot: Bot) -> None:
    await label(bot.stranger)
    text = (await command(bot.admin, "/stats"))["text"]
    assert "Waiting for review: 1 Euro. 1 picture waits for /review." in text


async def test_stranger_cannot_replace_what_an_admin_said(bot: Bot) -> None:
    answer = await ask(bot.stranger)
    await tap_as(bot, ADMIN, answer, "r:1")
    bot.stranger.forget_replies()
    await bot.stranger.send("yen", reply_to=answer)
    said = (await bot.stranger.reply())["text"]
    assert "it is kept as Euro. Your Japanischer Yen waits until somebody has looked at it again." in said
    assert (bot.classes(), bot.classes("pending")) == (["EUR"], ["JPY"])
    shown = await command(bot.admin, "/review")
    assert "The data set holds it as Euro." in shown["caption"]
    await settle(bot.admin, "Approve Japanese Yen", shown)
    assert (bot.classes(), bot.classes("pending")) == (["JPY"], [])


async def test_stranger_cannot_take_back_what_an_admin_said(bot: Bot) -> None:
    answer = await ask(bot.stranger)
    await tap_as(bot, ADMIN, answer, "r:1")
    bot.stranger.forget_replies()
    await bot.stranger.send("undo", reply_to=answer)
    assert (await bot.stranger.reply())["text"] == texts.NOT_YOUR_LABEL
    assert bot.classes() == ["EUR"]


async def test_no_more_labels_than_a_day_allows(start: Start) -> None:
    async with start(labels_per_day=1) as bot:
        await label(bot.stranger)
        answer = await ask(bot.stranger, picture("green", 1))
        bot.stranger.forget_replies()
        await bot.stranger.press("Right", message=answer)
        assert (await bot.stranger.reply())["text"] == texts.ENOUGH_FOR_TODAY
        assert len(bot.files("pending")) == 1
        assert await bot.services.store.labels.of(2) is None
