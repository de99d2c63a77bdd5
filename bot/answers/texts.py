"""What is said about a photo and about what people say of it. Pure: values in, HTML for Telegram out."""

from collections.abc import Mapping, Sequence
from html import escape

from bot import texts
from bot.answers import naming_texts
from bot.store.rows import Answer, Label, Reason
from model.prediction import NONE, Verdict

LOOKS_CERTAIN = 0.95
"""Share from which a number would contradict "I am not sure"."""
SEND_PHOTO = (
    "I understand photos of money. Send me one; to correct an answer, reply to it with the currency's "
    "name, its number in the list, <code>right</code>, <code>wrong</code> or <code>undo</code>."
)
ONLY_PHOTOS = "I can only read still pictures; please send a photo of the money."
ANIMATION = "That is an animation; please send a single photo of the money."
NOT_A_PICTURE = "That file is no picture; please send a photo (JPEG, PNG, WebP or HEIC)."
TOO_LARGE = (
    "That file is larger than 20 MB, more than I can fetch; please send it as a photo or make it smaller."
)
PHOTO_GONE = "Telegram no longer has that photo; please send it again."
CUT_OFF = "I was interrupted while I answered this photo; if you see no answer to it, please send it again."
NO_ANSWER_THERE = "I do not know which photo you mean; please reply to my answer, or send the photo again."
NOTHING_TO_UNDO = "There is nothing to undo: you have not told me what this photo shows."
EXPLAINED = "I have just shown you why: the picture is below my answer, or about to come."

_ASKED: Mapping[Reason, str] = {
    "close": "it was a close call",
    "new": "I have seen little like it",
    "thin": "I have learned from few photos of this currency",
    "weak": "this is the currency that I get wrong most often",
}


def answer(stored: Answer, label: Label | None, locale: str) -> str:
    """What the bot says about a photo, and what it was told about it since.

    Args:
        stored: What the model said.
        label: What somebody said, if anybody did.
        locale: The reader's language, for the names of currencies.
    """
    if label:
        return f"{_headline(stored, locale)}\n\n{_thanks(label, locale)}"
    ask = f"\n\nWas I right? One tap teaches me: {_ASKED[stored.asked]}." if stored.asked else ""
    match stored.verdict:
        case Verdict.SURE:
            return f"{_headline(stored, locale)}{ask}"
        case Verdict.UNSURE:
            return f"{_headline(stored, locale)} Which one is it?"
        case Verdict.NONE:
            known = [texts.name(each, locale) for each, _ in stored.scores if each != NONE]
            return f"{_headline(stored, locale)}\n\nI know: {', '.join(texts.shortened(known))}.{ask}"


def why(stored: Answer, where: str, model: str, locale: str) -> str:
    """What the picture behind [Why?] shows.

    Args:
        stored: What the model said.
        where: The place in words, as `model.why.where` gives it.
        model: The version that was asked now, which may be another one than the one that answered.
        locale: The reader's language, for the names of currencies.
    """
    what = "none of the currencies I know" if stored.label == NONE else texts.name(stored.label, locale)
    caption = f"Bright orange is what makes me think it is <b>{what}</b>, {where}."
    if model == stored.model:
        return caption
    return f"{caption} My answer came from model {escape(stored.model)}; this is how {escape(model)} sees it."


def question(stored: Answer, locale: str) -> str:
    """Ask which class it is, with the numbers that a reply can use."""
    lines = []
    for number, label in texts.numbered(stored):
        mine = " (my answer)" if label == stored.label and stored.verdict is not Verdict.UNSURE else ""
        lines.append(f"{number}. {texts.name(label, locale)}{mine}")
    ask = "Which one is it? Press it, or reply with its name or number; with its name too if it is not here."
    return "\n".join([f"{_headline(stored, locale)}\n\n{ask}", *texts.shortened(lines, 2500)])


def which_one(labels: Sequence[str], locale: str) -> str:
    """Ask back when a word fits several classes."""
    names = ", ".join(texts.shortened([texts.name(label, locale) for label in labels]))
    return f"Which one do you mean: {names}? Please reply with the whole name."


def not_understood(stored: Answer, locale: str) -> str:
    """Say which replies are understood."""
    names = ", ".join(texts.name(label, locale) for label in texts.choices(stored)[: texts.BEST])
    return (
        "I did not understand that. Reply with <code>right</code>, <code>wrong</code>, <code>undo</code> "
        f"or the name of the currency, such as {names}."
    )


def _headline(stored: Answer, locale: str) -> str:
    match stored.verdict:
        case Verdict.SURE:
            return f"<b>{texts.name(stored.label, locale)}</b> — {texts.percent(stored.confidence)} sure"
        case Verdict.UNSURE if stored.confidence > LOOKS_CERTAIN and stored.label == NONE:
            return "I am not sure. It is probably <b>none of the currencies I know</b>."
        case Verdict.UNSURE if stored.confidence > LOOKS_CERTAIN:
            best = texts.name(stored.label, locale)
            return f"I am not sure. <b>{best}</b> fits best, but I may not know this kind of money."
        case Verdict.UNSURE:
            shares = ", ".join(
                f"{texts.said(label, locale)} {texts.percent(p)}" for label, p in stored.scores[: texts.BEST]
            )
            return f"I am not sure. {shares[:1].upper()}{shares[1:]}."
        case Verdict.NONE:
            return f"This is <b>none of the currencies I know</b> — {texts.percent(stored.confidence)} sure"


def _thanks(label: Label, locale: str) -> str:
    if label.beside:
        why = "People have agreed on" if label.is_agreed else "Somebody has already checked"
        again = "" if label.is_agreed else " again"
        return (
            f"Thank you! {why} this photo, and it is kept as <b>{texts.name(label.beside, locale)}</b>. "
            f"Your <b>{texts.name(label.label, locale)}</b> waits until somebody has looked at it{again}."
        )
    saved = f"Saved as <b>{texts.name(label.label, locale)}</b>. Thank you!"
    when = "Somebody looks at it before I learn from it."
    if label.place == "dataset":
        when = "I learn from it at the next training."
    ask = f"\n\n{naming_texts.named(label.suggestion, locale)}" if label.label == NONE else ""
    return f"{saved} {when}{ask}"
