"""Cards for what waits for a person: a question of the run, of a stored one, and what is held at a breakpoint."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from engine.base.errors import BatonError
from engine.base.values import Value, as_text, canonical
from engine.base.visible import visible
from engine.run.breakpoints import Keep
from gui.resuming import resume
from gui.stored import look
from gui.theme.wear import wear
from gui.views.answer_form import AnswerForm, form_for
from gui.views.conflict_form import ConflictForm
from gui.views.merge_form import MergeForm, fits

if TYPE_CHECKING:
    from engine.archive.inbox import OpenQuestion
    from gui.studio import Studio

FOR_RUN: Final = "for_run"
"""In an approval of a writing tool: it acts without asking from then on."""
FIXED: Final = ("map",)
"""What asks about something that can only be let or not: its value is there to be looked at."""
EDITABLE: Final = 20_000
"""Characters of a held value up to which it can be changed."""


class Card(QFrame):
    """A heading that leads somewhere, a sentence, a form, and buttons. What goes wrong is said in the card."""

    def __init__(self, studio: Studio, glyph: str, words: str, form: AnswerForm | None) -> None:
        super().__init__()
        self._studio = studio
        wear(self, role="card")
        self.where, self.aside = QPushButton(), QLabel()
        wear(self.where, look="link")
        wear(self.aside, role="muted")
        self.words, self.message = QLabel(words), QLabel()
        for label in (self.words, self.message, self.aside):
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.words, self.message):
            label.setWordWrap(True)
        wear(self.message, role="error")
        self.message.hide()
        self._foot = QHBoxLayout()
        self._still = QElapsedTimer()
        self._lay_out(glyph, form)

    def lead(self, title: str, hint: str, do: Callable[[], object]) -> None:
        """Says what the heading is, and what a click on it does."""
        self.where.setText(title)
        self.where.setToolTip(hint)
        self.where.clicked.connect(lambda: do())
        self.setAccessibleName(f"{title}: {self.words.text()}")

    def button(self, words: str, do: Callable[[], object], *, primary: bool = False) -> QPushButton:
        """A button at the right; what is wrong with what it does is shown beside it."""
        made = QPushButton(words)
        if primary:
            wear(made, look="primary")
        made.clicked.connect(lambda: self._attempt(do))
        self._foot.addWidget(made)
        return made

    def move_up(self) -> None:
        """Another card above it went: the second click of a double one, meant for that, decides nothing here."""
        self._still.start()

    def say_aside(self, text: str) -> None:
        """What stands at the right of the heading."""
        if text != self.aside.text():
            self.aside.setText(text)

    def _lay_out(self, glyph: str, form: AnswerForm | None) -> None:
        picture = QLabel()
        picture.setPixmap(self._studio.icons.pixmap(glyph, 16, "state:waiting"))
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(picture)
        head.addWidget(self.where)
        head.addStretch(1)
        head.addWidget(self.aside)
        self._foot.setSpacing(8)
        self._foot.addWidget(self.message, 1)
        self._foot.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.words)
        if form is not None:
            column.addWidget(form)
        column.addLayout(self._foot)

    def _attempt(self, do: Callable[[], object]) -> None:
        if self._still.isValid() and not self._still.hasExpired(QApplication.doubleClickInterval()):
            return
        self.message.hide()
        try:
            do()
        except (ValueError, BatonError) as error:
            self.message.setText(str(error))
            self.message.show()


class QuestionCard(Card):
    """A question of the run that goes on."""

    def __init__(self, studio: Studio, key: str, asked: Mapping[str, Any]) -> None:
        node = str(asked.get("node", key))
        form = _form(asked, lambda label: _branch(studio, node, label))
        super().__init__(studio, "review", str(asked.get("question", "")), form)
        self.form = form
        self._key, self._deadline = key, asked.get("deadline")
        self.lead(studio.session.title_of(node), "Show the node", lambda: studio.session.show_node(node))
        self.reject = self.button("Reject", lambda: self._answer("rejected"))
        tool = visible(str(asked.get("tool", "")), 80)
        if tool:
            self.for_run = self.button("Allow for this run", lambda: self._answer("approved", for_run=True))
            self.for_run.setToolTip(f"{tool} acts without asking until this run ends, whatever its arguments")
        self.approve = self.button("Allow once" if tool else "Approve", lambda: self._answer("approved"), primary=True)
        self.tick()

    def tick(self) -> None:
        """Shows how long there is."""
        if self._deadline is not None:
            self.say_aside(due(self._deadline, time.time()))

    def _answer(self, decision: str, *, for_run: bool = False) -> None:
        given = {**_answer(self.form, decision), **({FOR_RUN: True} if for_run else {})}
        self._studio.session.answer(self._key, given)
        self.setEnabled(False)  # it goes when the run says that it was answered


PASSING = "value"
"""What the value on an edge is called in its form."""


class HeldCard(Card):
    """A node that is held at a breakpoint, with what arrives there."""

    def __init__(self, studio: Studio, place: str, held: Mapping[str, Any]) -> None:
        value, on_edge = held.get("value"), "->" in place
        if on_edge:
            value = {PASSING: value}
        ports = value if isinstance(value, Mapping) else {}
        fixed = len(as_text(value)) > EDITABLE
        form = form_for({"type": "object", "properties": {port: {} for port in ports}}, value, fixed=fixed)
        more = " What arrives is too long to be changed here." if fixed else " What arrives can be changed."
        words = "A value is held on its way here." if on_edge else "It is held before it starts."
        words += more if ports else ""
        super().__init__(studio, "pause", words, form if ports else None)
        self.form, self._on_edge = form, on_edge
        self._place, self._value, self._can_change = place, ports, bool(ports) and not fixed
        node = str(held.get("node", place))
        self.lead(studio.session.title_of(node), "Show the node", lambda: studio.session.show_node(node))
        self.step = self.button("Step", lambda: self._let_go(step=True))
        self.step.setToolTip("Let it go on, and hold whatever starts next")
        self.go_on = self.button("Go on", lambda: self._let_go(step=False), primary=True)

    def move_up(self) -> None:
        """What is held may be let go as fast as keys do it."""

    def _let_go(self, *, step: bool) -> None:
        changed = self._changed()
        value = Keep.VALUE if not changed else changed[PASSING] if self._on_edge else changed
        self._studio.session.let_go(self._place, value, step=step)
        self.setEnabled(False)

    def _changed(self) -> dict[str, Value]:
        """New values, by port."""
        entered = self.form.value() if self._can_change else None
        if not isinstance(entered, dict):
            return {}
        return {port: new for port, new in entered.items() if canonical(new) != canonical(self._value[port])}


class StoredCard(Card):
    """A question of a stored run that rests; the answer goes on with that run. `who` asks, as people call it."""

    def __init__(self, studio: Studio, asked: OpenQuestion, who: str) -> None:
        told = {"kind": asked.kind, "question": asked.question, "schema": asked.schema, "value": asked.value}
        over = asked.deadline is not None and asked.deadline <= time.time()
        form = _form(told)
        super().__init__(studio, "review", asked.question, form)
        self.form, self._asked, self._told = form, asked, told
        form.setEnabled(not over)
        self.lead(f"{asked.name or 'Untitled'} › {who}", "Look at the run", lambda: look(studio, asked.run))
        when = f"asked {moment(asked.asked)}"
        if asked.deadline is not None:
            when += f" · {'its time is over' if over else f'answer by {moment(asked.deadline)}'}"
        self.say_aside(when)
        if over:
            self.go_on = self.button("Go on without an answer", lambda: resume(studio, asked.run), primary=True)
        else:
            self.reject = self.button("Reject", lambda: self._answer("rejected"))
            self.approve = self.button("Approve", lambda: self._answer("approved"), primary=True)

    def _answer(self, decision: str) -> None:
        from engine.run.people import check_answers

        answers = {self._asked.key: _answer(self.form, decision)}
        check_answers(answers, {self._asked.key: self._told}, ())
        resume(self._studio, self._asked.run, answers=answers)


def due(deadline: float, now: float) -> str:
    """How long there is to answer: `42 s left`, `2 min left`. Both in seconds since 1970."""
    left = deadline - now
    if left <= 0:
        return "its time is over"
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if left < limit:
            return f"{int(left // unit)} {name} left"
    return f"{int(left // 86_400)} days left"


def moment(at: float) -> str:
    """Seconds since 1970 in the time of this place: `14:05`, on another day `24 Nov, 14:05`."""
    then = time.localtime(at)
    return time.strftime("%H:%M" if then[:3] == time.localtime()[:3] else "%d %b, %H:%M", then)


def _branch(studio: Studio, node: str, label: str) -> str:
    """What people call the branch of a merge that has a label: its node, and the port where that has several."""
    around, _, _ = node.rpartition("/")
    source, _, port = label.partition(".")
    name = studio.session.name_of(f"{around}/{source}" if around else source)
    return f"{name} · {port}" if port else name


def _form(asked: Mapping[str, Any], name: Callable[[str], str] = str) -> AnswerForm:
    schema, value = asked.get("schema") or {}, asked.get("value")
    if asked.get("kind") == "merge" and fits(schema):
        return MergeForm(schema["properties"], value if isinstance(value, Mapping) else {}, name)
    if asked.get("kind") == "conflict":
        return ConflictForm(asked.get("schema") or {}, asked.get("value") or {})
    return form_for(asked.get("schema"), asked.get("value"), fixed=asked.get("kind") in FIXED)


def _answer(form: AnswerForm, decision: str) -> dict[str, Value]:
    return {"decision": decision, "value": form.value() if decision == "approved" else None}
