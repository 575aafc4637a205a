"""Short ways to write a graph down in tests of checks and estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.registry import Kinds
from engine.plan.check import check
from engine.plan.problem import Problem


def graph(nodes: Mapping[str, tuple[str, Mapping[str, Any]] | str], *edges: str, **head: Any) -> Graph:
    """A graph from `id=(kind, config)` or `id=kind`, and edges such as `a.text > b.task`."""
    made = [Node(key, *_kind(value)) for key, value in nodes.items()]
    drawn = [_edge(text) for text in edges]
    return Graph(head, {node.id: node for node in made}, {edge.key: edge for edge in drawn})


def _kind(value: tuple[str, Mapping[str, Any]] | str) -> tuple[str, str, Mapping[str, Any]]:
    return (value, "", {}) if isinstance(value, str) else (value[0], "", value[1])


def _edge(text: str) -> Edge:
    start, end = (part.strip().split(".") for part in text.split(">"))
    return Edge(start[0], start[1], end[0], end[1])


def problems(found: Graph, **options: Any) -> dict[str, Problem]:
    """What check finds, by `code node`."""
    return {f"{problem.code} {problem.node}".strip(): problem for problem in check(found, Kinds.load(), **options)}


def template(*names: str) -> tuple[str, dict[str, Any]]:
    """A template node with a port for each name."""
    return "template", {"template": " ".join(f"{{{{ {name} }}}}" for name in names)}


GIVEN = ("input", {"default": "words"})
"""An input with a default."""
