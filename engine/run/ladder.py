"""The pause before the next attempt, for calls of models and for nodes of other kinds alike (semantics.md S8)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from engine.base.errors import NodeError
from engine.kinds.contract import Retry

if TYPE_CHECKING:
    from engine.run.context import NodeCall

RETRIED: Final = frozenset({"transient", "timeout"})
"""Classes of failure that may be gone at the next try; all others stay what they are."""


def pause_s(failures: int, retry: Retry, told_s: float | None) -> float:
    """Seconds until the next attempt: as the other side asks, else exponential with full jitter; at most `cap_s`.

    Args:
        failures: attempts that failed so far, 1 or more.
        told_s: what the other side asked for, if it did.
    """
    if told_s is not None:
        return min(told_s, retry.cap_s)
    return random.uniform(0.0, min(retry.cap_s, retry.base_s * 2.0 ** min(failures, 60)))


async def back_off(call: NodeCall, error: NodeError, failures: int) -> None:
    """Waits until the next attempt. The node gives its slot back meanwhile; its time limits run on (S8)."""
    retry = call.limits.retry
    pause = pause_s(failures, retry, error.retry_after)
    discard(call)
    told = {"class": error.error_class, "message": error.message, "wait_s": pause, "attempts": retry.attempts}
    call.emit("node.retry", told)
    call.rest()
    await call.clock.sleep(pause)
    call.attempt += 1


def discard(call: NodeCall) -> None:
    """Partial text of a failed attempt is never an answer: whoever watches is told to forget it (S8)."""
    if call.streamed:
        call.streamed = False
        call.emit("node.attempt_discarded", {})
