"""What differs between two graphs as lines for people: one for each thing, long texts line by line."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import ndiff
from typing import Any, Final

from engine.cli.console import inert, paint
from engine.files.text import one_line
from engine.graph.conflicts import ABSENT
from engine.graph.details import Detail, Details, flat
from engine.graph.graph import Graph
from engine.graph.records import Node

LONG: Final = 60
"""Characters above which a text is shown on lines of its own."""
MOST: Final = 400
"""Lines of a text that are compared line by line; beyond that it is said how much there is."""


def lines(found: Details, old: Graph, new: Graph) -> Iterator[str]:
    """All differences that lead from one graph to the other."""
    compared = found.compared
    for each in found.head:
        yield from _detail(each, "")
    for key in compared.added:
        yield paint(f"+ node {_named(new.nodes[key])}", "green")
    for key in compared.removed:
        yield paint(f"- node {_named(old.nodes[key])}", "red")
    for key, what in found.nodes.items():
        yield paint(f"~ node {_named(new.nodes[key])}", "yellow")
        for each in what:
            yield from _detail(each, "    ")
    yield from (paint(f"+ edge {_edge(key)}", "green") for key in compared.edges_added)
    yield from (paint(f"- edge {_edge(key)}", "red") for key in compared.edges_removed)
    yield from (paint(f"~ edge {_edge(key)}", "yellow") for key in compared.edges_changed)
    yield from (paint(f"~ edges into {inert(end)}: another order", "yellow") for end in compared.reordered)
    if compared.nodes_reordered:
        yield paint("~ nodes: another order", "yellow")
    drawn = [f"{len(compared.moved)} moved"] * bool(compared.moved)
    drawn += [f"{len(compared.marks)} frames and notes changed"] * bool(compared.marks)
    if drawn:
        yield paint(f"  drawing only: {', '.join(drawn)}", "dim")


def outline(graph: Graph) -> Iterator[str]:
    """A graph as lines that two states of it can be compared by: no places, one value on each line."""
    for at, value in flat(graph.head):
        yield from _plain(at, value, "")
    for node in graph.nodes.values():
        yield f"node {_named(node)}"
        for at, value in flat({**node.config, **node.extra}):
            yield from _plain(at, value, "    ")
    yield from (f"edge {_edge(key)}" for key in graph.edges)
    yield from (f"note {inert(note.text)}" for note in graph.notes.values())


def _named(node: Node) -> str:
    title = f" “{inert(node.title)}”" if node.title else ""
    return f"{inert(node.id)} ({inert(node.kind)}){title}"


def _edge(key: str) -> str:
    return inert(key.replace("->", " -> "))


def _plain(at: str, value: Any, margin: str) -> Iterator[str]:
    if not at:
        return
    if not _is_long(value):
        yield f"{margin}{inert(at)}: {_short(value)}"
        return
    yield f"{margin}{inert(at)}:"
    yield from (f"{margin}    {line}" for line in _text_lines(value))


def _detail(each: Detail, margin: str) -> Iterator[str]:
    at = inert(each.at)
    if _is_long(each.before) or _is_long(each.after):
        yield f"{margin}{at}:"
        before, after = _text_lines(each.before), _text_lines(each.after)
        if len(before) + len(after) > MOST:
            yield f"{margin}  {len(before)} lines became {len(after)}"
        else:
            yield from (f"{margin}  {_marked(line)}" for line in ndiff(before, after) if not line.startswith("? "))
    elif each.before is ABSENT:
        yield paint(f"{margin}+ {at}: {_short(each.after)}", "green")
    elif each.after is ABSENT:
        yield paint(f"{margin}- {at}: {_short(each.before)}", "red")
    else:
        yield f"{margin}{at}: {paint(_short(each.before), 'red')} -> {paint(_short(each.after), 'green')}"


def _marked(line: str) -> str:
    colour = {"+": "green", "-": "red"}.get(line[:1], "dim")
    return paint(line.rstrip("\n"), colour)


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and ("\n" in value or len(value) > LONG)


def _text_lines(value: Any) -> list[str]:
    if value is ABSENT:
        return []
    return inert(value).split("\n") if isinstance(value, str) else [inert(one_line(value))]


def _short(value: Any) -> str:
    return inert(one_line(value))
