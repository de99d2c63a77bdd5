"""After "none of these" the bot asks what it is: any currency by its name, a plain name, or no answer.

What is said is kept beside the label, which stays "none of these"; nothing becomes a class by itself.
"""

import random
import string
from pathlib import Path

import pytest

from bot.answers import naming
from bot.answers.naming import class_name, free_name, understand
from bot.store.rows import Suggestion
from model.errors import DataError
from model.labels import check_class_name
from tests.bot.conftest import STRANGER, TRUSTED, Bot
from tests.bot.doubles import LABELS, picture
from tests.bot.test_corrections import ask, buttons, press, tap_as

OPTIONS = list(LABELS)


def means(text: str, *, asked: bool = True, replied: bool = True) -> object:
    found = understand(text, OPTIONS, "en", asked=asked, replied=replied)
    return found.name or found.kind if isinstance(found, Suggestion) else found


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Thai baht", "THB"),
        ("thb", "THB"),
        ("it's a 20 baht note", "THB"),
        ("Egyptian pound", "EGP"),
        ("yen", "JPY"),
        ("won", ("KPW", "KRW")),
        ("monopoly money", "Monopoly money"),
        ("It is a Bitcoin.", "Bitcoin"),
        ("I don’t know", "unknown"),
        ("It's not money", "no money"),
        ("none of these", None),
        ("2", None),
        ("what do you think?", None),
        ("thanks!", None),
        ("not baht", None),
        ("", None),
    ],
)
def test_answer_to_what_is_it(text: str, meant: object) -> None:
    assert means(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Thai baht", "THB"),
        ("THB", "THB"),
        ("Egyptian pound", "EGP"),
        ("no money", "no money"),
        ("peso", naming.currencies("peso")),
        ("yen", None),
        ("pound", None),
        ("dollar", None),
        ("all", None),
        ("monopoly money", None),
        ("no idea", None),
    ],
)
def test_unknown_money_is_understood_without_being_asked(text: str, meant: object) -> None:
    assert means(text, asked=False) == meant


@pytest.mark.parametrize("text", ["peso", "no money", "monopoly money", "The baht is weak these days", "top"])
def test_talk_names_nothing(text: str) -> None:
    assert means(text, asked=False, replied=False) is None


@pytest.mark.parametrize(
    "text",
    [
        "../../etc",
        "a/b",
        "CON",
        "a\0b",
        "a\u202eb",
        "evil.com",
        "@someone",
        "<b>x</b>",
        "x" * 61,
        "12 34",
        "test",
    ]
    + ["one two three four five six", "", "...", "ok", "nothing", "NONE"],
)
def test_what_makes_no_sensible_folder_is_no_name(text: str) -> None:
    assert free_name(text) is None


def test_whatever_comes_a_name_is_one_plain_folder(tmp_path: Path) -> None:
    chance = random.Random(0)
    signs = "aé円💶 ./\\:*?\"<>|\0\n\u202e\u200b\ud800.-_'" + string.printable
    found = {free_name("".join(chance.choices(signs, k=chance.randint(0, 70)))) for _ in range(2000)}
    names = found - {None}
    assert len(names) > 50
    for name in names:
        assert name and check_class_name(name) == name == Path(name).name
        assert len(name.encode()) <= 240
        (tmp_path / name).mkdir()


@pytest.mark.parametrize(
    ("name", "label"), [("Thai Baht", "THB"), ("Baht (THB)", "THB"), ("Monopoly money", "Monopoly money")]
)
def test_class_is_called_by_its_code_where_it_has_one(name: str, label: str) -> None:
    assert class_name(name) == label


@pytest.mark.parametrize(
    "name", ["NONE", "none of these", "train", "Validation", "..", "con", "dollar", "manifest.jsonl"]
)
def test_name_that_means_something_else_is_no_class(name: str) -> None:
    with pytest.raises(DataError):
        class_name(name)


async def none_of_these(bot: Bot, number: int = 0) -> dict:
    """Send unknown money, say so, and return the bot's question."""
    return await press(bot.traveller, "Right", await ask(bot.traveller, picture("blue", number)))


async def inbox(bot: Bot) -> list[tuple[str, int, int]]:
    return [(each.name, each.pictures, each.people) for each in await bot.services.store.suggestions.inbox()]


async def test_none_of_these_asks_what_it_is(bot: Bot) -> None:
    await press(bot.traveller, "Wrong", await ask(bot.traveller))
    asked = await press(bot.traveller, "None of these")
    assert "Saved as None of these. Thank you!" in asked["text"]
    assert "What is it? If you know, reply with its name" in asked["text"]
    assert buttons(asked) == ["I don't know", "It is no money", "Undo", "Why?"]
    assert bot.classes() == ["NONE"]


async def test_unknown_money_that_was_recognised_as_such_is_asked_for_its_name_too(bot: Bot) -> None:
    menu = await press(bot.traveller, "It is …", await ask(bot.traveller, picture("blue")))
    asked = await press(bot.traveller, "Other money", menu)
    assert "What is it? If you know, reply with its name" in asked["text"]
    assert bot.classes() == ["NONE"]


