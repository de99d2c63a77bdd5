"""Every sentence that the bot says, as HTML for Telegram. Pure: values in, text out.

Names of classes and people come from strangers and are escaped. What the model says is never stated as
100 %.
"""

from collections.abc import Mapping, Sequence
from html import escape

from bot.answers import naming_texts
from bot.store.rows import Answer, Figures, Label, Reason
from model.card import Card
from model.labels import currency_code, display_name
from model.prediction import NONE, Verdict

BEST = 3
"""How many classes a doubtful answer names."""
MAX_LISTED = 60
"""How many classes have a button: a message has at most 100."""
LOOKS_CERTAIN = 0.95
"""Share from which a number would contradict "I am not sure"."""

START = (
    "Send me a photo of a banknote or of coins, and I tell you which currency it is - not the amount, and "
    "not whether it is genuine.\n\n"
    "If I am wrong, press <b>Wrong</b>, or just write what it is: I learn from corrections. /help says more."
)
HELP = (
    "<b>Asking</b>: send a photo, an album or a picture file (JPEG, PNG, WebP or HEIC, up to 20 MB).\n"
    "<b>Correcting</b>: press the buttons below my answer, or reply to it with <code>right</code>, "
    "<code>wrong</code>, the name of the currency (<code>yen</code>), its code (<code>JPY</code>) or its "
    "number in my list; name money that I do not know too, for I can learn it. <code>undo</code> takes it "
    "back.\n"
    "<b>Why?</b> below my answer shows which part of the photo it comes from.\n\n"
    "/about – which model answers, and how good it is\n"
    "/stats – what you sent and corrected\n"
    "/privacy – what is kept, and for how long\n"
    "/forget – delete what you sent"
)
HELP_ADMIN = (
    "\n\n"
    "<b>You run this bot</b>:\n"
    "/retrain – learn from new corrections (seconds); <code>/retrain full</code> fits the whole network "
    "(hours, needs the pictures)\n"
    "/review – look at what people said about their photos, one by one: press, or write "
    "<code>approve</code>, <code>reject</code>, <code>skip</code>, <code>stop</code>, <code>undo</code> or "
    "what it is\n"
    "/people – who labels most, and how often they are right\n"
    "/takeout – take out everything that one person said\n"
    "/models – the versions, and which one answers\n"
    "/classes – what there is to know; open, add and rename currencies\n"
    "/stats – of everybody"
)
PRIVACY = (
    "<b>When you send a photo</b>, I look at it and do not keep it. I keep my answer, the time, your user "
    "id and Telegram's name of the photo, so that the buttons work later; Why? looks at the photo once "
    "more. The photo itself stays in your chat, with Telegram.\n"
    "<b>When you say what it shows</b> (Right, or a correction), I keep that, fetch the photo again and keep "
    "it to learn from, without place, time and camera. The people who run this bot look at it before it "
    "counts, unless others say the same about it. Models trained from then on remember it as a row of "
    "numbers, not as a picture.\n"
    "When a model has learned from photos of yours, I tell you, unless you do not want me to.\n"
    "All of it is kept until you send /forget, and nothing is given to anybody else.\n"
    "<b>/forget</b> deletes it: answers, your id, your pictures, the rows of numbers. The next model learns "
    "without them; what earlier ones have learned cannot be taken out of them, and they stay for going back. "
    "A picture stays only if the very same file also came from somebody else; what you said about other "
    "people's photos stays without your id. If you run this bot, your name stays beside the models that you "
    "put in use."
)
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
TOO_FAST = "That is more photos than I take from one person at a time; please send the rest in a minute."
BUSY = "More photos are waiting than I can look at just now; please send this one again in a minute."
NAMELESS = "I cannot tell who you are; please write as yourself rather than as the group or a channel."
NOT_YOURS = "Only the person I answered can do that."
OLD_BUTTON = "That button no longer works; please send the photo or the command again."
NO_ANSWER_THERE = "I do not know which photo you mean; please reply to my answer, or send the photo again."
NOT_YOUR_LABEL = (
    "Somebody who checks photos said that about this one, so it stays; if you think it is wrong, reply with "
    "what it is. /forget deletes all your photos."
)
ENOUGH_FOR_TODAY = (
    "Thank you, that is as much as I can take from one person in a day; please go on tomorrow. Asking works "
    "as always."
)
NOTHING_TO_UNDO = "There is nothing to undo: you have not told me what this photo shows."
WENT_WRONG = "Something went wrong on my side; please try again."
NOT_REACHED = "I could not reach Telegram for that; please try again in a minute."
DISK = "I could not save that: the disk refuses it. Please tell the person who runs me, and try again later."
ADMINS_ONLY = (
    "Only the people who run this bot can do that. You help most with Right and Wrong below my answers."
)
RETRAIN_HOW = (
    "Send /retrain to learn from new corrections, or <code>/retrain full</code> to fit the whole network."
)
EXPLAINED = "I have just shown you why: the picture is below my answer, or about to come."
NO_MORE_THANKS = "I will not tell you any more when your pictures help."
THANKS_AGAIN = "I will tell you when your pictures help."
FORGET_ASK = (
    "Shall I delete everything that you sent: my answers, your corrections and the pictures kept to learn "
    "from? This cannot be undone."
)
FORGET_KEPT = "Nothing was deleted."

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
            known = [name(each, locale) for each, _ in stored.scores if each != NONE]
            return f"{_headline(stored, locale)}\n\nI know: {', '.join(shortened(known))}.{ask}"


