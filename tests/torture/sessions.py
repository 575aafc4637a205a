"""Starts the real command again and again in processes that are killed: forked from here, so that none loads twice.

A process of its own (`python -m tests.torture.sessions`): a line of JSON comes in for each session, one goes out.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import sqlite3
import sys
import threading
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Final

READING: Final = ("SELECT",)
"""Statements that change nothing: there is no point in dying beside them."""
LEFT_S: Final = 30.0
"""How long what a killed process has started may take to end, in seconds."""
PR_SET_CHILD_SUBREAPER: Final = 36


class Points:
    """Counts the moments before and after each statement that writes, and dies at one of them.

    Args:
        deadly: the number of that moment, from 1 on; 0 is never.
        told: where the number of moments is left at each.
    """

    def __init__(self, deadly: int, told: int) -> None:
        self.deadly, self.count, self._told = deadly, 0, told

    def pass_by(self) -> None:
        self.count += 1
        if self.count == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        os.pwrite(self._told, b"%d" % self.count, 0)


def die_at(deadly: int, told: int) -> None:
    """Makes every database that is opened from now on pass by the deadly moment."""
    points, connect = Points(deadly, told), sqlite3.connect

    class Deadly(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql.lstrip().upper().startswith(READING):
                return super().execute(sql, *values)
            points.pass_by()
            done = super().execute(sql, *values)
            points.pass_by()
            return done

    sqlite3.connect = lambda *args, **named: connect(*args, factory=Deadly, **named)  # type: ignore[assignment]  # this process only


def session(args: list[str], folder: Path, point: int, file_bytes: int) -> None:
    """What the forked process does; it never returns."""
    os.setsid()
    if file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)
    die_at(point, os.open(folder / "points", os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    code = 99
    try:
        from engine.cli.main import main

        code = main(args)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        run_finalizers()
        os._exit(code)


def run_finalizers() -> None:
    """What Python does when a program ends by itself: the journal's thread stores what it has."""
    import atexit

    atexit._run_exitfuncs()


def held(asked: dict[str, Any]) -> dict[str, Any]:
    """One session: forked, killed if that was asked, and waited for with all that it leaves behind."""
    begun = time.monotonic()
    child = os.fork()
    if not child:
        os.environ.update(asked["env"])
        session(asked["args"], Path(asked["folder"]), asked["point"], asked["file_bytes"])
    handle = os.pidfd_open(child)
    try:
        ended, _, _ = select.select([handle], [], [], asked["after_s"])
        if not ended:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(handle)
    return {"status": status, "seconds": time.monotonic() - begun, "left": left_behind()}


def left_behind() -> int:
    """Waits for what the process has started and left; returns how many would not end."""
    until = time.monotonic() + LEFT_S
    while True:
        try:
            found, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if not found:
            if time.monotonic() > until:
                return 1
            time.sleep(0.002)  # nothing tells of the end of several children at once


def warmed(asked: dict[str, Any]) -> dict[str, Any]:
    """A session in this very process, so that all that it loads is there for those to come; no thread may stay."""
    from engine.cli.main import main as command

    os.environ.update(asked["env"])
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
        code = command(asked["args"])
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(LEFT_S)
    assert threading.active_count() == 1, threading.enumerate()
    return {"status": code << 8, "said": said.getvalue(), "left": left_behind()}


def main() -> None:
    """Answers each line until there are no more. The first session is run here, the others are forked."""
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0  # orphans come to this process
    hold = warmed
    for line in sys.stdin:
        sys.stdout.write(json.dumps(hold(json.loads(line))) + "\n")
        sys.stdout.flush()
        hold = held


if __name__ == "__main__":
    main()
