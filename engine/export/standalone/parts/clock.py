"""The time: models do not know what day it is."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from engine.export.standalone.parts.tools import ToolError


async def now(timezone: str = "UTC") -> dict[str, Any]:
    """The present date and time, with the weekday."""
    try:
        zone: tzinfo = UTC if timezone.upper() in ("UTC", "Z", "GMT") else ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise ToolError(f"There is no time zone “{timezone[:60]}”. Use a name such as Europe/Berlin, or UTC.") from None
    there = datetime.now(zone)
    return {"time": there.isoformat(timespec="seconds"), "weekday": there.strftime("%A"), "timezone": timezone}
