"""Finds the newest Python that suits and makes .venv with it, on systems that leave out parts of Python too."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from pathlib import Path

from terminal import Trouble, quietly, say

SUITED = ("3.14", "3.13", "3.12", "3.11")  # the versions for which every locked package has a wheel
OLDEST = (3, 11)


def version_of(python: str | Path) -> tuple[int, int] | None:
    """(major, minor) of an interpreter; None when it is not there or does not start, as a pyenv shim may."""
    ok, printed = quietly([str(python), "-c", "import sys; print('%d %d' % sys.version_info[:2])"], timeout=30)
    words = printed.split()
    return (int(words[-2]), int(words[-1])) if ok and len(words) >= 2 else None


def usable() -> list[tuple[tuple[int, int], str]]:
    """This machine's interpreters that may run Baton, each with its version, the best first.

    That is $PYTHON if it suits, then the newest for which all wheels exist, then any later one.

    Raises:
        Trouble: there is none.
    """
    chosen = os.environ.get("PYTHON", "")
    names = [f"python{version}" for version in SUITED] + ["python3", "python"]
    found: dict[tuple[int, int], str] = {}
    for name in ([chosen] if chosen else []) + [name for name in names if shutil.which(name)]:
        version = version_of(name)
        if version and version >= OLDEST:
            found.setdefault(version, name)
    if not found:
        raise Trouble(
            f"Baton needs Python 3.11 or later; the newest found here is {platform.python_version()}.",
            "Install it (Debian, Ubuntu: sudo apt-get install python3) or name one: make run PYTHON=/path/to/python3.",
        )

    def merit(pair: tuple[tuple[int, int], str]) -> tuple[bool, bool, tuple[int, int]]:
        version, name = pair
        return name == chosen, f"{version[0]}.{version[1]}" in SUITED, version

    return sorted(found.items(), key=merit, reverse=True)


def has_pip(python: str | Path) -> bool:
    """Whether an interpreter can run pip."""
    return quietly([str(python), "-m", "pip", "--version"])[0]


def make_venv(folder: Path) -> None:
    """Makes an environment with pip in `folder`, replacing what is there.

    The standard venv module comes first; where a system leaves it out (Debian without python3-venv), virtualenv.

    Raises:
        Trouble: no interpreter of this machine could do it.
    """
    said = ""
    for version, python in usable():
        say(f"making .venv with Python {version[0]}.{version[1]}")
        for make in (_with_venv, _with_virtualenv):
            shutil.rmtree(folder, ignore_errors=True)
            ok, printed = make(python, folder)
            if ok and has_pip(folder / "bin" / "python"):
                return
            said += printed
    raise Trouble(
        f"No Python environment could be made in {folder}.",
        "Check that the folder can be written and that pip reaches its index, then try again.",
        said,
    )


def _with_venv(python: str, folder: Path) -> tuple[bool, str]:
    return quietly([python, "-m", "venv", str(folder)])


def _with_virtualenv(python: str, folder: Path) -> tuple[bool, str]:
    """Fetches virtualenv for this once: `--target` touches no package of the system, so PEP 668 lets it pass."""
    say("its venv module is not complete, using virtualenv")
    with tempfile.TemporaryDirectory() as aside:
        fetch = [python, "-m", "pip", "install", "--quiet", "--target", aside, "virtualenv"]
        ok, said = quietly(fetch, env=dict(os.environ, PIP_USER="0"))
        if not ok:
            return ok, said
        return quietly([python, "-m", "virtualenv", "--quiet", str(folder)], env=dict(os.environ, PYTHONPATH=aside))
