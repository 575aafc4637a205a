"""Joins what two people made of one graph: what only one changed is taken, what both changed is a conflict. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.base.errors import Refused
from engine.base.ids import unique_id
from engine.graph import commands
from engine.graph.conflicts import ABSENT, Conflict, Path, Side, as_map, from_map, in_order, keyed
from engine.graph.graph import Graph
from engine.graph.held import held
from engine.graph.records import Edge

_DRAWING: Final = frozenset({"places", "rect", "bends", "bookmarks"})
"""Where something stands is nobody's loss: ours is taken."""
_TABLES: Final = ("frames", "notes")


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of a merge.

    Attributes:
        graph: both sides' edits; at a conflict ours, but what one removed and the other changed stays.
        conflicts: what both changed differently, to be settled one by one (`conflicts.settle`).
        renamed: ids of theirs that both gave to a new node, frame or note -> what theirs has here.
    """

    graph: Graph
    conflicts: tuple[Conflict, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


def merge(base: Graph, ours: Graph, theirs: Graph) -> Merged:
    """Joins two people's edits of one graph. No edge of either goes without being named by a conflict.

    Args:
        base: what both began from; an empty graph where that is not known.

    Raises:
        Refused: one of them was made by a newer Baton.
    """
    for graph in (base, ours, theirs):
        if graph.read_only:
            raise Refused(f"These graphs cannot be merged: {graph.read_only}", "Install the newest version of Baton.")
    theirs, renamed = _told_apart(base, ours, theirs) if base.nodes else (theirs, {})
    three = _Three(base, ours, theirs)
    return Merged(three.graph(), tuple(three.conflicts), renamed)


def _told_apart(base: Graph, ours: Graph, theirs: Graph) -> tuple[Graph, dict[str, str]]:
    """Theirs with other ids for what both added under one id and what is not the same."""
    renamed: dict[str, str] = {}

    def clashing(table: str) -> list[str]:
        old, left, right = (graph.table(table) for graph in (base, ours, theirs))
        return [key for key in right if key in left and key not in old and left[key] != right[key]]

    for key in clashing("nodes"):
        renamed[key] = unique_id(key, {**base.nodes, **ours.nodes, **theirs.nodes})
        theirs = commands.rename(theirs, key, renamed[key])
    for table in _TABLES:
        for key in clashing(table):
            taken = {**base.table(table), **ours.table(table), **theirs.table(table)}
            new = renamed[key] = unique_id(key, taken)
            records = ((new if name == key else name, record) for name, record in theirs.table(table).items())
            moved = {name: replace(record, id=name) for name, record in records}
            theirs = theirs.with_tables(**{table: moved})
    return theirs, renamed


class _Three:
    """One merge. Collects conflicts as it goes down into tables, records and values."""

    def __init__(self, base: Graph, ours: Graph, theirs: Graph) -> None:
        self._base, self._ours, self._theirs = base, ours, theirs
        self.conflicts: list[Conflict] = []
        self._kept: dict[str, Side] = {}
        """Nodes that one side removed although the other still works on them -> who keeps them."""
        for removing, keeping, side in ((ours, theirs, "theirs"), (theirs, ours, "ours")):
            for key in base.nodes:
                if key not in removing.nodes and key in keeping.nodes and self._touched(keeping, key):
                    self._kept[key] = "theirs" if side == "theirs" else "ours"

    def graph(self) -> Graph:
        """The merged graph."""
        sides = self._base, self._ours, self._theirs
        extra = self._mapping(("layout",), *(graph.layout_extra for graph in sides))
        places = [self._with_kept(graph, "places") for graph in sides]
        nodes, edges = self._nodes(), self._edges()
        bends = self._mapping(("bends",), *(graph.bends for graph in sides))
        return Graph(
            head=self._mapping(("head",), *(graph.head for graph in sides)),
            nodes=nodes,
            edges=edges,
            places=self._mapping(("places",), *places),
            bends={key: points for key, points in bends.items() if key in edges},
            frames=self._records("frames", *(graph.frames for graph in sides)),
            notes=self._records("notes", *(graph.notes for graph in sides)),
            bookmarks=self._mapping(("bookmarks",), *(graph.bookmarks for graph in sides)),
            layout_extra=extra,
        )

    def _touched(self, keeping: Graph, key: str) -> bool:
        """Whether a side changed a node of the base or joined it to anything new."""
        if keeping.nodes[key] != self._base.nodes[key]:
            return True
        around = (*keeping.incoming(key), *keeping.outgoing(key))
        return any(self._base.edges.get(edge.key) != edge for edge in around)

    def _nodes(self) -> dict[str, Any]:
        sides = [self._with_kept(graph, "nodes") for graph in (self._base, self._ours, self._theirs)]
        for key, side in self._kept.items():
            keeping = self._ours if side == "ours" else self._theirs
            whole = {"ours": ABSENT, "theirs": ABSENT, side: _whole(keeping, key)}
            self.conflicts.append(Conflict(("nodes", key), _whole(self._base, key), **whole, chosen=side))
        return self._records("nodes", *sides)

    def _with_kept(self, graph: Graph, table: str) -> Mapping[str, Any]:
        """A table of one side as if it had not removed the nodes that are kept: all as the other side has it."""
        found: Mapping[str, Any] = graph.table(table)
        for key, side in self._kept.items():
            keeping = (self._ours if side == "ours" else self._theirs).table(table)
            if key in keeping and graph is not self._base:
                found = _restored(found, keeping, {key})
        return found

    def _edges(self) -> dict[str, Edge]:
        sides = [self._base.edges]
        for graph, side in ((self._ours, "ours"), (self._theirs, "theirs")):
            kept = {key for key, keeper in self._kept.items() if keeper != side}
            there = kept | graph.nodes.keys()
            gone = {key for key, edge in self._base.edges.items()
                    if kept & {edge.source, edge.target} and {edge.source, edge.target} <= there}  # fmt: skip
            sides.append(_restored(graph.edges, self._base.edges, gone))  # what went with a node that is kept
        merged: dict[str, Edge] = self._records("edges", *sides)
        for end, orders in _orders(*sides).items():
            wanted, clash = _order(*orders)
            if clash:
                self.conflicts.append(Conflict(("order", end), orders[0], orders[1], orders[2]))
            merged = in_order(merged, end, wanted)
        return merged

    def _records(
        self, table: str, base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in _order(list(base), list(ours), list(theirs))[0]:
            records = [side.get(key, ABSENT) for side in (base, ours, theirs)]
            maps = [ABSENT if record is ABSENT else as_map(record) for record in records]
            value = self._value((table, key), *maps)
            if value is not ABSENT:
                like = next(record for record in (*records[1:], records[0]) if record is not ABSENT)
                found[key] = from_map(like, value)
        return found

    def _mapping(self, at: Path, base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
                 ) -> dict[str, Any]:  # fmt: skip
        order, _ = _order(list(base), list(ours), list(theirs))
        values = ((key, self._value((*at, key), *(side.get(key, ABSENT) for side in (base, ours, theirs))))
                  for key in order)  # fmt: skip
        return {key: value for key, value in values if value is not ABSENT}

    def _value(self, at: Path, base: Any, ours: Any, theirs: Any) -> Any:
        if ours == theirs or theirs == base:
            return ours
        if ours == base:
            return theirs
        if _DRAWING.intersection(at):
            return theirs if ours is ABSENT else ours
        empty = {} if base is ABSENT else base
        if all(isinstance(side, Mapping) and "op" not in side for side in (empty, ours, theirs)):
            ours, theirs, removed = held(empty, ours, theirs)
            for node, was, now, side in removed:
                whole = {"ours": ABSENT, "theirs": ABSENT, side: now}
                self.conflicts.append(Conflict((*at, "nodes", node), was, **whole, chosen=side))
            return self._mapping(at, empty, ours, theirs)
        return self._list(at, base, ours, theirs)

    def _list(self, at: Path, base: Any, ours: Any, theirs: Any) -> Any:
        """A list of things with names, one by one; any other value is a conflict as a whole (a rule, too)."""
        named = [keyed([] if side is ABSENT else side) for side in (base, ours, theirs)]
        known = [side for side in named if side is not None]
        if len(known) == len(named) and ABSENT not in (ours, theirs) and not _order(*map(list, known))[1]:
            return list(self._mapping(at, *known).values())
        chosen: Side = "theirs" if ours is ABSENT else "ours"
        conflict = Conflict(at, base, ours, theirs, chosen)
        self.conflicts.append(conflict)
        return conflict.value(chosen)


def _whole(graph: Graph, key: str) -> dict[str, Any]:
    """A node with all that goes when it goes."""
    around = {edge.key: edge for edge in (*graph.incoming(key), *graph.outgoing(key))}
    edges = [{"from": edge.start, "to": edge.end, **edge.extra} for edge in around.values()]
    place = {"place": list(graph.places[key])} if key in graph.places else {}
    return {**as_map(graph.nodes[key]), "edges": edges, **place}


def _restored(table: Mapping[str, Any], source: Mapping[str, Any], keys: set[str]) -> Mapping[str, Any]:
    """A table with the records of some keys that it lacks, each where it stood in `source`."""
    if keys <= table.keys():
        return table
    order = _inserted(list(table), list(source))
    return {key: table[key] if key in table else source[key] for key in order if key in table or key in keys}


def _orders(*tables: Mapping[str, Edge]) -> dict[str, list[list[str]]]:
    """For each port whose edges somebody put in another order: the keys of its edges in each table."""
    ends: dict[str, list[list[str]]] = {}
    for at, table in enumerate(tables):
        for key, edge in table.items():
            ends.setdefault(edge.end, [[], [], []])[at].append(key)
    return {end: orders for end, orders in ends.items() if orders[1] != orders[0] or orders[2] != orders[0]}


def _order(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> tuple[list[str], bool]:
    """All keys in the order of who changed it, and whether both did, each in another way.

    What only one side has stands behind what it stands behind there.
    """
    everywhere = set(base) & set(ours) & set(theirs)
    was, left, right = ([key for key in keys if key in everywhere] for keys in (base, ours, theirs))
    spine, others = (theirs, (ours, base)) if left == was and right != was else (ours, (theirs, base))
    order = list(spine)
    for other in others:
        order = _inserted(order, other)
    return order, left != was and right not in (was, left)


def _inserted(order: list[str], other: Iterable[str]) -> list[str]:
    """`order` with what only `other` has, each behind what it stands behind there; what ends it comes last."""
    known, behind = set(order), dict[str | None, list[str]]()
    last: str | None = None
    waiting: list[str] = []
    for key in other:
        if key in known:
            behind.setdefault(last, []).extend(waiting)
            last, waiting = key, []
        else:
            waiting.append(key)
    result = behind.get(None, [])
    for key in order:
        result += [key, *behind.get(key, ())]
    return result + waiting
