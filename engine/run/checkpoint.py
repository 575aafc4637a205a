"""A long run at its end as JSON beside its events, so that it is shown before they are read and folded (S15).

A cache and no copy: made of the events again whenever it is missing, of another form, or behind them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from typing import Any, Final

import orjson

from engine.base.errors import BatonError
from engine.base.garbage import uncollected
from engine.run.children import DelegationView
from engine.run.events import as_stored
from engine.run.journal import Journal
from engine.run.shown import AttemptView, EdgeView, NodeView, PartView
from engine.run.view import View
from engine.run.writer import Writer

FOLD: Final = 3
"""To be raised when a handler of `engine.run.fold` makes something else of the same events, or `packed` of a view."""
LONG: Final = 10_000
"""Events from which on reading and folding them takes long enough to be spared."""
_OF_VIEW: Final = ("nodes", "edges", "delegations", "_own")
_USUAL: Final = (
    "key", "node", "scope", "status", "source", "started", "ended", "attempt", "max_attempts", "text", "text_length",
    "outputs", "replies",
)  # fmt: skip
"""What most nodes of a long run have been told."""
_TUPLES: Final = frozenset({"route", "waits_for", "tools"})
"""Fields of nodes that are tuples, which JSON has as lists."""
_AT_HAND: Final = """
    FROM folds WHERE run=? AND form=? AND seq=(SELECT last FROM events WHERE run=folds.run ORDER BY seq DESC LIMIT 1)
"""
_FIND: Final = f"SELECT fold {_AT_HAND}"
_COURSE: Final = ("key", "node", "scope", "status", "source", "started", "ended")
_FIND_COURSE: Final = f"""
    SELECT json_extract(CAST(fold AS TEXT), '$[0].rehearsal',
        {", ".join(f"'$[1][{_USUAL.index(name)}]'" for name in _COURSE)}) {_AT_HAND}
"""
_KEEP: Final = """
    INSERT OR REPLACE INTO folds SELECT id, ?, ?, ? FROM runs WHERE id=? AND status<>'running' AND bytes>=?
"""


def kept(journal: Journal, run: str) -> View | None:
    """The run after its last event, if that is at hand; else its events are to be folded.

    Args:
        run: its whole id.
    """
    with suppress(sqlite3.Error, BatonError), as_stored(run), closing(journal.connect()) as database:
        row = database.execute(_FIND, (run, form())).fetchone()
        return unpacked(row[0]) if row else None
    return None


def kept_course(journal: Journal, run: str) -> View | None:
    """`kept` with nothing in it but when the nodes of the top level worked, and how it ended. SQLite takes that out,
    which holds up no other thread meanwhile.

    Args:
        run: its whole id.
    """
    with suppress(sqlite3.Error, BatonError), as_stored(run), closing(journal.connect()) as database:
        row = database.execute(_FIND_COURSE, (run, form())).fetchone()
        if row is not None:
            rehearsal, *columns = orjson.loads(row[0])
            view = View(run=run, rehearsal=rehearsal)
            for key, node, scope, status, source, started, ended in zip(*columns, strict=True):
                if not scope:
                    shown = view.nodes[key] = NodeView.begun(key, node, scope)
                    shown.status, shown.source, shown.started, shown.ended = status, source, started, ended
            return view
    return None


def keep_later(writer: Writer, fold: Callable[[], View], seq: int) -> None:
    """`keep` for a run that has just ended, where it holds up no other.

    Args:
        fold: gives what the run came to.
        seq: the number of its last event.
    """
    if seq >= LONG:
        writer.when_idle(lambda: keep(writer.journal, fold()))


def keep(journal: Journal, view: View) -> None:
    """Stores what a run came to, where that spares something: it is long, over, and no larger so than its events."""
    if view.seq < LONG:
        return
    found = packed(view)
    with suppress(sqlite3.Error, BatonError), closing(journal.connect()) as database:
        database.execute(_KEEP, (view.seq, form(), found, view.run, len(found)))


@cache
def form() -> str:
    """What a stored fold must have been made by to be used."""
    records = (View, NodeView, EdgeView, AttemptView, PartView, DelegationView)
    return f"{FOLD}: " + "; ".join(",".join(_names(record)) for record in records)


def packed(view: View) -> bytes:
    """A view as JSON. What most nodes have been told stands in columns, which are read quickest; the rest by place."""
    whole = {each.name: getattr(view, each.name) for each in fields(view) if each.name not in _OF_VIEW}
    nodes = list(view.nodes.values())
    columns = [[getattr(node, name) for node in nodes] for name in _USUAL]
    inside = [node.attempts for node in nodes], [list(node.parts.values()) for node in nodes]
    rest: dict[str, list[tuple[int, Any]]] = {}
    for place, node in enumerate(nodes):
        for name, value in vars(node).items():
            if name not in _USUAL and value != _FRESH.get(name, value):
                rest.setdefault(name, []).append((place, value))
    parts = [whole, columns, inside, rest, view.edges, view.delegations]
    return orjson.dumps(parts, default=_values, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def unpacked(data: bytes) -> View:
    """The view that `packed` was given."""
    with uncollected():
        whole, columns, inside, rest, edges, delegations = orjson.loads(data)
        view = View(**whole)
        view.warnings = tuple(view.warnings)
        nodes = _nodes(columns, *inside)
        for name, told in rest.items():
            for place, value in told:
                setattr(nodes[place], name, tuple(value) if name in _TUPLES else value)
        view.nodes = {node.key: node for node in nodes}
        view.edges = {key: EdgeView(*values) for key, values in edges.items()}
        view.delegations = {key: _delegation(values) for key, values in delegations.items()}
    return view


def _nodes(columns: list[list[Any]], attempts: list[Any], parts: list[Any]) -> list[NodeView]:
    """The nodes as far as columns tell. A run may have very many: attributes set by name take a third of the time."""
    found = [NodeView.begun(*told) for told in zip(*columns[:3], strict=True)]
    rows = zip(found, *columns[3:], attempts, parts, strict=True)
    for node, status, source, started, ended, attempt, most, text, length, outputs, replies, tried, inside in rows:
        node.status, node.source, node.started, node.ended = status, source, started, ended
        node.attempt, node.max_attempts, node.text, node.text_length = attempt, most, text, length
        node.outputs, node.replies = outputs, replies
        node.attempts = [_attempt(values) for values in tried]
        if inside:
            node.parts = {values[0]: PartView(*values) for values in inside}
    return found


def _attempt(values: list[Any]) -> AttemptView:
    values[-1] = tuple((begun, ended) for begun, ended in values[-1]) if values[-1] else ()
    return AttemptView(*values)


def _delegation(values: Sequence[Any]) -> DelegationView:
    found = DelegationView(*values)
    return replace(found, rejections=tuple((who, why) for who, why in found.rejections))


def _values(record: Any) -> Any:
    """A record as the list of its fields; what JSON does not know as a list, too."""
    return [getattr(record, each) for each in _names(record.__class__)] if is_dataclass(record) else list(record)


@cache
def _names(record: Any) -> tuple[str, ...]:
    """The fields of a class of records."""
    return tuple(each.name for each in fields(record))


_FRESH: Final[Mapping[str, Any]] = {each.name: each.default for each in fields(NodeView) if each.default is not MISSING}
"""What a field of a node is as long as nothing was said of it."""
