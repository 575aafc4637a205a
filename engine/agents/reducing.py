"""Many texts written together into one, in as many levels as the model's context asks for (S4, tree reduce)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from engine.agents.parts import LEAST_ROOM, Judge, Part, fenced, groups_of, side_by_side, split
from engine.base.errors import NodeError
from engine.models.contract import Message, ModelRequest

COMBINE: Final = (
    "You merge texts. Make one text of the parts that follow: keep every fact that matters, say things once, and "
    "where the parts contradict each other, say who says what."
)
SHARE: Final = 3
"""A text on the way is asked to take at most this part of the room, so that each level has fewer than the last."""

LEAST_GAIN: Final = 0.9
"""A text on the way must be shorter than this part of what it stands for."""


async def reduce(judge: Judge, parts: Sequence[Part]) -> str:
    """One text made of all parts; a single part is given back as it is, without a call.

    Raises:
        NodeError: why the models failed, or `context` when the parts do not get shorter.
    """
    return parts[0].text if len(parts) == 1 else await _made_one(judge, parts, None)


async def _made_one(judge: Judge, parts: Sequence[Part], words: int | None) -> str:
    """One text of parts; a model that says they are too long is shown half as much at a time."""
    shown = await fitting(judge, parts)
    try:
        return await _combined(judge, shown, words)
    except NodeError as error:
        if error.error_class != "context" or judge.room < 2 * LEAST_ROOM:
            raise
        return await _made_one(replace(judge, room=judge.room // 2), shown, words)


async def fitting(judge: Judge, parts: Sequence[Part]) -> list[Part]:
    """Parts that fit into one request: as they are, or condensed group by group, level by level, in edge order.

    Raises:
        NodeError: as `reduce`.
    """
    left, level, done = list(parts), 0, 0
    while sum(part.tokens for part in left) > judge.room:
        level += 1
        pieces = [piece for part in left for piece in split(part, judge.room)]
        groups = groups_of(pieces, judge.room)
        if all(len(group) == 1 for group in groups):
            work = [group[0].tokens > judge.room // SHARE for group in groups]
        else:
            work = [len(group) > 1 for group in groups]
        judge.told(done, done + sum(work), f"level {level}: {len(pieces)} parts in {len(groups)} groups")
        jobs = [_condensed(judge, group) for group, due in zip(groups, work, strict=True) if due]
        texts = iter(await side_by_side(jobs))
        done += sum(work)
        left = [next(texts) if due else group[0] for group, due in zip(groups, work, strict=True)]
    if level:
        judge.told(done, done + 1, f"{len(left)} parts left")
    return left


async def _condensed(judge: Judge, parts: Sequence[Part]) -> Part:
    """What stands for a group on the next level, under the labels of its first and last part."""
    first, last = parts[0].label, parts[-1].label
    label = first if first == last else f"{first} to {last}"
    made = Part(label, await _made_one(judge, parts, judge.room // SHARE * 2 // 3))
    size = sum(part.tokens for part in parts)
    if made.tokens > LEAST_GAIN * size:  # each level costs money, and there would be no end of them
        raise NodeError(
            "context", f"The parts are too long for the model, and it does not shorten them ({size:,} tokens to "
            f"{made.tokens:,}).", "Take a model that reads more, or shorten them before.",
        )  # fmt: skip
    return made


async def _combined(judge: Judge, parts: Sequence[Part], words: int | None) -> str:
    """One call. `words` is the wished length of a text on the way, which is not streamed as the last one is."""
    wish = "" if words is None else f" Use at most {words} words."
    prompt = f"Merge these parts into one text.{wish}\n\n{fenced(parts)}"
    messages = (Message("system", judge.briefed(COMBINE)), Message("user", prompt))
    request = ModelRequest(messages, quiet=words is not None)
    reply = await judge.chat(judge.model, request, judge.fallback)
    if reply.finish == "refused":
        raise NodeError("refused", f"The model refused to merge: {reply.text[:200]}", "Change the instructions.")
    if not reply.text.strip():
        raise NodeError("invalid_output", "The model answered nothing when it should merge.", "Take another model.")
    return reply.text
