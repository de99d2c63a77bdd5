"""Decisions about waiting pictures: into the data set, out of it, and back. No Telegram in here.

The order is that of `bot.labels.labelling`: a picture is in its new place before the rows say so, and
leaves its old place after. Whoever calls `carry_out` holds `services.labelling`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.context import Services
from bot.labels import files
from bot.store.rows import Change, Decision, Held, Kind, Label
from model.errors import DataError, PictureError, StoreError

Fetch = Callable[[str], Awaitable[bytes]]
"""Fetches a photo by Telegram's name of it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a decision will do.

    Attributes:
        kind: How it came about.
        user_id: Who decided; None where people agreed.
        label: The class that was decided for; None to reject.
        moved: Labels that go from `pending` to the data set.
        ended: Labels that hold no more.
        brought: Labels that nobody has given yet.
    """

    kind: Kind
    user_id: int | None
    label: str | None
    moved: tuple[Held, ...] = ()
    ended: tuple[Held, ...] = ()
    brought: tuple[Label, ...] = ()


async def decide(services: Services, label_id: int, label: str | None, user_id: int) -> int | None:
    """Settle what a waiting picture shows, whoever sent it.

    Args:
        services: The parts behind the chat.
        label_id: A label on it that waits.
        label: Its class, or None to reject what was said.
        user_id: Who decides.

    Returns:
        The decision's id; None if the label no longer waits, because it was decided or taken back.

    Raises:
        DataError: The picture cannot be read or written.
        StoreError: The decision cannot be written; then nothing has changed.
    """
    async with services.labelling:
        waiting = await services.store.queue.find(label_id)
        if waiting is None:
            return None
        if label is not None:
            label = await services.store.classes.current(label)  # an older model calls it by its older name
        held = await services.store.labels.on_pictures({waiting.labels[0].said.sha256})
        return await carry_out(services, plan(held, label, user_id))


def plan(held: Sequence[Held], label: str | None, user_id: int) -> Plan:
    """Plan what the word of somebody who decides does to the labels on one picture.

    Args:
        held: Every label that holds for the picture.
        label: Its class, or None to reject what waits.
        user_id: Who decides.
    """
    waiting = tuple(each for each in held if each.said.place == "pending")
    if label is None:
        return Plan("review", user_id, None, ended=waiting)
    moved, over = divide(held, label)
    right = {each.said.prediction_id for each in held if each.said.label == label}
    wrong = tuple(each for each in held if each.said.label != label)
    bare = {each.said.prediction_id: each.said for each in wrong if each.said.prediction_id not in right}
    return Plan(
        "review",
        user_id,
        label,
        moved=moved,
        ended=(*over, *wrong),
        # Every photo of the picture has a label, so that it stays as long as one of them does.
        brought=tuple(replace(said, user_id=user_id, label=label, place="dataset") for said in bare.values()),
    )


def divide(held: Sequence[Held], label: str) -> tuple[tuple[Held, ...], tuple[Held, ...]]:
    """Say which of the waiting labels that name a class move to the data set, and which of them end.

    A photo has one label in each place. It may be in the data set as that class already, while a label of
    the same class waits: when that one was given, the classes had not been joined yet.
    """
    right = [each for each in held if each.said.label == label]
    there = {each.said.prediction_id for each in right if each.said.place == "dataset"}
    waiting = [each for each in right if each.said.place == "pending"]
    return (
        tuple(each for each in waiting if each.said.prediction_id not in there),
        tuple(each for each in waiting if each.said.prediction_id in there),
    )


async def carry_out(services: Services, wanted: Plan) -> int:
    """Do what was planned; returns the decision's id. Raises as `decide` does."""
    old = [each.said for each in (*wanted.moved, *wanted.ended)]
    new = [replace(each.said, place="dataset") for each in wanted.moved] + list(wanted.brought)
    sources, targets = ({file.sha256: file for file in each} for each in (old, new))
    async with files.announced(services, [*old, *targets.values()]):
        for sha256, file in targets.items():
            await asyncio.to_thread(_copy, services, sources[sha256], file)
        try:
            decision_id = await services.store.decisions.record(
                wanted.kind,
                wanted.user_id,
                wanted.label,
                moved=wanted.moved,
                ended=wanted.ended,
                brought=wanted.brought,
            )
        except StoreError:
            await _drop_all(services, new)
            raise
        await _drop_all(services, old)
    return decision_id


