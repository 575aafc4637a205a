"""Whether an edge may be drawn: the one judge for the canvas, the checker and the importers."""

from __future__ import annotations

from engine.base.values import fits
from engine.graph.graph import Graph
from engine.kinds.contract import Port, Ports
from engine.kinds.registry import Kinds


def ports_of(graph: Graph, kinds: Kinds, node: str) -> Ports | None:
    """The ports of a node as its config stands; None for an unknown kind or a config that does not fit."""
    found = graph.nodes[node]
    return kinds.ports(found.kind, found.config)


def find(ports: tuple[Port, ...], name: str) -> Port | None:
    """The port of a name."""
    for port in ports:  # asked of both ends of every edge: a generator takes five times as long
        if port.name == name:
            return port
    return None


def refusal(source: Port, target: Port) -> str:
    """Why an output cannot be joined to an input, in one sentence; "" when it can."""
    if fits(source.type, target.type):
        return ""
    return f"“{source.name}” gives {_noun(source.type)}, but “{target.name}” takes {_noun(target.type)}."


def _noun(value_type: str) -> str:
    return {"number": "a number", "boolean": "yes or no", "json": "JSON", "list": "a list", "file": "a file",
            "image": "an image"}.get(value_type, value_type)  # fmt: skip
