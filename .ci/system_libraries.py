"""Sees that the libraries which Qt takes from the system are there: installs them, or says the exact command."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from terminal import quietly, say

MANAGERS = (
    ("apt-get", "apt-get install -y --no-install-recommends"),
    ("dnf", "dnf install -y"),
    ("pacman", "pacman -S --needed --noconfirm"),
    ("zypper", "zypper --non-interactive install"),
)

# library -> its package for apt-get, dnf, pacman, zypper
HEADLESS = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd", "libEGL1"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd", "libGL1"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2", "libglib-2_0-0"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2", "libgthread-2_0-0"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon", "libxkbcommon0"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig", "libfontconfig1"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2", "libfreetype6"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus", "libdbus-1-3"),
}
WINDOW = {
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor", "libxcb-cursor0"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11", "libxkbcommon-x11-0"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm", "libxcb-icccm4"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms", "libxcb-keysyms1"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image", "libxcb-image0"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", *["xcb-util-renderutil"] * 2, "libxcb-render-util0"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb", "libxcb-shape0"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb", "libxcb-randr0"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb", "libxcb-shm0"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb", "libxcb-sync1"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb", "libxcb-xfixes0"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb", "libxcb-xkb1"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11", "libX11-xcb1"),
}
RENAMED = "libglib2.0-0"  # from Debian 13 and Ubuntu 24.04 on: libglib2.0-0t64

PARTS = ("QtCore.abi3.so", "QtGui.abi3.so", "QtWidgets.abi3.so", "Qt/plugins/platforms/libqoffscreen.so")
PARTS_FOR_A_WINDOW = (*PARTS, "Qt/plugins/platforms/libqxcb.so")


def ensure(python: str) -> None:
    """Installs what is missing as root with apt-get; else prints the command, and the rest goes on as far as it can.

    Args:
        python: the interpreter that has PySide6.
    """
    root = os.geteuid() == 0
    window = root or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    missing = missing_libraries(python, window)
    if missing and root and shutil.which("apt-get"):
        missing = _install(python, missing)
    if missing:
        command = command_for(missing)
        say(f"Qt does not find {', '.join(missing)}")
        sudo = "" if root else "sudo "
        say(f"install them with:  {sudo}{command}" if command else "install the packages that bring them")


def missing_libraries(python: str, window: bool) -> list[str]:
    """The system libraries that Qt's files ask for and do not find; empty where `ldd` cannot say.

    Args:
        python: the interpreter that has PySide6.
        window: whether to look at what a window needs too.

    Returns:
        their names, such as `libEGL.so.1`, sorted.
    """
    ok, printed = quietly([python, "-c", "import PySide6; print(PySide6.__path__[0])"])
    if not ok or not sys.platform.startswith("linux") or not shutil.which("ldd"):
        return []
    files = [str(Path(printed.strip()) / name) for name in (PARTS_FOR_A_WINDOW if window else PARTS)]
    _, listed = quietly(["ldd", *files], env=dict(os.environ, LC_ALL="C"))
    return sorted({line.split("=>")[0].strip() for line in listed.splitlines() if line.endswith("=> not found")})


def command_for(missing: list[str]) -> str:
    """The install command of this machine's package manager, or "" when it has none of those that are known here.

    A library that no package is known for is named by itself: the manager's own search then helps on.
    """
    known = {**HEADLESS, **WINDOW}
    for column, (program, command) in enumerate(MANAGERS):
        if shutil.which(program):
            names = {known[soname][column] if soname in known else soname for soname in missing}
            return " ".join([command, *sorted(_apt_name(name) if column == 0 else name for name in names)])
    return ""


def _apt_name(name: str) -> str:
    newer = f"{name}t64"
    return newer if name == RENAMED and quietly(["apt-cache", "show", newer])[0] else name


def _install(python: str, missing: list[str]) -> list[str]:
    """Runs apt-get for `missing`; returns what is missing after it."""
    say(f"installing Qt's system libraries with apt-get ({', '.join(missing)})")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    calm = ["-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30"]
    quietly(["apt-get", "update", *calm], env=environment)
    program, verb, *rest = command_for([soname for soname in missing if soname in {**HEADLESS, **WINDOW}]).split()
    ok, said = quietly([program, verb, *calm, *rest], env=environment)
    if not ok:
        say("\n".join(said.strip().splitlines()[-5:]))
    return missing_libraries(python, window=True)
