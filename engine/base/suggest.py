"""Did you mean: the nearest known name to one that was mistyped."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like `name`, or "" when none is near."""
    from difflib import get_close_matches

    choices = [choice for choice in known if abs(len(choice) - len(name)) <= max(3, len(name) // 2)]
    return next(iter(get_close_matches(name, choices, n=1, cutoff=0.6)), "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known name, or "" when none is near."""
    found = nearest(name, known)
    return f"Did you mean “{found}”?" if found else ""
