"""The same work for every engine: the shapes as pairs of node numbers, and what a node does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any

Pairs = Sequence[tuple[int, int]]
Body = Callable[[], Awaitable[None]]
Run = Callable[[], Awaitable[Any]]

LAYER = 10
"""Nodes in a layer."""
RUNG = 3
"""Nodes in a rung of the ladder: a router and its two steps, of which one runs. The branches meet in the next rung."""
SHAPES = ("chain", "fan-out and merge", "layers", "router ladder", "map")


class NoSuchThing(Exception):
    """The engine has no pattern for a shape."""


async def nothing() -> None:
    """An empty body."""


async def fifty_ms() -> None:
    """A body that waits as a call of a model does."""
    await asyncio.sleep(0.05)


BODIES: dict[str, Body] = {"empty": nothing, "50 ms": fifty_ms}


def chain(count: int) -> Pairs:
    """One after the other."""
    return list(pairwise(range(count)))


def fan(count: int) -> Pairs:
    """One, then all but two side by side, then one that joins them."""
    return [pair for middle in range(1, count - 1) for pair in ((0, middle), (middle, count - 1))]


def layered(count: int) -> Pairs:
    """Layers of ten; each node follows two of the layer before."""
    return [
        (before, node)
        for node in range(LAYER, count)
        for before in sorted({node - LAYER, node - LAYER + (1 if node % LAYER < LAYER - 1 else -1)})
    ]


def pairs(shape: str, count: int) -> Pairs:
    """The edges of a shape that is a plain DAG."""
    return {"chain": chain, "fan-out and merge": fan, "layers": layered}[shape](count)


def sources_of(shape: str, count: int) -> list[list[int]]:
    """For each node of a DAG those before it."""
    found: list[list[int]] = [[] for _ in range(count)]
    for source, target in pairs(shape, count):
        found[target].append(source)
    return found


def rungs_of(count: int) -> int:
    """Rungs of a ladder with about `count` nodes."""
    return max(1, count // RUNG)


def bodies_in(shape: str, count: int) -> int:
    """How many bodies one run does."""
    return 2 * rungs_of(count) if shape == "router ladder" else count
