"""Reads what providers say about their limits in the headers of an answer; nonsense is passed over (S9, T6). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

LONGEST_S: Final = 300.0
"""Longest that a header alone holds calls back, in seconds: after that one is tried, and a 429 may say more."""
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|us|µs|ns|h|m|s)")
_MOST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Reading:
    """What is left of one allowance: `requests`, `tokens`, `input-tokens` or `output-tokens`.

    Attributes:
        limit: all of it, when that was said.
        reset_s: seconds until all of it is there again.
    """

    what: str
    limit: int | None
    remaining: int
    reset_s: float


def readings(headers: Mapping[str, str], now: float) -> list[Reading]:
    """The readings in `x-ratelimit-*` and `anthropic-ratelimit-*`.

    Args:
        headers: with lower-case names.
        now: seconds since 1970, for a moment as RFC 3339.
    """
    found = []
    for what in ("requests", "tokens", "input-tokens", "output-tokens"):
        for pattern in (f"x-ratelimit-{{}}-{what}", f"anthropic-ratelimit-{what}-{{}}"):
            remaining = whole(headers.get(pattern.format("remaining"), ""))
            reset = seconds(headers.get(pattern.format("reset"), ""), now)
            limit = whole(headers.get(pattern.format("limit"), ""))
            if remaining is None or reset is None or limit == 0:
                continue
            found.append(Reading(what, limit, remaining, min(reset, LONGEST_S)))
    return found


def whole(text: str) -> int | None:
    """A whole number of 0 or more, or None."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        return None
    return min(int(text), _MOST)


def seconds(text: str, now: float) -> float | None:
    """A time to wait in seconds: `1s`, `6m0s`, `120ms`, `12.5`, or a moment as RFC 3339; None for nonsense."""
    text = text.strip()
    if not text or len(text) > 64:
        return None
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
        return max(0.0, moment.timestamp() - now) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
