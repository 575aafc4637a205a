"""What each server's tools were when they were first used: a definition that has changed since is not offered (T4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.base.settings import Home, write_json
from engine.tools.mcp.definitions import Definition, difference, refused
from engine.tools.mcp.description import Description

State = Literal["new", "accepted", "changed", "added", "gone", "refused"]
"""Of a tool: `new`: its server was never used, so using it now accepts it; `added`: it came to a known server."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A tool as it is offered now, held against its pin.

    Attributes:
        why: for `changed` and `added`, the difference line by line; for `refused`, the reason.
    """

    definition: Definition
    state: State
    why: str = ""

    @property
    def usable(self) -> bool:
        return self.state in ("new", "accepted")


def judged(pinned: Mapping[str, Definition] | None, offered: Iterable[Definition]) -> list[Judged]:
    """All tools of a server, the offered ones in their order, then those that are gone.

    Args:
        pinned: by name; None when the server was never used.
    """
    found: list[Judged] = []
    names: set[str] = set()
    for definition in offered:
        if definition.name in names:
            continue  # a name stands for its first definition
        names.add(definition.name)
        before = (pinned or {}).get(definition.name)
        if why := refused(definition):
            found.append(Judged(definition, "refused", why))
        elif pinned is None:
            found.append(Judged(definition, "new"))
        elif before is not None and before.digest == definition.digest:
            found.append(Judged(definition, "accepted"))
        else:
            state: State = "changed" if before else "added"
            found.append(Judged(definition, state, difference(before, definition)))
    gone = (each for name, each in (pinned or {}).items() if name not in names)
    return [*found, *(Judged(each, "gone", difference(each, None)) for each in gone)]


class Pins:
    """The definitions that this user has accepted: a file for each description of a server.

    Args:
        home: where they are kept, under `tool_pins/`.
    """

    def __init__(self, home: Home) -> None:
        self._folder = home.root / "tool_pins"

    def known(self, server: Description) -> dict[str, Definition] | None:
        """The accepted definitions by name; None when the server was never used. A broken file counts as none
        accepted, so that everything is asked about anew."""
        try:
            data = json.loads(self._path(server).read_text("utf-8"))
            return {each["name"]: Definition.from_json(each) for each in data["tools"]}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def accept(self, server: Description, definitions: Iterable[Definition], when: float) -> None:
        """Accepts these definitions, and no others, from now on. `when` is in seconds since 1970.

        Raises:
            OSError: they cannot be stored.
        """
        tools = [each.as_json() for each in definitions]
        write_json(self._path(server), {"server": server.name, "what": server.words, "at": when, "tools": tools})

    def forget(self, server: Description) -> None:
        """Accepts none any more: the next use accepts what is offered then."""
        self._path(server).unlink(missing_ok=True)

    def _path(self, server: Description) -> Path:
        return self._folder / f"{server.identity}.json"
