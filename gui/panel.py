"""A part of the window beside the canvas: its contract, and where each one found in `gui.panels` stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.base import discover

if TYPE_CHECKING:
    from gui.studio import Studio

Side = Literal["left", "right", "bottom"]
SIDES: Mapping[Side, str] = {"left": "to the left", "right": "to the right", "bottom": "below the canvas"}


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
    """The panels of one window by name, and the side where each stands: its own, until one moves it.

    Signals: `counts_changed` when a number beside a panel's name is another one.
    """

    counts_changed = Signal()

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        found = (module.PANEL for module in discover.modules("gui.panels"))
        self._state = studio.state
        self.all: list[Panel] = sorted(found, key=lambda panel: (panel.side, panel.order))
        self.counts: dict[str, tuple[int, str]] = {}
        self._widgets = {panel.name: panel.make(studio) for panel in self.all}
        self._tools = {name: widget.tools() for name, widget in self._widgets.items()}
        for name, widget in self._widgets.items():
            widget.counted.connect(lambda count, tone, name=name: self._count(name, count, tone))

    def widget(self, name: str) -> PanelWidget:
        """The widget of a panel."""
        return self._widgets[name]

    def tools(self, name: str) -> QWidget | None:
        """The strip that belongs to a panel."""
        return self._tools[name]

    def side_of(self, panel: Panel) -> Side:
        """Where a panel stands now."""
        moved = self._state.get("docks", {}).get(panel.name)
        return moved if moved in SIDES else panel.side

    def on(self, side: Side) -> Iterator[Panel]:
        """The panels of a side, in order."""
        return (panel for panel in self.all if self.side_of(panel) == side)

    def move(self, name: str, side: Side | None) -> None:
        """Remembers another side for a panel; None is its own."""
        moved = {key: value for key, value in self._state.get("docks", {}).items() if key != name}
        self._state.put("docks", {**moved, name: side} if side else moved)

    def _count(self, name: str, count: int, tone: str) -> None:
        self.counts[name] = count, tone
        self.counts_changed.emit()