def why(stored: Answer, where: str, model: str, locale: str) -> str:
    """What the picture behind [Why?] shows.

    Args:
        stored: What the model said.
        where: The place in words, as `model.why.where` gives it.
        model: The version that was asked now, which may be another one than the one that answered.
        locale: The reader's language, for the names of currencies.
    """
    what = "none of the currencies I know" if stored.label == NONE else name(stored.label, locale)
    caption = f"Bright orange is what makes me think it is <b>{what}</b>, {where}."
    if model == stored.model:
        return caption
    return f"{caption} My answer came from model {escape(stored.model)}; this is how {escape(model)} sees it."


def question(stored: Answer, locale: str) -> str:
    """Ask which class it is, with the numbers that a reply can use."""
    lines = []
    for number, label in numbered(stored):
        mine = " (my answer)" if label == stored.label and stored.verdict is not Verdict.UNSURE else ""
        lines.append(f"{number}. {name(label, locale)}{mine}")
    ask = "Which one is it? Press it, or reply with its name or number; with its name too if it is not here."
    return "\n".join([f"{_headline(stored, locale)}\n\n{ask}", *shortened(lines, 2500)])


def choices(stored: Answer) -> list[str]:
    """The classes that a stored answer can be corrected to, in the order of their numbers.

    The order is that of the stored scores and never changes; "none of these" is added where the model
    does not know it, then what was opened in the chat. A class may be there twice: its first number is the
    one to show.
    """
    labels = [label for label, _ in stored.scores]
    return [*labels, *(() if NONE in labels else (NONE,)), *stored.opened]


def numbered(stored: Answer) -> list[tuple[int, str]]:
    """The classes that a stored answer can be corrected to, each once, with the number to show."""
    options = choices(stored)
    return [(number, label) for number, label in enumerate(options, 1) if options.index(label) == number - 1]


def name(label: str, locale: str) -> str:
    """A class as people call it, escaped."""
    return escape(plain_name(label, locale))


def plain_name(label: str, locale: str) -> str:
    """A class as people call it, for buttons, which hold plain text."""
    return "None of these" if label == NONE else display_name(label, locale)


def percent(share: float) -> str:
    """A probability in whole percent, never 100 %: no photo settles it."""
    whole = round(100 * share)
    return "under 1 %" if whole < 1 else f"{min(whole, 99)} %"


def which_one(labels: Sequence[str], locale: str) -> str:
    """Ask back when a word fits several classes."""
    names = ", ".join(shortened([name(label, locale) for label in labels]))
    return f"Which one do you mean: {names}? Please reply with the whole name."


def not_understood(stored: Answer, locale: str) -> str:
    """Say which replies are understood."""
    names = ", ".join(name(label, locale) for label in choices(stored)[:BEST])
    return (
        "I did not understand that. Reply with <code>right</code>, <code>wrong</code>, <code>undo</code> "
        f"or the name of the currency, such as {names}."
    )


def about(card: Card | None) -> str:
    """Which model answers and how good it is."""
    genuine = (
        "A photo cannot tell whether a note is genuine, and neither can I. Where it matters, feel the "
        "paper, look at the watermark, ask a bank."
    )
    if card is None:
        return f"The model is still loading; ask again in a few seconds.\n\n{genuine}"
    labels = [label for label in card.labels if label != NONE]
    known = [name(label, "en") for label in labels]
    kinds = "currencies" if all(map(currency_code, labels)) else "kinds of money"
    lines = [
        f"Model <b>{escape(card.version)}</b> ({escape(card.architecture)}) of {escape(card.created[:10])}.",
        f"It knows {len(known)} {kinds}: {', '.join(shortened(known))}.",
    ]
    if (accuracy := card.figures.get("accuracy")) is not None:
        lines.append(
            f"On {_count(card)} photos that it never learned from, it was right {measured(accuracy)} of the "
            "time."
        )
    recalls = card.figures.get("recall") or {}
    if measured_ones := {label: share for label, share in recalls.items() if share is not None}:
        each = [f"{_said(label, 'en')} {measured(share)}" for label, share in measured_ones.items()]
        lines.append(f"One by one: {', '.join(shortened(each))}.")
    lines.append("I answer without asking back only where that is right at least 9 times in 10.")
    return "\n".join(lines) + f"\n\n{genuine}"


def measured(share: float) -> str:
    """A measured share in percent; it may well be 100 %, of the pictures it was measured on."""
    return f"{100 * share:.0f} %"


