"""Brings the shipped fonts into Qt, and reads how large the system wants its text."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QFontInfo, QGuiApplication

import assets

FONT_FILES = (
    "Inter-Regular.ttf",
    "Inter-Medium.ttf",
    "Inter-SemiBold.ttf",
    "Inter-Bold.ttf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-Medium.ttf",
)
USUAL_PIXELS = 13.0
"""How tall desktops set their text when nobody asked for more: 12 (Windows) to 14.7 (GNOME)."""


def load_fonts() -> list[str]:
    """Make the shipped fonts known to Qt; returns the families, without doubles, in order."""
    families: list[str] = []
    for name in FONT_FILES:
        number = QFontDatabase.addApplicationFont(str(assets.path(f"fonts/{name}")))
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return list(dict.fromkeys(families))


def system_font_scale() -> float:
    """How much larger than usual the system's text is, 0.8 to 2.0; 1.0 within the usual spread of desktops.

    Ask before the application's font is replaced.
    """
    ratio = QFontInfo(QGuiApplication.font()).pixelSize() / USUAL_PIXELS
    return 1.0 if 0.85 <= ratio <= 1.15 else min(2.0, max(0.8, ratio))
