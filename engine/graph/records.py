"""The records that a graph is made of. All are immutable; unknown keys of the file travel along in `extra`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = Mapping[str, Any]
"""A JSON object that nobody mutates."""
Aside = Literal["", "muted", "bypassed"]
"""How a node stands aside in a run: not at all, it is skipped, or it passes on what it is given (README, Mute)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a graph. `config` is as in the file: the kind judges it, the document only keeps it."""

    id: str
    kind: str
    title: str = ""
    config: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    aside: Aside = ""

    @property
    def name(self) -> str:
        """What people read: the title, or the id where there is none."""
        return self.title or self.id


@dataclass(frozen=True, slots=True)
class Edge:
    """Joins an output port to an input port. Its place among the edges is meaning (semantics.md S1)."""

    source: str
    source_port: str
    target: str
    target_port: str
    extra: Json = field(default_factory=dict)

    @property
    def start(self) -> str:
        """`node.port` where it begins."""
        return f"{self.source}.{self.source_port}"

    @property
    def end(self) -> str:
        """`node.port` where it ends."""
        return f"{self.target}.{self.target_port}"

    @property
    def key(self) -> str:
        """Its identity in the graph: two edges never join the same two ports."""
        return f"{self.source}.{self.source_port}->{self.target}.{self.target_port}"


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled box drawn behind nodes. `rect` is x, y, width, height in canvas units."""

    id: str
    title: str
    rect: tuple[float, float, float, float]
    color: str = ""
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """Free text on the canvas. `rect` is x, y, width, height in canvas units."""

    id: str
    text: str
    rect: tuple[float, float, float, float]
    extra: Json = field(default_factory=dict)


ON_FAILURE: Final = ("continue", "drain", "fail_fast")
"""What happens to the rest of a run after a failure (S1)."""
ON_BUDGET: Final = ("pause", "ask", "cheaper")
"""What happens at a cap (S9)."""


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """The graph's own limits for a run, read from `settings` with their defaults."""

    on_failure: str = "continue"
    budget_usd: float | None = None
    budget_tokens: int | None = None
    on_budget: str = "pause"
    concurrency: int = 16
