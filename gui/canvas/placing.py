"""How a new node comes into a graph: at a place, at the end of a wire, or spliced into an edge. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from engine.base.errors import Refused
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.contract import ERROR, Port, Ports
from engine.kinds.registry import Kinds
from engine.plan.ports import find, ports_of, refusal
from gui.canvas.geometry import Point, Wired, shape_of, snapped


class WireEnd(NamedTuple):
    """A port that a wire hangs from."""

    node: str
    port: str
    output: bool


def add(
    graph: Graph, kinds: Kinds, kind: str, at: Point, *, wire: WireEnd | None = None, edge: str = ""
) -> tuple[Graph, str]:
    """Adds a node of a kind with its title bar at a point.

    Args:
        wire: joins the first port that fits to this one.
        edge: splices the node into this edge, if it fits there.

    Returns:
        The graph and the new node's id.

    Raises:
        Refused: there is no such kind, or no port of it fits the wire.
    """
    found = kinds.get(kind)
    if found is None:
        raise Refused(f"There is no kind “{kind}”.")
    ports = kinds.ports(kind, found.starter)
    shape = shape_of(ports, Wired(), source=found.group == "flow" and not (ports or Ports()).inputs)
    left = -12.0 if wire and wire.output else shape.width + 12 if wire else shape.width / 2
    place = snapped(at[0] - left), snapped(at[1] - (shape.height / 2 if wire or edge else 20))
    grown, node = commands.add_node(graph, kind, place, config=found.starter)
    if wire is not None:
        return joined(grown, kinds, node, wire), node
    if edge:
        return spliced(grown, kinds, node, edge) or grown, node
    return grown, node


def joined(graph: Graph, kinds: Kinds, node: str, wire: WireEnd) -> Graph:
    """Joins a node to a port that a wire hangs from.

    Raises:
        Refused: no port of the node fits.
    """
    mine, other = ports_of(graph, kinds, node) or Ports(), ports_of(graph, kinds, wire.node) or Ports()
    hanging = find(other.outputs if wire.output else other.inputs, wire.port)
    port = hanging and first_fit(mine, hanging, output=not wire.output)
    if port is None:
        raise Refused("This node has no port that fits the wire.", "Choose another kind.")
    if wire.output:
        return commands.connect(graph, Edge(wire.node, wire.port, node, port.name))
    return commands.connect(graph, Edge(node, port.name, wire.node, wire.port))


def follow(graph: Graph, kinds: Kinds, source: str, target: str) -> Graph:
    """Joins two nodes by the first ports that fit.

    Raises:
        Refused: none fit.
    """
    ports = ports_of(graph, kinds, source)
    for port in ports.outputs if ports else ():
        try:
            return joined(graph, kinds, target, WireEnd(source, port.name, output=True))
        except Refused:
            continue
    names = graph.nodes[source].name, graph.nodes[target].name
    raise Refused(f"No port of “{names[0]}” fits one of “{names[1]}”.", "Look at their ports.")


def tips(graph: Graph, nodes: Collection[str]) -> list[str]:
    """Those of some nodes that lead to no other of them."""
    return [node for node in graph.nodes if node in nodes and not any(e.target in nodes for e in graph.outgoing(node))]


def first_fit(ports: Ports, other: Port, *, output: bool) -> Port | None:
    """The first output (or input) among `ports` that may be joined to `other`; error ports last."""
    if output:
        candidates = sorted(ports.outputs, key=lambda port: port.name == ERROR.name)
        return next((port for port in candidates if not refusal(port, other)), None)
    return next((port for port in ports.inputs if not refusal(other, port)), None)


def spliced(graph: Graph, kinds: Kinds, node: str, edge: str) -> Graph | None:
    """The graph with a node put into the middle of an edge; None when its ports do not fit there."""
    old = graph.edges.get(edge)
    if old is None or node in (old.source, old.target):
        return None
    mine = ports_of(graph, kinds, node)
    source, target = ports_of(graph, kinds, old.source), ports_of(graph, kinds, old.target)
    if mine is None or source is None or target is None:
        return None
    before, after = find(source.outputs, old.source_port), find(target.inputs, old.target_port)
    if before is None or after is None or before.delegates:
        return None
    way_in, way_out = first_fit(mine, before, output=False), first_fit(mine, after, output=True)
    if way_in is None or way_out is None or way_out.name == ERROR.name:
        return None
    return commands.splice(graph, edge, node, way_in.name, way_out.name)


def upstream(graph: Graph, node: str, *, down: bool = False) -> set[str]:
    """A node and all before it (or after it, `down`)."""
    seen, todo = {node}, [node]
    while todo:
        here = todo.pop()
        for edge in graph.outgoing(here) if down else graph.incoming(here):
            there = edge.target if down else edge.source
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return seen
