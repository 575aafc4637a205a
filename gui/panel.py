"""A part of the window beside the canvas: its contract, and where each one found in `gui.panels` stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal, SignalInstance
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

    def begin(self) -> None:
        """Shows how things stand, once it has its place in the window; what it tells is heard from now on."""

    def tools(self) -> QWidget | None:
        """A small strip shown at the end of the tab row while this panel is in front; None for none."""
        return None


def no_signals(_studio: Studio) -> Iterable[SignalInstance]:
    """For panels that have nothing to tell before somebody looks at them."""
    return ()


def always(_studio: Studio) -> bool:
    """For panels that have something to tell whenever they are woken."""
    return True


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        make: builds its widget for a window, in the widget where it will stand, when it is first shown or needed.
        order: its place among the panels of its side.
        woken_by: what it has to be there for though nobody looks at it, to count on its tab or come to the front,
            if it `tells` something then: to be made takes a frame, and most runs ask nothing.
    """

    name: str
    title: str
    side: Side
    order: int
    make: Callable[[Studio, QWidget | None], PanelWidget]
    woken_by: Callable[[Studio], Iterable[SignalInstance]] = no_signals
    tells: Callable[[Studio], bool] = always


class Panels(QObject):
    """The panels of one window by name, and the side where each stands: its own, until one moves it.

    Signals: `made` with the name of a panel whose widget there is from now on; `counts_changed` when a number beside a
    panel's name is another one.
    """

    made = Signal(str)
    counts_changed = Signal()

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        found = (module.PANEL for module in discover.modules("gui.panels"))
        self._studio, self._state = studio, studio.state
        self.all: list[Panel] = sorted(found, key=lambda panel: (panel.side, panel.order))
        self.counts: dict[str, tuple[int, str]] = {}
        self.grounds: dict[Side, QWidget] = {}
        """Where the panels of each side are made: Qt takes long over what finds its place once it is there."""
        self._widgets: dict[str, PanelWidget] = {}
        self._tools: dict[str, QWidget | None] = {}
        for panel in self.all:
            for signal in panel.woken_by(studio):
                signal.connect(lambda *_, panel=panel: self._wake(panel))

    def widget(self, name: str) -> PanelWidget:
        """The widget of a panel, made by the first who asks for it."""
        found = self._widgets.get(name)
        if found is None:
            panel = self.named(name)
            found = self._widgets[name] = panel.make(self._studio, self.grounds.get(self.side_of(panel)))
            self._tools[name] = found.tools()
            found.counted.connect(lambda count, tone: self._count(name, count, tone))
            self.made.emit(name)
            found.begin()
        return found

    def is_made(self, name: str) -> bool:
        """Whether there is a widget of that panel yet."""
        return name in self._widgets

    def tools(self, name: str) -> QWidget | None:
        """The strip that belongs to a panel, once there is its widget."""
        return self._tools.get(name)

    def named(self, name: str) -> Panel:
        """The panel of a name."""
        return next(panel for panel in self.all if panel.name == name)

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

    def _wake(self, panel: Panel) -> None:
        if not self.is_made(panel.name) and panel.tells(self._studio):
            self.widget(panel.name)

    def _count(self, name: str, count: int, tone: str) -> None:
        self.counts[name] = count, tone
        self.counts_changed.emit()
