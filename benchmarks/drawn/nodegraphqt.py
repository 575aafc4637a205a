"""NodeGraphQt draws the graph: a scene of Qt items."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from NodeGraphQt import BaseNode, NodeGraph
from PySide6.QtWidgets import QApplication
from timing import SIZE, edges, main, place, steps


class Step(BaseNode):
    """A node with one port on either side."""

    __identifier__ = "bench"
    NODE_NAME = "Step"

    def __init__(self):
        super().__init__()
        self.add_input("a", multi_input=True)
        self.add_output("text")


def make(count):
    """Opens it and shows all of it."""
    graph = NodeGraph()
    graph.register_node(Step)
    graph.widget.resize(*SIZE)
    graph.widget.show()
    nodes = [
        graph.create_node("bench.Step", name=f"Step number {i}", pos=place(i), selected=False, push_undo=False)
        for i in range(count)
    ]
    for before, after in edges(count):
        nodes[before].output(0).connect_to(nodes[after].input(0), push_undo=False)
    viewer = graph.viewer()

    def look_near():
        viewer.reset_zoom(nodes[30].view.scenePos())

    def look_at_all():
        graph.clear_selection()
        graph.fit_to_selection()

    def pan(i):
        viewer._set_viewer_pan(-13 if i % 20 < 10 else 13, 7 if i % 2 else -7)

    def zoom(i):
        viewer.scale(*(2 * [1.15 if i % 10 < 5 else 1 / 1.15]))

    def move(number, x, y):
        nodes[number].view.setPos(x, y)

    return steps(APP, viewer.viewport(), count, pan, zoom, move, look_near, look_at_all)


APP = QApplication([])
main(make)
