"""What strangers say waits, until an admin or enough of them settle it; over HTTP and in the browser."""

import io

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from bot.cli.sandboxed import ANNA
from tests.e2e import banknote
from tests.e2e.demo import Demo, Json, Visitor, said
from tests.e2e.test_the_whole_story import message_of, press, say, send_photo
from tests.e2e.test_the_whole_story import said as shown

pytestmark = pytest.mark.timeout(400)


def label(visitor: Visitor, photo: bytes, name: str) -> Json:
    """Send a photo, say in words what it shows, and return the answer."""
    (sent,) = visitor.send(("note.jpg", photo))
    answer = visitor.reply(sent)
    visitor.say(name)
    return visitor.becomes(answer, "Thank you!")


def compressed(photo: bytes) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(photo)).save(out, "JPEG", quality=50)
    return out.getvalue()


def ends(messages: list[Json]) -> int:
    """Count how often the end of the queue was reached."""
    return sum("nothing waits any more" in said(message) for message in messages)


def classes(demo: Demo, place: str = "dataset") -> list[str]:
    return sorted(name.partition("/")[0] for name in demo.kept(place))


async def begin_review(page: Page, seed: int, *labels: tuple[banknote.Note, str]) -> None:
    """Let Anna say what some notes are, and the admin begin to look at them."""
    await page.get_by_test_id(f"persona-{ANNA.user_id}").click()
    for note, name in labels:
        answer = await send_photo(page, banknote.photo(note, seed))
        await say(page, name)
        await expect(answer).to_contain_text("Somebody looks at it before I learn from it.")
    await page.get_by_test_id("persona-1002").click()
    await say(page, "/review")


def test_strangers_are_reviewed_over_http(demo: Demo) -> None:
    # Two who agree on a picture settle it; the second one's photo was compressed again on its way.
    note = banknote.photo(banknote.TEN, 1)
    label(demo.anna, note, "pounds")
    assert (classes(demo), classes(demo, "pending")) == ([], ["GBP"])
    agreed = label(demo.ben, compressed(note), "GBP")
    assert "I learn from it at the next training." in said(agreed)
    assert (classes(demo), classes(demo, "pending")) == (["GBP", "GBP"], [])

    # One who lies waits; an admin corrects it in words, takes that back, and rejects it.
    label(demo.anna, banknote.photo(banknote.FIFTY, 2), "yen")
    picture = demo.admin.following(demo.admin.say("/review"))
    assert "Is this Japanese Yen?" in said(picture)
    assert f"Japanese Yen: said by 1 person, {ANNA.user_id} (nothing reviewed yet)." in said(picture)
    demo.admin.following(demo.admin.say("/privacy"))  # commands wait for each other, words do not
    demo.admin.say("euro")
    decided = demo.admin.becomes(picture, "Kept as Euro")
    assert (classes(demo), classes(demo, "pending")) == (["EUR", "GBP", "GBP"], [])
    demo.admin.press("Undo", decided)
    again = demo.admin.becomes(picture, "Is this Japanese Yen?")
    assert (classes(demo), classes(demo, "pending")) == (["GBP", "GBP"], ["JPY"])
    demo.admin.press("Reject", again)
    demo.admin.becomes(picture, "Rejected")
    demo.admin.until(lambda messages: ends(messages) == 2 or None)
    assert (classes(demo), classes(demo, "pending")) == (["GBP", "GBP"], [])

    # Everything of hers goes; Ben's copy stays.
    asked = demo.admin.following(demo.admin.say(f"/takeout {ANNA.user_id}"))
    demo.admin.press("Take it all out", asked)
    demo.admin.becomes(asked, f"Everything that {ANNA.user_id} said is taken out.")
    assert classes(demo) == ["GBP"]


@pytest.mark.browser
async def test_an_admin_reviews_at_the_page(page: Page, demo: Demo) -> None:
    before = classes(demo)
    await begin_review(page, 7, (banknote.TWENTY, "USD"), (banknote.THOUSAND, "yen"))
    first = await message_of(shown(page, "Is this US Dollar?"))
    await expect(first).to_contain_text("1 more picture after this one.")
    await expect(first.locator("img")).to_have_count(1)
    await press(first, "Other class")
    await press(first, "British Pound")
    await expect(first).to_contain_text("Kept as British Pound")

    second = await message_of(shown(page, "Is this Japanese Yen?"))
    await expect(second).to_contain_text(f"{ANNA.user_id} (right 0 of ")
    await press(second, "Approve Japanese Yen")
    await expect(second).to_contain_text("Kept as Japanese Yen")
    await expect(shown(page, "nothing waits any more")).to_be_visible()
    assert classes(demo) == sorted([*before, "GBP", "JPY"])

    await say(page, "/people")
    people = await message_of(shown(page, "Who labels most"))
    await press(people, f"Remove all from {ANNA.user_id}")
    await expect(people).to_contain_text("(1 Japanese Yen) and 0 waiting would go.")
    await press(people, "Take it all out")
    await expect(people).to_contain_text("The next /retrain forgets what went from the data set.")
    assert classes(demo) == sorted([*before, "GBP"])


@pytest.mark.browser
async def test_skip_reject_undo_and_stop_at_the_page(page: Page, demo: Demo) -> None:
    before = classes(demo)
    await begin_review(page, 17, (banknote.FIFTY, "USD"), (banknote.TEN, "CAD"))
    first = await message_of(shown(page, "Is this US Dollar?"))
    await press(first, "Skip")
    await expect(first).to_contain_text("Skipped: it still waits.")
    second = await message_of(shown(page, "Is this Canadian Dollar?"))
    await press(second, "Reject")
    await expect(second).to_contain_text("Rejected: nothing of it is kept.")
    await expect(shown(page, "That was the last one. 1 picture still waits")).to_be_visible()
    assert classes(demo, "pending") == ["USD"]
    await press(second, "Undo")
    await expect(second).to_contain_text("Is this Canadian Dollar?")
    assert classes(demo, "pending") == ["CAD", "USD"]
    await press(second, "Stop")
    await expect(second).to_contain_text("Stopped. 2 pictures still wait; /review goes on.")
    await expect(second.get_by_test_id("key")).to_have_count(0)
    assert classes(demo) == before
