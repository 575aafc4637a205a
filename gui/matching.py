"""How well a few typed letters fit a text: for the palette, the add popup and the library. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def fit(typed: str, text: str) -> int | None:
    """How well `typed` fits; lower is better, None is not at all. Each typed word must be found.

    A word at the start is best, then at the start of another word, then inside, then its letters in order.
    """
    text = text.casefold()
    total = 0
    for word in typed.casefold().split():
        at = text.find(word)
        if at == 0:
            continue
        if f" {word}" in text:
            total += 1
        elif at > 0:
            total += 3
        elif _in_order(word, text):
            total += 6
        else:
            return None
    return total


def rank(typed: str, things: Sequence[T], text: Callable[[T], str]) -> list[T]:
    """The things that fit, best first, equals in their old order; all of them when nothing was typed."""
    scored = ((fit(typed, text(thing)), index, thing) for index, thing in enumerate(things))
    fitting = [(score, index, thing) for score, index, thing in scored if score is not None]
    return [thing for _, _, thing in sorted(fitting, key=lambda item: item[:2])]


def _in_order(word: str, text: str) -> bool:
    letters = iter(text)
    return all(letter in letters for letter in word)
