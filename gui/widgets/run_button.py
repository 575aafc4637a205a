"""The one button that starts and stops a run; a second Stop forces (studio.md, Watching a run)."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from gui.theme.icons import Icons
from gui.theme.wear import wear

RunState = Literal["idle", "running", "stopping"]

_SHOWN: dict[RunState, tuple[str, str, str, str, str]] = {
    "idle": ("Run", "run", "primary", "on_accent", "Run the graph"),
    "running": ("Stop", "stop", "danger", "text:failed", "Stop the run: nodes that run are asked to end"),
    "stopping": ("Force stop", "stop", "danger", "text:failed", "Stopping… press again to end every node at once"),
}


class RunButton(QPushButton):
    """Run, Stop, Force stop. It asks by signals; who owns the run says by `set_state` what is so."""

    run_asked = Signal()
    stop_asked = Signal()
    force_asked = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._state: RunState = "idle"
        self.setIconSize(QSize(14, 14))
        self.clicked.connect(self._ask)
        self._restyle()

    @property
    def state(self) -> RunState:
        return self._state

    def set_state(self, state: RunState) -> None:
        if state != self._state:
            self._state = state
            self._restyle()

    def _ask(self) -> None:
        if self._state == "idle":
            self.run_asked.emit()
        elif self._state == "running":
            self.set_state("stopping")
            self.stop_asked.emit()
        else:
            self.force_asked.emit()

    def _restyle(self) -> None:
        text, icon, look, colour, tip = _SHOWN[self._state]
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(text)
        self._icons.dress(self, icon, colour, 14)
        wear(self, look=look)
