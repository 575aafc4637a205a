"""The timeline: when each node ran, how often it was tried, how it ended; drag its playhead to look at any moment."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from engine.archive.critical import critical_path, idle_times
from engine.run.places import part_of
from gui.figures import seconds_text
from gui.paced import WORDS_S, Paced
from gui.panel import Panel, PanelWidget
from gui.player import Player
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.lanes import Lanes
from gui.views.timeline_chart import TimelineChart
from gui.widgets.empty_state import EmptyState

ROOMY = 1000
"""Pixels from which all is said beside the tabs; before that some of it stands in the tooltip alone."""
IDLE_S = 0.05
"""Less is not worth a word."""


class Timeline(PanelWidget):
    """Follows the run that is watched; draws only while it can be seen."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self.chart = TimelineChart(studio.theme)
        self.player = Player(studio.session, self)
        self._tools: tuple[object, ...] = ()
        self._opened: set[str] = set()
        self._critical: set[str] = set()
        self._paced = Paced(self._show, self, studio.session.turns)
        self._told = Paced(self._tell, self, studio.session.turns, WORDS_S)
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
        session.run_ticked.connect(lambda _: self._paced.ask())
        session.run_ticked.connect(lambda _: self._told.ask())
        for signal in (session.run_changed, session.entered, session.scope_changed, self.player.changed):
            signal.connect(self._show)
        session.moment_changed.connect(lambda _: self._show())
        session.selection_changed.connect(lambda: self.chart.choose(session.selection))
        self.chart.picked.connect(self._pick)
        self.chart.toggled.connect(self._toggle)
        self.chart.entered.connect(self._enter)
        self.chart.menu_asked.connect(self._menu)
        self.chart.scrubbed.connect(self._scrub)
        self.chart.stepped.connect(self._step)
        self.chart.played.connect(self.player.toggle)
        self._show()

    def tools(self) -> QWidget:
        """Plays the run; says which moment is shown; clears the run from the screen."""
        strip = QWidget()
        row = QHBoxLayout(strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.clear = QToolButton()
        self.clear.setIcon(self._studio.icons.icon("close", "muted", 14))
        self.clear.setToolTip("Clear the run from the canvas")
        self.clear.setAccessibleName("Clear the run from the canvas")
        self.clear.clicked.connect(self._studio.session.put_run_away)
        self.play, self.speed, self.back = QToolButton(), QToolButton(), QToolButton()
        self.play.clicked.connect(self.player.toggle)
        self.speed.clicked.connect(self.player.next_speed)
        self.speed.setToolTip("How fast it plays")
        self.back.clicked.connect(lambda: self._scrub(None))
        self._studio.icons.dress(self.back, "step_forward", size=14)
        row.addStretch(1)
        self.facts = QLabel()
        wear(self.facts, role="mono_small")
        row.addWidget(self.facts)
        row.addWidget(self.live)
        for button in (self.play, self.speed, self.back):
            row.addWidget(button)
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
        if hasattr(self, "clear"):
            self._show_tools(there=there)
        if view is None or graph is None or view.started is None or scope is None or not self.isVisible():
            return
        if not session.running:  # while it goes on, this has turns of its own
            self._tell()
        now = session.run_now()
        end = (view.ended if view.ended is not None else now) - view.started
        moment = session.moment
        made = Lanes(view, session.name_of, self._opened, self._critical, now)
        self.chart.show_lanes(made.of(graph, scope), end, end if moment is None else moment, past=moment is not None)

    def _tell(self) -> None:
        """Which nodes the end waited for and how long they worked, and how long nothing was at work."""
        session = self._studio.session
        view, scope = session.run_view, session.run_scope
        graph = session.run_here if session.inside else session.run_graph
        if view is None or graph is None or view.started is None or scope is None or not self.isVisible():
            return
        now, prefix = session.run_now(), f"{scope}/" if scope else ""
        path, idle = critical_path(view, graph, scope, now), idle_times(view, now)
        self._critical = {prefix + link.node for link in path} if len(path) > 1 else set()
        self.chart.show_idle([(start - view.started, stop - view.started) for start, stop in idle])
        rest = sum(stop - start for start, stop in idle)
        words = f"critical path {seconds_text(sum(link.ended - link.started for link in path))}" if path[1:] else ""
        waste = f"idle {seconds_text(rest)}" if rest >= IDLE_S else ""
        wide = self.width() >= self._studio.theme.px(ROOMY)
        if hasattr(self, "facts"):
            self.facts.setText(" · ".join(filter(None, (words, waste if wide else ""))))
            told = " · ".join(filter(None, (words, waste, "underlined are the nodes that the end waited for")))
            self.facts.setToolTip(f"{told}; at hatched times nothing was at work")

    def _toggle(self, key: str) -> None:
        self._opened ^= {key}
        self._show()

    def _enter(self, key: str) -> None:
        """Shows a node wherever it stands, or the inside of an item."""
        session = self._studio.session
        if part_of(key)[1] is None:
            session.show_node(key)
        elif session.enter(session.scopes.go_to(key)):
            session.scope_changed.emit()

    def _menu(self, key: str, at: QPoint) -> None:
        """What can be done with a node of the run."""
        session = self._studio.session
        if part_of(key)[1] is None:
            session.show_node(key)
            self._studio.window.context_menu(at)

    def _show_tools(self, *, there: bool) -> None:
        session, playing = self._studio.session, self.player.playing
        past = session.moment is not None
        rehearsal = session.run_view is not None and session.run_view.rehearsal
        words = "live" if session.running else "rehearsal" if rehearsal else ""
        if session.moment is not None:
            words = f"{session.moment:.2f} of {session.run_length():.2f} s"
        self.live.setText(words if there else "")
        state = there, playing, self.player.speed, past, session.running
        if state == self._tools:
            return
        self._tools = state
        self.facts.setVisible(there)
        self.clear.setVisible(there and not session.running)
        self.play.setVisible(there)
        self.speed.setVisible(there)
        self.back.setVisible(past)
        self._studio.icons.dress(self.play, "pause" if playing else "play", size=14)
        self.speed.setText(f"{self.player.speed}x")
        for button, said in (
            (self.play, "Pause" if playing else "Play the run"),
            (self.speed, f"Speed: {self.player.speed} times"),
            (self.back, "Back to live" if session.running else "To the end"),
        ):
            button.setAccessibleName(said)
            if button is not self.speed:
                button.setToolTip(said)

    def _scrub(self, seconds: float | None) -> None:
        self.player.pause()
        self._studio.session.go_to(seconds)

    def _step(self, step: int) -> None:
        self.player.pause()
        self._studio.session.go_beside(step)

    def _pick(self, node: str) -> None:
        self._studio.session.select([node])


PANEL = Panel("timeline", "Timeline", "bottom", 0, Timeline)
