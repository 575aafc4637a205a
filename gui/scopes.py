"""Which item of a map or pass of a loop is looked at: scopes folded from the events of a run, and what was chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.files.inside import Inside
from engine.run.events import Event

NUMBERED = re.compile(r"(.*)\[(\d+)\]$", re.S)
ENDS = {"map.item": "index", "loop.pass": "pass"}
"""Events by which a container says that a scope of its own is over, and where they name its number."""


@dataclass(slots=True)
class Holder:
    """What one container opened: number -> how it ended, "" while it goes on. None is the only one of a sub-graph."""

    opened: dict[int | None, str] = field(default_factory=dict)
    going: dict[int | None, None] = field(default_factory=dict)
    labels: dict[int | None, str] = field(default_factory=dict)
    """What an item is called besides its number, as `python=3.12, os=linux`."""
    chosen: int | None = None

    @property
    def present(self) -> int | None:
        """The chosen number; else the one that goes on longest, else the last one opened."""
        if self.chosen in self.opened and self.chosen is not None:
            return self.chosen
        return next(iter(self.going), None) if self.going else next(reversed(self.opened), None)


class Scopes:
    """The scopes of one run."""

    def __init__(self) -> None:
        self._holders: dict[str, Holder] = {}
        self._known: set[str] = set()

    def take(self, events: Iterable[Event]) -> None:
        """Follows events, in order."""
        for event in events:
            if event.scope and event.scope not in self._known:
                self._known.add(event.scope)
                self._open(*_parts(event.scope))
            number = event.data.get(ENDS[event.kind]) if event.kind in ENDS else None
            if isinstance(number, int):
                self._open(event.key, number)
                holder = self._holders[event.key]
                holder.opened[number] = str(event.data.get("status", "ok"))
                holder.going.pop(number, None)
                if event.data.get("label"):
                    holder.labels[number] = str(event.data["label"])
            elif event.kind == "run.finished":
                for holder in self._holders.values():
                    holder.going.clear()

    def of(self, inside: Inside) -> str | None:
        """The scope that is looked at in a place, such as `map1[3]`; None when the run never was there."""
        scope = ""
        for node in inside:
            key = f"{scope}/{node}" if scope else node
            holder = self._holders.get(key)
            if holder is None:
                return None
            number = holder.present
            scope = key if number is None else f"{key}[{number}]"
        return scope

    def holder(self, inside: Inside) -> Holder | None:
        """What the innermost container of a place opened; None when it opened nothing, or nothing to choose from."""
        key = self.key(inside)
        found = self._holders.get(key) if key else None
        return found if found and None not in found.opened else None

    def choose(self, inside: Inside, number: int | None) -> None:
        """Looks at one number from now on; None follows what goes on."""
        holder = self.holder(inside)
        if holder is not None:
            holder.chosen = number

    def go_to(self, scope: str) -> Inside:
        """Chooses every number on the way to a scope. Returns the place it stands in."""
        inside: list[str] = []
        path = ""
        for part in filter(None, scope.split("/")):
            path = f"{path}/{part}" if path else part
            key, number = _parts(path)
            if number is not None and key in self._holders:
                self._holders[key].chosen = number
            inside.append(key.rpartition("/")[2])
        return tuple(inside)

    def key(self, inside: Inside) -> str:
        """What the run calls the innermost container of a place, in the scope that is looked at; "" for none."""
        if not inside:
            return ""
        above = self.of(inside[:-1])
        return "" if above is None else f"{above}/{inside[-1]}" if above else inside[-1]

    def _open(self, key: str, number: int | None) -> None:
        holder = self._holders.setdefault(key, Holder())
        if number not in holder.opened:
            holder.opened[number] = ""
            holder.going[number] = None


def _parts(scope: str) -> tuple[str, int | None]:
    """The key of the container that opened a scope, and its number: `map1[3]/l[2]` -> `map1[3]/l`, 2."""
    found = NUMBERED.fullmatch(scope)
    return (found[1], int(found[2])) if found else (scope, None)
