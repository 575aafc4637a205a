"""Tool `clock.now`: models do not know what day it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from engine.base.clock import Clock, SystemClock
from engine.base.values import Value
from engine.tools.contract import Tool, ToolContext, ToolError

_PARAMETERS = {
    "type": "object",
    "properties": {
        "timezone": {
            "type": "string",
            "description": "A name of the time zone database, such as Europe/Berlin. UTC when absent.",
            "pattern": r"^(UTC|[A-Z]\w+/[\w/+-]+)$",
        }
    },
    "additionalProperties": False,
}


class ClockSource:
    """Tells the time of this machine.

    Args:
        clock: where the time comes from.
    """

    name = "clock"

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def tools(self) -> Sequence[Tool]:
        told = "The present date and time, with the weekday."
        return (Tool("clock.now", told, self._now, _PARAMETERS, writes=False, outside=False),)

    async def _now(self, arguments: Mapping[str, Any], context: ToolContext) -> Value:
        zone = str(arguments.get("timezone") or "UTC")
        now = datetime.fromtimestamp(self._clock.wall(), _zone(zone))
        return {"time": now.isoformat(timespec="seconds"), "weekday": now.strftime("%A"), "timezone": zone}


def _zone(name: str) -> tzinfo:
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ToolError(f"There is no time zone “{name[:60]}”.", "Use a name such as Europe/Berlin, or UTC.") from None


SOURCE = ClockSource()
