"""A frame takes no longer than it may: what is left is painted in the next ones, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Set

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.bridge.faces import Face
from gui.bridge.versions import KEPT, Versions
from gui.canvas.camera import Camera
from gui.canvas.chrome import ChromeCache
from gui.canvas.geometry import Rect
from gui.canvas.helpings import LEAST, REACH, Helpings
from gui.canvas.paint_node import paint_moving
from gui.canvas.sheet import Sheet
from gui.canvas.still import Still
from gui.canvas.view import Canvas
from gui.paced import APART_S, Paced, Turns
from gui.session import Session

SIZES = st.integers(1, 2000).map(float)
NODES = st.frozensets(st.sampled_from("abcd"), min_size=1)


@given(st.lists(st.builds(Rect, SIZES, SIZES, SIZES, SIZES), max_size=5), st.floats(1e-9, 1e-6), st.floats(0, 0.05))
def test_a_frame_is_over_in_time_and_the_rest_is_painted_later(areas: list[Rect], pace: float, seconds: float) -> None:
    now, painted = [0.0], list[Rect]()

    def paint(area: Rect) -> None:
        painted.append(area)
        now[0] += (area.w + REACH) * (area.h + REACH) * pace

    helpings = Helpings(lambda: now[0])
    for _ in range(20):  # how quickly it gets on is known from here
        helpings.serve([Rect(0, 0, 10, 10)], paint)
    painted.clear()
    start = now[0]
    left = helpings.serve(areas, paint, seconds)
    assert now[0] - start <= (seconds + (LEAST + REACH) ** 2 * pace) * 1.01
    assert sum(a.w * a.h for a in painted + left) == pytest.approx(sum(a.w * a.h for a in areas))
    assert not areas or painted, "each frame gets on"
    assert helpings.serve(left, paint) == []


def test_what_a_frame_painted_is_not_painted_again_by_the_next_one(qapp: QApplication) -> None:
    """However little a frame gets done, and though something else changes before each of them."""
    now, size, still = [0.0], (1600, 1000), Still()
    still._helpings = Helpings(lambda: now[0])

    def frame() -> float:
        painted = 0.0

        def paint(_: QPainter, area: Rect) -> None:
            nonlocal painted
            painted += area.w * area.h
            now[0] += (area.w + REACH) * (area.h + REACH) * 1e-9

        still.picture(size, 1.0, 0, 0, paint, seconds=0.0002)
        return painted

    frame()
    still.invalidate_all()
    painted, frames = 0.0, 0
    while still.behind:
        frames += 1
        still.invalidate(Rect(700 + 2 * frames, 500, 40, 20))
        painted += frame()
        assert painted <= size[0] * size[1] + frames * 150 * 22, "it begins anew again and again"
    assert frames > 8 and painted >= size[0] * size[1]


@given(st.lists(st.one_of(st.none(), NODES), max_size=2 * KEPT), st.integers(0, 2 * KEPT))
def test_what_changed_since_then_is_known_or_may_be_everything(steps: list[Set[str] | None], at: int) -> None:
    versions, then, since = Versions(), 0, list[Set[str] | None]()
    for number, nodes in enumerate(steps):
        if number == at:
            then, since = versions.now, []
        versions.all() if nodes is None else versions.some(nodes, frozenset())
        since.append(nodes)
    found = versions.since(then)
    if then == 0 or None in since or len(since) > KEPT:
        assert found is None or then
    if found is None:
        assert then == 0 or None in since or len(since) > KEPT
    else:
        assert found.nodes == set().union(*(nodes for nodes in since if nodes is not None))


def test_works_that_follow_a_run_never_come_in_the_same_frame(qtbot: QtBot) -> None:
    parent, turns, times = QObject(), Turns(), list[float]()
    works = [Paced(lambda: times.append(turns.free_at), parent, turns) for _ in range(3)]
    for work in works:
        work.ask()
    assert len(times) == 1
    qtbot.waitUntil(lambda: len(times) == 3)
    assert times[2] - times[1] >= APART_S


def test_a_zoom_is_seen_at_once_and_sharp_soon_after(canvas: Canvas, session: Session, qtbot: QtBot) -> None:
    places = {f"n{at}": (at % 40 * 260.0, at // 40 * 190.0) for at in range(400)}
    node = session.graph.nodes["draft"]
    nodes = {key: type(node)(key, node.kind, key, node.config) for key in places}
    session.show(session.graph.with_tables(nodes=nodes, edges={}, places=places))
    canvas.repaint()
    canvas.layers._still._helpings._pace = 1.0  # as on a machine that needs a second for each pixel
    canvas.set_camera(Camera(900, 700, 0.5))
    canvas.repaint()
    assert canvas.layers.behind
    qtbot.waitUntil(lambda: not canvas.layers.behind)
    shown = canvas.layers._still._picture
    assert shown is not None
    soon = shown.toImage()
    canvas.layers.invalidate()
    canvas.grab()
    assert canvas.layers._still._picture is not None
    assert canvas.layers._still._picture.toImage() == soon


def test_a_picture_that_still_fills_the_view_is_shown_enlarged_first_and_painted_next(qapp: QApplication) -> None:
    still, painted = Still(), list[Rect]()

    def frame(scale: float) -> int:
        painted.clear()
        still.picture((200, 200), scale, 0, 0, lambda _, area: painted.append(area), seconds=1.0)
        return len(painted)

    assert frame(1.0)
    assert not frame(1.1) and still.behind, "enlarged, it fills the view"
    assert frame(1.2), "hands that keep zooming do not see it grow ever more blurred"
    frame(1.3)
    assert frame(1.3) and not still.behind
    assert frame(1.0), "made smaller, it leaves room at the sides"


def test_words_that_stream_never_stand_on_those_of_before(canvas: Canvas) -> None:
    """The still picture below may be a frame behind: the prompt is still there when the first words come."""
    ink, item = canvas.layers.ink, canvas.scene.nodes["draft"]
    face = Face("running", body="The pool stalls", streaming=True)
    assert item.shape.well is not None
    inner = QRectF(*item.shape.well).adjusted(4, 4, -4, -4).translated(item.x, item.y).toRect()

    def streamed(below: str) -> QImage:
        image = QImage(600, 300, QImage.Format.Format_RGB32)
        image.fill(QColor(below))
        painter = QPainter(image)
        paint_moving(Sheet(painter, ink, ChromeCache(ink), 1.0, 0.0, 0.0, 1.0), item, face, 0.0, caret=True)
        painter.end()
        return image.copy(inner)

    assert streamed("white") == streamed("black")
