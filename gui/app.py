"""The composition root: makes the application, its loop, the theme and the services, and opens the first window."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from engine.base.errors import BatonError
    from engine.base.settings import Home, Settings

if TYPE_CHECKING:
    from gui.remote import Remote
    from gui.studios import Studios


def main(argv: Sequence[str] | None = None) -> int:
    """Opens the studio.

    Args:
        argv: a graph's file or its https address, or nothing for what was open last.

    Returns:
        The exit code: 0, or 2 when there is no display or the file's name is no file.
    """
    arguments = [word for word in (sys.argv[1:] if argv is None else argv) if not word.startswith("-")]
    problem = display_problem(os.environ, sys.platform)
    if problem:
        print(problem, file=sys.stderr)  # noqa: T201  (there is no window to say it in)
        return 2
    return _run([word if "://" in word else Path(word) for word in arguments])


def display_problem(environ: os._Environ[str] | dict[str, str], platform: str) -> str:
    """One sentence when a window cannot be shown here, else ""."""
    if platform != "linux" or environ.get("QT_QPA_PLATFORM"):
        return ""
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return ""
    return "There is no display to open the studio on. Use `baton run FILE` in the terminal, or set DISPLAY."


def make_application() -> QApplication:
    """Qt's application, as the studio wants it."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    rounding = Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(rounding)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Baton")
    app.setDesktopFileName("baton")
    return app


def _run(targets: list[Path | str]) -> int:
    gc.disable()  # what is made until the window stands, stays: `warm.settle` has the collector pass it by
    import asyncio

    from engine.base.settings import Home
    from engine.kinds.registry import Kinds

    home = Home()
    settings, problems = _settings(home)
    kinds = Kinds.load()  # before Qt: PySide reads the source of each module that is imported after it
    app = make_application()

    from qasync import QEventLoop

    from gui.canvas.access import listen
    from gui.crash import CrashLog
    from gui.studios import Studios

    crash = CrashLog(home.root / "logs", app)
    crash.install()
    listen()
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    studios = Studios(app, home, settings, crash, kinds)
    for problem in problems:
        studios.say_later(problem)
    studios.open_first(targets)
    remote = _remote(studios, home)
    app.setQuitOnLastWindowClosed(True)
    with loop:
        app.aboutToQuit.connect(loop.stop)
        loop.run_forever()
    if remote is not None:
        remote.close()
    studios.close()
    return 0


def _remote(studios: Studios, home: Home) -> Remote | None:
    """The remote control, where somebody asked for one; by default nothing listens (T11)."""
    if not os.environ.get("BATON_REMOTE"):
        return None
    from gui.remote import Remote

    try:
        return Remote(home.root, studios.front)
    except BatonError as error:
        for studio in studios.studios:
            studio.session.say_error(error)
        return None


def _settings(home: Home) -> tuple[Settings, list[BatonError]]:
    """The user's settings; unreadable ones are said and left alone, and the defaults hold."""
    from engine.base.errors import BatonError
    from engine.base.settings import Settings

    try:
        return home.load_settings(), []
    except BatonError as error:
        return Settings(), [error]
