"""Which system libraries Qt lacks here: asked of the linker, since Qt blames xcb-cursor whichever is missing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
}
"""A library of the linker -> the Debian package that brings it."""

_ABSENT = re.compile(r"^\s*(\S+) => not found", re.M)


def missing_libraries() -> list[str]:
    """Debian packages (or, where unknown, libraries) that Qt's windows need and this system lacks; [] elsewhere."""
    spec = find_spec("PySide6")
    ldd = shutil.which("ldd")
    if not sys.platform.startswith("linux") or ldd is None or spec is None or spec.origin is None:
        return []
    root = Path(spec.origin).parent
    wanted = [
        root / "Qt/plugins/platforms/libqxcb.so",
        root / "Qt/lib/libQt6Gui.so.6",
        root / "Qt/lib/libQt6Widgets.so.6",
    ]
    said = "".join(_asked(ldd, library) for library in wanted if library.exists())
    return sorted({PACKAGES.get(name, name) for name in _ABSENT.findall(said)})


def _asked(ldd: str, library: Path) -> str:
    try:
        command = [ldd, str(library)]  # both found by ourselves, nothing of it comes from a graph
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout  # noqa: S603 - see above
    except (OSError, subprocess.TimeoutExpired):
        return ""
