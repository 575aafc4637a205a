"""A write over what its node has not seen: why it is stale, and what a person is asked about it (S13, S14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.kinds.contract import Call, Review

KIND = "conflict"
"""The sort of question: its value shows both sides, its answer takes one of them, or another text."""


class Side(NamedTuple):
    """Who wrote, or would write, what; `node` is "" for somebody outside the run."""

    node: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: `left` keeps what is there, `right` writes, `edit` writes `text`."""

    take: str
    text: str = ""


async def decide(call: Call[Any], words: str, resource: str, left: Side, right: Side, *, editable: bool) -> Decision:
    """Asks a person which of two sides holds; a rejection keeps what is there.

    Args:
        left: what is there.
        right: what would be written.
        editable: whether another text may be written instead.
    """
    take = ["left", "right", *(["edit"] if editable else [])]
    schema = {
        "type": "object", "required": ["take"],
        "properties": {"take": {"type": "string", "enum": take}, "text": {"type": "string"}},
    }  # fmt: skip
    shown = {"resource": resource, "left": left._asdict(), "right": right._asdict(), "take": "left", "text": right.text}
    verdict = await call.review(Review(KIND, words, schema, shown))
    answer: Any = {**shown, **(dict(verdict.form) or verdict.value or {})} if verdict.decision == "approved" else shown
    return Decision(answer["take"], answer["text"])


@dataclass(frozen=True, slots=True)
class Dispute:
    """A stale write of a tool. `theirs` and `mine` are texts of the file at `path`; without one, `mine` is the call.

    Attributes:
        record: the event `conflict.detected`, as far as it is known.
        writer: who made the present version; "" for somebody outside the run.
        saw: whether the node has read it before.
        editable: whether another text may be written instead.
    """

    record: Mapping[str, Any]
    name: str
    writer: str
    saw: bool
    theirs: str
    mine: str
    path: str
    editable: bool

    @property
    def why(self) -> str:
        if self.saw:
            return f"{self.writer or 'somebody outside this run'} has changed {self.name} since you read it"
        return f"{self.name} is there{f', written by {self.writer},' if self.writer else ''} and you have not read it"

    async def decide(self, call: Call[Any]) -> Decision:
        """Asks a person."""
        there = f"{self.writer or 'somebody else'} has changed it since" if self.saw else "it has not read it"
        words = f"“{call.title}” wants to write {self.name}, but {there}. Which one holds?"
        left, right = Side(self.writer, self.theirs), Side(call.key, self.mine)
        return await decide(call, words, self.name, left, right, editable=self.editable)
