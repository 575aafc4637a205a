"""Draws the shipped line icons in any colour and size, crisp at every pixel ratio, and keeps what it drew."""

from __future__ import annotations

from typing import Protocol
from weakref import WeakKeyDictionary

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap, QScreen
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from gui.theme.svg import icon_source
from gui.theme.theme import Theme


class TakesIcon(Protocol):
    """Whatever can wear an icon: `QAbstractButton`, `QAction`, `QMenu`."""

    def setIcon(self, icon: QIcon, /) -> None: ...


class Icons:
    """Icons in the colours of `theme`. Pictures are kept until the look changes."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._pixmaps: dict[tuple[str, int, str, float], QPixmap] = {}
        self._icons: dict[tuple[str, str, int], QIcon] = {}
        self._dressed: WeakKeyDictionary[TakesIcon, tuple[str, str, int]] = WeakKeyDictionary()
        theme.changed.connect(self._renew)
        self._ratios: set[float] = set()
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(self._follow)
        for screen in QGuiApplication.screens():
            self._follow(screen)

    @property
    def theme(self) -> Theme:
        return self._theme

    def pixmap(self, name: str, size: int = 16, colour: str = "muted", dpr: float | None = None) -> QPixmap:
        """Icon `name` as a square of `size` logical pixels.

        Args:
            name: a file of assets/icons without its ending; an unknown one gives the `unknown` icon.
            colour: a role of `Theme.colour` (`muted`, `state:failed`, `kind:agent`) or #rrggbb.
            dpr: device pixels for each logical one; by default the application's highest.
        """
        ratio = self._ratio() if dpr is None else dpr
        ink = self._theme.colour(colour).name()
        key = (name, size, ink, ratio)
        found = self._pixmaps.get(key)
        if found is None:
            found = self._pixmaps[key] = _render(name, size, ink, ratio)
        return found

    def icon(self, name: str, colour: str = "muted", size: int = 16) -> QIcon:
        """Icon `name` for buttons, menus and item views; faint when disabled, sharp on each screen that there is."""
        key = (name, self._theme.colour(colour).name(), size)
        found = self._icons.get(key)
        if found is None:
            found = self._icons[key] = QIcon()
            for ratio in sorted(self._ratios):
                for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # Qt would tint what is in a selected row
                    found.addPixmap(self.pixmap(name, size, colour, ratio), mode)
                found.addPixmap(self.pixmap(name, size, "wire", ratio), QIcon.Mode.Disabled)
        return found

    def dress(self, target: TakesIcon, name: str, colour: str = "muted", size: int = 16) -> None:
        """Give `target` (a button, an action) icon `name` now and whenever the look changes; a later call replaces.

        A target that is gone is forgotten by itself.
        """
        self._dressed[target] = (name, colour, size)
        target.setIcon(self.icon(name, colour, size))

    def paint(self, painter: QPainter, name: str, box: QRectF, colour: str = "muted") -> None:
        """Draw icon `name` into `box` (the painter's units), sharp for the painter's own device."""
        ratio = painter.device().devicePixelRatioF()
        picture = self.pixmap(name, max(1, round(box.width())), colour, ratio)
        painter.drawPixmap(box, picture, QRectF(picture.rect()))

    def _follow(self, screen: QScreen) -> None:
        """Knows a screen, now and when it is scaled otherwise."""
        screen.geometryChanged.connect(self._look)
        self._look()

    def _look(self, *_: object) -> None:
        ratios = {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
        if not ratios <= self._ratios:
            self._ratios |= ratios
            self._renew()

    def _ratio(self) -> float:
        app = QApplication.instance()
        return app.devicePixelRatio() if isinstance(app, QApplication) else 1.0

    def _renew(self) -> None:
        self._pixmaps.clear()
        self._icons.clear()
        for target, (name, colour, size) in list(self._dressed.items()):
            if isValid(target):  # Qt may have deleted what Python still holds
                target.setIcon(self.icon(name, colour, size))


def _render(name: str, size: int, colour: str, ratio: float) -> QPixmap:
    pixels = max(1, round(size * ratio))
    picture = QPixmap(QSize(pixels, pixels))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(icon_source(name, colour))).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
