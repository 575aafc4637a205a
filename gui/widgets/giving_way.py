"""A splitter whose side parts give way while it is small, so that what matters most keeps room to work in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget


class GivingWay(QSplitter):
    """A splitter that puts its parts at the sizes people chose, as far as there is room.

    Args:
        main: the part that takes what the others leave.
        comfortable: pixels of it below which the others shrink, each to its minimum; people may choose fewer.
    """

    def __init__(self, way: Qt.Orientation, main: int, comfortable: int, around: QWidget | None = None) -> None:
        super().__init__(way, around)
        self._main, self._comfortable = main, comfortable
        self._chosen: list[int] = []
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.splitterMoved.connect(self._moved)

    @property
    def chosen(self) -> list[int]:
        """The sizes people chose, in pixels; of a part that is hidden, the size it had."""
        return list(self._chosen)

    def choose(self, sizes: Sequence[int]) -> None:
        """Puts its parts at those sizes, as far as there is room."""
        self._chosen = list(sizes)
        self.share()

    def share(self) -> None:
        """Gives each part its size; a part that is hidden needs none."""
        parts = [part for index in range(self.count()) if (part := self.widget(index)) is not None]
        shown, least = [not part.isHidden() for part in parts], [self._least(part) for part in parts]
        whole = self._along(self) - self.handleWidth() * max(0, sum(shown) - 1)
        if len(self._chosen) == len(parts):
            main = min(self._comfortable, self._chosen[self._main])
            wanted = [size if there else 0 for size, there in zip(self._chosen, shown, strict=True)]
            self.setSizes(shares(whole, wanted, least, self._main, main))

    def event(self, event: QEvent) -> bool:
        """A part that needs other room than before, as wrapped words do at another width, gets it."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.share()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share()

    def _moved(self) -> None:
        there = zip(self._chosen, self.sizes(), strict=True)
        self._chosen = [now or before for before, now in there]

    def _along(self, widget: QWidget) -> int:
        return widget.width() if self.orientation() == Qt.Orientation.Horizontal else widget.height()

    def _least(self, widget: QWidget) -> int:
        """What a splitter leaves a part: its minimum, else what its contents ask for."""
        if self.orientation() == Qt.Orientation.Horizontal:
            return widget.minimumWidth() or widget.minimumSizeHint().width()
        return widget.minimumHeight() or widget.minimumSizeHint().height()


def shares(whole: int, wanted: Sequence[int], least: Sequence[int], main: int, comfortable: int) -> list[int]:
    """What each part gets of `whole` pixels: the others what they want, less what the main one lacks to be
    comfortable, but never under their least."""
    sides = [index for index, size in enumerate(wanted) if index != main and size]
    lacks = comfortable - (whole - sum(wanted[index] for index in sides))
    spare = {index: max(0, wanted[index] - least[index]) for index in sides}
    gives = min(max(0, lacks), sum(spare.values()))
    found = [size if index in spare else 0 for index, size in enumerate(wanted)]
    for index in sides:
        found[index] -= round(gives * spare[index] / max(1, sum(spare.values())))
    found[main] = max(0, whole - sum(found))
    return found
