"""Makes a graph ready to run: a networkx DAG is built and judged once, the hot path gets arrays of integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.base.errors import FileProblem, NodeError, Refused, WrongUse
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.contract import NodeConfig
from engine.kinds.registry import AnyKind, Kinds


@dataclass(frozen=True, slots=True)
class PlanEdge:
    """An edge by the indices of its nodes and of the target's port."""

    index: int
    key: str
    source: int
    source_port: str
    target: int
    target_port: int


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
    absorbed: bool = False
    """A failure of it is taken by tolerant or optional ports only."""


@dataclass(frozen=True)
class Plan:
    """A graph made ready. `inputs` and `outputs` map names to nodes; `bodies` holds the plans of containers."""

    nodes: tuple[PlanNode, ...]
    edges: tuple[PlanEdge, ...]
    inputs: Mapping[str, int] = field(default_factory=dict)
    outputs: Mapping[str, int] = field(default_factory=dict)
    bodies: Mapping[int, Plan] = field(default_factory=dict)


DEPTH_CAP = 64
"""How deep graphs may stand inside each other (formats.md, caps)."""


def compile_graph(graph: Graph, kinds: Kinds, *, depth: int = 0) -> Plan:
    """Makes a graph ready to run, with the bodies of its containers.

    Raises:
        WrongUse: the graph cannot run; the message names the first node that is wrong. `engine.plan.check` finds all.
    """
    if depth > DEPTH_CAP:
        raise WrongUse(f"Sub-graphs stand more than {DEPTH_CAP} deep inside each other.", "Does one contain itself?")
    index = {node_id: position for position, node_id in enumerate(graph.nodes)}
    nodes = tuple(_node(graph, kinds, node_id, position) for node_id, position in index.items())
    edges = _edges(graph, kinds, nodes, index)
    _wire(kinds, nodes, edges)
    _rank(nodes, edges)
    bodies = {node.index: _body(node, kinds, depth) for node in nodes if node.kind.container}
    return Plan(nodes, edges, _named(nodes, "input"), _named(nodes, "output"), bodies)


def _node(graph: Graph, kinds: Kinds, node_id: str, position: int) -> PlanNode:
    node = graph.nodes[node_id]
    try:
        config = kinds.config(node.kind, node.config)
    except (Refused, FileProblem) as error:
        raise WrongUse(f"The node “{node_id}” cannot run: {error.message}", error.hint) from None
    kind = kinds.get(node.kind)
    assert kind is not None
    return PlanNode(position, node_id, node.name, kind, config)


def _edges(graph: Graph, kinds: Kinds, nodes: tuple[PlanNode, ...], index: Mapping[str, int]) -> tuple[PlanEdge, ...]:
    ports_in = [{port.name: i for i, port in enumerate(_ports(node).inputs)} for node in nodes]
    ports_out = [{port.name for port in _ports(node).outputs} for node in nodes]
    found: list[PlanEdge] = []
    for position, edge in enumerate(graph.edges.values()):
        source, target = index.get(edge.source), index.get(edge.target)
        if source is None or target is None or edge.source_port not in ports_out[source]:
            raise _dangling(edge, edge.target if target is None else edge.start)
        port = ports_in[target].get(edge.target_port)
        if port is None:
            raise _dangling(edge, edge.end)
        found.append(PlanEdge(position, edge.key, source, edge.source_port, target, port))
    return tuple(found)


def _dangling(edge: Edge, end: str) -> WrongUse:
    return WrongUse(f"The edge from {edge.start} to {edge.end} leads nowhere: there is no “{end}”.", "Remove the edge.")


def _ports(node: PlanNode) -> Any:
    try:
        return node.kind.ports(node.config)
    except NodeError as error:
        raise WrongUse(f"The node “{node.id}” cannot run: {error.message}", error.hint) from None


def _wire(kinds: Kinds, nodes: tuple[PlanNode, ...], edges: tuple[PlanEdge, ...]) -> None:
    """Gives each node its edges and its wired ports."""
    incoming: list[list[PlanEdge]] = [[] for _ in nodes]
    outgoing: list[list[PlanEdge]] = [[] for _ in nodes]
    for edge in edges:
        incoming[edge.target].append(edge)
        outgoing[edge.source].append(edge)
    for node in nodes:
        by_port: dict[int, list[int]] = {}
        for edge in incoming[node.index]:
            by_port.setdefault(edge.target_port, []).append(edge.index)
        _ports_of(node, by_port)
        node.incoming = tuple(edge.index for edge in incoming[node.index])
        node.outgoing = tuple(edge.index for edge in outgoing[node.index])
        node.handles_errors = any(edge.source_port == "error" for edge in outgoing[node.index])
    for node in nodes:
        node.absorbed = bool(node.outgoing) and all(_tolerates(nodes, edges[edge]) for edge in node.outgoing)


def _ports_of(node: PlanNode, by_port: Mapping[int, list[int]]) -> None:
    ports: list[PlanPort] = []
    unwired: list[str] = []
    joins = node.kind.joins(node.config)
    for position, port in enumerate(_ports(node).inputs):
        optional = not port.required or port.name in node.config.optional
        if position not in by_port:
            unwired.append(port.name)
            if not optional:
                raise WrongUse(
                    f"Nothing is connected to “{port.name}” of the node “{node.id}”.", "Connect it or remove the node."
                )
            continue
        tolerant = joins is not None and joins.port == port.name and joins.tolerates
        ports.append(PlanPort(port.name, port.many, not optional, tolerant, tuple(by_port[position])))
    node.ports, node.missing_names = tuple(ports), tuple(unwired)
    if joins is not None and joins.k is not None:
        place = next((i for i, port in enumerate(ports) if port.name == joins.port), None)
        node.join = None if place is None else Join(place, joins.k, joins.cancel_losers)


def _tolerates(nodes: tuple[PlanNode, ...], edge: PlanEdge) -> bool:
    port = next(port for port in nodes[edge.target].ports if edge.index in port.edges)
    return port.tolerant or not port.blocks


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


def _body(node: PlanNode, kinds: Kinds, depth: int) -> Plan:
    from engine.files.format import graph_from_json

    bodies = node.kind.bodies(node.config)
    if not bodies:
        raise WrongUse(f"The node “{node.id}” has no body to run.", "Choose a file or draw one.")
    body = getattr(node.config, "body", None) or bodies[0]
    if isinstance(body, str):
        raise WrongUse(f"The graph “{body}” of the node “{node.id}” cannot be found.", "Save this graph beside it.")
    return compile_graph(graph_from_json(body), kinds, depth=depth + 1)


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
