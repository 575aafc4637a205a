"""A graph inside a container as a graph of its own, and what is done to it as a change of the whole: a pure lens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.base.errors import FileProblem, Refused
from engine.files.beside import Beside
from engine.files.format import graph_from_json, graph_to_json
from engine.graph.changes import Change, Difference, between
from engine.graph.graph import Graph
from engine.graph.records import Node

Inside = tuple[str, ...]
"""Where a graph stands: the ids of the containers around it, outermost first. () is the whole document."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A graph that stands inside another one.

    Attributes:
        graph: it, with `read_only` when it cannot be changed from here.
        beside: what reads the files that this graph names; None when nothing does.
        file: the file that it stands in, when it is not the document's own.
        around: the containers around it, outermost first.
    """

    graph: Graph
    beside: Beside | None = None
    file: Path | None = None
    around: tuple[Node, ...] = ()


def inner(whole: Graph, inside: Inside, beside: Beside | None = None) -> Inner:
    """The graph at a place.

    Args:
        beside: reads the graph files that containers name; without it such a body cannot be looked at.

    Raises:
        Refused: there is no such container, or its file cannot be sought.
        FileProblem: what stands there is no graph.
    """
    found = Inner(whole, beside)
    for node in inside:
        found = _one(found, node)
    return found


def every(whole: Graph) -> Iterator[tuple[Inside, Graph]]:
    """A graph and all graphs drawn inside it, with their places; files and what is no graph are left out."""
    todo: list[tuple[Inside, Graph]] = [((), whole)]
    while todo:
        inside, graph = todo.pop()
        yield inside, graph
        for node in graph.nodes.values():
            body = node.config.get("body")
            if isinstance(body, Mapping) and not _file(node):
                try:
                    todo.append(((*inside, node.id), graph_from_json(body)))
                except FileProblem:
                    continue


def within(whole: Graph, inside: Inside, after: Graph) -> Graph:
    """The whole document when the graph at a place becomes `after`.

    Everything that stays is shared with the old document: a step in a large body costs little to keep.

    Raises:
        Refused: there is no such container, or its body stands in a file of its own.
        FileProblem: what stands there is no graph.
    """
    if not inside:
        return after
    node = _container(whole, inside[0])
    if _file(node):
        raise Refused(f"The graph inside “{node.name}” stands in the file {_file(node)}.", "Open that file to edit it.")
    body = _body(node)
    now = within(graph_from_json(body), inside[1:], after)
    config = {**node.config, "body": _as_body(body, now)}
    return whole.with_tables(nodes={**whole.nodes, node.id: replace(node, config=config)})


def changed_at(difference: Difference) -> Inside:
    """The deepest place that holds all that differs between two states of a document."""
    changes = difference.changes
    node = _only_body(changes[0]) if len(changes) == 1 else None
    if node is None:
        return ()
    old, new = node
    try:
        return (old.id, *changed_at(between(graph_from_json(_body(old)), graph_from_json(_body(new)))))
    except FileProblem:
        return ()


def _only_body(change: Change) -> tuple[Node, Node] | None:
    """The node before and after, when a change is of its body and of nothing else."""
    if change.table != "nodes" or change.before is None or change.after is None:
        return None
    old, new = change.before.record, change.after.record
    body = new.config.get("body")
    if old.config.get("body") == body or _file(new) or not isinstance(body, Mapping):
        return None
    same = replace(old, config={**old.config, "body": body}) == new and change.before.at == change.after.at
    return (old, new) if same else None


def _one(outer: Inner, node_id: str) -> Inner:
    node = _container(outer.graph, node_id)
    name, around = _file(node), (*outer.around, node)
    if not name:
        graph = graph_from_json(_body(node))
        return replace(outer, graph=replace(graph, read_only=outer.graph.read_only), around=around)
    if outer.beside is None:
        raise Refused(f"The file {name} is sought beside this graph, which was never saved.", "Save the graph first.")
    graph = graph_from_json(outer.beside.read(name))
    reason = f"It stands in the file {name}; open that file to edit it."
    return Inner(replace(graph, read_only=reason), outer.beside.inside(name), outer.beside.path(name), around)


def _container(graph: Graph, node_id: str) -> Node:
    if node_id not in graph.nodes:
        raise Refused(f"There is no node “{node_id}” to look into.")
    return graph.nodes[node_id]


def _file(node: Node) -> str:
    name = node.config.get("graph")
    return name if isinstance(name, str) else ""


def _body(node: Node) -> Mapping[str, Any]:
    """What is drawn inside a node; nothing yet is an empty graph."""
    body = node.config.get("body")
    if body is not None and not isinstance(body, Mapping):
        raise FileProblem(f"What stands inside “{node.name}” is no graph.", "Correct it as text.")
    return body or {}


def _as_body(old: Mapping[str, Any], now: Graph) -> dict[str, Any]:
    """A graph as a body; without the number of the format where it had none, and sharing the records that stayed."""
    body = {key: value for key, value in graph_to_json(now).items() if key != "baton" or "baton" in old}
    for table in ("nodes", "edges"):
        body[table] = _sharing(old.get(table, ()), body[table])
    return body


def _sharing(old: Sequence[Any], new: Sequence[Any]) -> list[Any]:
    known = {_name(item): item for item in old}
    return [kept if (kept := known.get(_name(item))) == item else item for item in new]


def _name(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return item.get("id"), item.get("from"), item.get("to")
