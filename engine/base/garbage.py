"""When the collector looks for circles of dead values: with very many values about, looking takes half of the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM, RARELY = 20_000, 100
"""So many new values at least before the collector looks at those, while a run goes on: some milliseconds. So often it
looks at the new ones alone before it looks at older ones, too: Python's own 700 and 10 make it go over all that a
thousand calls in flight have about them, and over all events that a window keeps, again and again."""


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
    before = gc.get_threshold()
    if not 0 < before[0] < SELDOM:  # it is off, or slow enough as it is
        yield
        return
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)


def collect_seldom() -> None:
    """From now on the collector looks less often, and then at little."""
    gc.set_threshold(SELDOM, RARELY, RARELY)
