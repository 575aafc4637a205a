"""Runs a command and leaves nothing of it behind. Started as a script of its own; imports nothing of the program.

    python supervisor.py LIFELINE SECONDS COMMAND [ARG]...

The command gets stdin, stdout and stderr of this process. LIFELINE is the reading end of a pipe whose writing end only
the program holds that started this: once that closes, because the program wants so or is gone, however it went, the
command may take some SECONDS to end by itself, is then asked to, and at last killed with all below it.
"""

# pathlib takes longer to load than all of this, so paths are texts here:
# ruff: noqa: PTH112, PTH123, PTH208
from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from typing import NoReturn

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
NOT_STARTED = 127


def below() -> list[int]:
    """The processes below this one, found in /proc; none where there is no such folder."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            with (
                contextlib.suppress(OSError, ValueError, IndexError),
                open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file,
            ):
                parents.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(name))
    found: list[int] = []
    todo = [os.getpid()]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def kill_below() -> None:
    """Kills all below this process, also what has left its group."""
    for _ in range(20):
        left = [process for process in below() if not reaped(process)]
        for process in left:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        if not left:
            return


def reaped(process: int) -> bool:
    """Whether a child has ended; it is then taken off the system's list."""
    try:
        return os.waitpid(process, os.WNOHANG)[0] == process
    except OSError:
        return False


def ask_system(*request: int) -> None:
    """Asks Linux for a favour (prctl); elsewhere nothing happens."""
    with contextlib.suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(*request, 0, 0, 0)


def watch(lifeline: int, seconds: float, command: list[str]) -> NoReturn:
    """Starts the command, waits for its end or that of the lifeline, and then ends this process and all below it."""
    ask_system(PR_SET_CHILD_SUBREAPER, 1)  # what loses its parent below comes to this one, and cannot escape
    ended, end = os.pipe()
    os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the program's to act on
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is for the command: this one ends when that has ended
    signal.set_wakeup_fd(end, warn_on_full_buffer=False)
    worker = os.fork()
    if worker == 0:
        perform(lifeline, command)
    for number in (0, 1):
        os.close(number)  # so that the command's own end is the end of the pipes
    code, asked = None, 0
    deadline: float | None = None
    while code is None and asked < 2:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([ended] if asked or deadline else [lifeline, ended], [], [], left)
        if ended in ready:
            os.read(ended, 512)
        if lifeline in ready:
            deadline = time.monotonic() + seconds
        elif not ready:
            asked += 1
            deadline = time.monotonic() + seconds
            with contextlib.suppress(OSError):
                os.killpg(0, signal.SIGTERM)
        process, status = os.waitpid(worker, os.WNOHANG)
        code = os.waitstatus_to_exitcode(status) if process else None
    kill_below()
    os._exit(NOT_STARTED if code is None else code % 256)


def perform(lifeline: int, command: list[str]) -> NoReturn:
    """Becomes the command."""
    ask_system(PR_SET_PDEATHSIG, signal.SIGKILL)  # should somebody kill its watcher
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    os.close(lifeline)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    os._exit(NOT_STARTED)


if __name__ == "__main__":
    watch(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
