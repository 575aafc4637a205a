"""Differences between two graphs as recorded before and after: applied, inverted, joined. Undo is made of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.base.errors import Refused
from engine.graph.graph import TABLES, Graph


class Slot(NamedTuple):
    """A record and its place in its table."""

    at: int
    record: Any


class Change(NamedTuple):
    """What happened to one key of one table. `before` is None when it was added, `after` when it was removed."""

    table: str
    key: str
    before: Slot | None
    after: Slot | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes of one step. An empty difference is false."""

    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def inverse(self) -> Difference:
        """The difference that leads back."""
        return Difference(tuple(Change(c.table, c.key, c.after, c.before) for c in self.changes))

    def keys(self, table: str) -> set[str]:
        """The keys of one table that it touches."""
        return {change.key for change in self.changes if change.table == table}


def between(old: Graph, new: Graph) -> Difference:
    """The difference that leads from `old` to `new`; tables shared by both cost nothing."""
    found: list[Change] = []
    for name in TABLES:
        before, after = old.table(name), new.table(name)
        if before is not after:
            found.extend(_changes(name, before, after))
    return Difference(tuple(found))


def apply(graph: Graph, difference: Difference) -> Graph:
    """The graph after a difference.

    Raises:
        Refused: the difference was made for another state of the graph; nothing is changed.
    """
    by_table: dict[str, list[Change]] = {}
    for change in difference.changes:
        by_table.setdefault(change.table, []).append(change)
    tables = {name: _applied(graph.table(name), changes) for name, changes in by_table.items()}
    return graph.with_tables(**tables) if tables else graph


def _changes(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    if list(old) == list(new):
        for index, (key, before) in enumerate(old.items()):
            after = new[key]
            if before is not after and before != after:
                yield Change(table, key, Slot(index, before), Slot(index, after))
        return
    in_order = [key for key in old if key in new] == [key for key in new if key in old]
    places = {key: index for index, key in enumerate(old)}
    for index, (key, record) in enumerate(new.items()):
        at = places.get(key)
        if at is None:
            yield Change(table, key, None, Slot(index, record))
        elif not in_order or (old[key] is not record and old[key] != record):
            yield Change(table, key, Slot(at, old[key]), Slot(index, record))
    for key, at in places.items():
        if key not in new:
            yield Change(table, key, Slot(at, old[key]), None)


def _applied(table: Mapping[str, Any], changes: list[Change]) -> dict[str, Any]:
    for change in changes:
        missing = change.before is not None and change.key not in table
        stale = change.before is not None and not missing and table[change.key] != change.before.record
        if missing or stale or (change.before is None and change.key in table):
            raise Refused(
                f"The change to {change.table} “{change.key}” no longer fits the graph.",
                "Undo it or make the change again.",
            )
    if all(c.before and c.after and c.before.at == c.after.at for c in changes):
        return {**table, **{c.key: c.after.record for c in changes if c.after}}
    touched = {change.key for change in changes}
    staying = iter([item for item in table.items() if item[0] not in touched])
    result: dict[str, Any] = {}
    for change in sorted((c for c in changes if c.after), key=lambda c: c.after.at if c.after else 0):
        assert change.after is not None
        while len(result) < change.after.at:
            item = next(staying, None)
            if item is None:
                break
            result[item[0]] = item[1]
        result[change.key] = change.after.record
    result.update(staying)
    return result
