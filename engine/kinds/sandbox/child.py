"""Runs a code node's source in a process of its own. Started as a script; imports nothing of the program.

The process that is started watches: it sets limits, lets a second one do the work, and kills everything below it when
that ends or when its own stdin closes, as it does when the program that started it is gone, however it went.
Where the system cannot fork, one process does both. Files in the working folder carry what goes in and out.
"""

# pathlib takes longer to load than most sources take to run, so paths are texts here:
# ruff: noqa: PTH109, PTH118, PTH120, PTH123
from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import select
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from engine.base import supervisor
else:  # a script cannot import from the program, and what it runs should not either: read by its place
    place = os.path.join(os.path.dirname(__file__), "..", "..", "base", "supervisor.py")
    spec = importlib.util.spec_from_file_location("supervisor", place)
    supervisor = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(supervisor)

CLONE_NEWUSER = 0x10000000
MODULE = "source.py"
GIVEN = "given.json"
RESULT = "result.json"
ENDED = "ended"


class Bounded(io.TextIOBase):
    """Keeps the beginning of what is printed and counts the rest."""

    def __init__(self, room: int) -> None:
        self.room, self.dropped = room, 0
        self.parts: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        kept = text[: self.room]
        self.parts.append(kept)
        self.room -= len(kept)
        self.dropped += len(text) - len(kept)
        return len(text)


def limit(given: dict[str, Any]) -> None:
    """Sets what the work may use, where the system can."""
    try:
        import resource
    except ImportError:
        return
    memory, seconds = given["memory_mb"] * 1024 * 1024, int(given["timeout_s"]) + 2
    wanted = {"RLIMIT_AS": memory, "RLIMIT_CPU": seconds, "RLIMIT_FSIZE": given["file_bytes"], "RLIMIT_CORE": 0}
    for name, most in wanted.items():
        with contextlib.suppress(OSError, ValueError):
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (least, least))


def work(given: dict[str, Any]) -> NoReturn:
    """Imports the source, calls `run` and writes what came of it."""
    limit(given)
    printed = Bounded(given["print_chars"])
    sys.stdout = sys.stderr = printed
    try:
        answer = {"value": performed(given["arguments"])}
        text = checked(answer["value"], given["result_bytes"])
    except BaseException as error:  # whatever the source raises, SystemExit too, is told and not lost
        answer = {"error": told(error)}
        text = None
    head = json.dumps({"printed": "".join(printed.parts), "dropped": printed.dropped, **({} if text else answer)})
    with open(RESULT, "w", encoding="utf-8") as file:
        file.write(head + "\n" + (text or ""))
    os._exit(0)  # threads of the source that still run must not keep the process


def performed(arguments: dict[str, Any]) -> Any:
    spec = importlib.util.spec_from_file_location("source", MODULE)
    assert spec is not None and spec.loader is not None  # a file that ends in .py has a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["source"] = module
    spec.loader.exec_module(module)
    value = module.run(**arguments)
    if not hasattr(value, "__await__"):
        return value
    import asyncio  # slow to load, and seldom needed

    async def awaited() -> Any:
        return await value

    return asyncio.run(awaited())


def checked(value: Any, most: int) -> str:
    """The JSON text of a result. Raises a Refused that says what is wrong with it."""
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    except TypeError as error:
        raise Refused(f"its result is no JSON value ({error})") from None
    except ValueError as error:
        said = "holds a number that is not finite" if "JSON compliant" in str(error) else "contains itself"
        raise Refused(f"its result {said}") from None
    except RecursionError:
        raise Refused("its result is nested too deeply") from None
    if len(text) > most:
        raise Refused(f"its result is larger than {most:,} bytes")
    return text


class Refused(Exception):
    """The result cannot be taken."""


def told(error: BaseException) -> dict[str, Any]:
    """What happened, in the words of the source: its own last line, never one of this file."""
    if isinstance(error, Refused):
        return {"refused": str(error)}
    if isinstance(error, MemoryError):
        return {"memory": True}
    line, frame = getattr(error, "lineno", None), error.__traceback__
    while frame:
        if frame.tb_frame.f_code.co_filename.endswith(MODULE):
            line = frame.tb_lineno
        frame = frame.tb_next
    try:
        said = f"{type(error).__name__}: {error}".strip(": ").replace("\n", " ")[:500]
    except Exception:
        said = type(error).__name__
    return {"said": said, "line": line if isinstance(line, int) else None}


def end_all(abandoned: bool) -> None:
    """Kills all below this process, also what has left the group, and then the group with this process itself.

    Args:
        abandoned: nobody may be left to take away the working folder, so that is done first.
    """
    supervisor.kill_below()
    if abandoned:
        import shutil

        shutil.rmtree(os.getcwd(), ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def part() -> None:
    """Leaves the program's user namespace, where Linux lets us: what runs here from now on owns the files that it owned
    before, but cannot read the environment or the memory of the program that started it, where keys stand (T3)."""
    user, group = os.getuid(), os.getgid()
    maps = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
    with contextlib.suppress(Exception):
        import ctypes

        if ctypes.CDLL(None).unshare(CLONE_NEWUSER) == 0:
            for name, text in maps.items():
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(text)


def watch(given: dict[str, Any]) -> NoReturn:
    """Lets a second process work and waits for its end, or for the end of whoever started this one."""
    # What loses its parent below comes to this one, and cannot escape.
    supervisor.ask_system(supervisor.PR_SET_CHILD_SUBREAPER, 1)
    part()
    worker = os.fork()
    if worker == 0:
        supervisor.ask_system(supervisor.PR_SET_PDEATHSIG, signal.SIGKILL)  # should the source kill its watcher
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        work(given)
    ended, end = os.pipe()
    os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(end, warn_on_full_buffer=False)
    abandoned = False
    while not abandoned:
        process, status = os.waitpid(worker, os.WNOHANG)
        if process:
            with open(ENDED, "w", encoding="ascii") as file:
                file.write(str(os.waitstatus_to_exitcode(status)))
            break
        ready, _, _ = select.select([0, ended], [], [])
        abandoned = 0 in ready
        if ended in ready:
            os.read(ended, 512)
    end_all(abandoned)
    raise AssertionError("it killed itself with its group")


def watch_beside() -> NoReturn:
    """Where there is no fork: ends this process when its stdin closes."""
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    with open(GIVEN, encoding="utf-8") as file:
        given = json.load(file)
    if hasattr(os, "fork"):
        watch(given)
    import threading

    threading.Thread(target=watch_beside, daemon=True).start()
    work(given)


if __name__ == "__main__":
    main()
