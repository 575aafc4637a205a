"""Which look the studio wears now: follows the system or the user's settings, and dresses the application in it."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFont, QGuiApplication
from PySide6.QtWidgets import QApplication

from gui.theme import tokens as t
from gui.theme.fonts import load_fonts, system_font_scale
from gui.theme.motion import system_wants_less_motion
from gui.theme.palette import palette
from gui.theme.stylesheet import stylesheet
from gui.theme.svg import icon_source

Appearance = Literal["system", "dark", "light"]
FontRole = Literal["title", "body", "small", "tiny", "mono", "mono_small"]

_PIXELS: dict[str, int] = {
    "title": t.SIZE_TITLE,
    "body": t.SIZE_BODY,
    "small": t.SIZE_SMALL,
    "tiny": t.SIZE_TINY,
    "mono": t.SIZE_SMALL,
    "mono_small": t.SIZE_TINY,
}


class _Signals(QObject):
    changed = Signal()


class Theme:
    """The current look. One instance is made by the composition root and passed to whoever draws.

    Args:
        appearance: `system` follows the desktop, live; the others stay.
        reduced_motion: None asks the system.
        font_scale: 1.0 is the design's size; None takes the system's.
        images: where the pictures stay that a stylesheet names, from start to start; by default in a folder that goes
            with the program.
    """

    def __init__(
        self, appearance: Appearance = "system", reduced_motion: bool | None = None, font_scale: float | None = None,
        images: Path | None = None,
    ) -> None:  # fmt: skip
        self._signals = _Signals()
        self._appearance: Appearance = appearance
        self._reduced_motion = system_wants_less_motion() if reduced_motion is None else reduced_motion
        self._system_scale = system_font_scale()  # before the application wears a font of ours
        self._font_scale = self._system_scale if font_scale is None else font_scale
        self._colours: dict[str, QColor] = {}
        self._fonts: dict[tuple[str, int], QFont] = {}
        self._app: QApplication | None = None
        self._kept = images
        self._passing: tempfile.TemporaryDirectory[str] | None = None
        self._images: Path | None = None
        self._tokens = self._wanted()
        self._worn = self._look
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._refresh)

    @property
    def changed(self) -> SignalInstance:
        """Emitted after the look changed and the application wears it: repaint, drop cached pictures."""
        return self._signals.changed

    @property
    def tokens(self) -> t.Tokens:
        return self._tokens

    @property
    def dark(self) -> bool:
        return self._tokens.dark

    @property
    def appearance(self) -> Appearance:
        return self._appearance

    @property
    def reduced_motion(self) -> bool:
        return self._reduced_motion

    @property
    def font_scale(self) -> float:
        return self._font_scale

    def set_appearance(self, appearance: Appearance) -> None:
        self._appearance = appearance
        self._refresh()

    def set_reduced_motion(self, reduced: bool | None) -> None:
        """None asks the system again."""
        self._reduced_motion = system_wants_less_motion() if reduced is None else reduced
        self._refresh()

    def set_font_scale(self, scale: float | None) -> None:
        """None takes the system's."""
        self._font_scale = self._system_scale if scale is None else scale
        self._refresh()

    def px(self, pixels: float) -> int:
        """A length of the design, scaled with the text."""
        return round(pixels * self._font_scale)

    def colour(self, role: str) -> QColor:
        """The QColor of a role: a `Tokens` field (`muted`), `state:running`, `text:failed`, `kind:agent` or #rrggbb."""
        found = self._colours.get(role)
        if found is None:
            found = self._colours[role] = QColor(self._hex(role))
        return found

    def font(self, role: FontRole = "body", weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The font of a role, at the user's scale; figures of the sans font keep their columns only in `mono`."""
        key = (role, weight.value)
        found = self._fonts.get(key)
        if found is None:
            found = self._fonts[key] = self._made(role, weight)
        return found

    def apply(self, app: QApplication) -> None:
        """Dress `app`: fonts, palette and stylesheet on top of Fusion; later changes re-dress it.

        Before anything is made: Qt looks at every widget again when a stylesheet comes.
        """
        load_fonts()
        app.setStyle("Fusion")
        self._app = app
        self._images = self._images or self._folder()
        self._dress()

    def _hex(self, role: str) -> str:
        family, _, name = role.partition(":")
        if not name:
            return role if role.startswith("#") else str(getattr(self._tokens, role))
        look = {"state": self._tokens.state, "text": self._tokens.state_text, "kind": self._tokens.kind}
        return look[family](name)

    def _made(self, role: FontRole, weight: QFont.Weight) -> QFont:
        mono = role.startswith("mono")
        font = QFont(t.FAMILY_MONO if mono else t.FAMILY)
        font.setStyleHint(QFont.StyleHint.Monospace if mono else QFont.StyleHint.SansSerif)
        font.setPixelSize(max(8, self.px(_PIXELS[role])))
        font.setWeight(weight)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def _wanted(self) -> t.Tokens:
        if self._appearance == "system":
            light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
            return t.LIGHT if light else t.DARK
        return t.DARK if self._appearance == "dark" else t.LIGHT

    @property
    def _look(self) -> tuple[t.Tokens, float, bool]:
        return self._tokens, self._font_scale, self._reduced_motion

    def _refresh(self, *_: object) -> None:
        self._tokens = self._wanted()
        before, self._worn = self._worn, self._look
        if before == self._worn:
            return
        self._colours.clear()
        self._fonts.clear()
        if before[:2] != self._worn[:2]:  # the dress is the same with less motion, and Qt takes long to change it
            self._dress()
        self.changed.emit()

    def _dress(self) -> None:
        if self._app is None:
            return
        self._app.setFont(self.font("body"))
        self._app.setPalette(palette(self._tokens))
        self._app.setStyleSheet(stylesheet(self._tokens, self._font_scale, self._image))

    def _folder(self) -> Path:
        """Where the pictures of the stylesheet stay."""
        if self._kept is not None:
            with suppress(OSError):  # a home that cannot be written to is told of elsewhere
                self._kept.mkdir(parents=True, exist_ok=True)
                return self._kept
        self._passing = tempfile.TemporaryDirectory(prefix="baton-theme-")
        return Path(self._passing.name)

    def _image(self, icon: str, colour: str) -> str:
        """The path of `icon` in `colour` as a file: a stylesheet can only name files."""
        if self._images is None:
            return ""
        file, source = self._images / f"{icon}-{colour[1:]}.svg", icon_source(icon, colour)
        with suppress(OSError):  # a lost arrow holds nobody up
            if not file.exists() or file.read_bytes() != source:
                file.write_bytes(source)
        return file.as_posix()
