"""The window: top bar, library, canvas, inspector and the panels below, with sizes that are remembered."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QCursor
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from gui.action import Action, Actions
from gui.background import Background
from gui.batching import Batching
from gui.bodies import is_container
from gui.canvas.placing import WireEnd
from gui.canvas.view import Canvas
from gui.capped import Capped
from gui.desktop import Desktop
from gui.filing import Filing
from gui.following import look_inside, press
from gui.inbox import Inbox
from gui.keys_found import PasteWatch
from gui.keys_typed import KeysTyped
from gui.launch import Launch
from gui.leaving import before_leaving
from gui.menus import Menus, bind_keys, key_text
from gui.messages import Bar, Toasts
from gui.models import tier_name
from gui.opening import Opening
from gui.panel import Panels, Side
from gui.placebar import PlaceBar
from gui.progress import Progress
from gui.restricted import RestrictedBar
from gui.servers import Servers
from gui.sides import Dock
from gui.telling import Telling
from gui.theme.wear import wear
from gui.topbar import TopBar
from gui.trust import Trust
from gui.widgets.giving_way import GivingWay
from gui.widgets.info_bar import BarStack

if TYPE_CHECKING:
    from engine.run.services import Services
    from gui.dialogs.finder import Finder
    from gui.frame import Frame
    from gui.studio import Studio
    from gui.theme.icons import Icons

SIZES = {"columns": [232, 1084, 364], "rows": [724, 250]}
SMALLEST = (900, 600)
LEAST_CANVAS = 412
COMFORTABLE = {"columns": 640, "rows": 384}
"""Pixels that canvas and what is above it get in a small window, as long as what is beside and below can give way."""


class Window(QMainWindow):
    """One window. It builds its parts and hands each the studio; what they do is theirs.

    Signals: `closed` once nothing of it goes on.
    """

    closed = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio = studio
        studio.window = self
        self._whole = QWidget(self)
        self._columns = GivingWay(Qt.Orientation.Horizontal, 1, COMFORTABLE["columns"], self._whole)
        self._rows = GivingWay(Qt.Orientation.Vertical, 0, COMFORTABLE["rows"], self._columns)
        self._middle = QWidget(self._rows)
        studio.filing = Filing(studio, self)
        studio.opening = Opening(studio, self)
        studio.launch = Launch(studio, self)
        studio.batching = Batching(studio, self)
        studio.trust = Trust(studio, self)
        studio.servers = Servers(studio, self)
        studio.inbox = Inbox(studio, self)
        studio.canvas = Canvas(
            studio.session, studio.theme, studio.icons, self._middle,
            model_name=lambda tier: tier_name(studio.services, tier),
        )  # fmt: skip
        studio.panels = Panels(studio, self)
        self.background = Background(self)
        self._menus = Menus(studio, self)
        self._leaving = self._asking = False
        self.frame: Frame | None = None
        """The window that it is a tab of; None while it stands alone."""
        self.bar = Bar(studio.icons)
        self.restricted = RestrictedBar(studio)
        self._capped = Capped(studio, self)
        self.progress = Progress(studio, self)
        self.telling = Telling(studio, self.progress, Desktop(studio.icons.icon("baton", "accent", 64), self), self)
        self._pasted, self.keys_typed = PasteWatch(studio, self), KeysTyped(self)
        self.place = PlaceBar(studio)
        self.left, self.right = Dock(studio, "left", self._columns), Dock(studio, "right", self._columns)
        self.below = Dock(studio, "bottom", self._rows)
        self._lay_out()
        self.toasts = Toasts(studio.canvas, studio.icons)
        self._connect()
        self._restore()
        self._shortcuts = bind_keys(studio, self, studio.canvas)
        self.setAcceptDrops(True)
        studio.canvas.setFocus()

    def _lay_out(self) -> None:
        wear(self._middle, ground="canvas")
        self._middle.setMinimumWidth(LEAST_CANVAS)
        column = QVBoxLayout(self._middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(BarStack((self.bar, self.restricted), self._studio.canvas.keep_still))
        column.addWidget(self.place)
        column.addWidget(self._studio.canvas, 1)
        for part in (self._middle, self.below):
            self._rows.addWidget(part)
        for side in (self.left, self._rows, self.right):
            self._columns.addWidget(side)
        outer = QVBoxLayout(self._whole)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(TopBar(self._studio, self._menus, self.progress))
        outer.addWidget(self._columns, 1)
        self.setCentralWidget(self._whole)
        self.setMinimumSize(*SMALLEST)

    def _connect(self) -> None:
        session, canvas = self._studio.session, self._studio.canvas
        session.said.connect(self.toasts.say)
        for bar in (self.bar, self.restricted):
            bar.left.connect(self.take_keyboard)
        canvas.add_requested.connect(self._add_asked)
        canvas.menu_requested.connect(lambda at, _scene: self.context_menu(at))
        canvas.node_activated.connect(self._activate)
        canvas.button_pressed.connect(lambda node: press(self._studio, node))
        canvas.part_activated.connect(lambda node, number: look_inside(self._studio, node, number))
        canvas.dropped.connect(self._take_drop)

    # What verbs ask of the window

    def context_menu(self, at: QPoint) -> None:
        """What can be done with what is selected, at a point of the screen."""
        self._menus.context().popup(at)

    def add_node(self) -> Finder:
        """The search that adds a node, at the pointer where it is over the canvas, else in its middle."""
        from gui.dialogs.add_node import show_add

        canvas = self._studio.canvas
        scene = canvas.pointer_scene()
        if scene is not None:
            return show_add(self._studio, QCursor.pos(), scene, covering=False)
        middle = canvas.mapToGlobal(QPoint(canvas.width() // 2 - 160, canvas.height() // 3))
        return show_add(self._studio, middle, canvas.scene_centre(), covering=False)

    def rename(self) -> None:
        """Puts the keyboard into the title of the selected node, frame or note."""
        mark = next(iter(self._studio.session.mark_selection), "")
        if mark and not self._studio.session.selection:
            self._studio.canvas.write_on(mark)
            return
        self.show_panel("inspector")
        self.right.widget("inspector").rename()

    def edit_selected(self) -> None:
        """Puts the keyboard into the first field of the selected node."""
        self.show_panel("inspector")
        self.right.widget("inspector").edit_first()

    def key_text(self, action: Action, *, every: bool = False) -> str:
        """A verb's keys for people."""
        return key_text(action, every=every)

    def use(self, services: Services, actions: Actions) -> None:
        """Takes changed settings and keys into use."""
        self._studio.services, self._studio.actions = services, actions
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = bind_keys(self._studio, self, self._studio.canvas)
        self._studio.session.use(services)
        self._studio.canvas.recaption()

    def see_models(self) -> None:
        """Shows what the tiers mean now, on nodes and among the problems, unless the window goes."""
        if not self._leaving:
            self._studio.session.recheck()
            self._studio.canvas.recaption()

    def come_forward(self) -> None:
        """Shows itself above others."""
        if self.frame is not None:
            self.frame.bring(self)
            return
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    @property
    def icons(self) -> Icons:
        """The icons that its parts wear."""
        return self._studio.icons

    def take_keyboard(self) -> None:
        """Gives the keyboard to the canvas."""
        self._studio.canvas.setFocus()

    def toggle_side(self, name: str) -> None:
        """Shows or hides the library, the inspector or what is below."""
        self.show_side(name, not self.side_shown(name))

    def side_shown(self, name: str) -> bool:
        return not self._side(name).isHidden()

    def show_side(self, name: str, shown: bool) -> None:
        self._side(name).setVisible(shown and not self._side(name).empty)
        self._columns.share()
        self._rows.share()
        hidden = [side for side in ("left", "right", "bottom") if not self.side_shown(side)]
        self._studio.state.put("hidden", hidden)

    def show_panel(self, name: str) -> None:
        """Brings a panel to the front, wherever it stands."""
        side = self._studio.panels.side_of(self._studio.panels.named(name))
        self.show_side(side, True)
        self._side(side).show_panel(name)

    def move_panel(self, name: str, side: Side | None) -> None:
        """Puts a panel on another side; None is where it stood at first."""
        panels = self._studio.panels
        panel = panels.named(name)
        before = panels.side_of(panel)
        panels.move(name, side)
        self._side(before).fill()
        self._side(panels.side_of(panel)).fill()
        if self._side(before).empty:
            self.show_side(before, False)
        self.show_panel(name)

    def _side(self, name: str) -> Dock:
        return {"left": self.left, "right": self.right}.get(name, self.below)

    def _add_asked(self, at: QPoint, scene: QPointF, wire: WireEnd | None) -> None:
        from gui.dialogs.add_node import show_add

        show_add(self._studio, at, scene, wire)

    def _take_drop(self, data: QMimeData, at: QPointF) -> None:
        from gui.dropped import take_drop

        take_drop(self._studio, data, at)

    def _activate(self, node: str) -> None:
        """A container is entered; any other node is edited."""
        session = self._studio.session
        if is_container(session, node):
            session.enter((*session.inside, node))
        else:
            self.edit_selected()

    # Coming and going

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks about a run and unsaved work first; then nothing of the window is left."""
        if not self._leaving:
            self._asking = True
            before_leaving(self._studio, self._leave)
            self._asking = False
        if not self._leaving:
            event.ignore()
            return
        self._remember()
        self.background.close()
        self._studio.opening.close()
        self._studio.servers.close()
        self._studio.inbox.close()
        self._studio.batching.close()
        self._studio.filing.close()
        self._studio.session.close()
        self.progress.close()
        event.accept()
        self.closed.emit()

    def close_now(self) -> None:
        """Closes without asking: the process ends. Unsaved work stays recoverable."""
        self._leaving = True
        self._studio.filing.keep()
        self.close()

    def _leave(self) -> None:
        self._leaving = True
        if not self._asking:  # Qt ignores a close inside a close
            self.close()

    def _remember(self) -> None:
        state = self._studio.state
        geometry = bytes(self.window().saveGeometry().data())
        state.put("geometry", base64.b64encode(geometry).decode())
        state.put("columns", self._columns.chosen)
        state.put("rows", self._rows.chosen)

    def _restore(self) -> None:
        state = self._studio.state
        stored = state.get("geometry")
        restored = isinstance(stored, str) and self.restoreGeometry(QByteArray.fromBase64(stored.encode()))
        if not restored:
            room = QApplication.primaryScreen().availableGeometry()
            self.resize(min(1680, room.width()), min(1020, room.height()))
        hidden = state.get("hidden", [])
        for side in ("left", "right", "bottom"):
            self._side(side).setVisible(side not in hidden and not self._side(side).empty)
        for name, splitter in (("columns", self._columns), ("rows", self._rows)):
            sizes = state.number_list(name)
            splitter.choose(sizes if len(sizes) == len(SIZES[name]) else SIZES[name])
