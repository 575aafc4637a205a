"""Makes a graph ready to run: a networkx DAG is built and judged once, the hot path gets arrays of integers."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from engine.base.errors import FileProblem, NodeError, Refused, WrongUse
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.aside import SetAside
from engine.kinds.contract import NodeConfig, SpendingConfig
from engine.kinds.registry import Kinds
from engine.plan.plan import Join, Plan, PlanEdge, PlanNode, PlanPort
from engine.plan.teams import Briefed, Roster

DEPTH_CAP = 64
"""How deep graphs may stand inside each other (formats.md, caps)."""


def compile_graph(graph: Graph, kinds: Kinds) -> Plan:
    """Makes a graph ready to run, with the bodies of its containers.

    Raises:
        WrongUse: the graph cannot run; the message names the first node that is wrong. `engine.plan.check` finds all.
    """
    return _compiled(graph, kinds, (), "", {}, {})


def _compiled(
    graph: Graph,
    kinds: Kinds,
    around: tuple[str, ...],
    folder: str,
    plans: dict[str, Plan],
    servers: Mapping[str, Any],
    briefed: Briefed | None = None,
) -> Plan:
    """A graph inside others made ready.

    Args:
        around: the graphs that this one stands in, by the place of their file ("" for an embedded one).
        folder: where its file stands, counted from the outermost one's folder.
        plans: files that are ready already, by place: one that many nodes name is made ready once.
        servers: the tool servers of the graph that this one is drawn in.
        briefed: where the graph is a specialist, with its own team.
    """
    if len(around) > DEPTH_CAP:
        raise _too_deep()
    index = {node_id: position for position, node_id in enumerate(graph.nodes)}
    nodes = tuple(_node(graph, kinds, node_id, position) for node_id, position in index.items())
    briefed = briefed or Briefed()
    if briefed.port:
        nodes[0].fed = briefed.port
    edges = _edges(graph, nodes, index)
    team = Roster(nodes, edges)
    nodes = team.standing_in()
    _wire(nodes, edges)
    _rank(nodes, edges)
    own = graph.head.get("tool_servers")
    servers = {**servers, **own} if isinstance(own, Mapping) else servers

    def inner(part: Graph, its: Briefed) -> Plan:
        return _compiled(part, kinds, (*around, ""), folder, plans, servers, its)

    bodies = {node.index: _body(node, kinds, around, folder, plans, servers) for node in nodes if _has_body(node)}
    teams = team.plans(graph, briefed, inner)
    return Plan(nodes, edges, _named(nodes, "input"), _named(nodes, "output"), bodies, teams, folder, servers)


def _has_body(node: PlanNode) -> bool:
    return node.kind.container or (node.kind.manages and bool(node.kind.bodies(node.config)))


def _node(graph: Graph, kinds: Kinds, node_id: str, position: int) -> PlanNode:
    node = graph.nodes[node_id]
    if node.aside:
        return _set_aside(graph, kinds, node, position)
    try:
        config = kinds.config(node.kind, node.config)
    except (Refused, FileProblem) as error:
        raise WrongUse(f"The node “{node_id}” cannot run: {error.message}", error.hint) from None
    kind = kinds.get(node.kind)
    assert kind is not None
    instant = kind.is_instant(config)
    holds_slot = not (instant or kind.container or kind.manages)
    capped = isinstance(config, SpendingConfig) and (config.budget_usd, config.budget_tokens) != (None, None)
    return PlanNode(position, node_id, node.name, kind, config, instant=instant, holds_slot=holds_slot, capped=capped)


def _set_aside(graph: Graph, kinds: Kinds, node: Node, position: int) -> PlanNode:
    """A node that is muted or bypassed: its own config matters to nobody, and may be wrong."""
    into, out = graph.incoming(node.id), graph.outgoing(node.id)
    ports = kinds.ports(node.kind, node.config)
    kind = SetAside(node.aside, ports, (edge.target_port for edge in into), (edge.source_port for edge in out))
    config = NodeConfig.model_validate({})
    return PlanNode(position, node.id, node.name, kind, config, instant=True, holds_slot=False, aside=kind.aside)


def _edges(graph: Graph, nodes: tuple[PlanNode, ...], index: Mapping[str, int]) -> tuple[PlanEdge, ...]:
    all_ports = [_ports(node) for node in nodes]
    ports_in = [{port.name for port in ports.inputs} for ports in all_ports]
    ports_out = [{port.name: port.delegates for port in ports.outputs} for ports in all_ports]
    found: list[PlanEdge] = []
    for position, edge in enumerate(graph.edges.values()):
        source, target = index.get(edge.source), index.get(edge.target)
        if source is None or target is None or edge.source_port not in ports_out[source]:
            raise _dangling(edge, edge.target if target is None else edge.start)
        if edge.target_port not in ports_in[target]:
            raise _dangling(edge, edge.end)
        aside = nodes[source].aside or nodes[target].aside  # nobody asks one that is set aside, nor does it ask
        delegates = ports_out[source][edge.source_port] and not aside
        found.append(
            PlanEdge(position, edge.key, source, edge.source_port, target, edge.target_port, delegates=delegates)
        )
    return tuple(found)


def _dangling(edge: Edge, end: str) -> WrongUse:
    return WrongUse(f"The edge from {edge.start} to {edge.end} leads nowhere: there is no “{end}”.", "Remove the edge.")


def _ports(node: PlanNode) -> Any:
    try:
        return node.kind.ports(node.config)
    except NodeError as error:
        raise WrongUse(f"The node “{node.id}” cannot run: {error.message}", error.hint) from None


def _wire(nodes: tuple[PlanNode, ...], edges: tuple[PlanEdge, ...]) -> None:
    """Gives each node its edges and its wired ports."""
    incoming: list[list[PlanEdge]] = [[] for _ in nodes]
    outgoing: list[list[PlanEdge]] = [[] for _ in nodes]
    for edge in edges:
        incoming[edge.target].append(edge)
        outgoing[edge.source].append(edge)
    for node in nodes:
        _wire_ports(node, incoming[node.index])
        node.incoming = tuple(edge.index for edge in incoming[node.index])
        node.outgoing = tuple(edge.index for edge in outgoing[node.index])
        node.handles_errors |= any(edge.source_port == "error" for edge in outgoing[node.index])
        node.leads_on = any(not edge.delegates for edge in outgoing[node.index])
    for node in nodes:
        carrying = (edges[edge] for edge in node.outgoing if not edges[edge].delegates)
        taken = (nodes[edge.target].ports[edge.port] for edge in carrying)
        node.absorbed = node.leads_on and all(port.tolerant or not port.blocks for port in taken)


def _wire_ports(node: PlanNode, incoming: list[PlanEdge]) -> None:
    by_port: dict[str, list[PlanEdge]] = {}
    for edge in incoming:
        by_port.setdefault(edge.target_port, []).append(edge)
    ports: list[PlanPort] = []
    unwired: list[str] = []
    joining = node.kind.joins(node.config)
    for port in _ports(node).inputs:
        optional = not port.required or port.name in node.config.optional
        ends = by_port.get(port.name, [])
        if not ends and port.name == node.fed:
            continue
        if not ends:
            unwired.append(port.name)
            if not optional:
                raise WrongUse(
                    f"Nothing is connected to “{port.name}” of the node “{node.id}”.", "Connect it or remove the node."
                )
            continue
        for edge in ends:
            edge.port = len(ports)
        tolerant = joining is not None and joining.port == port.name and joining.tolerates
        ports.append(PlanPort(port.name, port.many, not optional, tolerant, tuple(edge.index for edge in ends)))
    node.ports, node.missing_names = tuple(ports), tuple(unwired)
    if joining is not None and joining.k is not None:
        place = next((i for i, port in enumerate(ports) if port.name == joining.port), None)
        node.join = None if place is None else Join(place, joining.k, joining.cancel_losers)


def _rank(nodes: tuple[PlanNode, ...], edges: tuple[PlanEdge, ...]) -> None:
    import networkx as nx

    dag: nx.DiGraph[int] = nx.DiGraph()
    dag.add_nodes_from(range(len(nodes)))
    dag.add_edges_from((edge.source, edge.target) for edge in edges)
    try:
        order = list(nx.topological_sort(dag))
    except nx.NetworkXUnfeasible:
        names = ", ".join(nodes[source].id for source, _ in nx.find_cycle(dag))
        raise WrongUse(f"The nodes {names} form a cycle.", "Wrap them in a loop.") from None
    for position in reversed(order):
        ranks = [nodes[edges[edge].target].rank for edge in nodes[position].outgoing]
        nodes[position].rank = 1 + max(ranks, default=0)


def _too_deep() -> WrongUse:
    return WrongUse(f"Sub-graphs stand more than {DEPTH_CAP} deep inside each other.", "Take some levels away.")


def _body(
    node: PlanNode, kinds: Kinds, around: tuple[str, ...], folder: str, plans: dict[str, Plan],
    servers: Mapping[str, Any],
) -> Plan:  # fmt: skip
    from engine.files.format import graph_from_json

    file = getattr(node.config, "graph", None)
    body = next((each for each in node.kind.bodies(node.config) if isinstance(each, Mapping)), None)
    body = getattr(node.config, "body", None) if body is None else body
    place = posixpath.normpath(posixpath.join(folder, file)) if file else ""
    if place and place in around:
        raise WrongUse(f"The graph “{file}” contains itself, by way of the node “{node.id}”.", "Take one of them out.")
    if not isinstance(body, Mapping):
        found = f"The graph “{file}” of the node “{node.id}” cannot be found" if file else f"“{node.id}” has no body"
        raise WrongUse(f"{found}.", "Save this graph beside it." if file else "Choose a file or draw one.")
    if not file:
        return _compiled(graph_from_json(body), kinds, (*around, ""), folder, plans, servers)
    if place not in plans:
        below = posixpath.dirname(place)
        plans[place] = _compiled(graph_from_json(body), kinds.inside(file), (*around, place), below, plans, {})
    if len(around) + plans[place].height > DEPTH_CAP:
        raise _too_deep()
    return plans[place]


def _named(nodes: tuple[PlanNode, ...], kind: str) -> dict[str, int]:
    """Input or output nodes by name.

    Raises:
        WrongUse: two have the same name.
    """
    found: dict[str, int] = {}
    for node in nodes:
        if node.kind.name == kind:
            name = getattr(node.config, "name", "") or node.id
            if name in found:
                raise WrongUse(f"Two {kind} nodes have the name “{name}”.", "Rename one.")
            found[name] = node.index
    return found
