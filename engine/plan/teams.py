"""Managers and their specialists in a plan: who stands in for a specialist among the other nodes, and the plan that a
delegation runs (semantics.md S7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from engine.base.errors import NodeError, WrongUse
from engine.graph.graph import Graph
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.plan.plan import Plan, PlanEdge, PlanNode

BRIEF: Final = Port("brief", many=True)
"""Where all delegation edges of a specialist end in the plan, whichever of its ports takes the brief."""


def team_port(specialist: str) -> str:
    """The port of a manager's outputs that says what one specialist came to: `{"outputs": ...}` or `{"error": ...}`.

    Each specialist has its own, so that those who were never asked are not chosen, by the rule of every edge (S1).
    """
    return f"team.{specialist}"


class StandIn(Kind[NodeConfig]):
    """Ends the node of a specialist once its manager has ended: with what it came to last, or its failure, which its
    manager was told of (`handled`). It is in no library."""

    name: ClassVar[str] = "specialist"
    title = "Specialist"
    group = "work"
    icon = "agent"
    hint = "works when its manager asks"
    instant = True

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((BRIEF,))

    def run_now(self, call: Call[NodeConfig]) -> Outputs:
        came_to: Mapping[str, Any] = call.arrivals(BRIEF.name)[-1].value
        if error := came_to.get("error"):
            raise NodeError(error.get("class", "internal"), str(error.get("message", "It failed.")))
        outputs: Outputs = came_to.get("outputs", {})
        return outputs


@dataclass(slots=True)
class Briefed:
    """How a specialist's own plan is made: `port` of its first node takes the brief ("" for a whole graph), and `made`
    holds what is ready already, by specialist and port: one that many managers share is made ready once."""

    port: str = ""
    made: dict[tuple[str, str], Plan] = field(default_factory=dict)


class Roster:
    """The delegation edges of one graph.

    Args:
        nodes, edges: of the graph, before they are wired; its delegation edges are led to where plans need them.

    Raises:
        WrongUse: a specialist is wired otherwise too.
    """

    def __init__(self, nodes: tuple[PlanNode, ...], edges: tuple[PlanEdge, ...]) -> None:
        self._nodes = nodes
        self._ends = {edge.key: edge.target_port for edge in edges if edge.delegates}
        self._teams: dict[int, list[PlanEdge]] = {}
        for edge in edges:
            if edge.delegates:
                self._teams.setdefault(edge.source, []).append(edge)
                edge.source_port, edge.target_port = team_port(nodes[edge.target].id), BRIEF.name
        self._specialists = {edge.target for team in self._teams.values() for edge in team}
        for edge in edges:
            if edge.target in self._specialists and not edge.delegates:
                raise WrongUse(
                    f"“{nodes[edge.target].id}” is a specialist: only its brief reaches it, but an edge leads to its "
                    f"“{edge.target_port}” too.",
                    "Delete that edge, or the one from its manager.",
                )

    def standing_in(self) -> tuple[PlanNode, ...]:
        """The nodes, with somebody standing in for each specialist: these do not run by themselves."""
        return tuple(_stand_in(node) if node.index in self._specialists else node for node in self._nodes)

    def plans(
        self, graph: Graph, briefed: Briefed, compiled: Callable[[Graph, Briefed], Plan]
    ) -> Mapping[int, Mapping[str, Plan]]:
        """The plan of each specialist of each manager.

        Args:
            graph: the whole.
            compiled: makes a graph ready whose first node is a specialist.
        """
        made = briefed.made
        found: dict[int, dict[str, Plan]] = {}
        for manager, team in self._teams.items():
            for edge in team:
                name, port = self._nodes[edge.target].id, self._ends[edge.key]
                if (name, port) not in made:
                    made[name, port] = compiled(self._alone(graph, edge.target), Briefed(port, made))
                found.setdefault(manager, {})[name] = made[name, port]
        return found

    def _alone(self, graph: Graph, first: int) -> Graph:
        """A graph of a specialist, first, and of the specialists that it has itself."""
        reached, work = {first: None}, [first]
        while work:
            for edge in self._teams.get(work.pop(), ()):
                if edge.target not in reached:
                    reached[edge.target] = None
                    work.append(edge.target)
        ids = [self._nodes[index].id for index in reached]
        keys = self._ends.keys() & {edge.key for index in reached for edge in self._teams.get(index, ())}
        edges = {key: edge for key, edge in graph.edges.items() if key in keys}
        return Graph(graph.head, {name: graph.nodes[name] for name in ids}, edges)


def _stand_in(node: PlanNode) -> PlanNode:
    config = NodeConfig.model_validate({})
    return PlanNode(
        node.index, node.id, node.title, StandIn(), config, instant=True, holds_slot=False, handles_errors=True
    )
