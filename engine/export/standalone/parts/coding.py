"""Runs code of the graph beside all other steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from engine.export.standalone.parts.values import Failed


async def worked(run: Callable[[], Any]) -> Any:
    """What a function gives; whatever it raises fails its step alone."""
    try:
        made = await asyncio.to_thread(run)
        return await made if asyncio.iscoroutine(made) else made
    except Exception as error:
        raise Failed("tool", f"The code failed: {type(error).__name__}: {error}.") from error
