"""`make pictures`: draws the pictures of README and docs from the program itself: each saved graph, and each scene."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BATON = str(ROOT / ".venv" / "bin" / "baton")
GRAPHS = ROOT / "docs" / "images" / "graphs"


def draw_graphs() -> None:
    """One PNG of the canvas for each saved graph."""
    GRAPHS.mkdir(parents=True, exist_ok=True)
    for graph in sorted((ROOT / "saved_graphs").glob("*.baton.json")):
        picture = GRAPHS / graph.name.replace(".baton.json", ".png")
        subprocess.run([BATON, "export", str(graph), "--to", "png", "-o", str(picture)], check=True)
        print(f"drew {picture.relative_to(ROOT)}", flush=True)


def main() -> int:
    """Draws everything; returns the exit code. No display is needed."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    draw_graphs()
    return subprocess.run([sys.executable, str(ROOT / ".ci" / "scenes.py")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
