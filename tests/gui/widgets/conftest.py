"""One application in the studio's look for the tests of the widgets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from gui.theme.icons import Icons
from gui.theme.theme import Theme


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme("dark", reduced_motion=False, font_scale=1.0)
    made.apply(qapp)
    yield made
    qapp.setStyleSheet("")


@pytest.fixture
def icons(theme: Theme) -> Icons:
    return Icons(theme)
