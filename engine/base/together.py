"""Work done side by side: when one part of it fails, the rest ends too, and none is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(jobs: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all jobs, in their order.

    The first failure is raised, once the other jobs have been cancelled and have ended; so it is when the caller is
    cancelled, whose reason they are told.
    """
    tasks = [asyncio.create_task(job) for job in jobs]
    why: str | None = None
    try:
        return await asyncio.gather(*tasks)
    except asyncio.CancelledError as stopped:
        why = stopped.args[0] if stopped.args else None
        raise
    finally:
        for task in tasks:
            task.cancel(why)
        await asyncio.gather(*tasks, return_exceptions=True)
