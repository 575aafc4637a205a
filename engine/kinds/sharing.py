"""Nodes that work on the same things outside: they take turns, and what they do is noted and told (S14)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

from engine.base.errors import NodeError
from engine.kinds.contract import Call
from engine.kinds.outside import Outside
from engine.tools.leases import Claim
from engine.tools.ledger import Touched


async def real_folder(outside: Outside, named: str) -> Path:
    """The folder that a node names, with all links followed; it need not be there.

    Raises:
        NodeError: `bad_request`: there can be no such folder.
    """
    place = outside.place(named)
    try:
        return await asyncio.to_thread(place.resolve)
    except (OSError, RuntimeError, ValueError):
        raise NodeError("bad_request", f"The folder “{named[:80]}” cannot be reached.", "Choose another.") from None


def turn(call: Call[Any], resource: str, *, writes: bool) -> AbstractAsyncContextManager[None]:
    """Holds a resource for one call of a node; says for whom it waits while it does."""

    @contextmanager
    def wait(holders: Sequence[str]) -> Iterator[None]:
        held_by = ", ".join(holders)
        with call.waits(f"waits for a lock on {told(call.outside, resource)}, held by {held_by}", holders):
            yield

    return call.outside.commons.leases.hold(Claim(call.key, resource, writes), wait)


def note(call: Call[Any], touched: Sequence[Touched], outcome: str = "") -> None:
    """Enters what a node has read and written into the ledger and into the journal; tells whom it met there.

    Args:
        outcome: what became of a write that met another's.
    """
    if not touched:
        return
    call.emit("resource.touched", {"touched": [[each.resource, each.version, each.wrote] for each in touched]})
    for each in touched:
        meeting = call.outside.commons.ledger.note(each)
        if meeting is not None:
            ended = outcome or ("written" if each.wrote else "read")
            call.emit("conflict.detected", meeting.record(ended, told(call.outside, each.resource)))


def told(outside: Outside, resource: str) -> str:
    """A resource as people read it: `fs:out/a.txt`, counted from the graph's folder where it stands there."""
    server, _, name = resource.partition(" ")
    folder = str(outside.folder.resolve()) if outside.folder else ""
    if folder and name.startswith(f"{folder}/"):
        name = name[len(folder) + 1 :]
    return f"{server}:{name}" if name else server
