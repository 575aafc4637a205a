"""Money, time, tokens and values as people read them: short in a node, whole in tables and sentences. Pure."""

from __future__ import annotations

from pathlib import PurePath

from engine.agents.images import is_image
from engine.base.values import Value, as_text

# In tables and sentences


LEAST = 0.0001
"""US dollars below which the sum itself is not told, only that it is one."""


def money(amount: float) -> str:
    """US dollars for people: cents from one dollar up, four places below, no idle zeros (`$0.0168`, `$0.05`).

    What costs less than its last place is not told as nothing: `<$0.0001`.
    """
    if 0 < amount < LEAST:
        return f"<${LEAST}"
    if abs(amount) >= 1:
        return f"${amount:,.2f}"
    whole, _, places = f"{amount:.4f}".partition(".")
    return f"${whole}.{places.rstrip('0').ljust(2, '0')}"


def seconds_text(seconds: float) -> str:
    """A duration for people: `47 ms`, `0.4 s`, `12.3 s`, `2 min 05 s`."""
    if seconds < 0.05:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def tokens_text(tokens: int) -> str:
    """A number of tokens: `812 tok`, `3.4k tok`."""
    return f"{tokens} tok" if tokens < 1000 else f"{tokens / 1000:.1f}k tok"


def clock_text(seconds: float) -> str:
    """A time that has passed, as `00:06.4`, or `1:02:03` from an hour on."""
    tenths = max(0, round(seconds * 10))  # as `seconds_text` does: what is one time is told as one
    minutes, rest = divmod(tenths, 600)
    if minutes < 60:
        return f"{minutes:02}:{rest // 10:02}.{rest % 10}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest // 10:02}"


# In a node, where there is little room and what is nothing stays away


def tokens(count: int) -> str:
    """`812 tok`, `3.4k tok`; "" for none."""
    return "" if not count else tokens_text(count) if count < 100_000 else f"{count // 1000}k tok"


def dollars(amount: float | None) -> str:
    """`$0.0121`, as wide all the while that it grows; an unknown price is said to be unknown, never 0."""
    if amount is None:
        return "$ ?"
    if 0 < amount < LEAST:
        return f"<${LEAST}"
    return f"${amount:.4f}" if amount < 1 else f"${amount:.2f}"


def seconds(amount: float | None) -> str:
    """`3.8 s`, `42 s`, `3:07`; "" for None."""
    if amount is None:
        return ""
    if amount < 59.95:
        return seconds_text(amount)
    return f"{int(amount) // 60}:{int(amount) % 60:02d}"


def brief(value: Value, room: int) -> str:
    """A value as text of at most `room` characters; a picture by its name and type."""
    if isinstance(value, dict) and is_image(value):
        return " · ".join(filter(None, [PurePath(str(value.get("path", ""))).name, value["media_type"]]))[:room]
    return as_text(value)[:room]
