"""What arrived at the ports of a node, as the node reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.base.tuples import maker
from engine.base.values import Value, as_text
from engine.kinds.contract import Arrival
from engine.plan.plan import PlanNode
from engine.run.scope import Scope

_arrival = maker(Arrival)


class Arrived:
    """The part of `Call` that reads ports; found out when it is first asked for, since many nodes read none."""

    plan_node: PlanNode
    scope: Scope
    _ports: dict[str, list[Arrival]] | None = None

    def arrivals(self, port: str) -> Sequence[Arrival]:
        return self._arrived().get(port, ())

    def replace(self, port: str, place: int | None, value: Value) -> None:
        """Puts another value in for what arrived at a port: one arrival by its place, or all of them (None)."""
        arrived = self._arrived()[port]
        if place is None:
            arrived[:] = [arrived[0]._replace(value=value)]
        else:
            arrived[place] = arrived[place]._replace(value=value)

    def missing(self, port: str) -> Sequence[str]:
        plan, taken = self.scope.plan, {(a.source, a.port) for a in self.arrivals(port)}
        edges = [plan.edges[edge] for found in self.plan_node.ports if found.name == port for edge in found.edges]
        if len(edges) == len(taken):
            return []
        ends = [(plan.nodes[edge.source].id, edge.source_port) for edge in edges]
        times = Counter(source for source, _ in ends)
        labels = {end: end[0] if times[end[0]] == 1 else ".".join(end) for end in ends}
        return [label for end, label in labels.items() if end not in taken]

    def has(self, port: str) -> bool:
        return bool(self.arrivals(port))

    def value(self, port: str) -> Value:
        arrived = self.arrivals(port)
        if len(arrived) == 1:
            return arrived[0].value
        return "\n\n".join(as_text(arrival.value) for arrival in arrived)

    def values(self) -> dict[str, Value]:
        found = {name: self.value(name) for name in self._arrived()}
        return {**dict.fromkeys(self.plan_node.missing_names, ""), **found}

    def given(self, name: str) -> tuple[bool, Value]:
        return (True, self.scope.given[name]) if name in self.scope.given else (False, None)

    def _arrived(self) -> dict[str, list[Arrival]]:
        if self._ports is None:
            scope, plan = self.scope, self.scope.plan
            self._ports = {}
            for position, port in enumerate(self.plan_node.ports):
                edges = [plan.edges[edge] for edge in scope.frontier.taken_edges(self.plan_node, position)]
                self._ports[port.name] = [
                    _arrival((plan.nodes[e.source].id, e.source_port, scope.outputs[e.source][e.source_port]))
                    for e in edges
                ]
            if (fed := self.plan_node.fed) and fed in scope.given:
                manager = scope.owner.node if scope.owner is not None else ""
                self._ports[fed] = [_arrival((manager, "team", scope.given[fed]))]
        return self._ports
