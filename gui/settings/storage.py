"""Settings of what is kept on the disk: how much room it takes, what is the most, and making room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from engine.base.settings import Settings
from gui.background import Background
from gui.dialogs.ask import ask
from gui.settings_page import SettingsPage, form, note, read_amount
from gui.stored import journal
from gui.studio import Studio

MB = 1_000_000


class StoragePage(SettingsPage):
    name, title, icon, order = "storage", "Storage", "save", 50

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__(studio, settings)
        rows = form(self)
        self._background = Background(self)
        self.runs, self.results = QLabel("counting…"), QLabel("counting…")
        self.clean_runs, self.clean_results = QPushButton("Delete…"), QPushButton("Delete")
        self.clean_runs.clicked.connect(self._ask_runs)
        self.clean_results.clicked.connect(lambda: self._do(studio.services.results.clear))
        rows.addRow("Stored runs", _beside(self.runs, self.clean_runs))
        rows.addRow("Results to use again", _beside(self.results, self.clean_results))
        self.keep, self.keep_mb, self.cache = QLineEdit(), QLineEdit(), QLineEdit(str(settings.cache_mb))
        for words, line, value in (
            ("Most stored runs", self.keep, settings.keep_runs),
            ("Most MB of runs", self.keep_mb, settings.keep_runs_mb),
            ("Most MB of results", self.cache, settings.cache_mb),
        ):  # fmt: skip
            line.setText("" if value is None else str(value))
            line.setPlaceholderText("no limit" if line is not self.cache else "0")
            line.setAccessibleName(words)
            rows.addRow(words, line)
        rows.addRow("", note("The oldest runs that are over go first; those that can go on stay."))
        rows.addRow("", note(f"All of it stands in {studio.services.home.root}"))
        self._measure()

    def changes(self) -> Mapping[str, Any]:
        keep, keep_mb = read_amount(self.keep, "Most stored runs", 1), read_amount(self.keep_mb, "Most MB of runs", 1)
        cache = read_amount(self.cache, "Most MB of results")
        return {
            "keep_runs": None if keep is None else int(keep), "keep_runs_mb": None if keep_mb is None else int(keep_mb),
            "cache_mb": int(cache or 0),
        }  # fmt: skip

    def leave(self) -> None:
        self._background.close()

    def _measure(self) -> None:
        from engine.archive.room import room

        services = self.studio.services
        self._background.do(lambda: room(services), self._show, self.studio.session.say_error)

    def _show(self, found: Any) -> None:
        runs = "1 run" if found.runs == 1 else f"{found.runs:,} runs"
        self.runs.setText(f"{runs}, {_size(found.run_bytes)}")
        self.results.setText(_size(found.result_bytes))
        self.clean_runs.setEnabled(bool(found.runs))
        self.clean_results.setEnabled(bool(found.result_bytes))

    def _do(self, work: Callable[[], object]) -> None:
        self._background.do(work, lambda _: self._measure(), self.studio.session.say_error)

    def _ask_runs(self) -> None:
        def answered(answer: str) -> None:
            if answer == "Delete":
                self._do(lambda: journal(self.studio).trim(0, None))

        text = "Their outputs and logs are lost. Runs that can be gone on with stay."
        ask(self, "Delete all runs that are over?", text, ["Cancel", "Delete"], answered, "Delete")


def _beside(label: QLabel, button: QPushButton) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(label, 1)
    row.addWidget(button)
    return made


def _size(count: int) -> str:
    return f"{count / MB:,.1f} MB" if count >= MB / 10 else f"{count / 1000:,.0f} kB"


PAGE = StoragePage
