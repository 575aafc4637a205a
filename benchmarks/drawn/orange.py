"""orange-canvas-core draws the graph: the canvas of Orange, a scene of Qt items."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_API"] = "pyqt6"

from AnyQt.QtWidgets import QApplication
from orangecanvas.canvas.scene import CanvasScene
from orangecanvas.canvas.view import CanvasView
from orangecanvas.registry import CategoryDescription, InputSignal, OutputSignal, WidgetDescription, WidgetRegistry
from orangecanvas.scheme import Scheme, SchemeLink, SchemeNode
from timing import SIZE, edges, main, place, steps


def scheme_of(count, registry):
    """The graph, and its nodes."""
    step = WidgetDescription(
        "Step", "bench.step", category="Steps", qualified_name="timing.main",
        inputs=[InputSignal("a", object, "a")], outputs=[OutputSignal("text", object)],
    )  # fmt: skip
    registry.register_category(CategoryDescription("Steps"))
    registry.register_widget(step)
    scheme = Scheme()
    nodes = [SchemeNode(step, title=f"Step number {i}", position=place(i)) for i in range(count)]
    for node in nodes:
        scheme.add_node(node)
    fed = set()
    for before, after in edges(count):
        if after not in fed:  # an input takes one link here
            fed.add(after)
            scheme.add_link(SchemeLink(nodes[before], "text", nodes[after], "a"))
    return scheme, nodes


def make(count):
    """Opens it and shows all of it."""
    registry = WidgetRegistry()
    scheme, nodes = scheme_of(count, registry)
    scene, view = CanvasScene(), CanvasView()
    scene.set_registry(registry)
    scene.set_scheme(scheme)
    view.setScene(scene)
    view.resize(*SIZE)
    view.show()
    items = [scene.item_for_node(node) for node in nodes]

    def look_near():
        view.resetTransform()
        view.centerOn(items[30])

    def look_at_all():
        view.fitInView(scene.itemsBoundingRect())

    def pan(i):
        bar = view.horizontalScrollBar()
        view.translate(-13 if i % 20 < 10 else 13, 7 if i % 2 else -7)
        bar.setValue(bar.value() + (13 if i % 20 < 10 else -13))

    def zoom(i):
        view.scale(*(2 * [1.15 if i % 10 < 5 else 1 / 1.15]))

    def move(number, x, y):
        items[number].setPos(x, y)

    return steps(APP, view.viewport(), count, pan, zoom, move, look_near, look_at_all)


APP = QApplication([])
main(make)
