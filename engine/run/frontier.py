"""Who may start, who never will, and why: semantics.md S1 and S3 as a pure state machine over integers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Literal, NamedTuple

from engine.base.tuples import maker
from engine.plan.plan import Plan, PlanNode, PlanPort

PENDING: Final = ""
OPEN, LIVE, BENIGN, FAILED = 0, 1, 2, 3
"""Fates of an edge: not settled, `live`, `dead:benign`, `dead:failed`."""

SkipReason = Literal["not_chosen", "muted", "upstream_failed", "race_lost", "cancelled", "run_failed", "breaker"]


class EdgeFate(NamedTuple):
    """An edge was settled."""

    edge: int
    fate: int


class Ready(NamedTuple):
    """A node may start. Its join, if it has one, has fired."""

    node: int


class Skipped(NamedTuple):
    """A node will never run. `by` is the failed node that all came from, where the reason is `upstream_failed`."""

    node: int
    reason: SkipReason
    by: int | None = None


class Conflict(NamedTuple):
    """Two live edges reached a port that takes one: the node fails with `port_conflict`."""

    node: int
    edges: tuple[int, int]


class Late(NamedTuple):
    """A live edge reached a join that had fired already."""

    node: int
    edge: int


Step = EdgeFate | Ready | Skipped | Conflict | Late

_edge_fate: Final = maker(EdgeFate)
_ready: Final = maker(Ready)


class Frontier:
    """The state of one scope. Statuses and fates only; values stand elsewhere.

    Args:
        plan: the graph made ready.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.status: list[str] = [PENDING] * len(plan.nodes)
        self.decided = [False] * len(plan.nodes)
        self.fates = bytearray(len(plan.edges))
        self._open = [*plan.incoming]
        self._live_at_join: dict[int, int] = {}
        self._blockers: dict[int, int] = {}
        """For each node that a failure kept from running, the node that failed."""
        self.unsettled = len(plan.nodes)
        self.fired: dict[int, tuple[int, ...]] = {}
        """The first k live edges of each race or quorum; what came later is late (S3)."""

    def start(self) -> list[Step]:
        """Decides the nodes that wait for nothing."""
        steps: list[Step] = []
        for node in self._plan.nodes:
            if not node.incoming:
                self.decided[node.index] = True
                steps.append(Skipped(node.index, "muted") if node.aside == "muted" else Ready(node.index))
                if node.aside == "muted":
                    steps.extend(self.settle(node.index, "skipped"))
        return steps

    def settle(self, node: int, status: str, live_ports: Collection[str] = ()) -> list[Step]:
        """A node reached its terminal status; everything that follows from it, in order.

        Args:
            status: ok, handled, failed, cancelled (or skipped, for one that was never decided by the frontier).
            live_ports: the ports whose edges carry a value.

        Returns:
            Fates of edges, nodes that may start, nodes skipped by it (already settled here), conflicts.
        """
        nodes, edges, fates = self._plan.nodes, self._plan.edges, self.fates
        steps: list[Step] = []
        work = [(node, FAILED if status == "failed" else BENIGN, live_ports)]
        self._end(node, status)
        while work:
            source, dead_fate, ports = work.pop()
            for index in nodes[source].outgoing:
                edge = edges[index]
                fates[index] = fate = LIVE if edge.source_port in ports else BENIGN if edge.delegates else dead_fate
                steps.append(_edge_fate((index, fate)))
                decision = self._arrived(edge.target, index, fate)
                if decision is None:
                    continue
                steps.append(decision)
                if type(decision) is Skipped:
                    self._end(decision.node, "skipped")
                    work.append((decision.node, FAILED if decision.reason == "upstream_failed" else BENIGN, ()))
        return steps

    def drop(self, node: int, status: str) -> None:
        """Settles a node whose successors do not matter any more (a cancelled or failed run)."""
        self._end(node, status)

    def pending(self) -> list[int]:
        """Nodes that are not settled, in file order."""
        return [index for index, status in enumerate(self.status) if status == PENDING]

    def live_edges(self, port: PlanPort) -> list[int]:
        """The live edges into a port, in edge order."""
        return [edge for edge in port.edges if self.fates[edge] == LIVE]

    def taken_edges(self, node: PlanNode, position: int) -> Sequence[int]:
        """The edges whose values a node runs with at one of its ports, in edge order."""
        if node.join is not None and position == node.join.port:
            return self.fired[node.index]
        return self.live_edges(node.ports[position])

    def losers(self, join: int) -> list[int]:
        """The unsettled ancestors of a join that fired which lead nowhere else, the nearest to it first (S3)."""
        nodes, edges = self._plan.nodes, self._plan.edges
        found: dict[int, None] = {}
        work = [join]
        while work:
            for index in nodes[work.pop()].incoming:
                source = edges[index].source
                if self.status[source] == PENDING and source not in found:
                    found[source] = None
                    work.append(source)
        while True:
            elsewhere = [node for node in found if not self._leads_only_to(node, join, found)]
            if not elsewhere:
                return sorted(found, key=lambda node: nodes[node].rank)
            for node in elsewhere:
                del found[node]

    def _leads_only_to(self, node: int, join: int, among: Collection[int]) -> bool:
        targets = (self._plan.edges[edge].target for edge in self._plan.nodes[node].outgoing)
        return all(target == join or target in among or self.status[target] != PENDING for target in targets)

    def _end(self, node: int, status: str) -> None:
        assert self.status[node] == PENDING, "a terminal status never changes (S1)"
        self.status[node] = status
        self.decided[node] = True
        self.unsettled -= 1

    def _arrived(self, target: int, edge: int, fate: int) -> Step | None:
        """Counts an edge that was settled at its target and decides the target when the time has come."""
        self._open[target] -= 1
        node = self._plan.nodes[target]
        if node.join is not None and fate == LIVE and self._plan.edges[edge].port == node.join.port:
            self._live_at_join[target] = live = self._live_at_join.get(target, 0) + 1
            if live == node.join.k:
                self.fired[target] = tuple(self.live_edges(node.ports[node.join.port]))
            elif target in self.fired:  # late, even while the race still waits for its other ports
                return Late(target, edge)
        if self.decided[target]:
            return Late(target, edge) if fate == LIVE and node.join is not None else None
        if self._open[target] and not self._may_fire_early(node):
            return None
        decision = self._decide(node)
        self.decided[target] = True
        return decision

    def _may_fire_early(self, node: PlanNode) -> bool:
        """A race or quorum has its live edges, and every other port is settled (S3)."""
        if node.join is None or self._live_at_join.get(node.index, 0) < node.join.k:
            return False
        others = (port for i, port in enumerate(node.ports) if i != node.join.port)
        return all(self.fates[edge] != OPEN for port in others for edge in port.edges)

    def _decide(self, node: PlanNode) -> Step:
        blocked = False
        by: int | None = None
        conflict: Conflict | None = None
        for position, port in enumerate(node.ports):
            fates = [self.fates[edge] for edge in port.edges]
            live, bad = fates.count(LIVE), FAILED in fates
            if not port.many and live > 1:
                first, second = self.live_edges(port)[:2]
                conflict = conflict or Conflict(node.index, (first, second))
            if not port.blocks:
                continue
            enough = node.join.k if node.join is not None and position == node.join.port else 1
            if live < enough or (bad and not port.tolerant):
                blocked = True
                if bad and by is None:
                    source = self._plan.edges[port.edges[fates.index(FAILED)]].source
                    by = self._blockers[node.index] = self._blockers.get(source, source)
        if by is not None:
            return Skipped(node.index, "upstream_failed", by)
        if blocked:
            return Skipped(node.index, "muted" if node.aside == "muted" else "not_chosen")
        if node.aside == "muted":
            return Skipped(node.index, "muted")
        if node.join is not None:  # where its branches are optional it may run with fewer
            self.fired.setdefault(node.index, tuple(self.live_edges(node.ports[node.join.port])))
        return conflict or _ready((node.index,))
