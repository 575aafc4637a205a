"""The tools that an agent could be given, as far as they are known without starting anything: for pickers (T1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.base.errors import WrongUse
from engine.tools.mcp.description import Description
from engine.tools.mcp.pins import Pins
from engine.tools.registry import Tools

Place = Literal["builtin", "graph", "settings"]


@dataclass(frozen=True, slots=True)
class KnownTool:
    """One row of a picker.

    Attributes:
        name: `server.tool`; `server.*` for a server whose tools are not known yet, since it was never used.
        what: what it does, as a model is told.
        writes: whether it may change something; a tool that does not say counts as writing (S14).
        source: the server's part of the name.
        place: where the source comes from.
    """

    name: str
    what: str
    writes: bool
    source: str
    place: Place


def known_tools(
    own: Mapping[str, Any], settings: Mapping[str, Any], pins: Pins, folder: Path | None = None
) -> list[KnownTool]:
    """The built-in tools, then those that were accepted of each server. Reads small files; starts nothing.

    Args:
        own: the servers of the graph, by name, as JSON; they count before those of the settings.
        settings: the user's own servers, likewise.
        folder: where the graph's file stands.
    """
    builtin = Tools.load()
    found = [KnownTool(t.name, t.description, t.writes, t.name.partition(".")[0], "builtin") for t in builtin]
    for name, server in {**settings, **own}.items():
        if name in builtin.sources:
            continue
        place: Place = "graph" if name in own else "settings"
        try:
            described = Description.read(name, server, folder if name in own else None)
        except WrongUse:
            continue  # check says what is wrong with it
        found += _of_server(described, pins, place)
    return found


def _of_server(server: Description, pins: Pins, place: Place) -> Iterator[KnownTool]:
    accepted = pins.known(server)
    if not accepted:
        what = "All tools of this server; which ones there are is known once it was used."
        yield KnownTool(f"{server.name}.*", what, True, server.name, place)
        return
    for each in accepted.values():
        yield KnownTool(f"{server.name}.{each.name}", each.told(), not each.reads, server.name, place)
