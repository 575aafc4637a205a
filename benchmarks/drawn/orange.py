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
from timing import SIZE, edges, main, place


def make(count):
    """Opens it and shows all of it."""
    registry = WidgetRegistry()
    registry.register_category(CategoryDescription("Steps"))
    step = WidgetDescription(
        "Step", "bench.step", category="Steps", qualified_name="timing.main",
        inputs=[InputSignal("a", object, "a")], outputs=[OutputSignal("text", object)],
    )  # fmt: skip
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
        frame()

    def look_at_all():
        view.fitInView(scene.itemsBoundingRect())
        frame()

    def frame():
        APP.processEvents()
        view.viewport().repaint()

    def pan(i):
        bar = view.horizontalScrollBar()
        view.translate(-13 if i % 20 < 10 else 13, 7 if i % 2 else -7)
        bar.setValue(bar.value() + (13 if i % 20 < 10 else -13))
        frame()

    def zoom(i):
        view.scale(*(2 * [1.15 if i % 10 < 5 else 1 / 1.15]))
        frame()

    def drag(chosen, i, look):
        if i == 0:
            look()
        for number in chosen:
            x, y = place(number)
            items[number].setPos(x + i * 3.0, y + i * 2.0)
        APP.processEvents()

    look_at_all()
    return {
        "pan": pan,
        "zoom": zoom,
        "drag": lambda i: drag(range(30, 31), i, look_near),
        "drag 500": lambda i: drag(range(min(count, 500)), i, look_at_all),
    }


APP = QApplication([])
main(make)
