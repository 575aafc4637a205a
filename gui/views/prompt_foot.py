"""The line below a prompt: about how many tokens it has, and the preview with the values of the last run."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from engine.models.tokens import estimate_tokens
from gui.field import Place
from gui.preview import Preview, preview, samples_at, values_at
from gui.theme.wear import wear
from gui.views.growing_text import GrowingText

PAUSE_MS = 150


class PromptFoot(QWidget):
    """Follows what is typed by `follow`; the preview is made a moment after typing rests."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place, self._text = place, ""
        self.tokens, self.note = QLabel(), QLabel()
        for label in (self.tokens, self.note):
            label.setTextFormat(label.textFormat().PlainText)
            wear(label, role="faint")
        self.note.setWordWrap(True)
        self.button = QToolButton()
        self.button.setText("Preview")
        self.button.setCheckable(True)
        self.button.setProperty("look", "slim")
        self.button.setToolTip("Shows the text as the model would get it")
        self.shown = GrowingText(2, 12)
        self.shown.setReadOnly(True)
        self.shown.setAccessibleName(f"{place.field.title}: preview")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE_MS)
        self._soon.timeout.connect(self._show)
        self.button.toggled.connect(self._show)
        place.studio.session.run_changed.connect(self._show)
        self._lay_out()
        self._show()

    def follow(self, text: str) -> None:
        """The prompt is another one now."""
        first, self._text = not self._text, text
        if first:
            self._show()
        else:
            self._soon.start()

    def filled(self) -> Preview:
        """The prompt with values: of the run that is watched, else samples."""
        session, node = self._place.studio.session, self._place.node
        view = session.run_seen
        scope = session.run_scope
        outputs = {}
        if view is not None and scope is not None:
            keys = {source: session.run_key(source) for source in session.graph.nodes}
            outputs = {source: view.nodes[key].outputs for source, key in keys.items() if key in view.nodes}
        return preview(
            self._text, values_at(session.graph, node, outputs), samples_at(session.graph, session.kinds, node)
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        row.addStretch(1)
        row.addWidget(self.tokens)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.shown)
        column.addWidget(self.note)

    def _show(self) -> None:
        is_open = self.button.isChecked()
        self.shown.setVisible(is_open)
        text, note = self._text, ""
        if is_open:
            found = self.filled()
            self.shown.setPlainText(found.text)
            self.shown.setVisible(not found.wrong)
            text = found.text or text
            sampled = ", ".join(found.samples)
            note = found.wrong or (f"Samples stand for {sampled}: run the graph to see its values." if sampled else "")
        count = estimate_tokens(text)
        self.tokens.setText(f"about {count:,} token{'' if count == 1 else 's'}{' filled in' if is_open else ''}")
        self.note.setText(note)
        self.note.setVisible(bool(note))
