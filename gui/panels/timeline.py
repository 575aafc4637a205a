"""The timeline: when each node ran, how often it was tried, and how it ended."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from gui.panel import Panel, PanelWidget
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.lanes import lanes
from gui.views.timeline_chart import TimelineChart
from gui.widgets.empty_state import EmptyState


class Timeline(PanelWidget):
    """Follows the run that is watched; draws only while it can be seen."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.chart = TimelineChart(studio.theme)
        self.live = QLabel()
        wear(self.live, role="mono_small")
        text = "Run the graph: each node gets a bar for each attempt, so that what is slow can be seen."
        self.empty = EmptyState(studio.icons, "clock", "No run yet", text, "Run")
        self.empty.acted.connect(lambda: studio.actions["run.start"].trigger(studio))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.chart)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        session = studio.session
        session.run_ticked.connect(lambda _: self._show())
        for signal in (session.run_changed, session.entered, session.scope_changed):
            signal.connect(self._show)
        session.selection_changed.connect(lambda: self.chart.choose(session.selection))
        self.chart.picked.connect(self._pick)
        self._show()

    def tools(self) -> QWidget:
        """Clears the run from the screen; says whether what is shown goes on."""
        strip = QWidget()
        row = QHBoxLayout(strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.clear = QToolButton()
        self.clear.setIcon(self._studio.icons.icon("close", "muted", 14))
        self.clear.setToolTip("Clear the run from the canvas")
        self.clear.setAccessibleName("Clear the run from the canvas")
        self.clear.clicked.connect(self._studio.session.put_run_away)
        row.addStretch(1)
        row.addWidget(self.live)
        row.addWidget(self.clear)
        self._show()
        return strip

    def showEvent(self, event: object) -> None:
        self._show()

    def _show(self) -> None:
        session = self._studio.session
        view, scope = session.run_view, session.run_scope
        graph = session.run_here if session.inside else session.run_graph
        there = view is not None and view.started is not None
        self._stack.setCurrentIndex(1 if there else 0)
        words = "" if not there else "live" if session.running else "rehearsal" if view and view.rehearsal else "ended"
        self.live.setText(words)
        if hasattr(self, "clear"):
            self.clear.setVisible(there and not session.running)
        if view is None or graph is None or view.started is None or scope is None or not self.isVisible():
            return
        now = session.run_now()
        end = (view.ended if view.ended is not None else now) - view.started
        self.chart.show_lanes(lanes(view, graph, now, scope or ""), end, end if session.running else None)

    def _pick(self, node: str) -> None:
        self._studio.session.select([node])


PANEL = Panel("timeline", "Timeline", "bottom", 0, Timeline)
