"""The last steps of an import: what only says "then", no keys of the file (T3), and no circles (S6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple, Protocol

from engine.base.errors import BatonError
from engine.base.pasted import masked
from engine.export.importing import How
from engine.graph.graph import Graph
from engine.graph.records import Edge

_TAKES: Final[Mapping[str, str]] = {"output": "value", "router": "value", "merge": "items", "review": "value"}
_TEXT: Final[Mapping[str, str]] = {"agent": "prompt", "manager": "prompt", "template": "template"}
"""Where a kind whose ports are named in its text has that text."""
_BRANCHING: Final = frozenset({"router", "review"})
_SECRET_FIELD: Final = re.compile(r"api_?-?key|token$|secret|password|authorization|bearer|access_?key", re.I)


class Say(Protocol):
    """Writes a line of the report."""

    def __call__(self, how: How, what: str, why: str = "", node: str = "") -> None: ...


class Then(NamedTuple):
    """An order: a node comes after an output of another; both are of the graph."""

    source: str
    port: str
    target: str


def ordered(graph: Graph, orders: Iterable[Then], say: Say) -> Graph:
    """The graph with what only says "then"."""
    first = sorted(orders, key=lambda each: graph.nodes[each.target].kind not in _BRANCHING)  # their value passes on
    for order in first:
        given = graph.nodes[order.source].kind == "input"
        if order.source != order.target and not (given and graph.incoming(order.target)):
            graph = _after(graph, (order.source, order.port), order.target, say)
    return graph  # what is given is there from the start, so nobody waits for it


def _after(graph: Graph, start: tuple[str, str], end: str, say: Say) -> Graph:
    source = graph.nodes[start[0]]
    if source.kind in _BRANCHING:
        through = {(edge.source, edge.source_port) for edge in graph.incoming(source.id)}
        same = [edge for edge in graph.incoming(end) if (edge.source, edge.source_port) in through]
        if same:  # the value it takes passes through the branch: so the branch decides
            return _instead(graph, same, start)
        beside = [edge for edge in graph.incoming(end) if edge.source == source.id]
        if beside:  # another way of the same branch leads there already
            edge = Edge(*start, end, beside[0].target_port)
            return graph.with_tables(edges={**graph.edges, edge.key: edge})
    elif _leads_to(graph, start[0], end):
        return graph
    return _gated(graph, start, end, say)


def _gated(graph: Graph, start: tuple[str, str], end: str, say: Say) -> Graph:
    node, edges = graph.nodes[end], graph.edges
    port = _TAKES.get(node.kind, "")
    if node.kind in _TEXT:
        port = "after"
        text = str(node.config.get(_TEXT[node.kind]) or "")
        if "{% if after %}" not in text:
            config = {**node.config, _TEXT[node.kind]: f"{text}{{% if after %}}{{% endif %}}"}
            graph = graph.with_tables(nodes={**graph.nodes, end: replace(node, config=config)})
        say("approximated", f"{start[0]} before {end}", "It waits by the port “after”, which adds no text.", end)
    elif port and node.kind != "merge" and graph.incoming(end):
        return graph  # it has its value, and what it waits for is said by that
    elif not port and node.kind in ("input", "code", "http", "map", "loop", "subgraph"):
        say("left out", f"{start[0]} before {end}", "It has no port that could wait for it.", end)
        return graph
    edge = Edge(*start, end, port or "input")
    return graph.with_tables(edges={**edges, edge.key: edge})


def _instead(graph: Graph, old: list[Edge], start: tuple[str, str]) -> Graph:
    edges: dict[str, Edge] = {}
    for key, edge in graph.edges.items():
        new = Edge(*start, edge.target, edge.target_port, edge.extra) if edge in old else edge
        edges.setdefault(new.key if edge in old else key, new)
    return graph.with_tables(edges=edges)


def _leads_to(graph: Graph, source: str, target: str) -> bool:
    seen, todo = {source}, [source]
    while todo:
        for edge in graph.outgoing(todo.pop()):
            if edge.target == target:
                return True
            if edge.target not in seen:
                seen.add(edge.target)
                todo.append(edge.target)
    return False


def without_secrets(graph: Graph, say: Say) -> Graph:
    """No key of another tool's file comes along (T3): only where one was is told."""
    nodes = dict(graph.nodes)
    for key, node in graph.nodes.items():
        places: list[str] = []
        config = _cleaned(node.config, "", places)
        if places:
            nodes[key] = replace(node, config=config)
            say("left out", f"a key in {node.name} ({', '.join(places[:3])})",
                     "Store it under a name in the settings and write secret://NAME.", key)  # fmt: skip
    notes = {key: replace(note, text=masked(note.text)) for key, note in graph.notes.items()}
    return graph.with_tables(nodes=nodes, notes=notes, head=_cleaned(graph.head, "", []))


def _cleaned(value: Any, at: str, places: list[str]) -> Any:
    if isinstance(value, Mapping):
        found = {}
        for key, item in value.items():
            place = f"{at}.{key}" if at else str(key)
            if isinstance(item, str) and item and _SECRET_FIELD.search(str(key)) and "secret://" not in item:
                places.append(place)
                found[key] = ""
            else:
                found[key] = _cleaned(item, place, places)
        return found
    if isinstance(value, list):
        return [_cleaned(item, at, places) for item in value]
    if isinstance(value, str) and (clean := masked(value)) != value:
        places.append(at)
        return clean
    return value


def unrolled(graph: Graph, say: Say) -> Graph:
    """What leads back to itself becomes a loop: a graph has no circles (S6)."""
    import networkx as nx

    from engine.plan.wrap import wrap_in_loop

    whole: nx.DiGraph[str] = nx.DiGraph()
    whole.add_nodes_from(graph.nodes)
    whole.add_edges_from((edge.source, edge.target) for edge in graph.edges.values())
    for circle in [part for part in nx.strongly_connected_components(whole) if len(part) > 1]:
        names = ", ".join(node for node in graph.nodes if node in circle)
        try:
            graph, loop = wrap_in_loop(graph, circle)
        except BatonError as error:
            say("warning", f"the circle {names}", f"It could not be made a loop: {error.message}")
            continue
        say("approximated", f"the circle {names}",
                 "It is a loop of at most 5 passes here; say when it ends.", loop)  # fmt: skip
    return graph
