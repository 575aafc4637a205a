"""Lets a model decide between branches: pick one, write one from all, or settle what contradicts itself (S4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from engine.agents.parts import FENCE, Judge, Part, fenced, groups_of, side_by_side, too_long
from engine.agents.reducing import fitting
from engine.models.tokens import estimate_tokens

MOST: Final = 50
"""Parts to pick from, or contradictions to settle, in one question: servers limit what a schema may list."""
PICK: Final = "You judge. Choose the best of the parts that follow."
WRITE: Final = (
    "You judge and write. Make one text of the parts that follow: keep what is best in them, and where they "
    "contradict each other, decide and say so."
)
SETTLE: Final = (
    "You settle contradictions. Several sources say different things at one place. For each place choose the source "
    "that is most likely right."
)
REASON: Final[dict[str, Any]] = {"type": "string", "description": "Why, in one sentence."}


class Picked(NamedTuple):
    """The label of the part that was chosen, or the label of the source that was followed, and why."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A place at which sources say different things: the first label that says so -> what it says, as text."""

    place: str
    says: dict[str, str]

    @property
    def tokens(self) -> int:
        """About how many tokens it costs to show."""
        return FENCE + sum(estimate_tokens(text) + FENCE for text in self.says.values())


async def pick(judge: Judge, parts: Sequence[Part]) -> Picked:
    """The best of some parts; those that do not fit into one request compete in groups, level by level.

    Raises:
        NodeError: `context`: two parts cannot be shown together; else why the models failed.
    """
    left, by_label, done = list(parts), {part.label: part for part in parts}, 0
    while True:
        groups = groups_of(left, judge.room, MOST)
        alone = next((group for group in groups if group[0].tokens > judge.room), None)
        if alone or (len(groups) > 1 and all(len(group) == 1 for group in groups)):
            raise too_long(alone or left, judge.room)
        contests = [group for group in groups if len(group) > 1]
        judge.told(done, done + len(contests), "judges")
        winners = iter(await side_by_side([_best(judge, group) for group in contests]))
        done += len(contests)
        picked = [next(winners) if len(group) > 1 else Picked(group[0].label, "") for group in groups]
        judge.told(done, done, "judges")
        if len(picked) == 1:
            return picked[0]
        left = [by_label[winner.label] for winner in picked]


async def _best(judge: Judge, parts: Sequence[Part]) -> Picked:
    labels = [part.label for part in parts]
    schema = _object(choose={"type": "string", "enum": labels, "description": "The label of the best part."})
    data = await judge.answer(PICK, f"Judge which of these parts is the best.\n\n{fenced(parts)}", schema)
    return Picked(data["choose"], data["reason"])


async def write(judge: Judge, parts: Sequence[Part]) -> tuple[str, str]:
    """One text made of all parts, and the reason for what was decided; parts that do not fit are condensed before.

    Raises:
        NodeError: why the models failed, or `context` when the parts do not get shorter.
    """
    shown = await fitting(judge, parts)
    schema = _object(text={"type": "string", "description": "The one text."})
    data = await judge.answer(WRITE, f"Write one text of these parts.\n\n{fenced(shown)}", schema)
    return data["text"], data["reason"]


async def settle(judge: Judge, disputes: Sequence[Dispute]) -> list[Picked]:
    """Who is followed at each place: all of them in one question, or in as few as they fit into.

    Raises:
        NodeError: `context`: one place alone is too long; else why the models failed.
    """
    batches: list[list[Dispute]] = []
    left = 0
    for dispute in disputes:
        if dispute.tokens > judge.room:
            raise too_long([Part(dispute.place, " ".join(dispute.says.values()))], judge.room)
        if not batches or dispute.tokens > left or len(batches[-1]) >= MOST:
            batches.append([])
            left = judge.room
        batches[-1].append(dispute)
        left -= dispute.tokens
    settled = await side_by_side([_settled(judge, batch) for batch in batches])
    return [picked for batch in settled for picked in batch]


async def _settled(judge: Judge, disputes: Sequence[Dispute]) -> list[Picked]:
    names = [f"place_{number}" for number in range(1, len(disputes) + 1)]
    shown: list[Part] = []
    wanted: dict[str, Any] = {}
    for name, dispute in zip(names, disputes, strict=True):
        choose = {"type": "string", "enum": list(dispute.says), "description": f"Who is right at “{dispute.place}”."}
        wanted[name] = _object(choose=choose)
        shown += [Part(f"{name} {dispute.place}, says {label}", text) for label, text in dispute.says.items()]
    schema = {"type": "object", "properties": wanted, "required": names, "additionalProperties": False}
    prompt = f"Choose whom to follow at each of these places.\n\n{fenced(shown)}"
    data = await judge.answer(SETTLE, prompt, schema)
    return [Picked(data[name]["choose"], data[name]["reason"]) for name in names]


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    fields = {**properties, "reason": REASON}
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
