"""Where the folder that `make package` builds begins: `baton`, or one of Baton's own scripts in a process of its own.

Code nodes and tool servers start `sys.executable -I -S -B SCRIPT`. In a bundle that is this program, which then does
what Python would do, for scripts of the bundle alone.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

FLAGS = ("-I", "-S", "-B", "-X", "utf8")


def script(arguments: list[str]) -> list[str]:
    """The script and its own arguments when Python is meant; [] when `baton` is."""
    if arguments[:1] != ["-I"]:
        return []
    rest = list(arguments)
    while rest and rest[0] in FLAGS:
        rest.pop(0)
    inside = Path(getattr(sys, "_MEIPASS", "/nowhere")).resolve()
    return rest if rest and Path(rest[0]).resolve().is_relative_to(inside) else []


def main() -> int:
    """Returns the exit code."""
    asked = script(sys.argv[1:])
    if asked:
        sys.argv = asked
        runpy.run_path(asked[0], run_name="__main__")
        return 0
    from engine.cli.main import main as baton

    return baton()


if __name__ == "__main__":
    sys.exit(main())
