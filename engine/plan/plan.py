"""A graph made ready to run, as data: nodes and edges by index, what each port takes, plans inside plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.graph.records import Aside
from engine.kinds.contract import NodeConfig
from engine.kinds.registry import AnyKind


@dataclass(slots=True)
class PlanEdge:
    """An edge by the indices of its nodes; `port` is the index of its end among the target's wired ports."""

    index: int
    key: str
    source: int
    source_port: str
    target: int
    target_port: str
    port: int = 0
    delegates: bool = False
    """It joins a specialist to its manager: it is live when the manager has used it, and a failure ends there (S7)."""


@dataclass(frozen=True, slots=True)
class PlanPort:
    """A wired input port. `blocks`: without a live edge the node is skipped (S1); `tolerant`: failed edges count as
    missing (S3)."""

    name: str
    many: bool
    blocks: bool
    tolerant: bool
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """A join that may fire before all its edges are settled (S3): on the `k`-th live edge into `port`."""

    port: int
    k: int
    cancel_losers: bool


@dataclass(slots=True)
class PlanNode:
    """A node made ready: parsed config, wired ports, edges by index, and its rank among ready nodes."""

    index: int
    id: str
    title: str
    kind: AnyKind
    config: NodeConfig
    ports: tuple[PlanPort, ...] = ()
    missing_names: tuple[str, ...] = ()
    """Input ports with no edge: their value reads as empty text."""
    incoming: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    join: Join | None = None
    handles_errors: bool = False
    rank: int = 0
    """Nodes on the longest way from here to an end; the longest starts first (S1)."""
    instant: bool = False
    """Its work never waits for anything: it needs no task."""
    holds_slot: bool = True
    """Whether it counts among the nodes that run at once: containers never do (S5)."""
    absorbed: bool = False
    """A failure of it is taken by tolerant or optional ports only."""
    aside: Aside = ""
    """A muted one is skipped whatever reaches it, a bypassed one passes it on."""
    leads_on: bool = False
    """It has edges that carry values; those of a team do not."""
    capped: bool = False
    """It has a budget of its own (S9)."""
    fed: str = ""
    """The port at which a specialist gets its brief from its scope (S7)."""


@dataclass(frozen=True)
class Plan:
    """A graph made ready. `inputs` and `outputs` map names to nodes; `bodies` holds the plans of containers.

    `teams` holds, for each manager, the plan of each of its specialists by id: the specialist is its first node.
    """

    nodes: tuple[PlanNode, ...]
    edges: tuple[PlanEdge, ...]
    inputs: Mapping[str, int] = field(default_factory=dict)
    outputs: Mapping[str, int] = field(default_factory=dict)
    bodies: Mapping[int, Plan] = field(default_factory=dict)
    teams: Mapping[int, Mapping[str, Plan]] = field(default_factory=dict)
    folder: str = ""
    """Where the graph's file stands, counted from the outermost one; files that nodes name count from there."""
    servers: Mapping[str, Any] = field(default_factory=dict)
    """The tool servers that its nodes may use beside those of the settings: its own, and those of the graph that it is
    drawn in; a graph from another file brings its own."""

    @cached_property
    def incoming(self) -> tuple[int, ...]:
        """How many edges lead to each node."""
        return tuple([len(node.incoming) for node in self.nodes])

    @cached_property
    def height(self) -> int:
        """How many graphs stand inside each other here, itself among them."""
        return 1 + max((inner.height for inner in self.inside()), default=0)

    def inside(self) -> Iterator[Plan]:
        """The plans right inside this one: bodies and specialists."""
        yield from self.bodies.values()
        for team in self.teams.values():
            yield from team.values()


def after(plan: Plan, nodes: Sequence[int]) -> set[int]:
    """These nodes and all that follow from them. Pure."""
    found, work = set(nodes), list(nodes)
    while work:
        for edge in plan.nodes[work.pop()].outgoing:
            target = plan.edges[edge].target
            if target not in found:
                found.add(target)
                work.append(target)
    return found