def stats(mine: Figures) -> str:
    """What one person did."""
    sent, given = sum(mine.predictions.values()), sum(mine.labels.values())
    if not sent:
        return "You have not sent a photo yet. Send one, and I say which currency it is."
    lines = [f"You sent {counted(sent, 'photo')}."]
    if given:
        lines.append(f"You told me about {given}, and I had been right about {mine.agreed}.")
    if waiting := mine.labels.get("pending", 0):
        lines.append(f"Still waiting for review: {waiting}.")
    return "\n".join(lines)


def stats_of_all(
    everybody: Figures, kept: Mapping[str, int], pending: Mapping[str, int], waiting: int
) -> str:
    """What everybody did, for those who run the bot."""
    verdicts = everybody.predictions
    given = sum(everybody.labels.values())
    lines = [
        f"<b>Everybody</b>: {counted(everybody.users, 'user')}, {counted(sum(verdicts.values()), 'photo')} "
        f"({verdicts.get('sure', 0)} sure, {verdicts.get('unsure', 0)} unsure, {verdicts.get('none', 0)} "
        "none of the known currencies).",
        f"{counted(given, 'label')}; the model had been right about {everybody.agreed}.",
        f"<b>Data set</b>: {by_class(kept) or 'empty so far'}.",
        f"<b>Waiting for review</b>: {by_class(pending) or 'nothing'}.",
    ]
    if waiting:
        lines[-1] += f" {counted(waiting, 'picture waits', 'pictures wait')} for /review."
    return "\n".join(lines)


def helped(pictures: int, version: str) -> str:
    """Tell somebody that their pictures are in the model that answers now."""
    return f"{pictures} of your pictures helped: model <b>{escape(version)}</b> answers now. Thank you!"


def forgotten(photos: int, pictures: int) -> str:
    """Say what was deleted."""
    if not photos and not pictures:
        return "Nothing that you sent is kept here any more."
    return (
        f"Deleted: what I kept about {counted(photos, 'photo')}, and {counted(pictures, 'picture')} from "
        "the data set. You are a stranger to me again."
    )


def by_class(counts: Mapping[str, int]) -> str:
    """Counts by class in one line, most first: "12 Euro, 3 Yen"."""
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(shortened([f"{count} {name(label, 'en')}" for label, count in ranked if count]))


def shortened(items: Sequence[str], room: int = 1000) -> list[str]:
    """As many of `items` as fit into `room` characters, then how many more there are.

    A message holds 4096 characters, and a model may know hundreds of classes.
    """
    shown: list[str] = []
    for item in items:
        room -= len(item) + 2
        if shown and room < 0:
            return [*shown, f"and {len(items) - len(shown)} more"]
        shown.append(item)
    return shown


def counted(number: int, noun: str, many: str = "") -> str:
    """A number with its noun: "1 photo", "2 photos"; `many` where that is no mere "s"."""
    return f"{number} {noun}" if number == 1 else f"{number} {many or noun + 's'}"


def _headline(stored: Answer, locale: str) -> str:
    match stored.verdict:
        case Verdict.SURE:
            return f"<b>{name(stored.label, locale)}</b> — {percent(stored.confidence)} sure"
        case Verdict.UNSURE if stored.confidence > LOOKS_CERTAIN and stored.label == NONE:
            return "I am not sure. It is probably <b>none of the currencies I know</b>."
        case Verdict.UNSURE if stored.confidence > LOOKS_CERTAIN:
            best = name(stored.label, locale)
            return f"I am not sure. <b>{best}</b> fits best, but I may not know this kind of money."
        case Verdict.UNSURE:
            shares = ", ".join(f"{_said(label, locale)} {percent(p)}" for label, p in stored.scores[:BEST])
            return f"I am not sure. {shares[:1].upper()}{shares[1:]}."
        case Verdict.NONE:
            return f"This is <b>none of the currencies I know</b> — {percent(stored.confidence)} sure"


def _said(label: str, locale: str) -> str:
    """A class within a sentence, where "none of these" would leave open what these are."""
    return "no currency I know" if label == NONE else name(label, locale)


def _thanks(label: Label, locale: str) -> str:
    if label.beside:
        return (
            f"Thank you! Somebody has already checked this photo, and it is kept as "
            f"<b>{name(label.beside, locale)}</b>. Your <b>{name(label.label, locale)}</b> waits until "
            "somebody has looked at it again."
        )
    saved = f"Saved as <b>{name(label.label, locale)}</b>. Thank you!"
    when = "Somebody looks at it before I learn from it."
    if label.place == "dataset":
        when = "I learn from it at the next training."
    ask = f"\n\n{naming_texts.named(label.suggestion, locale)}" if label.label == NONE else ""
    return f"{saved} {when}{ask}"


def _count(card: Card) -> str:
    counts = card.figures.get("count")
    return str(sum(counts.values())) if isinstance(counts, Mapping) else "held-out"
