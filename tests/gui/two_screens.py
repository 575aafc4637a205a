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
    studio.canvas.frame_all()
    QApplication.processEvents()
    return studio.window.grab().toImage()


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
    print(json.dumps({"sizes": sizes, "as_fresh": after == fresh, "as_before": back == before}))  # noqa: T201  (read by the test)
    studios.close()


main(Path(sys.argv[1]))
