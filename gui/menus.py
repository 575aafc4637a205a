"""Menus and keys made from the verbs: popups that are built when they open, and one shortcut for each key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from gui.action import Action
from gui.widgets.menu import Menu

if TYPE_CHECKING:
    from gui.studio import Studio


class Menus:
    """The menus of one window. Each is built anew when it opens, so titles and what can be done are of the moment."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        self._studio, self._parent = studio, parent

    def main(self) -> QMenu:
        """All verbs, one sub-menu for each menu."""
        menu = self._new()
        for name in self._studio.actions.menus:
            self._fill(_below(menu, name), self._studio.actions.of_menu(name))
        return menu

    def context(self) -> QMenu:
        """What can be done on the canvas."""
        menu = self._new()
        self._fill(menu, [action for action in self._studio.actions if action.context and action.when(self._studio)])
        return menu

    def some(self, names: Iterable[str]) -> QMenu:
        """A menu of these verbs."""
        menu = self._new()
        self._fill(menu, [self._studio.actions[name] for name in names])
        return menu

    def choices(self, name: str) -> QMenu:
        """The list that a verb opens."""
        menu = self._new()
        choices = self._studio.actions[name].choices
        self._fill(menu, choices(self._studio) if choices else [])
        return menu

    def _new(self) -> QMenu:
        menu = Menu(parent=self._parent)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _fill(self, menu: QMenu, actions: Iterable[Action]) -> None:
        section = None
        for action in actions:
            if section is not None and action.section != section:
                menu.addSeparator()
            section = action.section
            if action.choices is not None:
                below = _below(menu, action.words(self._studio))
                below.setEnabled(action.when(self._studio))
                self._fill(below, action.choices(self._studio) if below.isEnabled() else [])
            else:
                menu.addAction(self._entry(menu, action))

    def _entry(self, menu: QMenu, action: Action) -> QAction:
        words = action.words(self._studio).replace("&", "&&")
        key = key_text(action)
        entry = QAction(f"{words}\t{key}" if key else words, menu)
        entry.setEnabled(action.when(self._studio))
        if action.icon:
            entry.setIcon(self._studio.icons.icon(action.icon, "muted", 16))
        if action.checked is not None:
            entry.setCheckable(True)
            entry.setChecked(action.checked(self._studio))
        entry.triggered.connect(lambda: action.trigger(self._studio))
        return entry


def _below(menu: QMenu, title: str) -> Menu:
    """A sub-menu."""
    made = Menu(title, menu)
    menu.addMenu(made)
    return made


def key_text(action: Action, *, every: bool = False) -> str:
    """A verb's key as this system writes it; all of them with `every`."""
    keys = action.keys if every else action.keys[:1]
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


def bind_keys(studio: Studio, window: QWidget, canvas: QWidget) -> list[QShortcut]:
    """Makes the keys work: those of the canvas only while it has the keyboard."""
    made = []
    for action in studio.actions:
        for key in action.keys:
            on_canvas = action.place == "canvas"
            shortcut = QShortcut(QKeySequence(key), canvas if on_canvas else window)
            context = Qt.ShortcutContext.WidgetShortcut if on_canvas else Qt.ShortcutContext.WindowShortcut
            shortcut.setContext(context)
            shortcut.activated.connect(lambda action=action: action.trigger(studio))
            made.append(shortcut)
    return made
