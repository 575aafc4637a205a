"""Buttons ask, messages wait for an answer, and empty places say what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.theme.icons import Icons
from gui.widgets.drop_button import DropButton
from gui.widgets.empty_state import EmptyState
from gui.widgets.info_bar import InfoBar
from gui.widgets.run_button import RunButton

LEFT = Qt.MouseButton.LeftButton


def test_run_then_stop_then_force(qtbot: QtBot, icons: Icons) -> None:
    button = RunButton(icons)
    qtbot.addWidget(button)
    assert (button.text(), button.property("look")) == ("Run", "primary")
    with qtbot.waitSignal(button.run_asked):
        qtbot.mouseClick(button, LEFT)
    assert button.state == "idle"  # the run says when it has begun
    button.set_state("running")
    assert (button.text(), button.property("look")) == ("Stop", "danger")
    with qtbot.waitSignal(button.stop_asked), qtbot.assertNotEmitted(button.force_asked):
        qtbot.mouseClick(button, LEFT)
    assert button.text() == "Force stop"
    with qtbot.waitSignal(button.force_asked), qtbot.assertNotEmitted(button.stop_asked):
        qtbot.mouseClick(button, LEFT)
    button.set_state("idle")
    assert button.text() == "Run"


def test_a_drop_button_has_room_for_its_arrow_and_opens_its_menu(qtbot: QtBot, icons: Icons) -> None:
    plain, drop = QPushButton("Share"), DropButton(icons, "Share")
    for button in (plain, drop):
        qtbot.addWidget(button)
        button.ensurePolished()
    assert drop.sizeHint().width() >= plain.sizeHint().width() + 11
    menu = QMenu(drop)
    menu.addAction("Picture")
    drop.setMenu(menu)
    drop.show()
    drop.setEnabled(False)
    off = drop.grab().toImage()
    drop.setEnabled(True)
    assert drop.grab().toImage() != off


def test_a_message_waits_and_tells_what_was_chosen(qtbot: QtBot, icons: Icons) -> None:
    bar = InfoBar(icons)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    bar.say("warning", "<b>The file</b> changed on disk.", ("Compare", "Keep mine"))
    assert not bar.isHidden()
    assert bar.text == bar.accessibleName() == "<b>The file</b> changed on disk."
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in bar.findChildren(QLabel) if label.text())
    with qtbot.waitSignal(bar.chosen) as heard:
        qtbot.mouseClick(bar.buttons[1], LEFT)
    assert heard.args == ["Keep mine"]
    assert bar.isHidden()


def test_a_new_message_replaces_the_old_one_and_its_buttons(qtbot: QtBot, icons: Icons) -> None:
    bar = InfoBar(icons)
    qtbot.addWidget(bar)
    bar.say("error", "The disk is full.", ("Save elsewhere",))
    first = bar.grab().toImage()
    bar.say("good", "Saved.")
    assert bar.buttons == ()
    assert bar.text == "Saved."
    assert bar.grab().toImage() != first


def test_buttons_go_below_words_that_they_would_squeeze(qtbot: QtBot, icons: Icons) -> None:
    bar = InfoBar(icons)
    qtbot.addWidget(bar)
    bar.say("warning", "This file was changed by another program while you were working on it here. " * 2,
            ("Read it again", "Compare the two", "Keep what is here"))  # fmt: skip
    (words,) = (label for label in bar.findChildren(QLabel) if label.text() == bar.text)
    for width, beside in ((1400, True), (456, False), (1400, True)):
        bar.resize(width, bar.heightForWidth(width))
        bar.layout().activate()
        across = [button.mapTo(bar, button.rect().center()).y() for button in bar.buttons]
        assert all((y < words.geometry().bottom()) is beside for y in across) and max(across) - min(across) <= 1
        assert words.width() > 300
        assert all(bar.rect().contains(button.mapTo(bar, button.rect().bottomRight())) for button in bar.buttons)


def test_a_message_is_closed_by_its_cross(qtbot: QtBot, icons: Icons) -> None:
    bar = InfoBar(icons)
    qtbot.addWidget(bar)
    bar.say("info", "Here.", ("Do",))
    with qtbot.waitSignal(bar.closed), qtbot.assertNotEmitted(bar.chosen):
        bar.shut()
    assert bar.isHidden()


def test_an_empty_place_opens_no_window_of_its_button(qtbot: QtBot, icons: Icons, qapp: QApplication) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    EmptyState(icons, "graph", "Nothing here", "Add something.", "Add").deleteLater()
    qapp.processEvents()
    assert window.isActiveWindow()


def test_an_empty_place_says_what_to_do(qtbot: QtBot, icons: Icons) -> None:
    place = EmptyState(icons, "history", "No runs yet", "Run the graph and its runs are listed here.", "Run")
    qtbot.addWidget(place)
    place.resize(260, 300)
    place.show()
    with qtbot.waitSignal(place.acted):
        qtbot.mouseClick(place.button, LEFT)
    place.set_words("Nothing found", "Try fewer words.")
    assert place.button.isHidden()
    said = [label.text() for label in place.findChildren(QLabel)]
    assert "Nothing found" in said
    assert "Try fewer words." in said


def test_the_words_of_an_empty_place_fit_a_narrow_panel(qtbot: QtBot, icons: Icons) -> None:
    words = "Run the graph and its runs are listed here, with what they cost and how long they took."
    place = EmptyState(icons, "history", "No runs yet", words)
    qtbot.addWidget(place)
    place.resize(180, 320)
    place.show()
    label = next(label for label in place.findChildren(QLabel) if label.text() == words)
    assert label.width() <= 180
    assert label.height() >= label.heightForWidth(label.width())
