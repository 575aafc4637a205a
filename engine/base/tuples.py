"""Makes named tuples without the Python call that their constructor is: it shows where there are some for each node."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T", bound=tuple[Any, ...])


def maker(cls: type[T]) -> Callable[[tuple[Any, ...]], T]:
    """What makes a `cls` of the plain tuple of all its fields, in their order; nothing is checked or filled in."""
    return partial(tuple.__new__, cls)
