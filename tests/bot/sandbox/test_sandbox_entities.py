"""HTML becomes plain text and entities with Telegram's offsets."""

import pytest

from bot.sandbox.entities import formatted


def entity(kind: str, offset: int, length: int, **more: str) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b>c", "ac", [entity("bold", 0, 1)]),
        ("<STRONG>a</strong>", "a", [entity("bold", 0, 1)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("💶 <b>€</b>", "💶 €", [entity("bold", 3, 1)]),
        ("a &lt; b &amp;lt; &#8364; &euro; &", "a < b &lt; € &euro; &", []),
        (
            '<a href="https://x.org/?a=1&b">x</a>',
            "x",
            [entity("text_link", 0, 1, url="https://x.org/?a=1&b")],
        ),
        (
            '<pre><code class="language-py">1</code></pre>',
            "1",
            [entity("pre", 0, 1, language="py")],
        ),
        ('<span class="tg-spoiler">x</span>', "x", [entity("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
        ("  <b> a </b>\n", "a", [entity("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ("see /stats now", "see /stats now", [entity("bot_command", 4, 6)]),
        ("and/or 1/2", "and/or 1/2", []),
        ("<code>/stats</code>", "/stats", [entity("code", 0, 6)]),
        ("https://x.org/a, then", "https://x.org/a, then", [entity("url", 0, 15)]),
    ],
)
def test_html(html: str, text: str, entities: list[dict[str, object]]) -> None:
    assert formatted(html, "HTML", None) == (text, entities)


def test_without_a_parse_mode_tags_are_text() -> None:
    assert formatted("<b>x</b> & y", None, None) == ("<b>x</b> & y", [])


def test_entities_given_instead_of_html_move_with_the_text() -> None:
    assert formatted("  ab", None, [entity("bold", 3, 1)]) == ("ab", [entity("bold", 1, 1)])
