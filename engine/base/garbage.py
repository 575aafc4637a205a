"""When the collector looks for circles of dead values: with very many values about, looking takes half of the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SELDOM: Final = 200_000
"""So many new values at least before the collector looks, while a run goes on: some tens of megabytes at most.
Python's own 700 make it go over all that a thousand calls in flight have about them, again and again."""


@contextmanager
def uncollected() -> Iterator[None]:
    """While it lasts nobody looks for circles of dead values. For what makes none, and for moments only."""
    if not gc.isenabled():  # somebody else has it off, and turns it on again
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While it lasts the collector looks less often. Runs may overlap: the first to end brings the old pace back."""
    first, second, third = gc.get_threshold()
    if not 0 < first < SELDOM:  # it is off, or slow enough as it is
        yield
        return
    gc.set_threshold(SELDOM, second, third)
    try:
        yield
    finally:
        gc.set_threshold(first, second, third)
