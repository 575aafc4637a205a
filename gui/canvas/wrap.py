"""Breaks text into the few lines that a node has room for; what a model wrote is shown as inert text. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

Measure = Callable[[str], float]
TAIL: Final = 400
"""Characters looked at from either end: far more than a node shows, however long the text."""
_BREAKING: Final = "\n\r\u2028\u2029\x0b\x0c\x85"


def inert(text: str) -> str:
    """Text without control and direction characters: what it shows is what it is (trust.md T7)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\n" if c in _BREAKING else " " if c == "\t" else c if unicodedata.category(c) not in ("Cc", "Cf") else ""
        for c in text
    )


def head(text: str, width: float, lines: int, measure: Measure) -> list[str]:
    """The first lines of a text, the last one ending in "…" when there is more."""
    return _closed(_lines(inert(text[:TAIL]), width, measure, lines + 1), lines, len(text) > TAIL, width, measure)


def tail(text: str, width: float, lines: int, measure: Measure) -> list[str]:
    """The last lines of a text, as it streams in. Lines break where they would from the start of a paragraph."""
    piece = text[-TAIL:]
    if len(text) > TAIL:
        piece = piece[piece.find(" ") + 1 :]
    return _lines(inert(piece), width, measure)[-lines:]


class Stream(NamedTuple):
    """A text that grows, and the last of its lines."""

    text: str
    lines: list[str]


def grown(before: Stream, text: str, width: float, lines: int, measure: Measure) -> list[str]:
    """`tail` of a text that begins with one of which the last lines are known: only what is new is laid out."""
    last = before.lines[-1] if before.lines else ""
    space = before.text[len(before.text.rstrip()) :]
    return [*before.lines[:-1], *_lines(inert(last + space + text[len(before.text) :]), width, measure)][-lines:]


def elided(text: str, width: float, measure: Measure) -> str:
    """A text cut to a width with "…" at its end."""
    if measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip() + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…" if low else "…"


def _closed(lines: list[str], most: int, more: bool, width: float, measure: Measure) -> list[str]:
    if len(lines) <= most and not more:
        return lines
    kept = lines[:most]
    if kept:
        kept[-1] = elided(kept[-1] + " …", width, measure) if measure(kept[-1] + " …") > width else kept[-1] + " …"
    return kept


def _lines(text: str, width: float, measure: Measure, most: int | None = None) -> list[str]:
    found: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if measure(longer) <= width:
                line = longer
                continue
            if line:
                found.append(line)
            *whole, line = _pieces(word, width, measure)
            found.extend(whole)
            if most is not None and len(found) >= most:
                return found
        if line:
            found.append(line)
    return found


def _pieces(word: str, width: float, measure: Measure) -> list[str]:
    """A word, cut where it is wider than a line."""
    pieces = [""]
    if measure(word) <= width:
        return [word]
    for letter in word:
        if pieces[-1] and measure(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
