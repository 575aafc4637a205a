"""What a table would give the graph, and what is to be chosen before it runs for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from gui.batching import Wish
from gui.figures import money
from gui.settings_page import form, read_amount
from gui.theme.wear import wear
from gui.topbar import PLAN_WORDS
from gui.widgets.dialog_column import dialog_layout
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.number_field import Choice, WholeNumber
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from gui.batch_offer import Offer
    from gui.studio import Studio

MOST_AT_ONCE, AT_ONCE = 256, 4
NAMED = 12
"""Columns that are named one by one; the rest are counted."""
BUDGET = "Budget for all rows"


class BatchDialog(QDialog):
    """The form. `wish` is what was chosen, once it was accepted."""

    def __init__(self, studio: Studio, offer: Offer) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Run for each row")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio, self._offer = studio, offer
        self.wish: Wish | None = None
        column = dialog_layout(self, 8)
        column.addWidget(plain_label(f"Run “{studio.filing.name}” once for each of {rows(len(offer.table.rows))}?",
                                     "heading"))  # fmt: skip
        column.addWidget(ElidedLabel(str(offer.path), "muted", Qt.TextElideMode.ElideMiddle))
        column.addWidget(self._columns())
        column.addWidget(self._form())
        column.addSpacing(4)
        self.cost, self.place = plain_label("", "muted"), plain_label("", "muted")
        column.addWidget(self.cost)
        column.addWidget(self.place)
        self.resume = self._resume_box()
        column.addWidget(self.resume)
        self.problem = plain_label(offer.problem, "error")
        self.problem.setVisible(bool(offer.problem))
        column.addWidget(self.problem)
        column.addStretch(1)
        column.addLayout(self._buttons())
        self._label_chosen()
        self._resume_chosen()
        self.resize(studio.theme.px(560), self.sizeHint().height())

    def _columns(self) -> QWidget:
        """Which columns fill which inputs."""
        offer = self._offer
        columns = set(offer.table.columns)
        filled = [f"{name}  →  {name}" for name in offer.inputs if name in columns]
        kept = [name for name in offer.inputs if name not in columns]
        well = QFrame()
        wear(well, role="well")
        inside = QFormLayout(well)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.setHorizontalSpacing(16)
        for words, names in (("Column  →  input", filled), ("Inputs without a column", kept),
                             ("Columns left out", list(offer.left_out))):  # fmt: skip
            if names:
                more = f", and {len(names) - NAMED} more" if len(names) > NAMED else ""
                apart = "\n" if names is filled else ", "
                inside.addRow(plain_label(words, "muted"), plain_label(apart.join(names[:NAMED]) + more))
        well.setVisible(bool(inside.rowCount()))
        return well

    def _form(self) -> QWidget:
        page, offer = QWidget(), self._offer
        lines = form(page)
        lines.setContentsMargins(0, 8, 0, 0)
        self.budget, self.at_once = QLineEdit(), WholeNumber()
        self.budget.setPlaceholderText("US dollars, no limit")
        self.at_once.setRange(1, MOST_AT_ONCE)
        self.at_once.setValue(AT_ONCE)
        self.label, self.route = Choice(), Choice()
        self.label.addItem("none", "")
        for name in offer.table.columns:
            self.label.addItem(name, name)
        for node, name in offer.routers.items():
            self.route.addItem(name, node)
        self.label.currentIndexChanged.connect(self._label_chosen)
        parts: list[tuple[str, QWidget]] = [(BUDGET, self.budget), ("Rows at once", self.at_once)]
        if offer.routers:
            parts += [("Column with the right route", self.label), ("Router held against it", self.route)]
        for words, box in parts:
            box.setAccessibleName(words)
            lines.addRow(words, box)
        return page

    def _resume_box(self) -> QCheckBox:
        """Whether results that are there are gone on with; not asked where there are none."""
        offer = self._offer
        box = QCheckBox(
            f"Go on with the results that are there: {offer.done or 0} of {rows(len(offer.table.rows))} done"
        )
        box.setChecked(offer.done is not None)
        box.setHidden(offer.done is None)
        box.toggled.connect(self._resume_chosen)
        return box

    def _cost(self, number: int) -> str:
        """What so many rows are expected to cost, as the first one does."""
        models = f"Models: {PLAN_WORDS[self._studio.launch.plan]}."
        each = self._offer.each
        if each is None:
            return models
        low, high = (round(calls * number) for calls in each.calls)
        calls = f"{low:,} calls" if low == high else f"{low:,} to {high:,} calls"
        if each.usd is None:
            return f"{models} {calls}; the price of {', '.join(each.unknown)} is not known."
        if each.usd.high == 0:
            return f"{models} {calls}, at no cost."
        price = f"{money(each.usd.low * number)} to {money(each.usd.high * number)}"
        return f"{models} {calls}, {price}, should all rows be as the first one."

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.cancel, self.rehearse, self.run = QPushButton("Cancel"), QPushButton("Rehearse"), QPushButton()
        into = self._offer.rehearsal_place.name
        self.rehearse.setToolTip(f"All rows on the built-in model, at no cost; results go to {into}")
        self.run.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self.rehearse.clicked.connect(lambda: self._accept(rehearse=True))
        self.run.clicked.connect(lambda: self._accept())
        for button in (self.cancel, self.rehearse, self.run):
            wear(button, look="primary" if button is self.run else "secondary")
            button.setAutoDefault(button is self.run)
            button.setEnabled(button is self.cancel or not self._offer.problem)
            row.addWidget(button)
        self.rehearse.setHidden(self._studio.launch.plan == "rehearsal")
        return row

    def _label_chosen(self) -> None:
        self.route.setEnabled(bool(self.label.currentData()))

    def _resume_chosen(self) -> None:
        """What there is is gone on with, or all rows are run anew."""
        done = self._offer.done or 0 if self.resume.isChecked() else 0
        left = len(self._offer.table.rows) - done
        self.run.setText(f"Run {rows(left)}" if left else "Show the results")
        self.cost.setText(self._cost(left))
        self._place = self._offer.place if self.resume.isChecked() else self._offer.free_place
        self.place.setText(f"Results go to {self._place.name}, beside the table.")

    def _accept(self, *, rehearse: bool = False) -> None:
        try:
            budget = read_amount(self.budget, BUDGET)
        except ValueError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        label = str(self.label.currentData() or "")
        route = str(self.route.currentData() or "") if label else ""
        place, resume = (self._offer.rehearsal_place, False) if rehearse else (self._place, self.resume.isChecked())
        self.wish = Wish(
            self._offer.path, place, label if route else "", route, budget, self.at_once.value(), resume, rehearse
        )
        self.accept()


def rows(number: int) -> str:
    """So many rows, in words."""
    return "1 row" if number == 1 else f"{number:,} rows"


def show_batch(studio: Studio, offer: Offer) -> BatchDialog:
    """Opens it and returns at once; what is chosen there is run, and the panel that shows it comes to the front."""
    dialog = BatchDialog(studio, offer)

    def accepted() -> None:
        if dialog.wish is not None:
            studio.batching.start(dialog.wish)
            studio.window.show_panel("batch")

    dialog.accepted.connect(accepted)
    dialog.open()
    return dialog
