"""The problems that check found: what is wrong, what to do, and a button where one click can do it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.plan.problem import Problem
from gui.panel import Panel, PanelWidget
from gui.studio import Studio
from gui.theme.wear import wear
from gui.widgets.empty_state import EmptyState
from gui.widgets.row_list import RowList

MOST = 200


class Problems(PanelWidget):
    """Follows the session's problems."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self.rows: list[ProblemRow] = []
        text = "The graph can run. What could go wrong is looked for again after each change."
        self._list = RowList(EmptyState(studio.icons, "check", "No problems", text))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._list)
        studio.session.problems_changed.connect(self.begin)

    def begin(self) -> None:
        """Counts what check found last, and shows it to who looks: rows take a while, and come anew with each edit."""
        problems = self._studio.session.problems
        if self.isVisible():
            self._fill()
        worst = any(problem.severity == "error" for problem in problems)
        self.counted.emit(len(problems), "text:failed" if worst else "text:retry")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()

    def _fill(self) -> None:
        problems, known = self._studio.session.problems, {row.problem: row for row in self.rows}
        self.rows = [known.pop(each) if each in known else ProblemRow(self._studio, each) for each in problems[:MOST]]
        self._list.fill(self.rows, anything=bool(problems))


class ProblemRow(QFrame):
    """One problem. A click selects what it is about."""

    def __init__(self, studio: Studio, problem: Problem) -> None:
        from gui.fixes import FIXES, solve

        super().__init__()
        self._studio, self.problem = studio, problem
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"{problem.severity}: {problem.message} {problem.fix}")
        is_error = problem.severity == "error"
        glyph = QLabel()
        state = "state:failed" if is_error else "state:retry"
        glyph.setPixmap(studio.icons.pixmap("error" if is_error else "warning", 16, state))
        words = QLabel(problem.message)
        fix = QLabel(problem.fix)
        for label in (words, fix):
            label.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        wear(fix, role="muted")
        fix.setWordWrap(True)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(words)
        texts.addWidget(fix)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(10)
        row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        self.button: QPushButton | None = None
        known = FIXES.get(problem.offer)
        if known is not None:
            self.button = QPushButton(known.title)
            self.button.clicked.connect(lambda: solve(studio, problem))
            row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._show_it()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._show_it()
        else:
            super().keyPressEvent(event)  # the arrows scroll the list

    def _show_it(self) -> None:
        from gui.fixes import go_to

        go_to(self._studio.session, self.problem)
        if self._studio.session.selection:
            self._studio.canvas.frame_selection()


PANEL = Panel(
    "problems", "Problems", "bottom", 2, Problems,
    lambda studio: [studio.session.problems_changed], lambda studio: bool(studio.session.problems),
)  # fmt: skip
