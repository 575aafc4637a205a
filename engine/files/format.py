"""The graph file's JSON and the graph, each from the other, exactly as formats.md says; unknown keys survive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.base.errors import FileProblem
from engine.base.ids import is_id
from engine.base.values import repair_text
from engine.files.asking import cut, expect, numbers, text_of, without
from engine.files.layout import bends_json, layout_json, layout_tables, mark_json, outlook, pair_json, points
from engine.files.text import graph_text
from engine.graph.graph import Graph
from engine.graph.records import Aside, Edge, Frame, Node, Note

VERSION = 1
"""The `baton` number that this program writes."""

_HEAD = ("name", "description", "settings", "tool_servers")
_HEAD_TYPES: dict[str, type] = {"name": str, "description": str, "settings": dict, "tool_servers": dict}
_PLAIN_NODE = frozenset({"id", "kind", "title", "config"})
_ASIDE: tuple[Aside, ...] = ("muted", "bypassed")


def graph_to_json(graph: Graph) -> dict[str, Any]:
    """The file's object: known keys in a fixed order, then unknown ones, layout last and only if there is any."""
    head = {key: graph.head[key] for key in _HEAD if key in graph.head}
    unknown = {key: value for key, value in graph.head.items() if key not in head and key != "baton"}
    return {
        "baton": graph.head.get("baton", VERSION),
        **head,
        "nodes": [record_to_json("nodes", node) for node in graph.nodes.values()],
        "edges": [record_to_json("edges", edge) for edge in graph.edges.values()],
        **unknown,
        **layout_json(graph),
    }


def dumps(graph: Graph, *, flat: bool = False) -> str:
    """The text of the graph's file: made for reading and for diffs, always the same for the same graph.

    Args:
        flat: all on one line, much quicker, where nobody reads it.

    Raises:
        FileProblem: a config holds what JSON cannot store.
    """
    return repair_text(graph_text(graph_to_json(graph), flat=flat))


def graph_from_json(data: Any, place: str = "") -> Graph:
    """Reads the object of a graph file, or of a body inside a config.

    Args:
        data: the JSON value. A `baton` number is not asked for here: bodies have none.
        place: where it stands in its file, such as `nodes[2].config.body`; put before the places in errors.

    Raises:
        FileProblem: it is not a graph; `place` says where it is wrong.
    """
    expect(data, dict, place or "the file")
    at = f"{place}." if place else ""
    for key, kind in _HEAD_TYPES.items():
        if data.get(key) is not None:
            expect(data[key], kind, at + key)
    nodes = _nodes(data.get("nodes", []), f"{at}nodes")
    edges = _edges(data.get("edges", []), f"{at}edges")
    own = (
        {"nodes", "edges", "layout"} if data.get("baton", VERSION) != VERSION else {"nodes", "edges", "layout", "baton"}
    )
    return Graph(
        # In the order in which it is written, so that a graph read again is the same one.
        head={key: data[key] for key in (*_HEAD, *data) if key in data and key not in own},
        nodes=nodes,
        edges=edges,
        **layout_tables(data.get("layout", {}), nodes, edges, f"{at}layout"),
    )


def record_to_json(table: str, record: Any) -> Any:
    """One record of one of the graph's tables (`engine.graph.graph.TABLES`) as it stands in the file."""
    match record:
        case Node():
            title = {"title": record.title} if record.title else {}
            aside = {record.aside: True} if record.aside else {}
            return {"id": record.id, "kind": record.kind, **title, **aside, "config": record.config, **record.extra}
        case Edge():
            return {"from": record.start, "to": record.end, **record.extra}
        case Frame() | Note():
            return mark_json(record)
    if table == "bends":
        return bends_json(record)
    return pair_json(record) if table in ("places", "bookmarks") else record


def record_from_json(table: str, data: Any) -> Any:
    """The record that `record_to_json` wrote.

    Raises:
        FileProblem: it is not a record of that table.
    """
    if table == "head":
        return data
    if table == "places":
        return tuple(numbers(data, 2, "layout.nodes"))
    if table == "bends":
        return points(data, "layout.bends")
    if table == "bookmarks":
        return outlook(data, "layout.bookmarks")
    whole = {table: [data]} if table in ("nodes", "edges") else {"layout": {table: [data]}}
    return next(iter(graph_from_json(whole).table(table).values()))


def _nodes(items: Any, place: str) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    expect(items, list, place)
    for index, item in enumerate(items):
        at = f"{place}[{index}]"
        expect(item, dict, at)
        node_id = text_of(item, "id", at)
        if not is_id(node_id):
            hint = "Use small letters, digits and _, beginning with a letter."
            raise FileProblem(f"{at}.id: “{cut(node_id)}” cannot be an id.", hint, place=f"{at}.id")
        if node_id in nodes:
            message = f"{at}.id: there are two nodes “{cut(node_id)}”."
            raise FileProblem(message, "Give one of them another id.", place=f"{at}.id")
        kind, title, config = text_of(item, "kind", at), item.get("title", ""), item.get("config", {})
        if not kind:
            raise FileProblem(f"{at}.kind is empty.", "Name the kind, such as agent.", place=f"{at}.kind")
        expect(title, str, at, "title")
        expect(config, dict, at, "config")
        plain = _PLAIN_NODE.issuperset(item)
        extra = {} if plain else without(item, *_PLAIN_NODE, *_ASIDE)
        nodes[node_id] = Node(node_id, kind, title, config, extra, "" if plain else _aside(item, at))
    return nodes


def _aside(item: Mapping[str, Any], at: str) -> Aside:
    chosen: Aside = ""
    for way in _ASIDE:
        if way in item:
            expect(item[way], bool, at, way)
            chosen = chosen or (way if item[way] else "")
    return chosen


def _edges(items: Any, place: str) -> dict[str, Edge]:
    edges: dict[str, Edge] = {}
    expect(items, list, place)
    for index, item in enumerate(items):
        at = f"{place}[{index}]"
        expect(item, dict, at)
        extra = without(item, "from", "to") if len(item) > 2 else {}
        edge = Edge(*_end(item, "from", at), *_end(item, "to", at), extra)
        key = edge.key
        if key in edges:
            message = f"{at}: the edge from {cut(edge.start)} to {cut(edge.end)} is there twice."
            raise FileProblem(message, "Remove one of the two.", place=at)
        edges[key] = edge
    return edges


def _end(item: Mapping[str, Any], key: str, at: str) -> tuple[str, str]:
    text = text_of(item, key, at)
    node, _, port = text.partition(".")
    if not node or not port or "->" in text:
        message = f"{at}.{key}: “{cut(item[key])}” does not name a node and its port."
        raise FileProblem(message, "Write it as node.port, such as draft.text.", place=f"{at}.{key}")
    return node, port
