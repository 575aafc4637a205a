"""The graph file's JSON and the graph, each from the other, exactly as formats.md says; unknown keys survive."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.errors import FileProblem
from engine.base.ids import is_id
from engine.base.values import repair_text, type_of
from engine.files.text import graph_text
from engine.graph.graph import Graph, Place
from engine.graph.records import Edge, Frame, Node, Note

VERSION = 1
"""The `baton` number that this program writes."""

FARTHEST = 1e9
"""How far from the origin anything may stand, in canvas units."""

_HEAD = ("name", "description", "settings", "tool_servers")
_HEAD_TYPES: dict[str, type] = {"name": str, "description": str, "settings": dict, "tool_servers": dict}
_TYPE_WORDS: dict[type, str] = {str: "text", dict: "an object", list: "a list"}


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
        **_layout_json(graph),
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
    _expect(data, dict, place or "the file")
    at = f"{place}." if place else ""
    for key, kind in _HEAD_TYPES.items():
        if data.get(key) is not None:
            _expect(data[key], kind, at + key)
    layout = data.get("layout", {})
    _expect(layout, dict, f"{at}layout")
    nodes = _nodes(data.get("nodes", []), f"{at}nodes")
    own = (
        {"nodes", "edges", "layout"} if data.get("baton", VERSION) != VERSION else {"nodes", "edges", "layout", "baton"}
    )
    return Graph(
        head={key: value for key, value in data.items() if key not in own},
        nodes=nodes,
        edges=_edges(data.get("edges", []), f"{at}edges"),
        places=_places(layout.get("nodes", {}), nodes, f"{at}layout.nodes"),
        frames={frame.id: frame for frame in _frames(layout.get("frames", []), f"{at}layout.frames")},
        notes={note.id: note for note in _notes(layout.get("notes", []), f"{at}layout.notes")},
        layout_extra=_without(layout, "nodes", "frames", "notes"),
    )


def record_to_json(table: str, record: Any) -> Any:
    """One record of one of the graph's tables (`engine.graph.graph.TABLES`) as it stands in the file."""
    match record:
        case Node():
            title = {"title": record.title} if record.title else {}
            return {"id": record.id, "kind": record.kind, **title, "config": record.config, **record.extra}
        case Edge():
            return {"from": record.start, "to": record.end, **record.extra}
        case Frame():
            color = {"color": record.color} if record.color else {}
            rect = [_short(number) for number in record.rect]
            return {"id": record.id, "title": record.title, "rect": rect, **color, **record.extra}
        case Note():
            rect = [_short(number) for number in record.rect]
            return {"id": record.id, "text": record.text, "rect": rect, **record.extra}
    return [_short(number) for number in record] if table == "places" else record


def record_from_json(table: str, data: Any) -> Any:
    """The record that `record_to_json` wrote.

    Raises:
        FileProblem: it is not a record of that table.
    """
    if table == "head":
        return data
    if table == "places":
        return tuple(_numbers(data, 2, "layout.nodes"))
    whole = {table: [data]} if table in ("nodes", "edges") else {"layout": {table: [data]}}
    return next(iter(graph_from_json(whole).table(table).values()))


def _layout_json(graph: Graph) -> dict[str, Any]:
    nodes = {key: record_to_json("places", place) for key, place in graph.places.items() if key in graph.nodes}
    if not (nodes or graph.frames or graph.notes or graph.layout_extra):
        return {}
    frames = [record_to_json("frames", frame) for frame in graph.frames.values()]
    notes = [record_to_json("notes", note) for note in graph.notes.values()]
    return {"layout": {"nodes": nodes, "frames": frames, "notes": notes, **graph.layout_extra}}


def _short(number: float) -> float:
    """A coordinate as it is written: 240, not 240.0; never farther out than the loader accepts."""
    if math.isnan(number):
        return number
    near = max(-FARTHEST, min(FARTHEST, number))
    return int(near) if near == int(near) else near


def _nodes(items: Any, place: str) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    _expect(items, list, place)
    for index, item in enumerate(items):
        at = f"{place}[{index}]"
        _expect(item, dict, at)
        node_id = _text(item, "id", at)
        if not is_id(node_id):
            hint = "Use small letters, digits and _, beginning with a letter."
            raise FileProblem(f"{at}.id: “{_cut(node_id)}” cannot be an id.", hint, place=f"{at}.id")
        if node_id in nodes:
            message = f"{at}.id: there are two nodes “{_cut(node_id)}”."
            raise FileProblem(message, "Give one of them another id.", place=f"{at}.id")
        kind, title, config = _text(item, "kind", at), item.get("title", ""), item.get("config", {})
        if not kind:
            raise FileProblem(f"{at}.kind is empty.", "Name the kind, such as agent.", place=f"{at}.kind")
        _expect(title, str, f"{at}.title")
        _expect(config, dict, f"{at}.config")
        nodes[node_id] = Node(node_id, kind, title, config, _without(item, "id", "kind", "title", "config"))
    return nodes


