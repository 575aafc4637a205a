"""What exactly differs between two graphs: each value before and after, down to one setting of a node in a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.graph.compare import Comparison, compare
from engine.graph.conflicts import ABSENT, as_map, keyed
from engine.graph.graph import Graph
from engine.graph.records import Node


@dataclass(frozen=True, slots=True)
class Detail:
    """One value that differs. `at` is its path, `config.prompt`; what is not there is `ABSENT`."""

    at: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        """As a JSON object; what is not there is left out."""
        values = {"before": self.before, "after": self.after}
        return {"at": self.at, **{key: value for key, value in values.items() if value is not ABSENT}}


@dataclass(frozen=True, slots=True)
class Details:
    """Two graphs compared to the last value.

    Attributes:
        compared: what differs, by name.
        head: what differs in the graph's own settings.
        nodes: id of a changed node -> what of it.
    """

    compared: Comparison
    head: tuple[Detail, ...]
    nodes: Mapping[str, tuple[Detail, ...]]

    def as_json(self) -> dict[str, Any]:
        """As `baton diff --json` prints it."""
        found = self.compared
        return {
            "same": not found,
            "logic": found.logic,
            "head": [each.as_json() for each in self.head],
            "nodes": {
                "added": list(found.added),
                "removed": list(found.removed),
                "changed": {key: [each.as_json() for each in what] for key, what in self.nodes.items()},
                "moved": list(found.moved),
                "reordered": found.nodes_reordered,
            },
            "edges": {
                "added": list(found.edges_added),
                "removed": list(found.edges_removed),
                "changed": list(found.edges_changed),
                "reordered_into": list(found.reordered),
            },
            "marks": list(found.marks),
        }


def details(old: Graph, new: Graph) -> Details:
    """What leads from `old` to `new`, value by value."""
    found = compare(old, new)
    nodes = {key: of_node(old.nodes[key], new.nodes[key]) for key in found.changed}
    return Details(found, tuple(_values("", dict(old.head), dict(new.head))), nodes)


def of_node(old: Node, new: Node) -> tuple[Detail, ...]:
    """What differs between two states of one node."""
    before, after = as_map(old), as_map(new)
    return tuple(_values("", {**before.pop("extra"), **before}, {**after.pop("extra"), **after}))


def flat(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value inside a JSON value, with its path; an empty object or list counts as one."""
    parts = _parts(value)
    if not parts:
        yield at, value
        return
    for key, item in parts.items():
        yield from flat(item, f"{at}.{key}" if at else key)


def _values(at: str, before: Any, after: Any) -> Iterator[Detail]:
    if before == after:
        return
    old, new = _parts(before), _parts(after)
    if old is None or new is None:
        yield Detail(at, before, after)
        return
    inner = [key for key in {**old, **new} if old.get(key, ABSENT) != new.get(key, ABSENT)]
    for key in inner:
        yield from _values(f"{at}.{key}" if at else key, old.get(key, ABSENT), new.get(key, ABSENT))
    if not inner:  # only their order differs
        yield Detail(at, before, after)


def _parts(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else keyed(value)
