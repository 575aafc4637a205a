"""Whether the desktop wants less motion is read from its settings files, whatever state they are in."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from gui.theme import motion


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")


@pytest.mark.usefixtures("linux")
@pytest.mark.parametrize(
    ("name", "text", "less"),
    [
        (".config/gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=0\n", True),
        (".config/gtk-3.0/settings.ini", "[Settings]\ngtk-enable-animations=false\n", True),
        (".config/gtk-3.0/settings.ini", "[Settings]\ngtk-enable-animations=1\n", False),
        (".config/kdeglobals", "[KDE]\nAnimationDurationFactor=0\n", True),
        (".config/kdeglobals", "[KDE]\nAnimationDurationFactor=0.5\n", False),
        (".config/kdeglobals", "[KDE]\nAnimationDurationFactor=often\n", False),
        (".config/kdeglobals", "no section at all", False),
        ("nothing", "", False),
    ],
)
def test_linux(tmp_path: Path, name: str, text: str, less: bool) -> None:
    write(tmp_path / name, text)
    assert motion.system_wants_less_motion(tmp_path) is less


def test_mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert motion.system_wants_less_motion(tmp_path) is False
    file = tmp_path / "Library/Preferences/com.apple.universalaccess.plist"
    write(file, "")
    file.write_bytes(plistlib.dumps({"reduceMotion": True}))
    assert motion.system_wants_less_motion(tmp_path) is True
    file.write_bytes(b"broken")
    assert motion.system_wants_less_motion(tmp_path) is False
