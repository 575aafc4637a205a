"""Long work beside a window: Python lets one thread at a time go on, so it pauses before the window has to wait."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")
WORK_S: Final = 0.002
PAUSE_S: Final = 0.002
"""So long it works, in seconds, and so long it pauses then."""


def unhurried(steps: Iterable[T]) -> Iterator[T]:
    """The same one after the other, with a pause after each few milliseconds. For threads of their own."""
    began = time.perf_counter()
    for step in steps:
        yield step
        if time.perf_counter() - began > WORK_S:
            time.sleep(PAUSE_S)
            began = time.perf_counter()
