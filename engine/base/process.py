"""Who a process is, so that another one can tell later whether it still lives: its number and when it began."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

DEAD: Final = "dead"


def own_mark() -> str:
    """This process as `pid:start`; `start` is empty where the system does not tell it."""
    return f"{os.getpid()}:{_started(os.getpid())}"


def pid_of(mark: str) -> int:
    """The number in a mark; 0 when it is none."""
    number = mark.partition(":")[0]
    return int(number) if number.isdigit() else 0


def lives(mark: str) -> bool:
    """Whether the process of a mark still runs: the same one, not another that was given its number since."""
    pid = pid_of(mark)
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        pass
    found, started = _started(pid), mark.partition(":")[2]
    return found != DEAD and (not started or found in ("", started))


def _started(pid: int) -> str:
    """When a process began, in ticks since the system did; `DEAD` for one that nobody has waited for yet, "" where
    this is not told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return DEAD if fields[0] in "ZX" else fields[19]
