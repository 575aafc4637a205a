"""The theme dresses the application, switches while it runs, and follows the system only when asked to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette, QRawFont
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QSpinBox, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from gui.theme import tokens as t
from gui.theme.fonts import load_fonts
from gui.theme.stylesheet import stylesheet
from gui.theme.theme import Theme
from gui.theme.tokens import DARK, LIGHT
from gui.theme.wear import wear


def test_the_shipped_fonts_are_the_ones_that_draw(theme: Theme) -> None:
    assert {"Inter", "JetBrains Mono"} <= set(load_fonts())
    assert QFontInfo(theme.font("body")).family() == "Inter"
    assert QFontInfo(theme.font("mono")).family() == "JetBrains Mono"
    drawn = {weight: QRawFont.fromFont(theme.font("body", weight)).styleName() for weight in QFont.Weight}
    wanted = (QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold, QFont.Weight.Bold)
    assert len({drawn[weight] for weight in wanted}) == 4


def test_text_follows_the_font_scale(theme: Theme) -> None:
    assert [theme.font(role).pixelSize() for role in ("body", "small", "tiny")] == [13, 12, 11]
    theme.set_font_scale(1.5)
    assert theme.font("body").pixelSize() == 20
    assert theme.px(10) == 15
    assert QApplication.font().pixelSize() == 20


def test_nothing_in_the_stylesheet_is_unknown_to_qt(qtbot: QtBot, theme: Theme, qtlog: object) -> None:
    parts: list[QWidget] = [QLabel("a"), QLineEdit("a"), QPushButton("a"), QComboBox(), QSpinBox(), QTabWidget()]
    for look in ("dark", "light"):
        theme.set_appearance(look)
        for part in parts:
            part.grab()
    for part in parts:
        qtbot.addWidget(part)
    said = [record.message for record in qtlog.records]  # type: ignore[attr-defined]  # pytest-qt's log has no public type
    assert [line for line in said if "propagateSizeHints" not in line] == []


@pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda look: look.name)
def test_the_stylesheet_has_every_value_filled_in(look: t.Tokens) -> None:
    sheet = stylesheet(look, 1.0, lambda icon, colour: f"/x/{icon}{colour}")
    assert "$" not in sheet
    assert "/x/chevron_down" in sheet
    assert "font-size: 12px" in sheet
    assert "font-size: 24px" in stylesheet(look, 2.0, lambda icon, colour: "")


def test_a_switch_of_look_repaints_what_is_on_screen(qtbot: QtBot, theme: Theme) -> None:
    page = QWidget()
    wear(page, ground="canvas")
    page.resize(20, 20)
    qtbot.addWidget(page)
    assert page.grab().toImage().pixelColor(10, 10) == QColor(DARK.ground)
    with qtbot.waitSignal(theme.changed):
        theme.set_appearance("light")
    assert page.grab().toImage().pixelColor(10, 10) == QColor(LIGHT.ground)
    assert QApplication.palette().color(QPalette.ColorRole.WindowText) == QColor(LIGHT.text)
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_appearance("light")


class Dressed(QWidget):
    """Counts how often it is told of another style."""

    times = 0

    def changeEvent(self, event: QEvent) -> None:
        self.times += event.type() == QEvent.Type.StyleChange


def test_nothing_is_dressed_anew_in_what_it_wears(qtbot: QtBot, theme: Theme) -> None:
    page = Dressed()
    qtbot.addWidget(page)
    page.show()
    before = page.times
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_reduced_motion(theme.reduced_motion)
        theme.set_font_scale(theme.font_scale)
    with qtbot.waitSignal(theme.changed):
        theme.set_reduced_motion(not theme.reduced_motion)
    assert page.times == before, "less motion is no other dress"
    theme.set_appearance("light")
    assert page.times > before


def test_pictures_of_the_stylesheet_are_used_again_by_the_next_start(qapp: QApplication, tmp_path: Path) -> None:
    def written() -> dict[str, int]:
        theme = Theme("dark", reduced_motion=False, font_scale=1.0, images=tmp_path / "look")
        theme.apply(qapp)
        assert str(tmp_path / "look") in qapp.styleSheet()
        return {file.name: file.stat().st_mtime_ns for file in (tmp_path / "look").iterdir()}

    first = written()
    assert first and written() == first
    qapp.setStyleSheet("")


def test_the_system_is_followed_only_when_asked(qtbot: QtBot, qapp: QApplication) -> None:
    hints = QGuiApplication.styleHints()
    following, fixed = Theme("system", reduced_motion=False), Theme("dark", reduced_motion=False)
    try:
        for scheme, wanted in ((Qt.ColorScheme.Light, LIGHT), (Qt.ColorScheme.Dark, DARK)):
            hints.setColorScheme(scheme)
            hints.colorSchemeChanged.emit(scheme)
            if hints.colorScheme() == scheme:  # a platform may not let a program choose
                assert following.tokens is wanted
            assert fixed.tokens is DARK
    finally:
        hints.setColorScheme(Qt.ColorScheme.Unknown)


def test_colours_by_role(theme: Theme) -> None:
    assert theme.colour("muted").name() == DARK.muted
    assert theme.colour("state:failed").name() == DARK.state("failed")
    assert theme.colour("text:skipped").name() == DARK.state_text("skipped")
    assert theme.colour("kind:router").name() == DARK.kind("router")
    assert theme.colour("#123456").name() == "#123456"
    theme.set_appearance("light")
    assert theme.colour("muted").name() == LIGHT.muted


def test_a_role_given_late_restyles(qtbot: QtBot, theme: Theme) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    field.resize(120, 30)
    edge = field.grab().toImage().pixelColor(60, 0)
    wear(field, invalid=True)
    assert field.grab().toImage().pixelColor(60, 0) != edge
