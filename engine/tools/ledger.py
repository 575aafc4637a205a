"""Who read and who wrote which version of what in one run: stale writes and nodes that meet are found here (S14). Pure.

A version is what the content is known by: the digest of a file, or, where nobody can look at the content, how often the
run has written it. The empty version is the one of what is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Did = Literal["read", "wrote"]
Before = Callable[[str, str], bool]
"""Whether a node (by key) comes before another one in the graph, so that it cannot run beside it."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A node (by key) has read or written a resource; `version` is what it saw, or what it left."""

    node: str
    resource: str
    version: str
    wrote: bool = False

    @property
    def did(self) -> Did:
        return "wrote" if self.wrote else "read"


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two nodes of which neither waits for the other have met at a resource; `other` was there first."""

    mine: Touched
    other: Touched

    def record(self, outcome: str, told: str) -> dict[str, Any]:
        """It as the data of the event `conflict.detected`. `told` is the resource as people read it."""
        sides = [{"node": side.node, "did": side.did, "version": side.version} for side in (self.other, self.mine)]
        doing = "writes" if self.mine.wrote else "reads"
        wrote = "wrote" if self.other.wrote else "has read"
        why = f"{self.mine.node} {doing} what {self.other.node} {wrote}, and neither waits for the other"
        return {"resource": told, "sides": sides, "why": why, "outcome": outcome}


@dataclass(slots=True)
class _Entry:
    """What is known of one resource: the latest touch of each node, in the order of time."""

    latest: dict[str, Touched] = field(default_factory=dict)
    writers: dict[str, Touched] = field(default_factory=dict)
    writes: int = 0


class Ledger:
    """The ledger of one run.

    Args:
        before: the order of the nodes in the graph.
        past: what earlier sessions of the run have noted, in order (S11).
    """

    def __init__(self, before: Before = lambda _one, _other: False, past: Iterable[Touched] = ()) -> None:
        self._before = before
        self._entries: dict[str, _Entry] = {}
        self._told: set[tuple[str, str, Did, Did]] = set()
        for touched in past:
            self._meeting(touched)
            self._enter(touched)

    def count(self, resource: str) -> str:
        """The version of what nobody can look at: how often this run has written it; "" for never."""
        entry = self._entries.get(resource)
        return str(entry.writes) if entry is not None and entry.writes else ""

    def knows(self, node: str, resource: str, version: str) -> bool:
        """Whether a node knows the present version: it saw or made it last, or one that comes before it did."""
        if not version:
            return True
        entry = self._entries.get(resource)
        if entry is None:
            return False
        mine = entry.latest.get(node)
        if mine is not None and mine.version == version:
            return True
        return any(touched.version == version and self._before(other, node) for other, touched in entry.latest.items())

    def saw(self, node: str, resource: str) -> str | None:
        """The version that a node has read or made last; None when it never did."""
        entry = self._entries.get(resource)
        found = entry.latest.get(node) if entry is not None else None
        return None if found is None else found.version

    def writer(self, resource: str, version: str) -> str:
        """The node that made a version; "" when it was none of this run."""
        entry = self._entries.get(resource)
        found = [node for node, touched in entry.writers.items() if touched.version == version] if entry else []
        return found[-1] if found else ""

    def note(self, touched: Touched) -> Meeting | None:
        """Enters what a node did. The unordered node that it met there, if this was not told before (S14)."""
        meeting = self._meeting(touched)
        self._enter(touched)
        return meeting

    def _enter(self, touched: Touched) -> None:
        entry = self._entries.setdefault(touched.resource, _Entry())
        found = (entry.latest, entry.writers) if touched.wrote else (entry.latest,)
        for by_node in found:
            by_node.pop(touched.node, None)
            by_node[touched.node] = touched
        entry.writes += touched.wrote

    def _meeting(self, touched: Touched) -> Meeting | None:
        entry = self._entries.get(touched.resource)
        if entry is None:
            return None
        others: list[Mapping[str, Touched]] = [entry.writers, *([entry.latest] if touched.wrote else [])]
        for found in others:
            for node, other in reversed(tuple(found.items())):
                if node != touched.node and not (self._before(node, touched.node) or self._before(touched.node, node)):
                    about = (touched.node, touched.resource, touched.did, other.did)
                    if about in self._told:
                        return None
                    self._told.add(about)
                    return Meeting(touched, other)
        return None
