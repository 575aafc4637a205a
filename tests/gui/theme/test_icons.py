"""Every icon ships in one style, takes the colour it is given and is sharp at every device pixel ratio."""

from __future__ import annotations

import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QImage
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

import assets
from gui.theme.icons import Icons
from gui.theme.tokens import DARK

LINE_ICONS = [name for name in assets.names("icons", ".svg") if name != "baton"]
WANTED = """
input output agent router merge map loop subgraph manager review tool remote_agent http template files write_files code
unknown queued running retry waiting ok failed handled skipped cancelled cache pinned degraded run stop share open save
new undo redo search add delete duplicate copy paste zoom_in zoom_out fit tidy settings sun moon panel_left panel_right
panel_bottom chevron_down chevron_right close warning error info check play pause step_back step_forward external key
image folder note frame baton
"""


def ink(image: QImage) -> list[QColor]:
    found = (image.pixelColor(x, y) for y in range(image.height()) for x in range(image.width()))
    return [colour for colour in found if colour.alpha() > 0]


def test_every_wanted_icon_ships() -> None:
    assert set(WANTED.split()) | set(DARK.states) - {"baton"} <= set(assets.names("icons", ".svg"))


@pytest.mark.parametrize("name", LINE_ICONS)
def test_one_style_and_no_colour_of_its_own(name: str) -> None:
    text = assets.path(f"icons/{name}.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert (root.get("viewBox"), root.get("stroke"), root.get("stroke-width")) == ("0 0 24 24", "currentColor", "1.75")
    assert (root.get("stroke-linecap"), root.get("stroke-linejoin")) == ("round", "round")
    colours = re.findall(r'(?:fill|stroke)="([^"]*)"', text)
    assert set(colours) <= {"none", "currentColor"}
    assert "#" not in text
    assert "style" not in text


@pytest.mark.parametrize("name", LINE_ICONS)
def test_it_draws_in_the_colour_it_is_given(icons: Icons, name: str) -> None:
    drawn = ink(icons.pixmap(name, 16, "#ff0080", 2.0).toImage())
    solid = [colour for colour in drawn if colour.alpha() > 200]
    assert len(drawn) > 20
    assert solid
    assert all(abs(c.red() - 255) < 8 and c.green() < 8 and abs(c.blue() - 128) < 8 for c in solid)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0, 3.0])
def test_as_many_pixels_as_the_screen_has(icons: Icons, ratio: float) -> None:
    picture = icons.pixmap("agent", 16, "accent", ratio)
    assert picture.width() == round(16 * ratio)
    assert picture.devicePixelRatio() == ratio


def test_an_unknown_name_shows_the_unknown_icon_and_none_reaches_out_of_the_folder(icons: Icons) -> None:
    unknown = icons.pixmap("unknown", 16, "muted", 1.0).toImage()
    for name in ("of-a-plug-in", "../../README", "/etc/passwd", ""):
        assert icons.pixmap(name, 16, "muted", 1.0).toImage() == unknown


def test_pictures_are_kept_until_the_look_changes(icons: Icons) -> None:
    first = icons.pixmap("agent", 16, "muted", 1.0)
    assert icons.pixmap("agent", 16, "muted", 1.0) is first
    icons.theme.set_appearance("light")
    later = icons.pixmap("agent", 16, "muted", 1.0)
    assert later.toImage() != first.toImage()


def test_dressed_buttons_follow_the_look_and_gone_ones_are_forgotten(qtbot: QtBot, icons: Icons) -> None:
    button, action, gone = QPushButton(), QAction(), QPushButton()
    qtbot.addWidget(button)
    for target in (button, action, gone):
        icons.dress(target, "undo")
    before = [target.icon().pixmap(16).toImage() for target in (button, action)]
    with qtbot.waitSignal(gone.destroyed):
        gone.deleteLater()
    icons.theme.set_appearance("light")
    after = [target.icon().pixmap(16).toImage() for target in (button, action)]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_a_disabled_icon_is_fainter(icons: Icons) -> None:
    icon = icons.icon("save")
    assert icon.pixmap(16, QIcon.Mode.Normal).toImage() != icon.pixmap(16, QIcon.Mode.Disabled).toImage()


def test_the_applications_own_icon_draws_in_colours(icons: Icons) -> None:
    drawn = ink(icons.pixmap("baton", 64, "muted", 1.0).toImage())
    assert len({colour.name() for colour in drawn}) > 50


def test_a_screen_of_another_scale_gets_sharp_icons_too(
    icons: Icons, qapp: QGuiApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, size = QAction(), QSize(16, 16)
    icons.dress(action, "agent")
    assert action.icon().pixmap(size, 2.0).width() == 16, "nobody has such a screen yet"
    fine = SimpleNamespace(devicePixelRatio=lambda: 2.0)
    monkeypatch.setattr("gui.theme.icons.QGuiApplication", SimpleNamespace(screens=lambda: [*qapp.screens(), fine]))
    qapp.primaryScreen().geometryChanged.emit(qapp.primaryScreen().geometry())
    assert action.icon().pixmap(size, 2.0).width() == 32
    assert action.icon().pixmap(size, 1.0).width() == 16
