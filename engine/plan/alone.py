"""A graph of which one node is to be tried alone: nothing that follows it is run. Pure."""

from __future__ import annotations

from engine.base.errors import WrongUse
from engine.base.ids import unique_id
from engine.base.suggest import did_you_mean
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.contract import ERROR
from engine.kinds.registry import Kinds
from engine.plan.compile import compile_graph
from engine.plan.plan import Plan, after


def alone(graph: Graph, kinds: Kinds, node: str) -> Graph:
    """The graph with all that follows a node muted; a manager keeps its specialists.

    Args:
        node: its id, at the top level.

    Raises:
        WrongUse: there is no such node, the graph cannot run, or it is a specialist: its task comes from a manager.
    """
    plan = compile_graph(graph, kinds)
    places = {each.id: each.index for each in plan.nodes}
    if "/" in node:
        raise WrongUse(f"“{node}” stands inside a container, so it does not run alone.",
                       f"Try --from {node}, which does its item again.")  # fmt: skip
    if node not in places:
        raise WrongUse(f"The graph has no node “{node}”.", did_you_mean(node, places) or "See its nodes.")
    into = (plan.edges[edge] for edge in plan.nodes[places[node]].incoming)
    manager = next((plan.nodes[edge.source].id for edge in into if edge.delegates), None)
    if manager is not None:
        raise WrongUse(f"“{node}” gets its task from “{manager}”, so it has none alone.", f"Try “{manager}” alone.")
    return commands.set_aside(graph, _followers(plan, places[node]), "muted")


def with_outputs(graph: Graph, kinds: Kinds, node: str) -> Graph:
    """The graph with an output for each port of a node, called `node.port`: what it gives is the run's result."""
    here = graph.nodes[node]
    kind = kinds.get(here.kind)
    if kind is None:
        return graph
    nodes, edges = dict(graph.nodes), dict(graph.edges)
    for port in kind.ports(kinds.config(here.kind, here.config)).outputs:
        if not port.delegates and port.name != ERROR.name:
            name = unique_id(f"{node}_{port.name}", nodes)
            nodes[name] = Node(name, "output", config={"name": f"{node}.{port.name}"})
            edge = Edge(node, port.name, name, "value")
            edges[edge.key] = edge
    return graph.with_tables(nodes=nodes, edges=edges)


def _followers(plan: Plan, start: int) -> list[str]:
    """The ids of all nodes that follow from one, but for its own specialists."""
    own = {start, *(plan.edges[edge].target for edge in plan.nodes[start].outgoing if plan.edges[edge].delegates)}
    found = after(plan, [*own]) - own
    return [node.id for node in plan.nodes if node.index in found]
