"""Connect by keys: several selected nodes are joined in a row at once; from one, a list of every port that fits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPoint

from engine.base.errors import Refused
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.contract import ERROR
from engine.plan.ports import ports_of, refusal
from gui.canvas.placing import follow, upstream
from gui.dialogs.finder import Finder, Found
from gui.studio import Studio

WIDTH: Final = 460


def show_connect(studio: Studio) -> Finder | None:
    """Joins what is selected, from left to right; with one node selected it opens the list."""
    session = studio.session
    scene = studio.canvas.scene
    chosen = sorted(session.selection, key=lambda node: (scene.nodes[node].x, scene.nodes[node].y))
    if len(chosen) > 1:
        _join_in_a_row(studio, chosen)
        return None
    return _list(studio, chosen[0]) if chosen else None


def wires_from(graph: Graph, studio: Studio, node: str) -> Iterator[Edge]:
    """Every edge that could be drawn from a node: its main ports first, the nearest nodes first."""
    kinds, items = studio.session.kinds, studio.canvas.scene.nodes
    mine, before, here = ports_of(graph, kinds, node), upstream(graph, node), items[node].rect.centre

    def far(other: str) -> float:
        x, y = items[other].rect.centre
        return abs(x - here[0]) + abs(y - here[1]) + (2000 if x < here[0] else 0)

    others = sorted((other for other in graph.nodes if other not in before), key=far)
    for out in sorted(mine.outputs if mine else (), key=lambda port: port.name == ERROR.name):
        for other in others:
            theirs = ports_of(graph, kinds, other)
            for port in theirs.inputs if theirs else ():
                edge = Edge(node, out.name, other, port.name)
                if not refusal(out, port) and edge.key not in graph.edges:
                    yield edge


def _join_in_a_row(studio: Studio, chosen: list[str]) -> None:
    session = studio.session
    graph = session.graph
    try:
        for source, target in pairwise(chosen):
            graph = _joined(studio, graph, source, target)
    except Refused as error:
        session.said.emit("info", error.message, error.hint)
        return
    session.commit(graph, "Connect")


def _joined(studio: Studio, graph: Graph, source: str, target: str) -> Graph:
    """The graph with the first ports that fit joined.

    Raises:
        Refused: none fit, or it would make a circle.
    """
    if source in upstream(graph, target, down=True):
        raise Refused("This would make a circle.", "Wrap the steps in a loop to repeat them.")
    return follow(graph, studio.session.kinds, source, target)


def _list(studio: Studio, node: str) -> Finder:
    session, canvas = studio.session, studio.canvas
    graph = session.graph
    things = [_found(studio, graph, edge) for edge in wires_from(graph, studio, node)]
    finder = Finder(studio.window, studio.icons, f"Connect “{graph.nodes[node].name}” to…", things, WIDTH)
    finder.left.connect(canvas.setFocus)
    box = canvas.camera.rect_to_view(canvas.scene.nodes[node].rect)
    finder.popup(canvas.mapToGlobal(QPoint(round(box.right), round(box.y))))
    return finder


def _found(studio: Studio, graph: Graph, edge: Edge) -> Found:
    def take() -> None:
        session = studio.session
        try:
            session.commit(commands.connect(session.graph, edge), "Connect")
        except Refused as error:
            session.say_error(error)

    target = graph.nodes[edge.target]
    kind = studio.session.kinds.get(target.kind)
    icon = kind.icon if kind else "unknown"
    title = f"{edge.source_port} → {target.name}"
    return Found(title, take, edge.target_port, "", icon, f"kind:{target.kind}", target.id)
