"""A Mermaid flowchart: drawn by GitHub, GitLab and many wikis from text."""

from __future__ import annotations

import json
import re

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.contract import Port
from engine.kinds.registry import Kinds
from engine.plan.ports import find

_SHAPES = {
    "input": ("([", "])"),
    "output": ("([", "])"),
    "router": ("{", "}"),
    "merge": ("{{", "}}"),
    "subgraph": ("[[", "]]"),
    "map": ("[[", "]]"),
    "loop": ("[[", "]]"),
    "template": ("[/", "/]"),
    "files": ("[(", ")]"),
    "write_files": ("[(", ")]"),
    "manager": ("[\\", "/]"),
    "review": (">", "]"),
}
_PLAIN = ("[", "]")
_LONGEST = 120
"""Characters of one label; a title may be longer, a picture of it need not."""

_NODE = re.compile(r"^ {4}(n_[a-z0-9_]+)[^a-z0-9_ ]+?\"", re.M)
_EDGE = re.compile(r"^ {4}(n_[a-z0-9_]+) (?:-->|-\.->)(?:\|\".*\"\|)? (n_[a-z0-9_]+)$", re.M)


class Mermaid:
    """Writes a flowchart from left to right, each kind in a shape of its own; ports that say something are labels."""

    name = "mermaid"
    title = "Mermaid diagram"
    suffix = ".mmd"

    def export(self, graph: Graph, kinds: Kinds) -> str:
        """The text of the diagram."""
        head = ["---", f"title: {json.dumps(_words(graph.name))}", "---"] if _words(graph.name) else []
        nodes = [f"    {_node(node, kinds)}" for node in graph.nodes.values()]
        edges = [f"    {_edge(edge, graph, kinds)}" for edge in _drawn(graph)]
        return "\n".join([*head, "flowchart LR", *nodes, *edges, ""])

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """Reads the diagram again: every node and every edge must be in it."""
        text = data.decode("utf-8")
        if [f"n_{node}" for node in graph.nodes] != _NODE.findall(text):
            return "some nodes are not in the diagram."
        wanted = [(f"n_{edge.source}", f"n_{edge.target}") for edge in _drawn(graph)]
        return "" if wanted == _EDGE.findall(text) else "some edges are not in the diagram."


def _drawn(graph: Graph) -> list[Edge]:
    return [edge for edge in graph.edges.values() if edge.source in graph.nodes and edge.target in graph.nodes]


def _node(node: Node, kinds: Kinds) -> str:
    start, end = _SHAPES.get(node.kind, _PLAIN)
    detail = _summary(node, kinds)
    label = _label(node.name) + (f"<br/><small>{_label(detail)}</small>" if detail else "")
    return f'n_{node.id}{start}"{label}"{end}'


def _summary(node: Node, kinds: Kinds) -> str:
    from engine.base.errors import FileProblem, Refused

    kind = kinds.get(node.kind)
    try:
        return kind.summary(kinds.config(node.kind, node.config)) if kind else node.kind
    except (Refused, FileProblem):
        return node.kind


def _edge(edge: Edge, graph: Graph, kinds: Kinds) -> str:
    port = _port(edge, graph, kinds)
    arrow = "-.->" if edge.source_port == "error" or (port is not None and port.delegates) else "-->"
    said = _port_label(edge, graph, kinds)
    label = f'|"{_label(said)}"|' if said else ""
    return f"n_{edge.source} {arrow}{label} n_{edge.target}"


def _port(edge: Edge, graph: Graph, kinds: Kinds) -> Port | None:
    node = graph.nodes[edge.source]
    ports = kinds.ports(node.kind, node.config)
    return find(ports.outputs, edge.source_port) if ports else None


def _port_label(edge: Edge, graph: Graph, kinds: Kinds) -> str:
    """The name of the port where an edge begins, when the node has several that mean different ways."""
    node, port = graph.nodes[edge.source], _port(edge, graph, kinds)
    if port is None:
        return edge.source_port
    ports = kinds.ports(node.kind, node.config)
    ways = [other for other in (ports.outputs if ports else ()) if other.name != "error"]
    return (port.label or port.name) if port.name == "error" or len(ways) > 1 else ""


def _words(text: str) -> str:
    short = " ".join(text.split())
    return short if len(short) <= _LONGEST else short[: _LONGEST - 1] + "…"


def _label(text: str) -> str:
    """A text as Mermaid reads it inside quotes: everything but letters, digits and harmless marks as an entity."""
    return "".join(
        char if char.isalnum() or char in " _.,:!?+=/%-·…“”’–" else f"#{ord(char)};" for char in _words(text)
    )


EXPORTER = Mermaid()
