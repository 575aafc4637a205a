"""A studio of its own for each test: a window on a screen that nobody sees, with its home in a temporary folder."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.base.settings import TIERS, Home, Settings
from gui.studio import Studio
from gui.studios import Studios
from gui.theme.icons import Icons
from gui.theme.theme import Theme

LONG_MS = 60_000
"""How long to wait for what comes at once on a machine with nothing else to do."""


class PatientBot(QtBot):
    """Waits as long as a busy machine may need, which costs nothing when things work."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = LONG_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = LONG_MS, **more: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **more)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


def free_widgets() -> None:
    """Frees the widgets of a test, else each look put on the application dresses those of all tests before it."""
    for widget in QApplication.topLevelWidgets():
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def nothing_left_on_the_screen(qapp: QApplication) -> Iterator[None]:
    yield
    free_widgets()


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The dark look on the application, as long as the test lasts."""
    made = Theme("dark", reduced_motion=False, font_scale=1.0)
    made.apply(qapp)
    yield made
    qapp.setStyleSheet("")


@pytest.fixture
def icons(theme: Theme) -> Icons:
    """Icons in the colours of that look."""
    return Icons(theme)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of the test's own; keys are kept out for every test."""
    monkeypatch.setenv("BATON_HOME", str(tmp_path / "home"))
    return Home()


@pytest.fixture
def studios(qapp: QApplication, home: Home) -> Iterator[Studios]:
    settings = Settings(
        appearance="dark", reduced_motion=True, local_discovery=False, tiers=dict.fromkeys(TIERS, "rehearsal")
    )
    made = Studios(qapp, home, settings)
    yield made
    made.close()
    qapp.processEvents()
    free_widgets()
    qapp.setStyleSheet("")


@pytest.fixture
def studio(studios: Studios, qtbot: QtBot) -> Studio:
    """A window with an empty graph, shown and active; the rehearsal model answers at once."""
    found = studios.open_window()
    found.launch.pace = 0
    found.window.resize(1400, 900)
    found.window.activateWindow()
    qtbot.waitUntil(found.window.isActiveWindow)
    return found
