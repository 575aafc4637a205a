"""A graph as SVG without Qt, for pages: boxes, curves, states. Pure; every text in it is escaped (T7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from engine.graph.arrange import place_missing
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.registry import Kinds

WIDTH: Final = 184.0
HEAD: Final = 58.0
PITCH: Final = 18.0
MARGIN: Final = 32.0
WIDE: Final = ((1700.0, " large"), (600.0, " wide"))
"""From which width on a page does not shrink a drawing to its own, and not below 600: nobody could read it."""
_TITLE, _LINE = 22, 28
"""Characters of a title and of the line below it."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node stands, with its ports in the order of the kind."""

    x: float
    y: float
    height: float
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def end(self, port: str, *, output: bool) -> tuple[float, float]:
        """Where an edge meets it."""
        ports = self.outputs if output else self.inputs
        at = ports.index(port) if port in ports else 0
        count = max(len(ports), 1)
        return self.x + (WIDTH if output else 0), self.y + self.height * (at + 1) / (count + 1)


def draw(graph: Graph, kinds: Kinds, states: Mapping[str, str] | None = None, links: str = "") -> str:
    """The drawing.

    Args:
        states: node id -> status of semantics.md S1, which becomes the class of its box.
        links: how the address of a node's part of the page begins, such as `#node-`; "" makes no links.
    """
    boxes = _boxes(graph, kinds)
    right = max((box.x + WIDTH for box in boxes.values()), default=0.0)
    bottom = max((box.y + box.height for box in boxes.values()), default=0.0)
    left = min((box.x for box in boxes.values()), default=0.0)
    top = min((box.y for box in boxes.values()), default=0.0)
    view = f"{left - MARGIN:g} {top - MARGIN:g} {right - left + 2 * MARGIN:g} {bottom - top + 2 * MARGIN:g}"
    edges = [_edge(edge, boxes) for edge in graph.edges.values() if edge.source in boxes and edge.target in boxes]
    nodes = [_node(node, box, graph, kinds, (states or {}).get(node, ""), links) for node, box in boxes.items()]
    name = escape(graph.name or "Graph")
    width = right - left + 2 * MARGIN
    sort = next((sort for least, sort in WIDE if width > least), "")
    size = f'width="{width:g}" height="{bottom - top + 2 * MARGIN:g}"'
    return (
        f'<svg class="graph{sort}" role="img" aria-label="{name}" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{view}" {size}>' + "".join([*edges, *nodes]) + "</svg>"
    )


def _boxes(graph: Graph, kinds: Kinds) -> dict[str, Box]:
    ports: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for node in graph.nodes.values():
        known = kinds.ports(node.kind, node.config)
        wired_in = tuple(edge.target_port for edge in graph.incoming(node.id))
        wired_out = tuple(edge.source_port for edge in graph.outgoing(node.id))
        inputs = [port.name for port in known.inputs] if known else []
        outputs = [port.name for port in known.outputs if port.name in wired_out] if known else []
        ports[node.id] = tuple(dict.fromkeys([*inputs, *wired_in])), tuple(dict.fromkeys([*outputs, *wired_out]))
    heights = {key: max(HEAD, PITCH * (max(map(len, both)) + 1)) for key, both in ports.items()}
    sizes = {key: (WIDTH, height) for key, height in heights.items()}
    places = {**graph.places, **place_missing(graph, sizes)}
    return {key: Box(*places[key], heights[key], *ports[key]) for key in graph.nodes}


def _edge(edge: Edge, boxes: Mapping[str, Box]) -> str:
    x1, y1 = boxes[edge.source].end(edge.source_port, output=True)
    x2, y2 = boxes[edge.target].end(edge.target_port, output=False)
    bend = max(40.0, abs(x2 - x1) / 2)
    kind = " error" if edge.source_port == "error" else ""
    path = f"M{x1:g},{y1:g} C{x1 + bend:g},{y1:g} {x2 - bend:g},{y2:g} {x2:g},{y2:g}"
    return f'<path class="edge{kind}" d="{path}"><title>{escape(f"{edge.start} → {edge.end}")}</title></path>'


def _node(node_id: str, box: Box, graph: Graph, kinds: Kinds, state: str, links: str) -> str:
    node = graph.nodes[node_id]
    kind = kinds.get(node.kind)
    below = f"{kind.title if kind else node.kind}{f' · {state}' if state else ''}"
    inner = (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{WIDTH:g}" height="{box.height:g}" rx="10"/>'
        f'<text class="title" x="{box.x + 14:g}" y="{box.y + 25:g}">{escape(_short(node.name, _TITLE))}</text>'
        f'<text class="kind" x="{box.x + 14:g}" y="{box.y + 44:g}">{escape(_short(below, _LINE))}</text>'
        f"<title>{escape(node.name)}</title>"
    )
    drawn = f'<g class="node {escape(state)}">{inner}</g>'
    return f'<a href="{escape(links + node_id)}">{drawn}</a>' if links else drawn


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
