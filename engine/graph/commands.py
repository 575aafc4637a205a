"""What a person can do to a graph, as pure functions: a graph and what is wanted go in, the new graph comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine.base.errors import Refused
from engine.base.ids import id_from, is_id, unique_id
from engine.graph.graph import Bends, Graph, Place
from engine.graph.marks import added_marks
from engine.graph.records import Aside, Edge, Node


def add_node(
    graph: Graph, kind: str, place: Place, *, title: str = "", config: Mapping[str, Any] | None = None, wanted: str = ""
) -> tuple[Graph, str]:
    """Adds a node of a kind. `wanted` is the id to try first. Returns the graph and the new node's id."""
    node_id = unique_id(id_from(wanted or title or kind), graph.nodes)
    node = Node(node_id, kind, title, dict(config or {}))
    nodes = {**graph.nodes, node_id: node}
    return graph.with_tables(nodes=nodes, places={**graph.places, node_id: place}), node_id


def remove(graph: Graph, nodes: Iterable[str] = (), edges: Iterable[str] = (), *, keep_chain: bool = False) -> Graph:
    """Removes nodes with all their edges, and edges by key.

    With `keep_chain` a removed node with exactly one edge in and one out leaves its neighbours joined.
    """
    gone, cut = set(nodes), set(edges)
    bridges = _bridges(graph, gone) if keep_chain else {}
    kept: dict[str, Edge] = {}
    for key, edge in graph.edges.items():
        if edge.target in gone and key in bridges:
            bridge = bridges[key]
            if bridge.key not in graph.edges:
                kept[bridge.key] = bridge
        elif key not in cut and edge.source not in gone and edge.target not in gone:
            kept[key] = edge
    nodes = {key: node for key, node in graph.nodes.items() if key not in gone}
    places = {key: place for key, place in graph.places.items() if key not in gone}
    rewired = _rewired(graph, kept) if len(kept) != len(graph.edges) or bridges else graph
    return rewired.with_tables(nodes=nodes, places=places)


def _bridges(graph: Graph, gone: set[str]) -> dict[str, Edge]:
    """For each chain of removed nodes with one way in and one way out: its first edge's key -> what heals it."""
    bridges: dict[str, Edge] = {}
    for edge in graph.edges.values():
        if edge.source in gone or edge.target not in gone:
            continue
        last = edge
        while last.target in gone:
            ways_in, ways_out = graph.incoming(last.target), graph.outgoing(last.target)
            if len(ways_in) != 1 or len(ways_out) != 1:
                break
            last = ways_out[0]
        else:
            bridges[edge.key] = Edge(edge.source, edge.source_port, last.target, last.target_port)
    return bridges


def connect(graph: Graph, edge: Edge, *, replacing: Iterable[str] = ()) -> Graph:
    """Adds an edge as the last one. `replacing` names edges it takes the place of (their order goes to it).

    Whether the ports fit is judged by `engine.plan.ports.refusal`, which knows the kinds.

    Raises:
        Refused: an end is not there, both ends are one node, or the edge is there already.
    """
    for node in (edge.source, edge.target):
        if node not in graph.nodes:
            raise Refused(f"There is no node “{node}” to connect.")
    if edge.source == edge.target:
        raise Refused("A node cannot be connected to itself.", "Wrap it in a loop to repeat it.")
    replaced = set(replacing)
    if edge.key in graph.edges and edge.key not in replaced:
        raise Refused("These two ports are connected already.")
    edges: dict[str, Edge] = {}
    for key, old in graph.edges.items():
        if key not in replaced:
            edges[key] = old
        elif edge.key not in edges:
            edges[edge.key] = edge
    edges.setdefault(edge.key, edge)
    return _rewired(graph, edges)


def splice(graph: Graph, edge: str, node: str, port_in: str, port_out: str) -> Graph:
    """Puts a node into the middle of an edge, keeping the edge's place in the order."""
    old = graph.edges[edge]
    first = Edge(old.source, old.source_port, node, port_in)
    second = Edge(node, port_out, old.target, old.target_port, old.extra)
    edges: dict[str, Edge] = {}
    for key, each in graph.edges.items():
        if key == edge:
            edges[first.key] = first
            edges[second.key] = second
        else:
            edges.setdefault(key, each)
    return _rewired(graph, edges)


def move(graph: Graph, places: Mapping[str, Place]) -> Graph:
    """Sets the positions of nodes. The bends of an edge go along when both its ends move by the same."""
    there = {node: place for node, place in places.items() if node in graph.nodes}
    bends = dict(graph.bends)
    for key in graph.bends:
        edge = graph.edges.get(key)
        if edge and (way := _way(graph, there, edge.source)) == _way(graph, there, edge.target) and way != (0.0, 0.0):
            bends[key] = shifted(bends[key], way)
    moved = graph.with_tables(places={**graph.places, **there})
    return moved.with_tables(bends=bends) if bends != graph.bends else moved


def bend(graph: Graph, edge: str, points: Bends) -> Graph:
    """Leads an edge through points (canvas units), from its output on; none let it find its own way.

    Raises:
        Refused: there is no such edge.
    """
    if edge not in graph.edges:
        raise Refused("The wire is gone.")
    others = {key: bends for key, bends in graph.bends.items() if key != edge}
    return graph.with_tables(bends={**others, edge: points} if points else others)


