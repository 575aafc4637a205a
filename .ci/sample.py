"""`make run`: opens the studio with the sample graph; without a display, runs it here and draws its picture."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

SAMPLE = "research_draft_review"


def has_display(environment: dict[str, str]) -> bool:
    """Whether a window could open: an X or Wayland display is named and answers, or the system is macOS."""
    if sys.platform == "darwin":
        return True
    wayland = environment.get("WAYLAND_DISPLAY", "")
    if wayland and _answers(str(Path(environment.get("XDG_RUNTIME_DIR", ""), wayland))):
        return True
    host, colon, rest = environment.get("DISPLAY", "").rpartition(":")
    number = rest.split(".")[0]
    if not colon or not number.isdigit():
        return False
    if host in ("", "unix"):
        local = f"/tmp/.X11-unix/X{number}"
        return _answers(local) or _answers(f"\0{local}")
    return _answers((host, 6000 + int(number)))


def _answers(address: str | tuple[str, int]) -> bool:
    """Whether something accepts a connection at a socket's path (or abstract name), or at a host and port."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            probe.connect(address)
    except OSError:
        return False
    return True


def main() -> int:
    """Shows the sample in the way that this machine allows; returns the exit code of what it started."""
    root = Path(__file__).resolve().parent.parent
    os.chdir(root)
    baton = str(root / ".venv" / "bin" / "baton")
    graph = f"saved_graphs/{SAMPLE}.baton.json"
    picture = f"out/{SAMPLE}.png"
    if has_display(dict(os.environ)):
        print(f"Opening the studio with {graph}. It needs no key: press Run.", flush=True)
        return subprocess.call([baton, graph])
    print(f"No display here, so the graph runs in the terminal: baton run {graph} --rehearse", flush=True)
    code = subprocess.call([baton, "run", graph, "--rehearse"])
    if code == 0:
        Path("out").mkdir(exist_ok=True)
        code = subprocess.call([baton, "export", graph, "--to", "png", "-o", picture])
    if code == 0:
        print(f"A picture of its canvas is in {root / picture}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
