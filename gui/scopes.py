"""Which item of a map or pass of a loop is looked at: what was chosen, else what goes on in the view of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.files.inside import Inside
from engine.run.places import part_of
from engine.run.view import PartView, View


class Scopes:
    """The scopes of the watched run.

    Args:
        view: gives the run as it is now; None while none is watched.
    """

    def __init__(self, view: Callable[[], View | None]) -> None:
        self._view = view
        self._chosen: dict[str, int] = {}

    def of(self, inside: Inside) -> str | None:
        """The scope that is looked at in a place, such as `map1[3]`; None when the run never was there."""
        view, scope = self._view(), ""
        for name in inside:
            key = f"{scope}/{name}" if scope else name
            node = view.nodes.get(key) if view is not None else None
            if view is None or node is None:
                return None
            number = self._present(key, node.parts)
            if number is None and key not in view.scopes:
                return None
            scope = key if number is None else node.parts[number].scope
        return scope

    def parts(self, inside: Inside) -> Mapping[int, PartView]:
        """What the innermost container of a place opened, by number; nothing where there is nothing to choose from."""
        view, key = self._view(), self.key(inside)
        node = view.nodes.get(key) if view is not None and key else None
        return node.parts if node is not None else {}

    def present(self, inside: Inside) -> int | None:
        """The number looked at there: the chosen one, else the one that goes on longest, else the last one opened."""
        return self._present(self.key(inside), self.parts(inside))

    def choose(self, inside: Inside, number: int | None) -> None:
        """Looks at one number from now on; None follows what goes on."""
        key = self.key(inside)
        if number is None:
            self._chosen.pop(key, None)
        else:
            self._chosen[key] = number

    def go_to(self, scope: str) -> Inside:
        """Chooses every number on the way to a scope. Returns the place it stands in."""
        inside: list[str] = []
        path = ""
        for part in filter(None, scope.split("/")):
            path = f"{path}/{part}" if path else part
            key, number = part_of(path)
            if number is not None:
                self._chosen[key] = number
            inside.append(key.rpartition("/")[2])
        return tuple(inside)

    def key(self, inside: Inside) -> str:
        """What the run calls the innermost container of a place, in the scope that is looked at; "" for none."""
        if not inside:
            return ""
        above = self.of(inside[:-1])
        return "" if above is None else f"{above}/{inside[-1]}" if above else inside[-1]

    def _present(self, key: str, parts: Mapping[int, PartView]) -> int | None:
        chosen = self._chosen.get(key)
        if chosen in parts:
            return chosen
        going = (number for number, part in parts.items() if part.ended is None)
        return next(going, max(parts, default=None))
