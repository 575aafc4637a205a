"""Starts the process that a code node's source runs in, waits for its result, and leaves nothing of it behind (S10)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.base.errors import NodeError
from engine.base.incoming import read_json
from engine.base.values import Value, repair_text
from engine.kinds.sandbox import child

GIVEN_BYTES: Final = 64 * 1024 * 1024
"""Bytes of JSON that the arguments may have."""
RESULT_BYTES: Final = 16 * 1024 * 1024
FILE_BYTES: Final = 64 * 1024 * 1024
"""Bytes that a file may have which the source writes into its own folder or elsewhere."""
PRINTED_CHARS: Final = 16_000
ENDING_S: Final = 2.0
"""Longest that the watching process may take to end all below it, in seconds; then it is killed."""
_SCRIPT: Final = str(Path(child.__file__).resolve())
_PASSED: Final = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")
"""What of the environment a process needs to start at all on Windows. Nothing else goes in: keys may stand there."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may use: seconds in all, and memory in MB where the system can hold it to that."""

    timeout_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Done:
    """What `run` returned, and the beginning of what it printed. `dropped` counts the characters that followed."""

    value: Value
    printed: str
    dropped: int


async def execute(source: str, arguments: Mapping[str, Value], limits: Limits) -> Done:
    """Runs the function `run` of a source in a process of its own, with the standard library and no environment.

    Raises:
        NodeError: `tool`: it raised, crashed or gave what is no JSON value; `timeout`: it took too long;
            `bad_request`: the arguments are too large; `transient`: no process could be started.
        asyncio.CancelledError: the caller was cancelled; the process and all below it are gone.
    """
    given = {
        "arguments": dict(arguments), "timeout_s": limits.timeout_s, "memory_mb": limits.memory_mb,
        "print_chars": PRINTED_CHARS, "result_bytes": RESULT_BYTES, "file_bytes": FILE_BYTES,
    }  # fmt: skip
    desk = await asyncio.to_thread(_Desk.laid, source, given)
    try:
        in_time = await _performed(desk.folder, limits.timeout_s)
        return await asyncio.to_thread(_result, desk.folder, limits, in_time)
    finally:
        desk.clear()


class _Desk:
    """A fresh folder, readable by nobody else. It goes with this object at the latest: a caller that is cancelled while
    a thread makes it never gets to hear of it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="baton-code-"))
        self.clear = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    @classmethod
    def laid(cls, source: str, given: Mapping[str, Any]) -> _Desk:
        """One with the source and what it is given."""
        text = json.dumps(given)
        if len(text) > GIVEN_BYTES:
            size = GIVEN_BYTES // 2**20
            raise NodeError("bad_request", f"It was given more than {size} MB.", "Give it less at a time.")
        try:
            desk = cls()
            (desk.folder / child.MODULE).write_text(repair_text(source), "utf-8")
            (desk.folder / child.GIVEN).write_text(text, "utf-8")
        except OSError as error:
            raise _not_started(error) from None
        return desk


async def _performed(folder: Path, seconds: float) -> bool:
    """Runs the process to its end. Returns whether it ended in time."""
    stdin, lifeline = os.pipe()
    try:
        process = await _started(folder, stdin)
    except BaseException:
        os.close(lifeline)
        raise
    finally:
        os.close(stdin)
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
        return True
    except TimeoutError:
        return False
    finally:
        os.close(lifeline)
        await _ended(process)


async def _started(folder: Path, stdin: int) -> asyncio.subprocess.Process:
    environment = {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    environment |= {name: os.environ[name] for name in _PASSED if name in os.environ}
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-B", "-X", "utf8", _SCRIPT,
            stdin=stdin, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            cwd=folder, env=environment, start_new_session=os.name == "posix",
        )  # fmt: skip
    except OSError as error:
        raise _not_started(error) from None


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Waits for the end of the process, whose stdin is closed now; kills it when that takes too long or is forced."""
    try:
        async with asyncio.timeout(ENDING_S):
            await process.wait()
    except TimeoutError:
        _kill(process)
        await process.wait()
    except asyncio.CancelledError:
        _kill(process)
        raise


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _result(folder: Path, limits: Limits, in_time: bool) -> Done:
    """Reads what the process left.

    Raises:
        NodeError: as `execute`.
    """
    try:
        with (folder / child.RESULT).open("rb") as file:
            raw = file.read(RESULT_BYTES + 16 * PRINTED_CHARS)
        head, _, text = raw.partition(b"\n")
        answer = json.loads(head)
    except (OSError, ValueError):
        raise _no_result(folder, limits, in_time) from None
    if "error" in answer:
        raise _failed(answer["error"], limits)
    try:
        return Done(read_json(text), repair_text(str(answer["printed"])), int(answer["dropped"]))
    except ValueError as error:
        raise NodeError("tool", f"The result of its code is {error}.", "Correct the source.") from None


def _failed(error: Mapping[str, Any], limits: Limits) -> NodeError:
    if "refused" in error:
        return NodeError("tool", f"The code ran, but {error['refused']}.", "Return plain JSON values.")
    if "memory" in error:
        return NodeError("tool", f"The code needs more than {limits.memory_mb} MB.", "Raise its limit of memory.")
    line = f" in line {error['line']}" if error.get("line") else ""
    return NodeError("tool", f"The code failed{line}: {error['said']}.".replace("..", "."), "Correct the source.")


def _no_result(folder: Path, limits: Limits, in_time: bool) -> NodeError:
    """Why there is no result: it took too long, or the process ended before it could say anything."""
    code = 0
    with suppress(OSError, ValueError):
        code = int((folder / child.ENDED).read_text("ascii"))
    if not in_time or code == -getattr(signal, "SIGXCPU", 0):
        return NodeError("timeout", f"The code took longer than {limits.timeout_s:g} s.", "Raise its time limit.")
    if code < 0:
        with suppress(ValueError):
            return NodeError("tool", f"The code crashed ({signal.Signals(-code).name}).", "Correct the source.")
    return NodeError("tool", f"The code ended its process with code {code} before it gave a result.")


def _not_started(error: OSError) -> NodeError:
    return NodeError("transient", f"No process for the code could be started: {error.strerror}.", "Try again.")
