"""What the commands for everybody say. Pure: values in, HTML for Telegram out."""

from collections.abc import Mapping
from html import escape

from bot import texts
from bot.store.rows import Figures
from model.card import Card
from model.labels import currency_code
from model.prediction import NONE

START = (
    "Send me a photo of a banknote, and I tell you which currency it is – not the amount, and not whether it "
    "is genuine. Coins I have hardly learned yet, so I may take them for nothing I know.\n\n"
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
    "more. The photo itself stays in your chat, with Telegram. What you send is written down as it comes and "
    "crossed out when I am done with it, in case I am stopped meanwhile.\n"
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
NAMELESS = "I cannot tell who you are; please write as yourself rather than as the group or a channel."
FORGET_ASK = (
    "Shall I delete everything that you sent: my answers, your corrections and the pictures kept to learn "
    "from? This cannot be undone."
)
FORGET_KEPT = "Nothing was deleted."


def about(card: Card | None) -> str:
    """Which model answers and how good it is."""
    genuine = (
        "A photo cannot tell whether a note is genuine, and neither can I. Where it matters, feel the "
        "paper, look at the watermark, ask a bank."
    )
    if card is None:
        return f"The model is still loading; ask again in a few seconds.\n\n{genuine}"
    labels = [label for label in card.labels if label != NONE]
    known = [texts.name(label, "en") for label in labels]
    kinds = "currencies" if all(map(currency_code, labels)) else "kinds of money"
    lines = [
        f"Model <b>{escape(card.version)}</b> ({escape(card.architecture)}) of {escape(card.created[:10])}.",
        f"It knows {len(known)} {kinds}: {', '.join(texts.shortened(known))}.",
    ]
    if (accuracy := card.figures.get("accuracy")) is not None:
        lines.append(
            f"On {_count(card)} photos that it never learned from, it was right {texts.measured(accuracy)} "
            "of the time."
        )
    recalls = card.figures.get("recall") or {}
    if measured_ones := {label: share for label, share in recalls.items() if share is not None}:
        each = [
            f"{texts.said(label, 'en')} {texts.measured(share)}" for label, share in measured_ones.items()
        ]
        lines.append(f"One by one: {', '.join(texts.shortened(each))}.")
    lines.append("I answer without asking back only where that is right at least 9 times in 10.")
    return "\n".join(lines) + f"\n\n{genuine}"


def stats(mine: Figures) -> str:
    """What one person did."""
    sent, given = sum(mine.predictions.values()), sum(mine.labels.values())
    if not sent:
        return "You have not sent a photo yet. Send one, and I say which currency it is."
    lines = [f"You sent {texts.counted(sent, 'photo')}."]
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
        f"<b>Everybody</b>: {texts.counted(everybody.users, 'user')}, "
        f"{texts.counted(sum(verdicts.values()), 'photo')} "
        f"({verdicts.get('sure', 0)} sure, {verdicts.get('unsure', 0)} unsure, {verdicts.get('none', 0)} "
        "none of the known currencies).",
        f"{texts.counted(given, 'label')}; the model had been right about {everybody.agreed}.",
        f"<b>Data set</b>: {texts.by_class(kept) or 'empty so far'}.",
        f"<b>Waiting for review</b>: {texts.by_class(pending) or 'nothing'}.",
    ]
    if waiting:
        lines[-1] += f" {texts.counted(waiting, 'picture waits', 'pictures wait')} for /review."
    return "\n".join(lines)


def forgotten(photos: int, pictures: int) -> str:
    """Say what was deleted."""
    if not photos and not pictures:
        return "Nothing that you sent is kept here any more."
    return (
        f"Deleted: what I kept about {texts.counted(photos, 'photo')}, "
        f"and {texts.counted(pictures, 'picture')} from the data set. You are a stranger to me again."
    )


def _count(card: Card) -> str:
    counts = card.figures.get("count")
    return str(sum(counts.values())) if isinstance(counts, Mapping) else "held-out"