def _edges(items: Any, place: str) -> dict[str, Edge]:
    edges: dict[str, Edge] = {}
    _expect(items, list, place)
    for index, item in enumerate(items):
        at = f"{place}[{index}]"
        _expect(item, dict, at)
        edge = Edge(*_end(item, "from", at), *_end(item, "to", at), _without(item, "from", "to"))
        if edge.key in edges:
            message = f"{at}: the edge from {_cut(edge.start)} to {_cut(edge.end)} is there twice."
            raise FileProblem(message, "Remove one of the two.", place=at)
        edges[edge.key] = edge
    return edges


def _end(item: Mapping[str, Any], key: str, at: str) -> tuple[str, str]:
    node, _, port = _text(item, key, at).partition(".")
    if not node or not port or "->" in node or "->" in port:
        message = f"{at}.{key}: “{_cut(item[key])}” does not name a node and its port."
        raise FileProblem(message, "Write it as node.port, such as draft.text.", place=f"{at}.{key}")
    return node, port


def _places(data: Any, nodes: Mapping[str, Node], place: str) -> dict[str, Place]:
    _expect(data, dict, place)
    places: dict[str, Place] = {}
    for key, pair in data.items():
        x, y = _numbers(pair, 2, f"{place}.{_cut(key)}")
        if key in nodes:  # a place of a node that is gone says nothing
            places[key] = (x, y)
    return places


def _frames(items: Any, place: str) -> Iterator[Frame]:
    for at, item in _marks(items, place):
        x, y, width, height = _numbers(item.get("rect"), 4, f"{at}.rect")
        title, color = item.get("title", ""), item.get("color", "")
        _expect(title, str, f"{at}.title")
        _expect(color, str, f"{at}.color")
        extra = _without(item, "id", "title", "rect", "color")
        yield Frame(item["id"], title, (x, y, width, height), color, extra)


def _notes(items: Any, place: str) -> Iterator[Note]:
    for at, item in _marks(items, place):
        x, y, width, height = _numbers(item.get("rect"), 4, f"{at}.rect")
        yield Note(item["id"], _text(item, "text", at), (x, y, width, height), _without(item, "id", "text", "rect"))


def _marks(items: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each frame or note with its place, its id looked at."""
    seen: set[str] = set()
    _expect(items, list, place)
    for index, item in enumerate(items):
        at = f"{place}[{index}]"
        _expect(item, dict, at)
        if _text(item, "id", at) in seen:
            message = f"{at}.id: “{_cut(item['id'])}” is there twice."
            raise FileProblem(message, "Give one of them another id.", place=f"{at}.id")
        seen.add(item["id"])
        yield at, item


def _numbers(value: Any, count: int, at: str) -> list[float]:
    if isinstance(value, list) and len(value) == count:
        numbers = [n for n in value if isinstance(n, int | float) and not isinstance(n, bool)]
        if len(numbers) == count and all(-FARTHEST <= number <= FARTHEST for number in numbers):
            return [float(number) for number in numbers]
    what = "a position [x, y]" if count == 2 else "a box [x, y, width, height]"
    raise FileProblem(f"{at} is not {what}.", "Use finite numbers below a thousand million.", place=at)


def _text(item: Mapping[str, Any], key: str, at: str) -> str:
    if key not in item:
        raise FileProblem(f"{at} has no “{key}”.", f"Add its {key}.", place=at)
    value = item[key]
    _expect(value, str, f"{at}.{key}")
    return str(value)


def _expect(value: Any, kind: type, at: str) -> None:
    if not isinstance(value, kind):
        found = {"text": "text", "null": "null"}.get(type_of(value)) or f"a {type_of(value)}".replace("a o", "an o")
        raise FileProblem(f"{at} must be {_TYPE_WORDS[kind]}, not {found}.", "Correct it in the file.", place=at)


def _without(item: Mapping[str, Any], *known: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in known}


def _cut(text: str) -> str:
    """A text from the file, short enough for a sentence."""
    return text if len(text) <= 60 else text[:57] + "..."
