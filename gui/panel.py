"""A part of the window beside the canvas: its contract, and where each one found in `gui.panels` stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.base import discover

if TYPE_CHECKING:
    from gui.studio import Studio

Side = Literal["left", "right", "bottom"]


class PanelWidget(QWidget):
    """What a panel shows. It listens to the session itself; `told` and `tools` are for the window.

    Signals: `counted` with a number and a role of `Theme.colour`, shown beside the panel's tab (0 for none).
    """

    counted = Signal(int, str)

    def tools(self) -> QWidget | None:
        """A small strip shown at the end of the tab row while this panel is in front; None for none."""
        return None


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        make: builds its widget for a window.
        order: its place among the panels of its side.
    """

    name: str
    title: str
    side: Side
    order: int
    make: Callable[[Studio], PanelWidget]


class Panels(QObject):
    """The panels of one window by name."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        found = (module.PANEL for module in discover.modules("gui.panels"))
        self.all: list[Panel] = sorted(found, key=lambda panel: (panel.side, panel.order))
        self._widgets = {panel.name: panel.make(studio) for panel in self.all}

    def widget(self, name: str) -> PanelWidget:
        """The widget of a panel."""
        return self._widgets[name]

    def on(self, side: Side) -> Iterator[Panel]:
        """The panels of a side, in order."""
        return (panel for panel in self.all if panel.side == side)
