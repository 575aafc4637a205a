"""One delegation of a manager: who got which brief and why, what came of it, and a word to whoever works on it (S7)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine.run.children import DelegationView
from engine.run.shown import why_chosen
from engine.run.view import NodeView
from gui.figures import money, seconds_text
from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.views.messages import conversation, tools_used
from gui.views.plain_text import PlainText
from gui.views.said_list import SaidList
from gui.widgets.number_field import Choice
from gui.widgets.state_badge import StateBadge

GLYPHS = {"stopped": "cancelled", "rejected": "skipped", "pending": "queued"}
SAME = "the same one"


class DelegationPage(QWidget):
    """Signals: `stop_asked`; `redirect_asked` with a message and a specialist, "" for the same one; `look_asked`."""

    stop_asked = Signal()
    redirect_asked = Signal(str, str)
    look_asked = Signal()

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        wear(self, role="page")
        self._icons = icons
        self._team: tuple[str, ...] = ()
        self._node: NodeView | None = None
        self.title, self.badge = QPushButton(), StateBadge(icons)
        wear(self.title, look="link")
        self.title.clicked.connect(self.look_asked)
        self.figures, self.why, self.notes, self.error = (QLabel() for _ in range(4))
        for each, role in (
            (self.figures, "muted"),
            (self.why, "muted"),
            (self.notes, "warning"),
            (self.error, "error"),
        ):
            each.setTextFormat(Qt.TextFormat.PlainText)
            each.setWordWrap(True)
            wear(each, role=role)
        self.blocks = {name: PlainText(icons, name, lines=12) for name in ("Brief", "Result")}
        self.more, self.said = QPushButton(), SaidList(icons)
        wear(self.more, look="link")
        self.more.clicked.connect(lambda: self.show_messages(self.said.isHidden()))
        self.show_messages(False)
        self.message, self.to = QLineEdit(), Choice()
        self.message.setPlaceholderText("What should be done otherwise…")
        self.message.setAccessibleName("Message to the specialist")
        self.to.setAccessibleName("Who goes on with it")
        self.redirect, self.stop = QPushButton("Redirect"), QPushButton("Stop it")
        self.redirect.setToolTip("Begins anew with your message; the manager is told")
        self.stop.setToolTip("Stops the delegation; its manager is told and goes on")
        self.orders = QWidget()
        self._lay_out()
        self.stop.clicked.connect(self.stop_asked)
        self.message.textChanged.connect(lambda _: self._can_redirect())
        self.to.currentIndexChanged.connect(lambda _: self._can_redirect())
        self.redirect.clicked.connect(self._redirect)
        self.message.returnPressed.connect(self.redirect.click)
        self._can_redirect()

    def show_delegation(
        self, one: DelegationView, node: NodeView | None, now: float, team: Sequence[str], *, live: bool
    ) -> None:
        """Shows how it stands.

        Args:
            node: whoever works on it in the run; None before that has begun.
            now: monotonic seconds.
            team: who could take over; nobody for sub-agents of a swarm, which stand in no graph.
            live: the run goes on, so that it can be stopped and redirected.
        """
        self._node = node
        self._show_said()
        self.title.setEnabled(bool(team))
        self.title.setToolTip("Show the specialist" if team else "")
        self.title.setText(f"{one.specialist or 'sub-agent'}{f' · {one.title}' if one.title else ''}")
        glyph = GLYPHS.get(one.status, one.status)
        self.badge.set_state(glyph, {"ok": "done"}.get(one.status, one.status))
        _put(self.figures, figures(one, now))
        why = why_chosen({"reason": one.reason, "confidence": one.confidence})
        _put(self.why, f"Why: {why}" if why else "")
        refused = [f"{who} turned it down: {because}" for who, because in one.rejections]
        _put(self.notes, "\n".join([*refused, *([f"A person: {one.note}"] if one.note else [])]))
        _put(self.error, one.error)
        said = one.result or one.text
        for name, text in (("Brief", one.brief), ("Result", said)):  # what is expected stands in the brief
            self.blocks[name].set_text(text)
            self.blocks[name].setVisible(bool(text))
        self.blocks["Result"].title.setText("Result" if one.result else "It says")
        self.orders.setVisible(live and one.open)
        self._show_team(tuple(name for name in team if name != one.specialist))

    def show_messages(self, shown: bool = True) -> None:
        """Shows all that was said by and to whoever works on it, and the tools that were called; or hides it."""
        self.more.setText("Hide its messages and tools" if shown else "Show its messages and tools")
        self.said.setVisible(shown)
        self._show_said()

    def _show_said(self) -> None:
        """What was said is read only while somebody looks."""
        node = self._node
        self.more.setVisible(node is not None and bool(node.sent or node.replies or node.tools))
        if node is not None and not self.said.isHidden():
            self.said.show_said([*conversation(node), *tools_used(node)])

    def _show_team(self, others: tuple[str, ...]) -> None:
        if others == self._team and self.to.count():
            return
        self._team = others
        self.to.clear()
        self.to.addItem(SAME, "")
        for name in others:
            self.to.addItem(name, name)

    def _can_redirect(self) -> None:
        self.redirect.setEnabled(bool(self.message.text().strip() or self.to.currentData()))

    def _redirect(self) -> None:
        self.redirect_asked.emit(self.message.text().strip(), str(self.to.currentData() or ""))
        self.message.setFocus()  # else it goes on to the next button: Enter, pressed again, would stop it
        self.message.clear()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.badge)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.to, 1)
        below.addWidget(self.redirect)
        below.addWidget(self.stop)
        orders = QVBoxLayout(self.orders)
        orders.setContentsMargins(0, 0, 0, 0)
        orders.setSpacing(6)
        orders.addWidget(self.message)
        orders.addLayout(below)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 6, 8)
        column.setSpacing(8)
        column.addLayout(head)
        for part in (self.figures, self.orders, self.why, self.notes, self.error, *self.blocks.values(), self.said):
            column.addWidget(part)
        column.insertWidget(column.indexOf(self.said), self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)


def figures(one: DelegationView, now: float) -> str:
    """Time, money, tokens and limits of a delegation, in a line."""
    words = [seconds_text((now if one.ended is None else one.ended) - one.started)]
    words += [f"attempt {one.attempt}"] if one.attempt > 1 else []
    words += ["price unknown" if one.cost is None else money(one.cost)] if one.cost != 0 else []
    tokens = one.input_tokens + one.output_tokens
    words += [f"{tokens:,} tokens"] if tokens else []
    limits = [f"{one.deadline_s:g} s"] if one.deadline_s is not None else []
    limits += [money(one.budget_usd)] if one.budget_usd is not None else []
    return " · ".join([*words, *([f"at most {' and '.join(limits)}"] if limits else [])])


def _put(label: QLabel, words: str) -> None:
    label.setText(words)
    label.setVisible(bool(words))
