"""Where two people changed the same thing: kept in the graph itself until somebody has chosen, then put right. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from itertools import pairwise
from typing import Any, Final, Literal

from engine.base.errors import Refused
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge, Frame, Node, Note

Side = Literal["ours", "theirs"]
Path = tuple[str, ...]
KEY: Final = "merge_conflicts"
"""The top-level key of the file under which conflicts stand that nobody has settled yet."""
_RECORDS: Final[Mapping[str, type]] = {"nodes": Node, "edges": Edge, "frames": Frame, "notes": Note}
_NAMES: Final = frozenset({"id", "source", "source_port", "target", "target_port"})
"""Fields that say which record it is: they never differ between two states of one."""


class Absent(Enum):
    """Stands for what is not there, which JSON's null does not say."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that two people changed differently.

    Attributes:
        at: where it stands: `("nodes", "draft", "config", "prompt")`, `("edges", KEY)`, `("head", "name")`, or
            `("order", "merge.items")` for the edges into a port, whose order is meaning (S1).
        base, ours, theirs: JSON values, `ABSENT` where there is nothing. A whole node has its `edges` and `place`.
        chosen: whose value stands in the graph for now.
    """

    at: Path
    base: Any
    ours: Any
    theirs: Any
    chosen: Side = "ours"

    @property
    def node(self) -> str:
        """The node that it is about, `outer/inner` inside a container; "" for the graph as a whole."""
        at = self.at
        if at[0] == "edges":
            return at[1].partition("->")[2].partition(".")[0]
        if at[0] == "order":
            return at[1].partition(".")[0]
        return "/".join(name for table, name in pairwise(at) if table == "nodes")

    @property
    def what(self) -> str:
        """What of it, in words: `config.prompt`, `the order of the edges into items`, `name`."""
        match self.at:
            case ("order", end):
                return f"the order of the edges into {end}"
            case ("edges", key, *rest):
                return " ".join([f"the edge {key}", *rest])
            case ("head", *rest):
                return ".".join(rest)
            case ("nodes", *rest):
                while "nodes" in rest:
                    rest = rest[rest.index("nodes") :][1:]
                return ".".join(rest[1:]) or "the node as a whole"
        return f"{self.at[0].removesuffix('s')} {'.'.join(self.at[1:])}"

    def value(self, side: Side) -> Any:
        """What one of the two wants there."""
        return self.ours if side == "ours" else self.theirs

    def sentence(self) -> str:
        """What happened, for people."""
        where = f"{self.node}: {self.what}" if self.node else self.what
        if ABSENT in (self.ours, self.theirs):
            gone, kept = ("ours", "theirs") if self.ours is ABSENT else ("theirs", "ours")
            return f"{where}: removed in {gone}, changed in {kept}"
        return f"{where}: {'added' if self.base is ABSENT else 'changed'} differently in both"

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file; what is not there is left out."""
        values = {"base": self.base, "ours": self.ours, "theirs": self.theirs}
        return {"at": list(self.at), **{k: v for k, v in values.items() if v is not ABSENT}, "chosen": self.chosen}


def conflicts_of(graph: Graph) -> tuple[Conflict, ...]:
    """The conflicts of a graph that nobody has settled yet; what cannot be read as one is passed over."""
    found = graph.head.get(KEY)
    return tuple(_conflict(item) for item in found if _is_conflict(item)) if isinstance(found, list) else ()


def with_conflicts(graph: Graph, conflicts: Iterable[Conflict]) -> Graph:
    """The graph with these conflicts noted in it."""
    head = {key: value for key, value in graph.head.items() if key != KEY}
    noted = [conflict.as_json() for conflict in conflicts]
    return graph.with_tables(head={**head, KEY: noted} if noted else head)


def settle(graph: Graph, conflict: Conflict, side: Side) -> Graph:
    """The graph in which one side's value stands, and the conflict is no longer noted.

    Raises:
        Refused: what it is about is no longer there.
    """
    rest = [other for other in conflicts_of(graph) if other.at != conflict.at]
    value, (table, name, *path) = conflict.value(side), conflict.at
    if table == "order":
        after = _reordered(graph, name, value)
    elif table == "head":
        after = graph.with_tables(head=put(graph.head, (name, *path), value))
    elif table == "layout":
        after = replace(graph, layout_extra=put(graph.layout_extra, (name, *path), value))
    elif path:
        records = graph.table(table)
        if name not in records:
            raise Refused(f"“{name}” is no longer there.", "Undo its removal, or choose otherwise.")
        changed = put(as_map(records[name]), tuple(path), value)
        if value is ABSENT and path[-2:-1] == ["nodes"]:
            changed = _without_edges(changed, tuple(path[:-2]), path[-1])
        after = graph.with_tables(**{table: {**records, name: from_map(records[name], changed)}})
    else:
        after = _with_record(graph, table, name, value)
    return with_conflicts(after, rest)


def as_map(record: Any) -> dict[str, Any]:
    """A record's fields but those that say which one it is, as JSON."""
    found = {each.name: getattr(record, each.name) for each in fields(record) if each.name not in _NAMES}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def from_map(like: Any, values: Mapping[str, Any]) -> Any:
    """The record with the names of `like` and other fields."""
    known = {each.name for each in fields(like)} - _NAMES
    given = {key: tuple(value) if key == "rect" else value for key, value in values.items() if key in known}
    return replace(like, **given)


