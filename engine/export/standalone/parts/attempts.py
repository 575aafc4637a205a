"""Attempts: what may be better next time is tried again, and a rate limit is waited for."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.export.standalone.parts.values import Failed


@dataclass(frozen=True)
class Attempts:
    """How often a step is tried, with pauses from `base_s` up to `cap_s` seconds. A rate limit is no attempt: it is
    waited for, `max_wait_s` in all. `limit_s` is for one attempt."""

    attempts: int = 1
    base_s: float = 1.0
    cap_s: float = 30.0
    max_wait_s: float = 300.0
    limit_s: float | None = None


async def tried(run: Callable[[], Awaitable[Mapping[str, Any]]], how: Attempts) -> Mapping[str, Any]:
    """What a step gives, once it does. Raises its failure when no attempt is left, or none would help."""
    waited, failures = 0.0, 0
    while True:
        try:
            async with asyncio.timeout(how.limit_s):
                return await run()
        except TimeoutError:
            error = Failed("timeout", f"It gave no result in {how.limit_s or 0:g} s.")
        except Failed as failed:
            error = failed
        if error.kind == "rate":
            pause = 1.0 if error.retry_after is None else error.retry_after
            waited += pause
            if waited > how.max_wait_s:
                raise error
        else:
            failures += 1
            error.attempts = failures
            if error.kind not in ("transient", "timeout") or failures >= how.attempts:
                raise error
            pause = random.uniform(0, min(how.cap_s, how.base_s * 2**failures))
            pause = pause if error.retry_after is None else min(how.cap_s, error.retry_after)
        await asyncio.sleep(pause)
