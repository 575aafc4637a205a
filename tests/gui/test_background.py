"""Work on another thread: whoever waits for it hears of its end, also of one that nobody expected."""

from __future__ import annotations

import sys

import pytest
from pytestqt.qtbot import QtBot

from engine.base.errors import BatonError, WrongUse
from gui.background import Background


def failing(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(("error", "bug"), [(WrongUse("No.", "Do."), False), (ZeroDivisionError("oops"), True)])
def test_what_went_wrong_elsewhere_is_heard_here(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, error: Exception, bug: bool
) -> None:
    crashes: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, seen, _trace: crashes.append(seen))
    heard: list[BatonError] = []
    background = Background()
    background.do(lambda: failing(error), lambda _: pytest.fail("it was no success"), heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert crashes == ([error] if bug else [])
    assert (heard == [error]) != bug
    background.close()
