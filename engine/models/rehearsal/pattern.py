"""A text that fits a simple regular expression, for schemas with a `pattern`."""

from __future__ import annotations

import re2

from engine.base import rules
from engine.base.values import TEXT_CAP

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_MOST = 64


def fits(pattern: str, text: str) -> bool:
    """Whether `text` satisfies a schema's `pattern`; in linear time, whatever the pattern. A bad pattern fits none."""
    try:
        return rules.pattern(pattern).search(text) is not None
    except re2.error:
        return False


def example(pattern: str) -> str:
    """The simplest text for a pattern: the first alternative, the fewest repetitions. Empty when it is too clever."""
    try:
        text, _ = _sequence(pattern, 0)
    except (IndexError, ValueError, RecursionError):
        return ""
    return text


def _sequence(pattern: str, at: int) -> tuple[str, int]:
    """Reads up to the end of a group; of several alternatives the first one is kept."""
    kept: str | None = None
    made = ""
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            kept = made if kept is None else kept
            made, at = "", at + 1
            continue
        piece, at = _atom(pattern, at)
        times, at = _repeat(pattern, at)
        if len(made) + len(piece) * times > TEXT_CAP:
            raise ValueError(pattern)
        made += piece * times
    return (made if kept is None else kept), at


def _atom(pattern: str, at: int) -> tuple[str, int]:
    letter = pattern[at]
    if letter in "^$":
        return "", at + 1
    if letter == ".":
        return "a", at + 1
    if letter == "\\":
        escaped = pattern[at + 1]
        return ("" if escaped in "bBAZz" else _CLASSES.get(escaped, escaped)), at + 2
    if letter == "[":
        return _set(pattern, at + 1)
    if letter == "(":
        at += 1
        if pattern.startswith("?:", at):
            at += 2
        elif pattern.startswith("?P<", at):
            at = pattern.index(">", at) + 1
        elif pattern.startswith("?", at):
            raise ValueError(pattern)
        text, at = _sequence(pattern, at)
        return text, at + 1
    return letter, at + 1


def _set(pattern: str, at: int) -> tuple[str, int]:
    """One character out of `[...]`; `at` is behind the bracket."""
    negated = pattern[at] == "^"
    at += negated
    end = at + 1
    while pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    if negated:
        body = pattern[at:end]
        return next(letter for letter in "aA0-_ ~" if not fits(f"[{body}]", letter)), end + 1
    first = pattern[at]
    return (_CLASSES.get(pattern[at + 1], pattern[at + 1]) if first == "\\" else first), end + 1


def _repeat(pattern: str, at: int) -> tuple[int, int]:
    """The fewest repetitions that a quantifier allows, but one of what may be there any number of times."""
    letter = pattern[at] if at < len(pattern) else ""
    if letter in ("*", "+", "?"):
        at += 1 + (pattern[at + 1 : at + 2] == "?")
        return (0 if letter == "?" else 1), at
    if letter == "{":
        end = pattern.index("}", at)
        least = pattern[at + 1 : end].partition(",")[0]
        return min(int(least), _MOST), end + 1 + (pattern[end + 1 : end + 2] == "?")
    return 1, at
