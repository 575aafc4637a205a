"""Names of things: node ids that are valid and unique, run ids that sort by time."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Container

_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_NOT_ID = re.compile(r"[^a-z0-9_]+")
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def is_id(text: str) -> bool:
    """Whether `text` may be the id of a node (formats.md: `[a-z][a-z0-9_]*`)."""
    return _ID.match(text) is not None


def id_from(text: str) -> str:
    """The nearest valid id to a title, never empty: `"Search the web!"` gives `"search_the_web"`."""
    words = _NOT_ID.sub("_", text.lower()).strip("_")
    return words if words and words[0].isalpha() else f"n_{words}".rstrip("_")


def unique_id(wanted: str, taken: Container[str], tried: dict[str, int] | None = None) -> str:
    """`wanted` itself when free, else with the first free number behind it (`agent`, `agent_2`, ...).

    Args:
        tried: kept by who needs many ids at once: stem -> the number to go on with, so that none is tried twice.
    """
    if wanted not in taken:
        return wanted
    stem = re.sub(r"_\d+$", "", wanted)
    number = tried.get(stem, 2) if tried else 2
    while f"{stem}_{number}" in taken:
        number += 1
    if tried is not None:
        tried[stem] = number
    return f"{stem}_{number}"


def run_id() -> str:
    """A new run's id: 13 characters, sortable by the time of creation, unique without a registry."""
    value = (int(time.time() * 1000) << 20) | int.from_bytes(os.urandom(3), "big") >> 4
    return "".join([_BASE32[(value >> shift) & 31] for shift in range(60, -1, -5)])
