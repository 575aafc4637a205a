"""Makes this checkout ready to run (`--dev`: to test); after the first time one look at a stamp says that it is.

Needs an interpreter, pip and a network, nothing else: .venv, the locked packages and Qt's libraries come from here.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import system_libraries
from interpreters import OLDEST, has_pip, make_venv, version_of
from packages import install
from terminal import Trouble, say


class Stamp:
    """What is said to be installed in `root`/.venv: three lines, the folder, a digest of the lock, and what for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / ".venv" / "baton-setup"

    def wanted(self, dev: bool) -> str:
        """What the file says when all is there."""
        digest = hashlib.sha256()
        for name in ("pyproject.toml", "uv.lock"):
            digest.update((self.root / name).read_bytes())
        return "\n".join([str(self.root), digest.hexdigest(), "dev" if dev else "run"])

    def read(self) -> str:
        """What the file says; "" when there is none."""
        try:
            return self.path.read_text("utf-8")
        except OSError:
            return ""

    def write(self, dev: bool) -> None:
        """Says that all is installed."""
        self.path.write_text(self.wanted(dev), "utf-8")

    def is_fresh(self, dev: bool) -> bool:
        """Whether what is installed serves; an environment for testing serves for running too."""
        return self.read() in {self.wanted(dev), self.wanted(dev=True)}

    def is_elsewhere(self) -> bool:
        """Whether .venv was made under another path: its scripts name that path, so it has to be made again."""
        found = self.read()
        return found != "" and found.split("\n")[0] != str(self.root)


def prepare(root: Path, dev: bool) -> None:
    """Brings the checkout in `root` to where `make run` works, and with `dev` `make test`.

    Raises:
        Trouble: it cannot be done; says why and what to do.
    """
    stamp = Stamp(root)
    python = root / ".venv" / "bin" / "python"
    version = version_of(python)
    usable = version is not None and version >= OLDEST and not stamp.is_elsewhere()
    if not usable or not stamp.is_fresh(dev):
        if not usable or not has_pip(python):
            make_venv(root / ".venv")
        install(root, dev)
        stamp.write(dev)
        say("the packages are in place")
    system_libraries.ensure(str(python))


def main() -> int:
    """Prepares the checkout that this file belongs to; returns the exit code."""
    root = Path(__file__).resolve().parent.parent
    try:
        prepare(root, "--dev" in sys.argv[1:])
    except (Trouble, OSError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
