"""Who labels how well; and everything that one person said can be taken out, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Update

from bot import texts
from bot.labels import deciding, labelling, takeout
from bot.labels.takeout import Takeout
from bot.people import texts as people_texts
from bot.store.rows import Contributor, Label, Photo
from model.errors import StoreError
from model.prediction import Prediction
from tests.bot.access import GROUP
from tests.bot.conftest import ADMIN as BOT_ADMIN
from tests.bot.conftest import FRIEND, STRANGER, TRUSTED, Bot
from tests.bot.crowd import ADMIN, ANNA, BEN, Crowd, crowd_in, scene
from tests.bot.doubles import picture
from tests.bot.labels import hold
from tests.bot.test_corrections import ask, buttons, press, tap_as
from tests.bot.test_deciding import renamed
from tests.bot.test_review import command, label, settle
from training.data.manifest import Record


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    async with crowd_in(tmp_path) as opened:
        yield opened


async def first(_: str) -> bytes:
    """What Telegram still has."""
    return scene(1)


async def decide(crowd: Crowd, label: str | None) -> int:
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, label, ADMIN)
    assert decision
    return decision


async def of(crowd: Crowd, user_id: int) -> Contributor | None:
    return (await crowd.services.store.contributors.find([user_id])).get(user_id)


async def test_rate_counts_what_an_admin_looked_at(crowd: Crowd) -> None:
    for number in range(4):
        await crowd.say(ANNA, "EUR", scene(number))
    for decided in ("EUR", "JPY", None):
        await decide(crowd, decided)
    assert await of(crowd, ANNA) == Contributor(ANNA, labels=4, waiting=1, approved=1, rejected=2)


async def test_rate_stays_what_it_was_when_a_class_is_renamed(crowd: Crowd) -> None:
    for number, said in enumerate(("EUR", "EUR", "JPY")):
        await crowd.say(ANNA, said, scene(number))
    for decided in ("EUR", "JPY", "JPY"):
        await decide(crowd, decided)
    await renamed(crowd, "EUR", "Euro-notes")
    await renamed(crowd, "JPY", "Yen-notes")
    assert await of(crowd, ANNA) == Contributor(ANNA, labels=3, waiting=0, approved=2, rejected=1)


@pytest.mark.parametrize("said", ["/people", "/takeout 1003"])
async def test_what_people_said_is_told_in_private_alone(bot: Bot, said: str) -> None:
    await press(bot.stranger, "3. Japanischer Yen", await ask(bot.stranger, picture("red")))
    message = {
        "message_id": 900,
        "date": 1_700_000_000,
        "chat": GROUP,
        "from": bot.admin.persona.user(),
        "text": said,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(said.split()[0])}],
    }
    bot.sandbox.calls.clear()
    await bot.app.process_update(Update.de_json({"update_id": 1, "message": message}, bot.app.bot))
    texts_sent = [call.parameters.text("text") for call in bot.sandbox.calls.of("sendMessage")]
    assert texts_sent == [people_texts.PRIVATE_ONLY]


@pytest.mark.parametrize("button", ["pp:0", "pa:1003", "pt:1003"])
async def test_a_list_in_a_group_of_long_ago_goes_no_further(bot: Bot, button: str) -> None:
    await press(bot.stranger, "3. Japanischer Yen", await ask(bot.stranger, picture("red")))
    message = {"message_id": 900, "date": 1_700_000_000, "chat": GROUP, "text": "Who labels most"}
    await tap_as(bot, BOT_ADMIN, message, button)
    assert not bot.sandbox.calls.of("editMessageText")
    assert bot.files("pending")


async def test_undone_decisions_do_not_count(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    await deciding.take_back(crowd.services, await decide(crowd, None), first)
    assert await of(crowd, ANNA) == Contributor(ANNA, labels=1, waiting=1, approved=0, rejected=0)
    await decide(crowd, "EUR")
    assert await of(crowd, ANNA) == Contributor(ANNA, labels=1, waiting=0, approved=1, rejected=0)


async def test_agreement_makes_nobody_right(crowd: Crowd) -> None:
    for person in (ANNA, BEN):
        await crowd.say(person, "EUR", scene(1))
    assert await of(crowd, ANNA) == Contributor(ANNA, labels=1, waiting=0, approved=0, rejected=0)


async def test_labels_taken_back_do_not_count(crowd: Crowd) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    await labelling.undo(crowd.services, photo, ANNA)
    assert await of(crowd, ANNA) is None


async def test_who_labels_most_comes_first(crowd: Crowd) -> None:
    await crowd.say(BEN, "EUR", scene(1))
    for number in (2, 3):
        await crowd.say(ANNA, "EUR", scene(number))
    contributors = crowd.services.store.contributors
    assert [each.user_id for each in await contributors.top(5)] == [ANNA, BEN]
    assert [each.user_id for each in await contributors.top(1, 1)] == [BEN]
    assert await contributors.count() == 2


async def test_takeout_removes_what_rests_on_one_person_alone(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    await decide(crowd, "EUR")
    await crowd.say(ANNA, "EUR", scene(2))
    await crowd.say(BEN, "EUR", scene(2))  # they agree: it stays with Ben
    await crowd.say(ANNA, "JPY", scene(3))
    await crowd.say(BEN, "JPY", scene(4))
    await crowd.say(ADMIN, "USD", scene(5), await crowd.send(ANNA))  # an admin's word on her photo
    expected = Takeout({"EUR": 1}, 1, 1)
    assert await takeout.preview(crowd.services, ANNA) == expected
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 2, "USD": 1}, {"JPY": 2})
    assert await takeout.take_out(crowd.services, ANNA, ADMIN) == expected
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1, "USD": 1}, {"JPY": 1})
    assert not await takeout.take_out(crowd.services, ANNA, ADMIN)


async def test_takeout_is_kept_as_a_decision(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    label_id = (await crowd.next()).label_id
    await takeout.take_out(crowd.services, ANNA, ADMIN)
    decision = await crowd.services.store.decisions.last_on(label_id)
    assert decision and (decision.kind, decision.user_id, decision.label) == ("takeout", ADMIN, None)
    assert await of(crowd, ANNA) == Contributor(ANNA, labels=1, waiting=0, approved=0, rejected=1)


async def test_imported_picture_survives_takeout(crowd: Crowd) -> None:
    sha256 = crowd.services.dataset.add(scene(1), "EUR")
    record = Record(sha256, "EUR", "train", False, "group", "import", None, "1.jpg", "2026-01-01")
    crowd.services.dataset.record([record])
    await crowd.say(ANNA, "EUR", scene(1))
    await decide(crowd, "EUR")
    assert await takeout.take_out(crowd.services, ANNA, ADMIN) == Takeout({}, 0, 1)
    assert crowd.files() == {"EUR": 1}


async def test_takeout_that_was_cut_short_is_finished_by_the_next(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> bool:
        raise StoreError("cut short")

    await crowd.say(ANNA, "EUR", scene(1))
    with monkeypatch.context() as broken:
        broken.setattr(crowd.services.dataset, "remove", refused)
        with pytest.raises(StoreError):
            await takeout.take_out(crowd.services, ANNA, ADMIN)
    assert await takeout.take_out(crowd.services, ANNA, ADMIN) == Takeout({}, 1, 0)
    assert crowd.files("pending") == {}


async def test_people_are_listed_and_taken_out_with_buttons(bot: Bot) -> None:
    await label(bot.stranger)
    await settle(bot.admin, "Approve Euro", await command(bot.admin, "/review"))
    await label(bot.stranger, 25)
    await press(bot.traveller, "Right", await ask(bot.traveller, picture("green", 1000)))
    shown = await command(bot.admin, "/people")
    assert shown["text"] == (
        "Who labels most, 1 to 2 of 2:\n"
        f"{STRANGER}: 2 labels, 1 waiting, 1 approved, 0 rejected (100 % right)\n"
        f"{TRUSTED} (trusted): 1 label"
    )
    asked = await press(bot.admin, f"Remove all from {STRANGER}", shown)
    assert asked["text"] == (
        f"Take out everything that {STRANGER} ever said? "
        "1 picture of the data set (1 Euro) and 1 waiting would go."
    )
    done = await press(bot.admin, "Take it all out", asked)
    assert done["text"] == (
        f"Everything that {STRANGER} said is taken out. 1 picture of the data set (1 Euro) and 1 waiting "
        "went. The next /retrain forgets what went from the data set."
    )
    assert (bot.classes(), bot.classes("pending")) == (["EUR"], [])
    await tap_as(bot, BOT_ADMIN, asked, f"pt:{STRANGER}")  # a double tap
    assert bot.admin.last["text"] == f"Nothing that {STRANGER} said is kept here any more."


async def test_takeout_can_be_declined(bot: Bot) -> None:
    await label(bot.stranger)
    asked = await command(bot.admin, f"/takeout {STRANGER}")
    assert (await press(bot.admin, "Keep it", asked))["text"] == people_texts.KEPT
    assert bot.classes("pending") == ["EUR"]


@pytest.mark.parametrize("words", ["", " x", " 1 2", " -1", " 9999999999999999999", " <b>", " ١"])
async def test_takeout_says_what_it_needs(bot: Bot, words: str) -> None:
    assert (await command(bot.admin, f"/takeout{words}"))["text"].startswith(
        "Send /takeout with the person's"
    )


async def test_takeout_of_a_person_who_said_nothing(bot: Bot) -> None:
    answer = await command(bot.admin, f"/takeout {FRIEND}")
    assert (answer["text"], buttons(answer)) == (f"Nothing that {FRIEND} said is kept here.", [])


async def test_long_lists_have_pages(bot: Bot) -> None:
    for user_id in range(1, 11):
        photo = Photo(user_id, user_id, 1, 1, "file", "unique")
        said = Prediction("EUR", 0.9, 0.9, True, {"EUR": 0.9}, "base")
        stored = await bot.services.store.predictions.add(photo, said)
        await hold(bot.services.store, Label(stored.id, user_id, "EUR", "aa", "pending"))
    shown = await command(bot.admin, "/people")
    assert buttons(shown)[-2:] == ["Remove all from 8", "More"]
    following = await press(bot.admin, "More", shown)
    assert following["text"].startswith("Who labels most, 9 to 10 of 10:")
    assert buttons(following) == ["Remove all from 9", "Remove all from 10", "Back"]
    assert (await press(bot.admin, "Back", following))["text"] == shown["text"]


@pytest.mark.parametrize("text", ["/people", f"/takeout {STRANGER}"])
async def test_people_are_for_admins(bot: Bot, text: str) -> None:
    assert (await command(bot.stranger, text))["text"] == texts.ADMINS_ONLY


@pytest.mark.parametrize("data", [f"pt:{STRANGER}", f"pa:{STRANGER}", "pp:0", "pk:1"])
async def test_forged_buttons_take_nobody_out(bot: Bot, data: str) -> None:
    answer = await label(bot.stranger)
    await tap_as(bot, TRUSTED, answer, data)
    assert bot.sandbox.calls.of("answerCallbackQuery")[-1].parameters.text("text") == texts.ADMINS_ONLY
    assert bot.classes("pending") == ["EUR"]