@pytest.mark.parametrize("words", ["Thai baht", "THB", "baht", "it's a baht"])
async def test_name_is_kept_beside_the_label(bot: Bot, words: str) -> None:
    asked = await none_of_these(bot)
    await bot.traveller.send(words, reply_to=asked)
    told = await bot.traveller.until(lambda m: "You say that it is Thai Baht." in m.get("text", ""))
    assert buttons(told) == ["Undo", "Why?"]
    assert bot.classes() == ["NONE"]
    assert await inbox(bot) == [("THB", 1, 1)]


async def test_unknown_money_can_be_named_at_once(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    await bot.traveller.send("Thai baht", reply_to=answer)
    await bot.traveller.until(lambda m: "You say that it is Thai Baht." in m.get("text", ""))
    assert bot.classes() == ["NONE"]
    assert await inbox(bot) == [("THB", 1, 1)]


@pytest.mark.parametrize(
    ("button", "says"),
    [("I don't know", "Nobody has to know"), ("It is no money", "You say that it is no money.")],
)
async def test_nobody_has_to_name_it(bot: Bot, button: str, says: str) -> None:
    told = await press(bot.traveller, button, await none_of_these(bot))
    assert says in told["text"]
    assert buttons(told) == ["Undo", "Why?"]
    assert await inbox(bot) == []
    assert bot.classes() == ["NONE"]


async def test_ambiguous_name_gets_buttons(bot: Bot) -> None:
    asked = await none_of_these(bot)
    await bot.traveller.send("won", reply_to=asked)
    which = await bot.traveller.until(lambda m: "Which one do you mean?" in m.get("text", ""))
    assert buttons(which) == ["North Korean Won", "South Korean Won", "I don't know", "It is no money"]
    told = await press(bot.traveller, "South Korean Won", which)
    assert "You say that it is South Korean Won." in told["text"]
    assert await inbox(bot) == [("KRW", 1, 1)]


async def test_known_currency_among_the_choices_is_a_correction(bot: Bot) -> None:
    asked = await none_of_these(bot)
    await bot.traveller.send("dollar", reply_to=asked)
    which = await bot.traveller.until(lambda m: "Which one do you mean?" in m.get("text", ""))
    await press(bot.traveller, "US Dollar", which)
    assert bot.classes() == ["USD"]
    assert await inbox(bot) == []


async def test_unfit_names_are_refused_with_a_hint(bot: Bot) -> None:
    asked = await none_of_these(bot)
    await bot.traveller.send("../../etc/passwd", reply_to=asked)
    assert (await bot.traveller.reply())["text"].startswith("I cannot use that as a name.")
    assert await inbox(bot) == []


async def test_undo_takes_the_name_back_too(bot: Bot) -> None:
    asked = await none_of_these(bot)
    await bot.traveller.send("Thai baht", reply_to=asked)
    await bot.traveller.until(lambda m: "Thai Baht" in m.get("text", ""))
    await bot.traveller.press("Undo", message=asked)
    undone = await bot.traveller.until(lambda m: buttons(m) == ["Right", "It is …", "Why?"])
    assert await inbox(bot) == []
    await bot.traveller.press("Right", message=undone)
    await bot.traveller.until(lambda m: m["message_id"] == asked["message_id"] and "What is it?" in m["text"])


async def test_names_are_shown_in_the_language_of_the_person(bot: Bot) -> None:
    asked = await press(bot.stranger, "Right", await ask(bot.stranger, picture("blue")))
    await bot.stranger.send("Thailändischer Baht", reply_to=asked)
    await bot.stranger.until(lambda m: "You say that it is Thailändischer Baht." in m.get("text", ""))
    assert (bot.classes(), bot.classes("pending")) == ([], ["NONE"])


async def test_forget_deletes_what_was_named(bot: Bot) -> None:
    asked = await none_of_these(bot)
    await bot.traveller.send("My own money", reply_to=asked)
    await bot.traveller.until(lambda m: "My own money" in m.get("text", ""))
    await bot.services.store.people.forget(TRUSTED)
    assert await bot.services.store.classes.find(1) is None


async def test_forget_leaves_the_buttons_of_others_alone(bot: Bot) -> None:
    asked = await none_of_these(bot)
    await bot.traveller.send("won", reply_to=asked)
    which = await bot.traveller.until(lambda m: "Which one do you mean?" in m.get("text", ""))
    await bot.services.store.people.forget(STRANGER)
    told = await press(bot.traveller, "South Korean Won", which)
    assert "You say that it is South Korean Won." in told["text"]


@pytest.mark.parametrize("data", ["nm:1:99", "nm:1:1", "nm:99:1", "nu:1", "nm:1"])
async def test_forged_names_change_nothing(bot: Bot, data: str) -> None:
    await bot.services.store.classes.add("What somebody else said")
    answer = await ask(bot.traveller)
    await tap_as(bot, TRUSTED, answer, data)
    assert bot.files() == {}
    assert await inbox(bot) == []