def straighten(graph: Graph, nodes: Iterable[str]) -> Graph:
    """Lets all edges at these nodes find their own way: where the nodes are put in order, old bends mean nothing."""
    chosen = set(nodes)
    ends = {edge.key for node in chosen for edge in (*graph.incoming(node), *graph.outgoing(node))}
    kept = {key: points for key, points in graph.bends.items() if key not in ends}
    return graph.with_tables(bends=kept) if len(kept) != len(graph.bends) else graph


def set_aside(graph: Graph, nodes: Iterable[str], aside: Aside) -> Graph:
    """Mutes nodes, bypasses them, or brings them back (`""`)."""
    changed = {node: replace(graph.nodes[node], aside=aside) for node in nodes if node in graph.nodes}
    return graph.with_tables(nodes={**graph.nodes, **changed})


def set_title(graph: Graph, node: str, title: str) -> Graph:
    """Renames a node for people; its id stays."""
    return _with_node(graph, replace(graph.nodes[node], title=title))


def set_config(graph: Graph, node: str, values: Mapping[str, Any], *, unset: Iterable[str] = ()) -> Graph:
    """Sets some keys of a node's config, and takes those in `unset` away (back to their defaults)."""
    old = graph.nodes[node]
    config = {key: value for key, value in {**old.config, **values}.items() if key not in set(unset)}
    return _with_node(graph, replace(old, config=config))


def rename(graph: Graph, node: str, new_id: str) -> Graph:
    """Gives a node another id and carries its edges and place along.

    Raises:
        Refused: the id is not valid or is taken.
    """
    if new_id == node:
        return graph
    if not is_id(new_id):
        raise Refused(f"“{new_id}” cannot be an id.", "Use small letters, digits and _, beginning with a letter.")
    if new_id in graph.nodes:
        raise Refused(f"There is already a node “{new_id}”.", "Choose another id.")

    def moved(edge: Edge) -> Edge:
        source = new_id if edge.source == node else edge.source
        target = new_id if edge.target == node else edge.target
        return edge if (source, target) == (edge.source, edge.target) else replace(edge, source=source, target=target)

    edges = {key: moved(edge) for key, edge in graph.edges.items()}
    nodes = [replace(each, id=new_id) if each.id == node else each for each in graph.nodes.values()]
    return graph.with_tables(
        nodes={each.id: each for each in nodes},
        edges={edge.key: edge for edge in edges.values()},
        places={(new_id if key == node else key): place for key, place in graph.places.items()},
        bends={edges[key].key if key in edges else key: points for key, points in graph.bends.items()},
    )


def set_head(graph: Graph, key: str, value: Any) -> Graph:
    """Sets a top-level key of the file: name, description, settings, tool_servers."""
    return graph.with_tables(head={**graph.head, key: value})


def insert(graph: Graph, part: Graph, offset: Place) -> tuple[Graph, dict[str, str]]:
    """Adds another graph's nodes, edges, places, frames and notes, with new ids where they are taken.

    Returns:
        The graph, and for each node of `part` the id it got. Edges of `part` with an end outside it are kept when
        that end exists in `graph` (paste keeping incoming wires).
    """
    ids: dict[str, str] = {}
    tried: dict[str, int] = {}
    nodes, places = dict(graph.nodes), dict(graph.places)
    for node in part.nodes.values():
        ids[node.id] = unique_id(node.id, nodes, tried)
        nodes[ids[node.id]] = replace(node, id=ids[node.id])
        x, y = part.places.get(node.id, (0.0, 0.0))
        places[ids[node.id]] = (x + offset[0], y + offset[1])
    edges, bends = dict(graph.edges), dict(graph.bends)
    for key, edge in part.edges.items():
        copy = replace(edge, source=ids.get(edge.source, edge.source), target=ids.get(edge.target, edge.target))
        if copy.source in nodes and copy.target in nodes and copy.key not in edges:
            edges[copy.key] = copy
            if key in part.bends:
                bends[copy.key] = shifted(part.bends[key], offset)
    return graph.with_tables(
        nodes=nodes, edges=edges, places=places, bends=bends, **added_marks(graph, part, offset)
    ), ids


def shifted(points: Bends, way: Place) -> Bends:
    """The points of an edge, moved."""
    return tuple((x + way[0], y + way[1]) for x, y in points)


def _way(graph: Graph, there: Mapping[str, Place], node: str) -> Place:
    """How far a move takes a node."""
    if node not in there or node not in graph.places:
        return 0.0, 0.0
    return there[node][0] - graph.places[node][0], there[node][1] - graph.places[node][1]


def _rewired(graph: Graph, edges: Mapping[str, Edge]) -> Graph:
    """The graph with other edges; bends go with the edges that had them."""
    kept = {key: points for key, points in graph.bends.items() if key in edges}
    bends = kept if len(kept) != len(graph.bends) else graph.bends
    return graph.with_tables(edges=edges, bends=bends)


def _with_node(graph: Graph, node: Node) -> Graph:
    return graph.with_tables(nodes={**graph.nodes, node.id: node})
