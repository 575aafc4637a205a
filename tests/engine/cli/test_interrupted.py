"""A signal in the moments where Python drops exceptions is not lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WINDOW = """
import os, signal, sys
from engine.cli import main, studio

def window(_args):
    os.kill(os.getpid(), signal.SIGTERM)

studio.display, studio._studio = lambda: True, lambda: window
sys.argv[1:] = {args}
sys.exit(main.main())
"""
"""A window, whose loop runs no handler of Python's, that gets a signal."""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of that name end nothing there")
@pytest.mark.parametrize("args", [[], ["open"]])
def test_a_signal_ends_a_window(args: list[str], tmp_path: Path) -> None:
    file = tmp_path / "g.baton.json"
    file.write_text('{"baton": 1, "nodes": [], "edges": []}', "utf-8")
    program = WINDOW.format(args=[*args, str(file)])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (-15, "")


DROPPED = """
import signal, sys
from engine.cli import main

class Odd:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

class Found:
    def find_spec(self, name, path=None, target=None):
        if name == "engine.cli.version":
            Odd()

sys.meta_path.insert(0, Found())
sys.argv[1:] = ["version"]
sys.exit(main.main())
"""
"""The command `version`, which gets a signal in a destructor while its module is found."""


def test_a_signal_where_exceptions_are_dropped_ends_the_command() -> None:
    done = subprocess.run([sys.executable, "-c", DROPPED], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


TURNED = """
import signal, sys
from engine.cli import main

class Found:
    def find_spec(self, name, path=None, target=None):
        if name == "engine.cli.version":
            try:
                signal.raise_signal(signal.{signal})
            except KeyboardInterrupt:
                raise ValueError("the serializer cannot be built")

sys.meta_path.insert(0, Found())
sys.argv[1:] = ["version"]
sys.exit(main.main())
"""
"""The same with a signal of which a library makes an error of its own."""


@pytest.mark.parametrize("signal", ["SIGINT", "SIGTERM"])
def test_a_signal_that_a_library_makes_an_error_of_is_no_bug(signal: str) -> None:
    program = TURNED.format(signal=signal)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
