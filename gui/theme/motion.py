"""Asks the system whether its user wants less motion; Qt has no question for it."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

GTK_FILES = ("gtk-4.0/settings.ini", "gtk-3.0/settings.ini")


def system_wants_less_motion(home: Path | None = None) -> bool:
    """True when the desktop's settings switch animations off; False when they do not say.

    Args:
        home: the user's folder, for tests; by default the real one.
    """
    home = home or Path.home()
    if platform.system() == "Windows":
        return _windows()
    if platform.system() == "Darwin":
        return _mac(home)
    return _gtk(home) or _kde(home)


def _windows() -> bool:
    """The switch "Animation effects" of Windows' accessibility settings (SPI_GETCLIENTAREAANIMATION)."""
    import ctypes

    shown = ctypes.c_int(1)
    user32: Any = getattr(ctypes, "windll").user32  # noqa: B009  (only there on Windows, so no type checker knows it)
    user32.SystemParametersInfoW(0x1042, 0, ctypes.byref(shown), 0)
    return shown.value == 0


def _mac(home: Path) -> bool:
    import plistlib

    try:
        with (home / "Library/Preferences/com.apple.universalaccess.plist").open("rb") as file:
            return bool(plistlib.load(file).get("reduceMotion", False))
    except (OSError, ValueError, plistlib.InvalidFileException):
        return False


def _gtk(home: Path) -> bool:
    answers = (_ini(home / ".config" / file, "Settings", "gtk-enable-animations") for file in GTK_FILES)
    return any(answer in ("0", "false") for answer in answers)


def _kde(home: Path) -> bool:
    factor = _ini(home / ".config/kdeglobals", "KDE", "AnimationDurationFactor")
    try:
        return float(factor) == 0
    except ValueError:
        return False


def _ini(file: Path, section: str, key: str) -> str:
    """One value of a settings file, in small letters; empty when there is none or the file cannot be read."""
    if not file.exists():
        return ""
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return ""
    return parser.get(section, key, fallback="").strip().lower()