async def take_back(services: Services, decision_id: int, fetch: Fetch) -> Decision | None:
    """Undo a decision, once: what it changed is as it was, unless somebody has said otherwise since.

    Args:
        services: The parts behind the chat.
        decision_id: The decision.
        fetch: Fetches a photo again; of what was rejected nothing is kept.

    Returns:
        The decision; None if there is nothing left of it to undo.

    Raises:
        PictureError: Telegram no longer has the picture.
    """
    ahead = await _fetched(services, decision_id, fetch)  # nobody else waits for the network
    async with services.labelling:
        decision = await services.store.decisions.find(decision_id)
        changes = await services.store.decisions.changes(decision_id)
        if decision is None or decision.is_undone:
            return None
        ended = [each for each in changes if each.was is None and each.holds]
        returning = await _uncontradicted(services, await _returning(services, decision, changes), changes)
        if not (returning or ended):
            return None
        coming = [before.said for _, before in returning]
        going = [each.label for each in ended]
        going += [replace(change.label, place="dataset") for change, _ in returning if change.holds]
        async with files.announced(services, [*coming, *going]):
            for _, before in returning:
                await _bring_back(services, before.said, ahead.get(before.said.sha256))
            restored = [before for _, before in returning]
            await services.store.decisions.take_back(decision_id, restored=restored, ended=ended)
            await _drop_all(services, going)
    return decision


async def _returning(
    services: Services, decision: Decision, changes: Iterable[Change]
) -> list[tuple[Change, Held]]:
    """Find what is undone of a decision, each with the label as it was, in the class as it is called now."""
    current = services.store.classes.current
    kept_as = None if decision.label is None else await current(decision.label)
    returning = []
    for each in changes:
        label = await current(each.label.label)
        # What was moved, and put elsewhere or taken back since, stays where it is.
        if each.was and not each.is_newer and (label == kept_as if each.holds else each.was_ended):
            returning.append((each, Held(each.label_id, replace(each.label, label=label, place=each.was))))
    return returning


async def _uncontradicted(
    services: Services, returning: Sequence[tuple[Change, Held]], changes: Sequence[Change]
) -> list[tuple[Change, Held]]:
    """Let what was kept wait, if the data set holds the same file as another class since.

    One picture must not teach two classes. Where something waits on the photo already, it does not come back.
    """
    ours = {each.label_id for each in changes}
    held = await services.store.labels.on_pictures({before.said.sha256 for _, before in returning})
    others = [each.said for each in held if each.id not in ours]
    kept = {(said.sha256, said.label) for said in others if said.place == "dataset"}
    waiting = {said.prediction_id for said in others if said.place == "pending"}
    waiting |= {before.said.prediction_id for _, before in returning if before.said.place == "pending"}
    coming = []
    for change, before in returning:
        said = before.said
        is_contradicted = any(sha256 == said.sha256 and label != said.label for sha256, label in kept)
        if said.place == "pending" or not is_contradicted:
            coming.append((change, before))
        elif said.prediction_id not in waiting:
            coming.append((change, replace(before, said=replace(said, place="pending"))))
    return coming


async def _fetched(services: Services, decision_id: int, fetch: Fetch) -> dict[str, bytes]:
    """Fetch what a decision has deleted, by the SHA-256 that it had."""
    decision = await services.store.decisions.find(decision_id)
    if decision is None or decision.is_undone:
        return {}
    changes = await services.store.decisions.changes(decision_id)
    missing = {
        before.said.sha256: change.file_id
        for change, before in await _returning(services, decision, changes)
        if not await _is_here(services, before.said)
    }
    return {sha256: await fetch(file_id) for sha256, file_id in missing.items()}


async def _is_here(services: Services, file: Label) -> bool:
    if await asyncio.to_thread(services.dataset.holds, file.sha256, file.label, place=file.place):
        return True
    return bool(await asyncio.to_thread(services.dataset.labels_of, file.sha256))


async def _bring_back(services: Services, file: Label, picture: bytes | None) -> None:
    if await asyncio.to_thread(services.dataset.holds, file.sha256, file.label, place=file.place):
        return
    for label in await asyncio.to_thread(services.dataset.labels_of, file.sha256):
        kept = replace(file, label=label, place="dataset")
        await asyncio.to_thread(_copy, services, kept, file)
        return
    if picture is None:
        raise DataError("The picture was deleted just now; undo once more, please.")
    sha256 = await asyncio.to_thread(services.dataset.add, picture, file.label, place=file.place)
    if sha256 != file.sha256:
        await asyncio.to_thread(services.dataset.remove, sha256, file.label, place=file.place)
        raise PictureError("Telegram no longer has that very picture; it cannot come back.")


def _copy(services: Services, source: Label, target: Label) -> None:
    copied = services.dataset.copy(
        source.sha256,
        source.label,
        target.label,
        place=source.place,
        to_place=target.place,
    )
    if not copied:
        raise DataError(f"The picture {source.sha256}.jpg of {source.label} could not be read: it is gone.")


async def _drop_all(services: Services, labels: Iterable[Label]) -> None:
    for label in labels:
        await files.drop(services, label)
