"""A write over what its node has not seen: why it is stale, and what a person is asked about it (S13, S14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Dispute:
    """A stale write. `theirs` and `mine` are texts of a file, where `path` names one; else `mine` is the call."""

    record: Mapping[str, Any]
    name: str
    writer: str
    saw: bool
    theirs: str
    mine: str
    path: str

    @property
    def why(self) -> str:
        if self.saw:
            return f"{self.writer or 'somebody outside this run'} has changed {self.name} since you read it"
        return f"{self.name} is there{f', written by {self.writer},' if self.writer else ''} and you have not read it"

    def question(self, title: str) -> str:
        changed = f"{self.writer or 'somebody else'} has changed" if self.saw else "is there unread"
        told = f"{self.name} {changed}" if not self.saw else f"{changed} {self.name} since"
        return f"“{title}” wants to write what it has not seen as it is now: {told}. Which one holds?"

    def schema(self) -> Mapping[str, Any]:
        take = ["left", "right", *(["edit"] if self.path else [])]
        return {
            "type": "object", "required": ["take"],
            "properties": {"take": {"type": "string", "enum": take}, "text": {"type": "string"}},
        }  # fmt: skip

    def value(self) -> dict[str, Any]:
        """What a person is shown: the left side is what is there, the right side what would be written."""
        left = {"node": self.writer, "text": self.theirs}
        right = {"node": self.record["sides"][1]["node"], "text": self.mine}
        return {"resource": self.name, "left": left, "right": right, "take": "left", "text": self.mine}
