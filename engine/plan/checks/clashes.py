"""Checks shared resources: two nodes of which neither waits for the other must not both write one (S14)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final, NamedTuple

from engine.base.errors import FileProblem
from engine.kinds.contract import Touch
from engine.kinds.tool_config import has_desk, tool_touches
from engine.plan.bodies import MAX_DEPTH
from engine.plan.exclusive import Exclusive
from engine.plan.facts import Facts, facts_of
from engine.plan.problem import Problem, warning

SHOWN: Final = 50
"""How many clashes are named one by one."""
Touched = Mapping[str, Mapping[str, Touch]]
"""Node -> resource -> how it touches it."""
FOLDER: Final = "folder "
"""How the resource of a kind that touches a folder begins."""


class _Place(NamedTuple):
    """Where bodies are looked into: the folder of their graph, how deep, and what files are known to touch."""

    folder: str
    depth: int
    known: dict[str, tuple[Touch, ...]]


def look(facts: Facts) -> Iterator[Problem]:
    """Warns of unordered nodes that write one resource, and of one that writes what another reads."""
    place = _Place("", 0, {})
    touched = {node: touches for node in facts.order if (touches := _touches(facts, node, place))}
    if not any(touch.writes for touches in touched.values() for touch in touches.values()):
        return
    after, exclusive = _followers(facts, list(touched)), None
    shown = 0
    for first, second, resource in _meetings(touched, after):
        exclusive = exclusive or Exclusive(facts)
        if exclusive.never_both(first, second):
            continue
        shown += 1
        if shown > SHOWN:
            return
        yield _clash(facts, first, second, resource, touched)


def _touches(facts: Facts, node: str, place: _Place) -> dict[str, Touch]:
    """What a node reads and writes, with all that is inside it; a resource that it also writes counts as written."""
    config = facts.configs.get(node)
    kind = facts.kinds.get(facts.graph.nodes[node].kind)
    if config is None or kind is None:
        return {}
    found: dict[str, Touch] = {}
    by_tools = tool_touches(config) if has_desk(config) else ()
    inside = _inside(facts, node, place) if node in facts.bodies else ()
    for touch in (*kind.touches(config), *by_tools, *inside):
        if touch.writes or touch.resource not in found:
            found[touch.resource] = touch
    return found


def _inside(facts: Facts, node: str, place: _Place) -> Iterator[Touch]:
    from engine.files.format import graph_from_json

    for body in facts.bodies.get(node, ()):
        read: Mapping[str, Any] | str | None = body
        kinds, folder, file = facts.kinds, place.folder, ""
        if isinstance(body, str):
            read, file = getattr(facts.configs[node], "body", None), posixpath.normpath(posixpath.join(folder, body))
            folder = posixpath.dirname(file)
        if file in place.known:
            yield from place.known[file]
        elif isinstance(read, Mapping) and place.depth < MAX_DEPTH:
            try:
                inner = facts_of(graph_from_json(read), kinds.inside(str(body)) if file else kinds)
            except FileProblem:
                continue  # said where bodies are opened
            if file:
                place.known[file] = ()  # a file that stands in itself adds nothing
            below = _Place(folder, place.depth + 1, place.known)
            found = tuple(touch for each in inner.configs for touch in _touches(inner, each, below).values())
            if file:
                place.known[file] = found
            yield from found


def _followers(facts: Facts, nodes: list[str]) -> Mapping[str, int]:
    """Node -> which of `nodes` come after it, as a set of bits."""
    bits = {node: 1 << place for place, node in enumerate(nodes)}
    found: dict[str, int] = {}
    for node in reversed(facts.order):
        reached = 0
        for edge in facts.graph.outgoing(node):
            reached |= bits.get(edge.target, 0) | found.get(edge.target, 0)
        found[node] = reached
    return found


def _meetings(touched: Touched, after: Mapping[str, int]) -> Iterator[tuple[str, str, str]]:
    """Pairs of unordered nodes that meet at a resource which one of them writes."""
    places = {node: place for place, node in enumerate(touched)}
    users: dict[str, dict[str, Touch]] = {}
    for node, touches in touched.items():
        for touch in touches.values():
            for resource in _around(touch.resource):
                users.setdefault(resource, {}).setdefault(node, touch)
    met: set[tuple[str, str]] = set()
    for resource, found in users.items():
        nodes = list(found)
        for index, second in enumerate(nodes):
            for first in nodes[:index]:
                direct = resource in (found[first].resource, found[second].resource)
                writes = found[first].writes or found[second].writes
                ordered = after[first] >> places[second] & 1 or after[second] >> places[first] & 1
                if direct and writes and not ordered and (first, second) not in met:
                    met.add((first, second))
                    yield first, second, resource


def _around(resource: str) -> Iterator[str]:
    """A resource, and the folders that it stands in: who writes `out/a` meets who reads all of `out`."""
    yield resource
    if resource.startswith(FOLDER):
        path = PurePath(resource.removeprefix(FOLDER))
        yield from (f"{FOLDER}{parent}" for parent in path.parents if str(parent) != str(path))


def _clash(facts: Facts, first: str, second: str, resource: str, touched: Touched) -> Problem:
    names = [facts.graph.nodes[node].name for node in (first, second)]
    writers = [any(t.writes and resource in _around(t.resource) for t in touched[n].values()) for n in (first, second)]
    if all(writers):
        said = f"“{names[0]}” and “{names[1]}” may both write {resource} at the same time"
    else:
        writer, reader = names if writers[0] else reversed(names)
        said = f"“{writer}” may write {resource} while “{reader}” reads it"
    return warning(
        "shared_write", second, f"{said}: neither waits for the other.",
        "Draw an edge between them, let them use different places, or choose what happens when another changed it.",
    )  # fmt: skip


CHECK = look