def keyed(value: Any) -> dict[str, Any] | None:
    """A list whose items have names (nodes and edges of a body, routes) by those names; None for any other value."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
        return None
    names = [_name(item) for item in value]
    found = dict(zip(names, value, strict=True))
    return None if "" in names or len(found) != len(value) else found


def put(value: Any, path: Path, new: Any) -> Any:
    """A JSON value with another one at a path; `ABSENT` takes away what is there.

    Raises:
        Refused: the path leads nowhere.
    """
    if not path:
        return new
    if isinstance(value, Mapping):
        inner = put(value.get(path[0], {} if len(path) > 1 else None), path[1:], new)
        if inner is ABSENT:
            return {key: item for key, item in value.items() if key != path[0]}
        return {**value, path[0]: inner}
    items = keyed(value)
    if items is None:
        raise Refused(f"There is no “{path[0]}” any more where this belongs.", "Set it by hand.")
    return list(put(items, path, new).values())


def touches(edge: Mapping[str, Any], node: str) -> bool:
    """Whether an edge of a body begins or ends at a node."""
    return node in (str(edge.get(end, "")).partition(".")[0] for end in ("from", "to"))


def _without_edges(value: Any, body: Path, node: str) -> Any:
    """A JSON value in which a body has no edges at a node any more."""
    there: Any = value
    for step in body:
        there = (there if isinstance(there, Mapping) else keyed(there) or {}).get(step)
    edges = there.get("edges", ()) if isinstance(there, Mapping) else ()
    if not any(touches(edge, node) for edge in edges):
        return value
    return put(value, (*body, "edges"), [edge for edge in edges if not touches(edge, node)])


def _name(item: Mapping[str, Any]) -> str:
    if isinstance(item.get("id"), str):
        return str(item["id"])
    ends = item.get("from"), item.get("to")
    return f"{ends[0]}->{ends[1]}" if all(isinstance(end, str) for end in ends) else ""


def _is_conflict(item: Any) -> bool:
    if not isinstance(item, Mapping) or item.get("chosen", "ours") not in ("ours", "theirs"):
        return False
    at = item.get("at")
    known = (*_RECORDS, "head", "layout", "order")
    return isinstance(at, list) and len(at) > 1 and all(isinstance(part, str) for part in at) and at[0] in known


def _conflict(item: Mapping[str, Any]) -> Conflict:
    base, ours, theirs = (item.get(key, ABSENT) for key in ("base", "ours", "theirs"))
    return Conflict(tuple(item["at"]), base, ours, theirs, item.get("chosen", "ours"))


def _with_record(graph: Graph, table: str, name: str, value: Any) -> Graph:
    """A whole node, edge, frame or note: removed, or there as one of the two had it."""
    records = graph.table(table)
    if value is ABSENT:
        if table == "nodes":
            return commands.remove(graph, [name])
        return graph.with_tables(**{table: {key: item for key, item in records.items() if key != name}})
    if not isinstance(value, Mapping):
        raise Refused(f"The value noted for “{name}” cannot be read.", "Set it by hand.")
    after = graph.with_tables(**{table: {**records, name: from_map(records.get(name) or _empty(table, name), value)}})
    if table != "nodes":
        return after
    edges = [edge for edge in map(_edge, value.get("edges", ())) if {edge.source, edge.target} <= after.nodes.keys()]
    place = value.get("place")
    return after.with_tables(
        edges={**{edge.key: edge for edge in edges}, **after.edges} if edges else after.edges,
        places={**after.places, name: tuple(place)} if place and name not in after.places else after.places,
    )


def _empty(table: str, name: str) -> Any:
    match table:
        case "nodes":
            return Node(name, "")
        case "edges":
            source, _, target = name.partition("->")
            return _edge({"from": source, "to": target})
        case "frames":
            return Frame(name, "", (0.0, 0.0, 0.0, 0.0))
    return Note(name, "", (0.0, 0.0, 0.0, 0.0))


def _edge(item: Mapping[str, Any]) -> Edge:
    (source, _, source_port), (target, _, target_port) = (str(item.get(k, "")).partition(".") for k in ("from", "to"))
    return Edge(source, source_port, target, target_port, {k: v for k, v in item.items() if k not in ("from", "to")})


def _reordered(graph: Graph, end: str, wanted: Sequence[str]) -> Graph:
    """The edges into a port in the wanted order; those that nobody spoke of stay behind them."""
    return graph.with_tables(edges=in_order(graph.edges, end, wanted))


def in_order(edges: Mapping[str, Edge], end: str, wanted: Sequence[str]) -> dict[str, Edge]:
    """A table of edges in which those into one port come in the wanted order, in the places that they had together."""
    there = [key for key, edge in edges.items() if edge.end == end]
    first = [key for key in wanted if key in edges and edges[key].end == end]
    chosen = iter([*first, *(key for key in there if key not in set(first))])
    order = [next(chosen) if edge.end == end else key for key, edge in edges.items()]
    return {key: edges[key] for key in order}
