"""Graphs inside a graph: embedded bodies and files beside it, found without running or contacting anything (T1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.base.errors import FileProblem
from engine.graph.graph import Graph
from engine.kinds.contract import ERROR, Port, Ports
from engine.plan.facts import Body, Facts
from engine.plan.problem import Problem, error, warning

MAX_DEPTH = 64
"""How many graphs may stand inside each other (formats.md, caps)."""


@dataclass(frozen=True)
class Level:
    """A graph on the way down.

    Attributes:
        inside: ids of the containers around it, `outer/inner`.
        folder: where file names in it count from.
        trail: the files that it stands in, outermost first; one that comes again is a cycle.
    """

    graph: Graph
    inside: str = ""
    folder: Path | None = None
    trail: tuple[Path, ...] = ()
    depth: int = 0


def inner_levels(facts: Facts, level: Level) -> tuple[Facts, list[Level], list[Problem]]:
    """Opens the bodies of one graph.

    Returns:
        The facts with the ports of containers whose body is a file, the graphs to check next, and what is wrong.
    """
    deeper: list[Level] = []
    problems: list[Problem] = []
    ports = dict(facts.ports)
    for node, bodies in facts.bodies.items():
        for body in bodies:
            opened = _opened(node, body, level)
            if isinstance(opened, Level):
                deeper.append(opened)
                if isinstance(body, str):
                    ports[node] = container_ports(opened.graph)
            else:
                problems.append(opened)
                if isinstance(body, str):
                    ports.pop(node, None)
    return replace(facts, ports=ports), deeper, problems


def container_ports(body: Graph) -> Ports:
    """The ports of a container: its body's inputs and outputs by name, and `error` (formats.md, Kinds)."""
    inputs = [node for node in body.nodes.values() if node.kind == "input"]
    outputs = [node for node in body.nodes.values() if node.kind == "output"]

    def name(config: Mapping[str, object], node: str) -> str:
        return str(config.get("name") or node)

    return Ports(
        tuple(Port(name(node.config, node.id), "any", required="default" not in node.config) for node in inputs),
        (*(Port(name(node.config, node.id), "any") for node in outputs), ERROR),
    )


def _opened(node: str, body: Body, level: Level) -> Level | Problem:
    from engine.files import graph_from_json, open_graph

    inside = f"{level.inside}/{node}" if level.inside else node
    if level.depth + 1 > MAX_DEPTH:
        return error("too_deep", node, f"Graphs stand inside each other more than {MAX_DEPTH} deep here.",
                     "Flatten some of them.")  # fmt: skip
    try:
        if not isinstance(body, str):
            return Level(graph_from_json(body), inside, level.folder, level.trail, level.depth + 1)
        path = _path(node, body, level)
        if isinstance(path, Problem):
            return path
        return Level(open_graph(path), inside, path.parent, (*level.trail, path), level.depth + 1)
    except FileProblem as problem:
        what = f"The file {body}" if isinstance(body, str) else "The graph inside"
        return error("bad_body", node, f"{what} cannot be used: {problem.message}",
                     problem.hint or "Correct it or choose another one.", place=problem.place)  # fmt: skip


def _path(node: str, name: str, level: Level) -> Path | Problem:
    """The file that a sub-graph names, when it may be looked at: it lies in the graph's folder and is there."""
    if level.folder is None:
        return warning("unsaved_folder", node, f"The file {name} is looked for beside this graph, which was never saved.",
                       "Save the graph into the folder of that file.")  # fmt: skip
    root = level.folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        return warning("outside_folder", node, f"The file {name} lies outside the folder of this graph.",
                       "Move it beside the graph, or run with --trust.")  # fmt: skip
    if not path.is_file():
        return error("missing_file", node, f"There is no file {name} beside this graph.",
                     "Choose an existing file or embed the graph.")  # fmt: skip
    if path in level.trail:
        names = " → ".join(step.name for step in (*level.trail[level.trail.index(path) :], path))
        return error("subgraph_cycle", node, f"These files contain each other: {names}.",
                     "Use a loop to repeat a graph.")  # fmt: skip
    return path
