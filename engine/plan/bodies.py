"""Graphs inside a graph, found without running or contacting anything: embedded bodies and files beside it (T1)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.base.errors import FileProblem
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error, warning

MAX_DEPTH = 64
"""How many graphs may stand inside each other (formats.md, caps)."""


@dataclass(frozen=True)
class Level:
    """A graph on the way down.

    Attributes:
        kinds: the kinds as this graph sees them: file names in it count from its own folder.
        inside: ids of the containers around it, `outer/inner`.
        node: the container around it; "" at the top level.
        trail: the files that it stands in, outermost first; one that comes again is a cycle.
    """

    graph: Graph
    kinds: Kinds
    inside: str = ""
    trail: tuple[str, ...] = ()
    depth: int = 0
    node: str = ""
    servers: frozenset[str] = frozenset()
    """Names of the tool servers of the graph that this one is drawn in; one from another file brings its own."""
    opened: set[str] = field(default_factory=set)
    """The files looked into so far, anywhere: one that many nodes name is looked into once."""


def inner_levels(facts: Facts, level: Level) -> tuple[Facts, list[Level], list[Problem]]:
    """Opens the bodies of one graph.

    Returns:
        The facts without the ports of containers whose body is not known, the graphs to check next, what is wrong.
    """
    deeper: list[Level] = []
    problems: list[Problem] = []
    ports = dict(facts.ports)
    for node, bodies in facts.bodies.items():
        for body in bodies:
            opened = _opened(facts, node, body, level)
            if isinstance(opened, Level):
                deeper.append(opened)
            elif opened is not None:
                problems.append(opened)
                ports.pop(node, None)
    return replace(facts, ports=ports), deeper, problems


def _opened(facts: Facts, node: str, body: Mapping[str, Any] | str, level: Level) -> Level | Problem | None:
    from engine.files.format import graph_from_json

    if level.depth >= MAX_DEPTH:
        message = f"Graphs stand inside each other more than {MAX_DEPTH} deep here."
        return error("too_deep", node, message, "Take some of them apart.")
    trail, kinds, servers = level.trail, level.kinds, facts.servers
    if isinstance(body, str):
        file = posixpath.normpath(posixpath.join(posixpath.dirname(trail[-1]) if trail else "", body))
        if file in trail:
            names = " → ".join((*trail[trail.index(file) :], file))
            return error("subgraph_cycle", node, f"These files contain each other: {names}.", "Use a loop to repeat.")
        read = getattr(facts.configs[node], "body", None)
        if not isinstance(read, Mapping):
            message = f"The file {body} is sought beside this graph, which was never saved."
            return warning("unsaved_folder", node, message, "Save the graph into the folder of that file.")
        if file in level.opened:
            return None
        level.opened.add(file)
        kinds = kinds.inside(body)
        body, trail, servers = read, (*trail, file), frozenset()
    inside = f"{level.inside}/{node}" if level.inside else node
    try:
        return Level(graph_from_json(body), kinds, inside, trail, level.depth + 1, node, servers, level.opened)
    except FileProblem as fault:
        message = f"The graph inside “{facts.graph.nodes[node].name}” cannot be used: {fault.message}"
        return error("bad_body", node, message, fault.hint or "Correct it.", place=fault.place)
