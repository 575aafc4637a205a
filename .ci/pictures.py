"""`make pictures`: draws the pictures of README and docs from the program itself: saved graphs, steps, a run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent
BATON = str(ROOT / ".venv" / "bin" / "baton")
IMAGES = ROOT / "docs" / "images"
SHOWN = ROOT / "saved_graphs" / "fan_out_research.baton.json"
SIZE = (1680, 1020)
SECONDS_INTO_THE_RUN = 3.0
TOOLS = {"Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick"}


def draw_graphs() -> None:
    """One PNG of the canvas for each saved graph."""
    (IMAGES / "graphs").mkdir(parents=True, exist_ok=True)
    for graph in sorted((ROOT / "saved_graphs").glob("*.baton.json")):
        picture = IMAGES / "graphs" / graph.name.replace(".baton.json", ".png")
        subprocess.run([BATON, "export", str(graph), "--to", "png", "-o", str(picture)], check=True)
        print(f"drew {picture.relative_to(ROOT)}", flush=True)


def photograph_studio(appearance: str) -> None:
    """A picture of the real window in mid-run, on a display of its own and with a user's folder of its own."""
    picture = IMAGES / f"studio-{appearance}.png"
    with tempfile.TemporaryDirectory() as home, display() as name:
        (Path(home) / "settings.json").write_text(json.dumps({"appearance": appearance}), "utf-8")
        surroundings = dict(os.environ, DISPLAY=name, BATON_HOME=home, QT_QPA_PLATFORM="xcb")
        studio = subprocess.Popen([BATON, str(SHOWN)], env=surroundings)
        try:
            _drive(surroundings)
            subprocess.run(["import", "-window", "root", str(picture)], env=surroundings, check=True)
        finally:
            studio.terminate()
            studio.wait(20)
    print(f"drew {picture.relative_to(ROOT)}", flush=True)


def _drive(surroundings: dict[str, str]) -> None:
    """Waits for the window, gives it the whole display and presses Run."""
    find = ["timeout", "30", "xdotool", "search", "--sync", "--onlyvisible", "--name", "Baton"]
    found = subprocess.run(find, env=surroundings, check=True, capture_output=True, text=True)
    window = found.stdout.split()[-1]
    place = ["windowmove", window, "0", "0", "windowsize", "--sync", window, *map(str, SIZE)]
    subprocess.run(["xdotool", *place, "windowfocus", window], env=surroundings, check=True)
    time.sleep(1.0)  # the canvas settles into its new size
    subprocess.run(["xdotool", "key", "shift+f", "key", "ctrl+Return"], env=surroundings, check=True)
    time.sleep(SECONDS_INTO_THE_RUN)


@contextmanager
def display() -> Iterator[str]:
    """A virtual display of the picture's size; gives its name and takes it away again."""
    reading, writing = os.pipe()
    screen = f"{SIZE[0]}x{SIZE[1]}x24"
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", screen, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(20)


def main() -> int:
    """Draws everything; returns the exit code."""
    draw_graphs()
    subprocess.run([sys.executable, str(ROOT / ".ci" / "scenes.py")], check=True)
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if missing:
        print(f"The studio itself needs a virtual display: sudo apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    for appearance in ("dark", "light"):
        photograph_studio(appearance)
    return 0


if __name__ == "__main__":
    sys.exit(main())
