"""Collapses nodes into a sub-graph, and takes one apart again; edges keep their meaning and order (S1). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from engine.base.errors import Refused
from engine.base.ids import id_from, unique_id
from engine.files.format import graph_from_json, graph_to_json
from engine.graph import commands
from engine.graph.graph import Graph, Place
from engine.graph.records import Edge, Node
from engine.kinds.builtin.input import InputType
from engine.kinds.contract import ERROR
from engine.kinds.registry import Kinds
from engine.plan.facts import facts_of
from engine.plan.ports import find, ports_of

ENDS: Final = ("input", "output")
"""Kinds that stay where they are: they are how a graph is given values and gives them."""
BESIDE, APART = 240.0, 88.0
"""How far the inputs and outputs of a new body stand from its nodes, and from each other, in canvas units."""


def collapse(graph: Graph, kinds: Kinds, nodes: Collection[str], title: str = "Sub-graph") -> tuple[Graph, str]:
    """Moves nodes into a new sub-graph. Each port that an edge came from outside becomes an input of it, each port
    that an edge leads outside from an output.

    Returns:
        The graph, and the id of the sub-graph.

    Raises:
        Refused: there is nothing to move, a way leads out of the nodes and back into them, or a team would be parted.
    """
    wanted = set(nodes)
    chosen = {key: node for key, node in graph.nodes.items() if key in wanted and node.kind not in ENDS}
    if not chosen:
        raise Refused("There is nothing to put into a sub-graph.", "Select nodes; inputs and outputs stay outside.")
    if between := _way_back(graph, chosen):
        raise Refused(
            f"A way leads out of these nodes and back, through “{graph.nodes[between].name}”.", "Select that node too."
        )
    task = _task(graph, kinds, chosen)
    after, made = commands.add_node(graph, "subgraph", _middle(graph, chosen), title=title)
    body = _Body(graph, kinds, chosen)
    edges = {edge.key: edge for edge in body.around(made)}
    if task is not None:
        body.answer(task)
    after = commands.remove(after, chosen)
    bends = {key: points for key, points in graph.bends.items() if key in edges}
    after = commands.set_config(after.with_tables(edges=edges, bends=bends), made, {"body": body.as_json()})
    return after, made


def take_apart(graph: Graph, node: str) -> tuple[Graph, dict[str, str]]:
    """Puts the nodes of an embedded sub-graph in its place.

    Returns:
        The graph, and for each node of the body the id it got.

    Raises:
        Refused: it is no sub-graph of its own, or something of it would be lost.
    """
    holder = graph.nodes[node]
    config = holder.config
    if holder.kind != "subgraph" or not isinstance(config.get("body"), Mapping) or config.get("graph"):
        raise Refused(f"“{holder.name}” has no graph of its own to take apart.", "Choose one that is drawn here.")
    if holder.aside:
        raise Refused(f"“{holder.name}” is {holder.aside}.", "Bring it back first.")
    if any(edge.source_port == ERROR.name for edge in graph.outgoing(node)):
        raise Refused(f"The error port of “{holder.name}” is wired.", "Unplug it first.")
    body = graph_from_json(config["body"])
    joints = _Joints(graph, body, node)
    part = body.with_tables(nodes={key: each for key, each in body.nodes.items() if key not in joints.gone}, edges={})
    (x, y), (inner_x, inner_y) = graph.places.get(node, (0.0, 0.0)), _middle(part, part.nodes)
    offset = x - inner_x, y - inner_y
    bare = commands.remove(graph, [node])
    after, ids = commands.insert(bare, part, offset)
    edges = {edge.key: edge for edge in joints.edges(ids)}
    bends = {key: points for key, points in graph.bends.items() if key in edges}
    bends |= joints.bends(ids, offset)
    return after.with_tables(edges=edges, bends=bends), ids


def _middle(graph: Graph, nodes: Collection[str]) -> Place:
    """Where a node stands that takes the place of others: in their middle, and they in its place around it."""
    stood = [graph.places[node] for node in nodes if node in graph.places]
    columns, rows = [x for x, _ in stood] or [0.0], [y for _, y in stood] or [0.0]
    return (min(columns) + max(columns)) / 2, (min(rows) + max(rows)) / 2


def _way_back(graph: Graph, chosen: Collection[str]) -> str:
    """A node outside through which a way leads from the chosen ones back to them; "" when there is none."""
    first = {edge.target for node in chosen for edge in graph.outgoing(node) if edge.target not in chosen}
    for start in sorted(first):
        seen, work = {start}, [start]
        while work:
            for edge in graph.outgoing(work.pop()):
                if edge.target in chosen:
                    return start
                if edge.target not in seen:
                    seen.add(edge.target)
                    work.append(edge.target)
    return ""


def _task(graph: Graph, kinds: Kinds, chosen: Collection[str]) -> Edge | None:
    """The edge by which a manager outside hands work to the one specialist that is chosen without it; None where all
    teams stay together.

    Raises:
        Refused: a manager is chosen without all of its team, or several specialists without their manager.
    """
    delegating = [edge for edges in facts_of(graph, kinds).teams.values() for edge in edges]
    parted = [edge for edge in delegating if (edge.source in chosen) != (edge.target in chosen)]
    if len(parted) > 1 or any(edge.source in chosen for edge in parted):
        manager, specialist = (graph.nodes[end].name for end in (parted[0].source, parted[0].target))
        raise Refused(f"“{manager}” hands work to “{specialist}”, and a team stays together.", "Select all of it.")
    return parted[0] if parted else None


@dataclass(slots=True)
class _Body:
    """The graph inside a new sub-graph as it grows with the edges that are sorted into it."""

    graph: Graph
    kinds: Kinds
    chosen: Mapping[str, Node]
    ends: dict[str, Node] = field(default_factory=dict)
    inputs: dict[tuple[str, str], str] = field(default_factory=dict)
    outputs: dict[tuple[str, str], str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    rows: dict[str, float] = field(default_factory=dict)
    """Where each input and output would stand best: as high as the node that it is joined to."""

    def around(self, holder: str) -> Iterator[Edge]:
        """The edges that stay outside, in order; those that lead into or out of the body end at `holder`."""
        for edge in self.graph.edges.values():
            inward, outward = edge.target in self.chosen, edge.source in self.chosen
            if inward and outward:
                self.edges.append(edge)
            elif inward:
                yield Edge(edge.source, edge.source_port, holder, self._input(edge))
            elif outward:
                yield Edge(holder, self._output(edge), edge.target, edge.target_port)
            else:
                yield edge

    def answer(self, task: Edge) -> None:
        """Lets what the specialist at the end of this edge gives be what its sub-graph gives."""
        ports = ports_of(self.graph, self.kinds, task.target)
        outputs = ports.outputs if ports else ()
        gives = next((port.name for port in outputs if port.name != ERROR.name and not port.delegates), "")
        if gives and (task.target, gives) not in self.outputs:
            self._output(Edge(task.target, gives, task.source, ""))

    def as_json(self) -> dict[str, Any]:
        """What stands in the holder's config, with the outputs' edges last."""
        for (source, port), name in self.outputs.items():
            self.edges.append(Edge(source, port, name, "value"))
        edges = {edge.key: edge for edge in self.edges}
        bends = {key: points for key, points in self.graph.bends.items() if key in edges}
        nodes = {**self.chosen, **self.ends}
        body = Graph({}, nodes, edges, self._places(), bends=bends)
        return {key: value for key, value in graph_to_json(body).items() if key != "baton"}

    def _input(self, edge: Edge) -> str:
        start = (edge.source, edge.source_port)
        if start not in self.inputs:
            ports = ports_of(self.graph, self.kinds, edge.source) if edge.source in self.graph.nodes else None
            port = find(ports.outputs, edge.source_port) if ports else None
            gives = port.type if port and port.type in get_args(InputType) else "any"
            self.inputs[start] = self._end(edge, edge.source, "input", edge.target, {"type": gives})
        name = self.inputs[start]
        self.edges.append(Edge(name, "value", edge.target, edge.target_port, edge.extra))
        return name

    def _output(self, edge: Edge) -> str:
        start = (edge.source, edge.source_port)
        if start not in self.outputs:
            self.outputs[start] = self._end(edge, f"{edge.source}_{edge.source_port}", "output", edge.source, {})
        return self.outputs[start]

    def _end(self, edge: Edge, wanted: str, kind: str, beside: str, config: dict[str, Any]) -> str:
        name = unique_id(id_from(wanted), {**self.chosen, **self.ends, ERROR.name: None})
        self.ends[name] = Node(name, kind, config=config)
        self.rows[name] = self.graph.places.get(beside, (0.0, 0.0))[1]
        return name

    def _places(self) -> dict[str, Place]:
        places = {node: self.graph.places[node] for node in self.chosen if node in self.graph.places}
        columns = [x for x, _ in places.values()] or [0.0]
        left, right = min(columns), max(columns)
        for names, x in ((self.inputs.values(), left - BESIDE), (self.outputs.values(), right + BESIDE + 40)):
            free = float("-inf")
            for name in sorted(names, key=lambda name: self.rows[name]):
                places[name] = (x, max(free, self.rows[name]))
                free = places[name][1] + APART
        return places


class _Joints:
    """How the edges around a sub-graph go on inside it."""

    def __init__(self, graph: Graph, body: Graph, holder: str) -> None:
        self._graph, self._body, self._holder = graph, body, holder
        inputs = self._named("input")
        self._outputs = self._named("output")
        self._into: dict[str, list[Edge]] = {node: [] for node in inputs.values()}
        for edge in graph.incoming(holder):
            if edge.target_port in inputs:
                self._into[inputs[edge.target_port]].append(edge)
        unfed = {node for node, edges in self._into.items() if not edges and "default" in body.nodes[node].config}
        self.gone = {*self._into, *self._outputs.values()} - unfed
        """Inputs and outputs that edges take the place of; an input that lives on its default stays."""

    def edges(self, ids: Mapping[str, str]) -> Iterator[Edge]:
        """All edges afterwards: each end keeps the order of what comes to it."""
        inside = False
        for edge in self._graph.edges.values():
            if not inside and self._holder in (edge.source, edge.target):
                inside = True
                yield from self._inside(ids)
            if edge.source == self._holder:
                yield from self._through(edge, ids)
            elif edge.target != self._holder:
                yield edge
        if not inside:
            yield from self._inside(ids)

    def bends(self, ids: Mapping[str, str], way: Place) -> dict[str, Any]:
        """Of edges between nodes of the body."""
        found = {}
        for key, points in self._body.bends.items():
            edge = self._body.edges[key]
            if edge.source in ids and edge.target in ids:
                moved = Edge(ids[edge.source], edge.source_port, ids[edge.target], edge.target_port)
                found[moved.key] = commands.shifted(points, way)
        return found

    def _inside(self, ids: Mapping[str, str]) -> Iterator[Edge]:
        for edge in self._body.edges.values():
            if edge.target in ids:
                for source, port in self._sources(edge, ids):
                    yield Edge(source, port, ids[edge.target], edge.target_port, edge.extra)

    def _through(self, outer: Edge, ids: Mapping[str, str]) -> Iterator[Edge]:
        output = self._outputs.get(outer.source_port, "")
        for edge in self._body.incoming(output):
            for source, port in self._sources(edge, ids):
                yield Edge(source, port, outer.target, outer.target_port, outer.extra)

    def _sources(self, edge: Edge, ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Where an inner edge comes from afterwards: from its node, or from what was joined to its input."""
        if edge.source in ids:
            yield ids[edge.source], edge.source_port
        else:
            yield from ((outer.source, outer.source_port) for outer in self._into.get(edge.source, ()))

    def _named(self, kind: str) -> dict[str, str]:
        nodes = self._body.nodes.values()
        return {str(node.config.get("name") or node.id): node.id for node in nodes if node.kind == kind}
