"""How a command hears SIGINT and SIGTERM, and what a late one may still do."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress

import pytest

from engine.base.signals import Interrupt, stopping

BOTH = (signal.SIGINT, signal.SIGTERM)

FLOODED = """
import os, signal, subprocess, sys
from engine.base.signals import stopping

flood = f"import os\\nwhile True: os.kill({os.getpid()}, {signal.SIGTERM:d})"
stops = []
with stopping(lambda: stops.append("stop")) as heard:
    other = subprocess.Popen([sys.executable, "-c", flood])
    while len(stops) < 2:
        pass
    for _ in range(20_000):
        pass
    other.kill()
    other.wait()
print(len(heard), len(stops))
"""
"""A program that another one sends signals as fast as it can, until it has worked for a while."""


@pytest.fixture(autouse=True)
def handlers() -> Generator[None, None, None]:
    """Puts back what a test changes for its process."""
    before = {number: signal.getsignal(number) for number in BOTH}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", BOTH)
def test_each_one_is_told_and_a_late_one_changes_nothing(number: signal.Signals) -> None:
    stops: list[str] = []
    with stopping(lambda: stops.append("stop")) as heard:
        assert not heard
        for _ in range(3):
            signal.raise_signal(number)
    assert heard == [number, number] and stops == ["stop", "stop"]
    for late in BOTH:
        signal.raise_signal(late)
    assert stops == ["stop", "stop"]


def test_without_one_all_is_as_before() -> None:
    before = [signal.getsignal(number) for number in BOTH]
    with stopping(lambda: None) as heard:
        pass
    assert not heard and [signal.getsignal(number) for number in BOTH] == before


@pytest.mark.parametrize("number", BOTH)
def test_one_that_a_library_loses_before_the_work_begins_ends_it_there(number: signal.Signals) -> None:
    interrupt = Interrupt()
    interrupt.hear()
    with suppress(KeyboardInterrupt):  # as some do around an import
        signal.raise_signal(number)
    with pytest.raises(KeyboardInterrupt), stopping(lambda: None):
        pytest.fail("the work began")
    assert [signal.getsignal(each) for each in BOTH] == [interrupt, interrupt]


@pytest.mark.slow
def test_signals_that_interrupt_each_other_neither_hang_nor_overflow() -> None:
    done = subprocess.run([sys.executable, "-c", FLOODED], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("2 2\n", "")


KEPT = """
import os, signal
from engine.base.signals import stopping

with stopping(lambda: None, longest_s=0.1):
    signal.raise_signal(signal.SIGTERM)
    os.read(os.pipe()[0], 1)
"""
"""A program that waits for ever once it was told to stop."""


def test_what_keeps_a_stopped_command_for_too_long_keeps_it_no_longer() -> None:
    done = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "")


LAST_WORDS = """
import atexit, os, signal
from engine.base.signals import leaving

read, write = os.pipe()
atexit.register(signal.raise_signal, signal.SIGTERM)
{before}
print("said", flush=True)
with leaving(3, longest_s=0.1):
    {meanwhile}
raise SystemExit(3)
"""


WAIT = "os.read(read, 1)"


@pytest.mark.parametrize(("before", "meanwhile"), [
    ("", "pass"),
    ("", f"signal.raise_signal(signal.SIGTERM); {WAIT}"),
    ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", WAIT),
])  # fmt: skip
def test_a_signal_at_the_very_end_changes_no_exit_code(before: str, meanwhile: str) -> None:
    program = LAST_WORDS.format(before=before, meanwhile=meanwhile)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (3, "said\n", "")


ENDLESS = """
import os, threading
from engine.base.signals import leaving

with leaving(130, longest_s=0.1):
    pass
threading.Thread(target=os.read, args=(os.pipe()[0], 1)).start()
"""
"""A stopped program with a thread that never ends, which the interpreter waits for."""


def test_the_end_of_the_interpreter_keeps_no_stopped_command() -> None:
    done = subprocess.run([sys.executable, "-c", ENDLESS], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "")
