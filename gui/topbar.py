"""The bar at the top of the window: which graph this is, how its run goes, and the button that starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from engine.run.view import View
from gui.dialogs.trust import TRUST, ask_trust
from gui.figures import clock_text
from gui.menus import Menus
from gui.progress import Progress
from gui.theme.wear import wear
from gui.widgets.budget_bar import BudgetBar
from gui.widgets.crumbs import Crumbs, NameLabel
from gui.widgets.drop_button import DropButton
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.run_button import RunButton
from gui.widgets.state_badge import StateBadge

if TYPE_CHECKING:
    from gui.studio import Studio

PLAN_WORDS = {"balanced": "balanced", "cheap": "all cheap", "best": "all best", "rehearsal": "rehearsal"}
GUESSED = "As earlier runs of this graph went"
NARROW = 1040
"""Below this width the words that can be spared are left out."""


class TopBar(QWidget):
    """Listens to the session; menus come from the actions."""

    def __init__(self, studio: Studio, menus: Menus, progress: Progress) -> None:
        super().__init__()
        self._studio, self._menus, self._progress = studio, menus, progress
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        wear(self, ground="top")
        self.logo = DropButton(studio.icons, "Baton", look="logo")
        self.logo.setToolTip("All menus")
        self.home = ElidedLabel("Saved graphs", "muted")
        self.home.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.home.setMaximumWidth(180)
        self.arrow = QLabel("›")
        wear(self.arrow, role="muted")
        self.name = NameLabel("", "name")
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.crumbs = Crumbs()
        self.unsaved = QLabel("●")
        self.unsaved.setToolTip("There are changes that are not saved yet (Ctrl+S)")
        self.unsaved.setAccessibleName("unsaved changes")
        wear(self.unsaved, role="unsaved")
        self.restricted = QPushButton("Restricted")
        self.restricted.setToolTip("This graph could reach outside and is not trusted yet: look at what it could do")
        self.restricted.setIcon(studio.icons.icon("warning", "state:retry", 14))
        wear(self.restricted, look="chip")
        self.restricted.hide()
        self.state = StateBadge(studio.icons)
        self.time = QLabel("")
        wear(self.time, role="mono")
        self.left = QLabel("")
        wear(self.left, role="muted")
        self.money = BudgetBar(studio.theme)
        self.plan = DropButton(studio.icons, "")
        self.share = DropButton(studio.icons, "Share")
        self.run = RunButton(studio.icons)
        self._lay_out()
        self._connect()
        self._name_changed()
        self._show_left()
        self._plan_changed()
        self._run_changed()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.logo)
        row.addSpacing(2)
        for part in (self.home, self.arrow, self.name, self.unsaved, self.crumbs):
            row.addWidget(part)
        row.addStretch(1)
        ends: tuple[QWidget, ...] = (self.restricted, self.state, self.left, self.time, self.money)
        for widget in (*ends, self.plan, self.share, self.run):
            row.addWidget(widget)
            row.addSpacing(4)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(self._studio.theme.px(51))

    def _connect(self) -> None:
        session, studio = self._studio.session, self._studio
        for signal in (session.changed, session.replaced, session.saved_changed):
            signal.connect(self._name_changed)
        for signal in (session.entered, session.replaced, session.changed):
            signal.connect(self._place_changed)
        self.name.clicked.connect(lambda: self._go_to(0))
        self.crumbs.chosen.connect(self._go_to)
        session.run_changed.connect(self._run_changed)
        session.run_ticked.connect(self._ticked)
        self._progress.changed.connect(self._show_left)
        studio.launch.plan_changed.connect(self._plan_changed)
        studio.trust.changed.connect(lambda: self.restricted.setVisible(studio.trust.restricted))
        self.restricted.clicked.connect(self._ask_trust)
        studio.theme.changed.connect(self._fit)
        self.logo.clicked.connect(lambda: self._menus.main().popup(_below(self.logo)))
        self.plan.clicked.connect(lambda: self._menus.some(self._plans()).popup(_below(self.plan)))
        self.share.clicked.connect(lambda: self._menus.choices("file.share").popup(_below(self.share)))
        self.run.run_asked.connect(lambda: studio.actions["run.start"].trigger(studio))
        self.run.stop_asked.connect(session.stop)
        self.run.force_asked.connect(session.stop)

    def _plans(self) -> list[str]:
        return [action.name for action in self._studio.actions if action.name.startswith("run.plan.")]

    def resizeEvent(self, event: QEvent) -> None:
        wide = self.width() >= NARROW
        self.home.setVisible(wide)
        self.arrow.setVisible(wide)
        self.share.setVisible(self.width() >= NARROW - 140)

    def _name_changed(self, *_: object) -> None:
        session = self._studio.session
        name = self._studio.filing.name
        self.name.set_text(name)
        self.unsaved.setVisible(not session.clean)
        self.home.set_text(session.path.parent.name if session.path else "Saved graphs")

    def _go_to(self, depth: int) -> None:
        """Up to a crumb, the container one came out of selected."""
        session = self._studio.session
        if depth < len(session.inside):
            session.enter(session.inside[:depth], session.inside[depth : depth + 1])

    def _ask_trust(self) -> None:
        trust = self._studio.trust
        could = trust.could
        ask_trust(self._studio, could, lambda answer: answer == TRUST and trust.give(could), to_run=False)

    def _place_changed(self, *_: object) -> None:
        session = self._studio.session
        names = [node.name for node in session.around]
        if names != self.crumbs.names:
            self.crumbs.set_names(names)
            wear(self.name, role="muted" if names else "name")
            shape = Qt.CursorShape.PointingHandCursor if names else Qt.CursorShape.ArrowCursor
            self.name.setCursor(shape)

    def _plan_changed(self) -> None:
        self.plan.setText(f"Models: {PLAN_WORDS[self._studio.launch.plan]}")

    def _run_changed(self) -> None:
        session = self._studio.session
        self.run.set_state("idle" if not session.running else "stopping" if session.stopping else "running")
        self._show(session.run_view)

    def _show_left(self) -> None:
        self.left.setText(self._progress.words)
        self.left.setToolTip("Nothing goes on before that" if self._progress.held else GUESSED)
        self.left.setVisible(bool(self._progress.words) and self.width() >= NARROW)

    def _ticked(self, _events: object) -> None:
        self._show(self._studio.session.run_view)

    def _show(self, view: View | None) -> None:
        shown = view is not None and view.started is not None
        self.time.setVisible(shown)
        self.money.setVisible(shown)
        self.state.setVisible(shown and view is not None and view.finished)
        if view is None or view.started is None:
            return
        end = view.ended if view.ended is not None else self._studio.session.run_now()
        self.time.setText(clock_text(end - view.started))
        self.money.set_amounts(view.cost or 0.0, view.budget_usd, unknown=view.cost is None)
        if view.finished:
            glyph, words = OUTCOMES.get(view.status, ("unknown", view.status))
            rehearsed = " · rehearsal" if view.rehearsal else ""
            self.state.set_state(glyph, words + rehearsed)


OUTCOMES = {
    "completed": ("ok", "done"),
    "completed_with_warnings": ("degraded", "done, with warnings"),
    "failed": ("failed", "failed"),
    "cancelled": ("cancelled", "stopped"),
    "paused": ("waiting", "paused"),
}
"""How a run ended -> the state whose glyph shows it, and words."""


def _below(widget: QWidget) -> QPoint:
    return widget.mapToGlobal(QPoint(0, widget.height() + 3))
