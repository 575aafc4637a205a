"""Run by `test_two_screens.py` in a process of its own: moves a window from a screen at 1x to one at 2x, then compares
it with a window that was there from the beginning."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage, QScreen
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.base.settings import TIERS, Home, Settings
from gui.studio import Studio
from gui.studios import Studios

SIZE = (900, 600)
SPECKS = 1e-4
"""Share of a picture that may differ."""
STEADY = 5
"""Turns of the loop without news after which parts have found their sizes."""


def opened(studios: Studios, screen: QScreen, file: Path) -> Studio:
    """A window on a screen, with a graph that is checked."""
    studio, checked = studios.open_window(), list[bool]()
    put(studio, screen)
    studio.session.problems_changed.connect(lambda: checked.append(True))
    studio.filing.load(file)
    while not checked:
        QTest.qWait(10)
    return studio


def put(studio: Studio, screen: QScreen) -> None:
    studio.window.windowHandle().setScreen(screen)
    studio.window.move(screen.geometry().topLeft())
    studio.window.resize(*SIZE)


def picture(studio: Studio) -> QImage:
    """The window once its parts have found their sizes: what wraps needs other room at another width."""
    steady, size = 0, studio.canvas.size()
    while steady < STEADY:
        studio.window.grab()  # lays out what is due
        QApplication.processEvents()
        steady, size = steady + 1 if studio.canvas.size() == size else 0, studio.canvas.size()
    studio.canvas.frame_all()
    before, image = QImage(), studio.window.grab().toImage()
    while image != before:  # a canvas that was zoomed is drawn sharp part by part
        for _ in range(STEADY):
            QApplication.processEvents()
        before, image = image, studio.window.grab().toImage()
    return image


def alike(one: QImage, other: QImage) -> bool:
    """Whether two pictures are the same but for single points: where the canvas drew one part after the other, wires
    have other edges. What was only made larger differs everywhere."""
    if one.size() != other.size():
        return False
    pairs = zip(bytes(one.constBits()), bytes(other.constBits()), strict=True)
    return sum(a != b for a, b in pairs) <= one.sizeInBytes() * SPECKS


def main(file: Path) -> None:
    app = QApplication([])
    settings = Settings(
        appearance="dark", reduced_motion=True, local_discovery=False, tiers=dict.fromkeys(TIERS, "rehearsal")
    )
    studios = Studios(app, Home(), settings)
    screens = {screen.name(): screen for screen in QGuiApplication.screens()}
    moved = opened(studios, screens["low"], file)
    before = picture(moved)
    put(moved, screens["high"])
    after, fresh = picture(moved), picture(opened(studios, screens["high"], file))
    put(moved, screens["low"])
    back = picture(moved)
    sizes = [[image.width(), image.height(), image.devicePixelRatio()] for image in (before, after, fresh, back)]
    print(json.dumps({"sizes": sizes, "as_fresh": alike(after, fresh), "as_before": alike(back, before)}))  # noqa: T201  (read by the test)
    studios.close()


main(Path(sys.argv[1]))
