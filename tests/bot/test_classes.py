"""/classes: an admin sees what there is, opens what people named after looking at it, adds and renames.

Nothing that was not on the contact sheet is taken; pictures are never lost on the way; every tap may come
twice, late or from somebody else.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from telegram import Update

from bot import texts
from bot.classes import texts as class_texts
from bot.labels import deciding, labelling, reclassing
from bot.labels.provenance import provenance
from bot.sandbox.person import Person
from bot.store.rows import Answer, Contributor, Photo
from model.card import read_card, write_card
from model.errors import DataError, StoreError
from model.prediction import NONE, Prediction
from tests.bot.conftest import ADMIN, FRIEND, STRANGER, TRUSTED, Bot, Start
from tests.bot.doubles import picture
from tests.bot.test_corrections import ask, buttons, press, tap_as
from training.data.manifest import Record
from training.fitting.memory import Memory, write_memory


async def named(bot: Bot, name: str, count: int, user_id: int = TRUSTED, first: int = 0) -> list[Answer]:
    """Let a person say of pictures that they are none of these but `name`."""
    store, answers = bot.services.store, []
    for number in range(first, first + count):
        photo = Photo(user_id, user_id, 1000 + number, 1_700_000_000, "file", f"unique{number}")
        scores = {NONE: 0.9, "EUR": 0.1}
        stored = await store.predictions.add(photo, Prediction(NONE, 0.9, 0.1, True, scores, "base"))
        await labelling.save(bot.services, stored, NONE, user_id, picture("blue", number))
        await store.suggestions.add(stored.id, user_id, "name", (await store.classes.add(name)).id)
        answers.append(stored)
    return answers


async def send(person: Person, text: str) -> dict:
    """Send a command and return the answer."""
    person.forget_replies()
    await person.send(text)
    return await person.reply()


async def tap(person: Person, button: str, message: dict) -> dict:
    """Press a button and return what the bot says next."""
    person.forget_replies()
    await person.press(button, message=message)
    return await person.reply()


async def opened(bot: Bot, button: str) -> dict:
    """Open a class the way an admin does."""
    sheet = await tap(bot.admin, button, await send(bot.admin, "/classes"))
    return await tap(bot.admin, "Yes, take", sheet)


async def test_list_says_what_is_there_and_what_waits(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    await press(bot.stranger, "Right", await ask(bot.stranger, picture("green", 1)))
    await named(bot, "THB", 12)
    await named(bot, "<i>Odd</i> money", 1, STRANGER, first=20)
    listed = await send(bot.admin, "/classes")
    assert "• Euro (EUR): 1 to learn from, 1 waiting (known)" in listed["text"]
    assert "• British Pound (GBP): no pictures here (known)" in listed["text"]
    assert "• Thai Baht (THB): 12 pictures from 1 person\n" in listed["text"]
    assert "• <i>Odd</i> money: 1 picture from 1 person, 9 missing" in listed["text"]
    assert buttons(listed) == ["Open Thai Baht (12)", "Open <i>Odd</i> money early (1)"]


@pytest.mark.parametrize("text", ["/classes", "/classes add THB", "/classes rename EUR XEU"])
async def test_only_admins_may(bot: Bot, text: str) -> None:
    assert (await send(bot.traveller, text))["text"] == texts.ADMINS_ONLY


async def test_contact_sheets_are_shown_in_private_alone(bot: Bot) -> None:
    await named(bot, "THB", 1)
    entity = {"type": "bot_command", "offset": 0, "length": 8}
    message = {
        "message_id": 900,
        "date": 1_700_000_000,
        "chat": {"id": -100, "type": "supergroup", "title": "Travellers"},
        "from": bot.admin.persona.user(),
        "text": "/classes add THB",
        "entities": [entity],
    }
    bot.sandbox.calls.clear()
    await bot.app.process_update(Update.de_json({"update_id": 1, "message": message}, bot.app.bot))
    assert [call.parameters.text("text") for call in bot.sandbox.calls.of("sendMessage")] == [
        class_texts.PRIVATE_ONLY
    ]
    assert not bot.sandbox.calls.of("sendPhoto")


async def test_opening_moves_what_the_admin_saw(bot: Bot) -> None:
    await named(bot, "THB", 10)
    await named(bot, "THB", 2, STRANGER, first=10)
    before = {name.partition("/")[2] for name in (bot.files() | bot.files("pending"))}
    sheet = await tap(bot.admin, "Open Thai Baht (12)", await send(bot.admin, "/classes"))
    assert "photo" in sheet
    assert sheet["caption"].startswith("12 pictures, named by 2 people, to become Thai Baht (THB).")
    assert set(bot.classes()) == {"NONE"}

    await named(bot, "THB", 1, STRANGER, first=30)
    done = await tap(bot.admin, "Yes, take these 12", sheet)
    assert done["caption"] == ("Thai Baht (THB) is open. It holds 12 pictures; send /retrain, and I know it.")
    assert buttons(done) == []
    assert bot.classes() == ["THB"] * 12
    assert {name.partition("/")[2] for name in bot.files()} == before
    assert bot.classes("pending") == ["NONE"]
    again = await send(bot.admin, "/classes")
    assert f"not known before the next /retrain; opened by {ADMIN} on" in again["text"]
    assert buttons(again) == ["Add 1 to Thai Baht"]


async def test_class_is_open_although_its_sheet_is_too_old_to_say_so(bot: Bot) -> None:
    await named(bot, "THB", 10)
    sheet = await tap(bot.admin, "Open Thai Baht (10)", await send(bot.admin, "/classes"))
    bot.sandbox.faults.server_error(
        "editMessageCaption", status=400, description="Bad Request: message can't be edited"
    )
    bot.admin.forget_replies()
    await bot.admin.press("Yes, take", message=sheet)
    listed = await send(bot.admin, "/classes")
    assert "Thai Baht (THB): 10 to learn from" in listed["text"]
    assert texts.WENT_WRONG not in [message.get("text") for message in bot.admin.messages]


async def test_same_file_does_not_stay_with_none_for_somebody_elses_word(bot: Bot) -> None:
    (answer,) = await named(bot, "THB", 1)
    photo = Photo(ADMIN, ADMIN, 2000, 1_700_000_000, "file", "again")
    scores = {NONE: 0.9, "EUR": 0.1}
    other = await bot.services.store.predictions.add(photo, Prediction(NONE, 0.9, 0.1, True, scores, "base"))
    await labelling.save(bot.services, other, NONE, ADMIN, picture("blue", 0))
    assert bot.classes() == [NONE]
    sheet = await tap(bot.admin, "Open Thai Baht early (1)", await send(bot.admin, "/classes"))
    await tap(bot.admin, "Open it all the same", sheet)
    assert bot.classes() == ["THB"]
    labels = [await bot.services.store.labels.of(each.id) for each in (answer, other)]
    assert [each and each.label for each in labels] == ["THB", "THB"]


async def test_photo_of_the_same_file_that_was_reviewed_does_not_hold_up_the_others(bot: Bot) -> None:
    (reviewed,) = await named(bot, "Toys", 1, STRANGER)
    await labelling.save(bot.services, reviewed, "EUR", ADMIN, picture("blue"))
    await labelling.save(bot.services, reviewed, NONE, STRANGER, picture("blue"))
    await named(bot, "THB", 2, FRIEND)
    sheet = await tap(bot.admin, "Open Thai Baht early (2)", await send(bot.admin, "/classes"))
    await tap(bot.admin, "Open it all the same", sheet)
    assert (bot.classes(), bot.classes("pending")) == (["THB"] * 2, [])
    (held,) = await bot.services.store.labels.on(reviewed.id)
    assert (held.said.label, held.said.place) == ("THB", "dataset")


async def test_who_opened_a_class_has_decided_what_its_pictures_show(bot: Bot) -> None:
    await named(bot, "THB", 1, STRANGER)
    shown = await send(bot.admin, "/review")
    sheet = await tap(bot.admin, "Open Thai Baht early (1)", await send(bot.admin, "/classes"))
    await tap(bot.admin, "Open it all the same", sheet)
    (origin,) = (await provenance(bot.services.store, real_ids=True)).origins.values()
    assert (origin.labelled_by, origin.decided_by) == (str(STRANGER), str(ADMIN))
    known = await bot.services.store.contributors.find([STRANGER])
    assert known[STRANGER] == Contributor(STRANGER, labels=1, waiting=0, approved=1, rejected=0)
    told = await tap(bot.admin, "Reject", shown)
    assert (told["caption"][:17], buttons(told)) == ("Kept as Thai Baht", [])


async def test_second_tap_and_second_admin_change_nothing(bot: Bot) -> None:
    await named(bot, "THB", 10)
    sheet = await tap(bot.admin, "Open Thai Baht (10)", await send(bot.admin, "/classes"))
    await asyncio.gather(*(bot.admin.press("Yes, take", message=sheet) for _ in range(3)))
    await bot.admin.until(lambda m: "is open. It holds 10" in m.get("caption", ""))
    await asyncio.sleep(0.1)
    assert bot.classes() == ["THB"] * 10
    assert (await bot.services.store.people.figures()).labels == {"dataset": 10}


async def test_opening_early_takes_a_look_and_a_second_tap(bot: Bot) -> None:
    await named(bot, "THB", 2)
    sheet = await tap(bot.admin, "Open Thai Baht early (2)", await send(bot.admin, "/classes"))
    assert "8 more pictures would make it worth opening" in sheet["caption"]
    assert buttons(sheet) == ["Open it all the same, with these 2", "Leave it"]
    left = await tap(bot.admin, "Leave it", sheet)
    assert (left["caption"], buttons(left)) == ("Nothing was changed.", [])
    assert bot.classes() == ["NONE"] * 2
    again = await tap(bot.admin, "Open Thai Baht early (2)", await send(bot.admin, "/classes"))
    await tap(bot.admin, "Open it all the same", again)
    assert bot.classes() == ["THB"] * 2


async def test_minimum_is_a_setting(start: Start) -> None:
    async with start(new_class_from=2) as bot:
        await named(bot, "THB", 2)
        assert buttons(await send(bot.admin, "/classes")) == ["Open Thai Baht (2)"]


async def test_word_taken_back_after_the_look_is_not_taken(bot: Bot) -> None:
    from bot.labels import labelling

    first, *_ = await named(bot, "THB", 3)
    sheet = await tap(bot.admin, "Open Thai Baht early (3)", await send(bot.admin, "/classes"))
    await labelling.undo(bot.services, first, first.user_id)
    await tap(bot.admin, "Open it all the same", sheet)
    assert bot.classes() == ["THB"] * 2


@pytest.mark.parametrize("later", ["comes back", "is said again", "is joined"])
async def test_picture_that_comes_after_the_look_is_not_taken_although_it_was_named_before(
    bot: Bot, later: str
) -> None:
    (first,) = await named(bot, "Baht" if later == "is joined" else "THB", 1, STRANGER)
    waiting = await bot.services.store.queue.next()
    assert waiting
    rejected = None
    if later != "is joined":
        rejected = await deciding.decide(bot.services, waiting.label_id, None, ADMIN)
    await named(bot, "THB", 2, first=5)
    sheet = await tap(bot.admin, "Open Thai Baht early (2)", await send(bot.admin, "/classes"))
    if later == "comes back":
        await deciding.take_back(bot.services, rejected or 0, original)
    elif later == "is said again":
        await labelling.save(bot.services, first, NONE, STRANGER, picture("blue"))
    else:
        old, new = [await bot.services.store.classes.add(name) for name in ("Baht", "THB")]
        await bot.services.store.classes.begin_rename(old.id, new.id, ADMIN)
    await tap(bot.admin, "Open it all the same", sheet)
    assert (bot.classes(), bot.classes("pending")) == (["THB"] * 2, [NONE])
    assert [each.pictures for each in await bot.services.store.suggestions.inbox()] == [1]


async def test_picture_that_a_review_makes_none_again_after_the_look_is_not_taken(bot: Bot) -> None:
    store = bot.services.store
    (first,) = await named(bot, "THB", 1, STRANGER)
    waiting = await store.queue.next()
    assert waiting
    await deciding.decide(bot.services, waiting.label_id, "EUR", ADMIN)
    await named(bot, "THB", 2, first=5)
    sheet = await tap(bot.admin, "Open Thai Baht early (2)", await send(bot.admin, "/classes"))
    photo = Photo(FRIEND, FRIEND, 2000, 1_700_000_000, "file", "again")
    said = Prediction(NONE, 0.9, 0.1, True, {NONE: 0.9, "EUR": 0.1}, "base")
    other = await store.predictions.add(photo, said)
    await labelling.save(bot.services, other, NONE, FRIEND, picture("blue"))
    waiting = await store.queue.next()
    assert waiting
    await deciding.decide(bot.services, waiting.label_id, NONE, ADMIN)
    await tap(bot.admin, "Open it all the same", sheet)
    assert bot.classes() == [NONE, "THB", "THB"]
    again = await store.labels.of(first.id)
    assert again and again.label == NONE
    assert [each.pictures for each in await store.suggestions.inbox()] == [1]


async def original(_: str) -> bytes:
    """What Telegram still has of the first photo."""
    return picture("blue")


async def test_wrong_pictures_are_left_out_by_their_numbers(bot: Bot) -> None:
    await named(bot, "Old money", 1)
    await named(bot, "THB", 4, first=5)
    sheet = await tap(bot.admin, "Open Thai Baht early (4)", await send(bot.admin, "/classes"))
    assert "/classes without" in sheet["caption"]
    left = await send(bot.admin, "/classes without 3 4 99")
    assert left["text"].startswith("Left out: 2 pictures, still labelled as none of these.")
    assert (await send(bot.admin, "/classes without 3"))["text"].startswith("Left out: 0 pictures")
    await tap(bot.admin, "Open it all the same", sheet)
    assert sorted(bot.classes()) == ["NONE"] * 3 + ["THB"] * 2


@pytest.mark.parametrize("numbers", ["", "three", "3;4", "-1", "²", "1" * 30])
async def test_numbers_that_are_none_leave_nothing_out(bot: Bot, numbers: str) -> None:
    await named(bot, "THB", 1)
    assert "/classes without 3 7" in (await send(bot.admin, f"/classes without {numbers}"))["text"]
    assert (await bot.services.store.suggestions.inbox())[0].pictures == 1


async def test_picture_that_cannot_be_written_stays_where_it_is(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await named(bot, "THB", 2)
    proposal = (await bot.services.store.suggestions.inbox())[0]
    thai = await bot.services.store.classes.find(proposal.id)
    assert thai

    def full(*_: object, **__: object) -> bool:
        raise DataError("The picture could not be saved.")

    with monkeypatch.context() as broken, pytest.raises(DataError):
        broken.setattr(bot.services.dataset, "copy", full)
        await reclassing.open_class(bot.services, thai, 99, ADMIN)
    with monkeypatch.context() as broken, pytest.raises(StoreError):
        broken.setattr(bot.services.store.suggestions, "take", locked)
        await reclassing.open_class(bot.services, thai, 99, ADMIN)
    assert bot.classes() == ["NONE"] * 2
    await reclassing.open_class(bot.services, thai, 99, ADMIN)
    assert bot.classes() == ["THB"] * 2


async def locked(*_: object) -> None:
    raise StoreError("The database cannot be written just now.")


async def test_open_class_is_offered_before_the_model_knows_it(bot: Bot) -> None:
    earlier = await ask(bot.traveller)
    await named(bot, "THB", 10)
    await opened(bot, "Open Thai Baht (10)")
    menu = await press(bot.traveller, "Wrong", earlier)
    assert buttons(menu)[-3:] == ["6. Thai Baht", "5. None of these", "Back"]
    assert "5. None of these\n6. Thai Baht" in menu["text"]
    await press(bot.traveller, "6. Thai Baht", menu)
    assert bot.classes().count("THB") == 11
    answer = await ask(bot.traveller, picture("green", 3))
    bot.traveller.forget_replies()
    await bot.traveller.send("baht", reply_to=answer)
    assert "Saved as Thai Baht" in (await bot.traveller.reply())["text"]
    assert bot.classes().count("THB") == 12


async def test_class_can_be_added_by_name(bot: Bot) -> None:
    question = await send(bot.admin, "/classes add Thai baht")
    assert question["text"].startswith("Shall I offer Thai Baht (THB)")
    done = await tap(bot.admin, "Open it", question)
    assert done["text"] == (
        "Thai Baht (THB) is open. As soon as there are pictures of it, /retrain learns it."
    )
    assert (await send(bot.admin, "/classes add baht"))["text"] == "Thai Baht (THB) is there already."
    assert (await send(bot.admin, "/classes add euro"))["text"] == "Euro (EUR) is there already."


async def test_adding_what_people_named_shows_it_first(bot: Bot) -> None:
    await named(bot, "THB", 2)
    assert "photo" in await send(bot.admin, "/classes add THB")


@pytest.mark.parametrize("name", ["../up", "CON", "NONE", "test", "dollar", "a\u202eb", "x" * 61])
async def test_unfit_names_are_refused(bot: Bot, name: str) -> None:
    said = (await send(bot.admin, f"/classes add {name}"))["text"]
    assert "name" in said or "code" in said
    assert await bot.services.store.classes.find(1) is None


@pytest.mark.parametrize(
    "text", ["/classes what", "/classes add", "/classes rename EUR", "/classes rename a b c"]
)
async def test_wrong_use_gets_the_right_one(bot: Bot, text: str) -> None:
    assert "/classes rename" in (await send(bot.admin, text))["text"]


async def test_quote_that_is_not_closed_is_one_sentence(bot: Bot) -> None:
    assert "quotation mark is missing" in (await send(bot.admin, '/classes rename "Thai baht'))["text"]


async def filled(bot: Bot, label: str, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        bot.services.dataset.add(picture("green", number), label)


async def test_renaming_moves_everything(bot: Bot) -> None:
    await named(bot, "Old money", 2)
    await tap(
        bot.admin,
        "Open it all the same",
        await tap(bot.admin, "Open Old money early (2)", await send(bot.admin, "/classes")),
    )
    await filled(bot, "Old money", 1, first=30)
    bot.services.dataset.add(picture("green", 31), "Old money", place="pending")
    (sha256,) = {Path(name).stem for name in bot.files()} - {
        label.sha256 for label in await bot.services.store.labels.files_of(TRUSTED)
    }
    record = Record(sha256, "Old money", "test", True, "g", "mine", None, "1.jpg", "2026-01-01")
    bot.services.dataset.record([record])
    question = await send(bot.admin, "/classes rename “old money” Baht")
    assert question["text"] == (
        "Shall Old money (4 pictures) be called Thai Baht (THB)? "
        "The model goes on calling it by the old name until the next /retrain."
    )
    done = await tap(bot.admin, "Rename it", question)
    assert done["text"].startswith("Old money is Thai Baht (THB) now, with 4 pictures.")
    assert (bot.classes(), bot.classes("pending")) == (["THB"] * 3, ["THB"])
    assert not (bot.services.dataset.root() / "Old money").exists()
    assert bot.services.dataset.records()[sha256, "THB"] == replace(record, label="THB")
    label = await bot.services.store.labels.of(1)
    assert label and label.label == "THB"
    before = bot.admin.messages
    await tap_as(bot, ADMIN, done, question["reply_markup"]["inline_keyboard"][0][0]["callback_data"])
    assert bot.admin.messages == before


async def test_what_an_older_model_calls_by_its_old_name_goes_to_the_new_class(bot: Bot) -> None:
    await filled(bot, "JPY", 1)
    await tap(bot.admin, "Rename it", await send(bot.admin, "/classes rename yen Yen-notes"))
    answer = await ask(bot.traveller, picture("green", 9))
    menu = await press(bot.traveller, "Wrong", answer)
    assert "Yen-notes" not in menu["text"]
    await press(bot.traveller, "2. Japanese Yen", menu)
    assert bot.classes() == ["Yen-notes"] * 2


@pytest.mark.parametrize("becomes", ["Yen-notes", "AUD"])
async def test_new_name_is_understood_before_the_model_knows_it(bot: Bot, becomes: str) -> None:
    await filled(bot, "JPY", 1)
    await tap(bot.admin, "Rename it", await send(bot.admin, f"/classes rename JPY {becomes}"))
    answer = await ask(bot.traveller, picture("green", 9))
    await bot.traveller.send(becomes, reply_to=answer)
    await bot.traveller.until(lambda m: "Saved as" in m.get("text", ""))
    assert bot.classes() == [becomes] * 2


async def test_old_buttons_do_not_undo_a_rename(bot: Bot) -> None:
    await filled(bot, "Toys", 2)
    await named(bot, "Toys", 10, first=20)
    sheet = await tap(bot.admin, "Toys", await send(bot.admin, "/classes"))
    old_question = await send(bot.admin, "/classes rename Toys Tokens")
    for names in ("Toys Tickets", "Tickets Vouchers"):
        await tap(bot.admin, "Rename it", await send(bot.admin, f"/classes rename {names}"))
    for button, message in (("Yes, take", sheet), ("Rename it", old_question)):
        answer = await bot.admin.press(button, message=message)
        assert answer and answer["text"] == texts.OLD_BUTTON
    assert await bot.services.store.classes.current("Toys") == "Vouchers"


async def test_label_that_is_saved_during_a_rename_goes_to_the_new_name(bot: Bot) -> None:
    await filled(bot, "JPY", 1)
    before, after = [await bot.services.store.classes.add(name) for name in ("JPY", "Yen-notes")]
    async with bot.services.labelling:  # as while a label is being saved
        renaming = asyncio.create_task(reclassing.rename(bot.services, before, after, ADMIN))
        await asyncio.sleep(0.1)
        assert await bot.services.store.classes.current("JPY") == "JPY"
    await renaming
    assert bot.classes() == ["Yen-notes"]


async def test_renaming_back_undoes_it(bot: Bot) -> None:
    await filled(bot, "JPY", 2)
    await tap(bot.admin, "Rename it", await send(bot.admin, "/classes rename JPY Yen-notes"))
    await tap(bot.admin, "Join them", await send(bot.admin, "/classes rename Yen-notes JPY"))
    assert bot.classes() == ["JPY"] * 2
    assert await bot.services.store.classes.current("Yen-notes") == "JPY"
    assert await bot.services.store.classes.current("JPY") == "JPY"


async def test_adding_a_class_that_was_renamed_gives_it_pictures_of_its_own(bot: Bot) -> None:
    await filled(bot, "JPY", 1)
    await tap(bot.admin, "Rename it", await send(bot.admin, "/classes rename JPY Yen-notes"))
    question = await send(bot.admin, "/classes add JPY")
    assert (await tap(bot.admin, "Open it", question))["text"].startswith("Japanese Yen (JPY) is open.")
    await press(bot.traveller, "Wrong", await ask(bot.traveller, picture("green", 9)))
    await press(bot.traveller, "2. Japanese Yen")
    assert sorted(bot.classes()) == ["JPY", "Yen-notes"]


async def test_joining_classes_is_asked_as_such(bot: Bot) -> None:
    await filled(bot, "Toy money", 2)
    await filled(bot, "EUR", 3, first=5)
    question = await send(bot.admin, '/classes rename "Toy money" EUR')
    assert question["text"].startswith("Shall 2 pictures of Toy money join the 3 of Euro (EUR)? They cannot")
    await tap(bot.admin, "Join them", question)
    assert bot.classes() == ["EUR"] * 5


async def test_none_and_unknown_classes_are_not_renamed(bot: Bot) -> None:
    await filled(bot, NONE, 1)
    assert "stays what it is" in (await send(bot.admin, "/classes rename NONE Other"))["text"]
    assert "There is no class Drachma" in (await send(bot.admin, "/classes rename Drachma GRD"))["text"]
    assert (await send(bot.admin, "/classes rename EUR euro"))["text"] == "That is the same class already."
    assert bot.classes() == [NONE]


async def test_class_whose_pictures_only_the_model_has_keeps_its_name(bot: Bot) -> None:
    folder = bot.services.registry.folder("base")
    row = np.array(["a" * 64]), np.array(["JPY"]), np.array(["train"]), np.array([True])
    write_memory(Memory(*row, np.zeros((1, 4), np.float16)), folder)
    question = await send(bot.admin, "/classes rename JPY Yen-notes")
    assert "remembers 1 picture of JPY" in (await tap(bot.admin, "Rename it", question))["text"]
    assert await bot.services.store.classes.current("JPY") == "JPY"


async def test_rename_that_was_cut_short_is_finished_at_the_next_start(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as bot:
        await filled(bot, "Toy money", 3)
        with monkeypatch.context() as broken:
            broken.setattr(bot.services.store.classes, "relabel", locked)
            question = await send(bot.admin, '/classes rename "Toy money" Toys')
            assert "cannot be written" in (await tap(bot.admin, "Rename it", question))["text"]
        assert set(bot.classes()) == {"Toy money", "Toys"}
    async with start() as bot:
        async with asyncio.timeout(15):
            while await bot.services.store.classes.unfinished_renames():  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.02)
        assert bot.classes() == ["Toys"] * 3


async def test_rename_that_failed_is_finished_by_the_next_tap(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> bool:
        raise DataError("The picture could not be saved.")

    await filled(bot, "Toy money", 3)
    question = await send(bot.admin, '/classes rename "Toy money" Toys')
    with monkeypatch.context() as broken:
        broken.setattr(bot.services.dataset, "copy", full)
        assert "could not be saved" in (await tap(bot.admin, "Rename it", question))["text"]
    assert bot.classes() == ["Toy money"] * 3
    done = await tap(bot.admin, "Rename it", question)
    assert done["text"].startswith("Toy money is Toys now, with 3 pictures.")
    assert bot.classes() == ["Toys"] * 3


@pytest.mark.parametrize("data", ["cs:99", "co:99:1", "cr:1:99", "cr:1:1", "co:1", "cs:1"])
async def test_forged_and_late_buttons_change_nothing(bot: Bot, data: str) -> None:
    await filled(bot, "EUR", 1)
    await bot.services.store.classes.add("EUR")
    listed = await send(bot.admin, "/classes")
    await tap_as(bot, ADMIN, listed, data)
    assert bot.sandbox.calls.of("answerCallbackQuery")
    assert bot.classes() == ["EUR"]


@pytest.mark.parametrize("data", ["cs:1", "co:1:99", "cr:1:2", "cl:0"])
async def test_other_peoples_taps_are_refused(bot: Bot, data: str) -> None:
    await named(bot, "THB", 10)
    listed = await send(bot.admin, "/classes")
    await tap_as(bot, TRUSTED, listed, data)
    assert bot.sandbox.calls.of("answerCallbackQuery")[-1].parameters.text("text") == texts.ADMINS_ONLY
    assert bot.classes() == ["NONE"] * 10


async def test_held_out_pictures_are_counted_apart(bot: Bot) -> None:
    await filled(bot, "EUR", 2)
    sha256 = Path(next(iter(bot.files()))).stem
    row = np.array([sha256]), np.array(["EUR"]), np.array(["test"]), np.array([False])
    write_memory(Memory(*row, np.zeros((1, 4), np.float16)), bot.services.registry.folder("base"))
    assert "Euro (EUR): 1 to learn from, 1 held out (known)" in (await send(bot.admin, "/classes"))["text"]


async def test_what_the_model_does_not_know_is_said(bot: Bot) -> None:
    folder = bot.services.registry.folder("base")
    write_card(replace(read_card(folder), labels=("GBP", NONE)), folder)
    await filled(bot, "EUR", 1)
    assert (
        "Euro (EUR): 1 to learn from (not known before the next"
        in (await send(bot.admin, "/classes"))["text"]
    )
