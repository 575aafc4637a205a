"""Finds plug-ins: every module of a folder, and what other distributions offer through entry points."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from types import ModuleType
from typing import cast


def modules(package: str) -> Iterator[ModuleType]:
    """Imports and yields each public module of a plug-in package, in order of name."""
    folder = importlib.import_module(package)
    for found in sorted(pkgutil.iter_modules(folder.__path__), key=lambda module: module.name):
        if not found.name.startswith("_"):
            yield importlib.import_module(f"{package}.{found.name}")


def offered(group: str) -> Iterator[object]:
    """Loads and yields what installed distributions offer under an entry-point group such as `baton.kinds`."""
    for point in sorted(_points().select(group=group), key=lambda point: point.name):
        yield point.load()


@cache
def _points() -> EntryPoints:
    """All entry points that there are: to find them, a file of each installed distribution is read, so once."""
    return cast("EntryPoints", entry_points())  # what older versions of Python give can be asked in the same way
