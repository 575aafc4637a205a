"""Breakpoints: a node is held before it starts, so that what arrives can be looked at and changed (studio.md)."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from engine.base.errors import WrongUse
from engine.base.values import Value, repair
from engine.plan.plan import PlanNode
from engine.plan.teams import StandIn
from engine.run.scope import Scope

if TYPE_CHECKING:
    from engine.run.context import NodeCall

REASON: Final = "breakpoint"
_NUMBERS: Final = re.compile(r"\[[^\]]*\](\.\d+)?")


class Keep(Enum):
    """Says that a value goes on as it is; null is a value of its own."""

    VALUE = "value"


@dataclass(frozen=True, slots=True)
class _Held:
    """A node that waits at a place: one of the edges into it, or the node itself."""

    call: NodeCall
    place: str
    go: asyncio.Future[Value | Keep]


class Breakpoints:
    """Where one run holds.

    Args:
        at: nodes by id and edges by key, `a.text->b.task`; inside a container with its name before it, `map1/draft`
            for every item or `map1[3]/draft` for one.
    """

    def __init__(self, at: Iterable[str] = ()) -> None:
        self._at: frozenset[str] = frozenset()
        self._stepping = False
        self.held: dict[str, _Held] = {}
        """What is held now, by the key of its event; changed under the lock."""
        self._lock = threading.Lock()
        self.set(at)

    def set(self, at: Iterable[str]) -> None:
        """Sets the places anew, in the same words; what is held stays so. From any thread."""
        self._at = frozenset(place.replace(" ", "") for place in at)

    @property
    def armed(self) -> bool:
        """Whether any node could be held."""
        return bool(self._at) or self._stepping

    def catching(self, scope: Scope, node: PlanNode) -> list[str]:
        """The places where a node that may start is held: edges that bring it a value, then the node itself.

        A specialist is held at each delegation, by its own name too, and not once more when its manager has ended. A
        step ends at the first of them, as it does at a node without any.
        """
        if isinstance(node.kind, StandIn):
            return []
        prefixes = {scope.prefix, _NUMBERS.sub("", scope.prefix)}
        if node.fed and scope.owner is not None:
            prefixes.add(_NUMBERS.sub("", scope.owner.scope.prefix))
        found = [
            place for place in (*_edges(scope, node), node.id)
            if any(prefix + place in self._at for prefix in prefixes)
        ]  # fmt: skip
        return [*found, node.id] if self._stepping and not found else found

    async def hold(self, call: NodeCall, places: Sequence[str]) -> list[dict[str, Value]]:
        """Waits at each place in turn until it may go on. Returns what was changed: `at` and `value`."""
        changed: list[dict[str, Value]] = []
        for place in places:
            value = await self._wait(call, place)
            if not isinstance(value, Keep):
                _change(call, place, value)
                changed.append({"at": call.scope.prefix + place, "value": value})
        return changed

    def repeat(self, call: NodeCall, changed: Iterable[Mapping[str, Any]]) -> None:
        """Makes the changes again that a person made in an earlier session of the run, at edges that are there."""
        for each in changed:
            place = each["at"].removeprefix(call.scope.prefix)
            if place == call.node or place in _edges(call.scope, call.plan_node):
                _change(call, place, each["value"])

    def go_on(self, key: str, value: Value | Keep = Keep.VALUE) -> None:
        """Lets what is held at a place go on. From any thread; later nodes are held at breakpoints only.

        Args:
            key: of the event `node.waiting`, its `at`.
            value: at an edge what it carries from now on, at a node an object with new values for some of its ports.

        Raises:
            WrongUse: nothing is held there, or the node has no such ports.
        """
        self._release(key, value, stepping=False)

    def step(self, key: str = "", value: Value | Keep = Keep.VALUE) -> None:
        """Lets one node go on, the one held longest unless a place is named, and holds all that start after it.

        Args:
            value: as `go_on` takes it.

        Raises:
            WrongUse: nothing is held, or not there, or the node has no such ports.
        """
        if not key and not self.held:
            raise WrongUse("Nothing is held at a breakpoint.", "Set one, and start the run again.")
        self._release(key or next(iter(self.held), ""), value, stepping=True)

    def _release(self, key: str, value: Value | Keep, *, stepping: bool) -> None:
        held = self.held.get(key)
        if held is not None and not isinstance(value, Keep):
            value = _sound(held, value)
        with self._lock:
            held = self.held.pop(key, None)
            if held is None:
                there = f"These are held: {', '.join(self.held)}." if self.held else "Nothing is held."
                raise WrongUse(f"Nothing is held at “{key}”.", there)
            held.call.asking -= 1
        self._stepping = stepping  # before it goes on: what follows may start at once
        held.go.get_loop().call_soon_threadsafe(_settle, held.go, value)

    async def _wait(self, call: NodeCall, place: str) -> Value | Keep:
        key = call.scope.prefix + place
        held = _Held(call, place, asyncio.get_running_loop().create_future())
        call.emit("node.waiting", {"reason": REASON, "for": [], "at": key, "value": _shown(call, place)})
        with self._lock:
            self.held[key] = held
            call.asking += 1
        call.rest()
        try:
            return await held.go
        finally:
            with self._lock:
                if self.held.pop(key, None) is not None:  # it was cancelled
                    call.asking -= 1


def _settle(go: asyncio.Future[Value | Keep], value: Value | Keep) -> None:
    if not go.done():
        go.set_result(value)


def _edges(scope: Scope, node: PlanNode) -> dict[str, tuple[str, int]]:
    """The live edges into a node by key: the port that each leads to, and its place among those there."""
    return {
        scope.plan.edges[edge].key: (port.name, place)
        for position, port in enumerate(node.ports)
        for place, edge in enumerate(scope.frontier.taken_edges(node, position))
    }


def _shown(call: NodeCall, place: str) -> Value:
    """What a person looks at: the value that an edge brings, or what stands at each port."""
    if place == call.node:
        return {port.name: call.value(port.name) for port in call.plan_node.ports}
    port, number = _edges(call.scope, call.plan_node)[place]
    return call.arrivals(port)[number].value


def _sound(held: _Held, value: Value) -> Value:
    """A value that may go on at a place. Raises WrongUse when it may not."""
    value = repair(value)
    if held.place != held.call.node:
        return value
    ports = [port.name for port in held.call.plan_node.ports if held.call.has(port.name)]
    if not isinstance(value, Mapping) or not set(value) <= set(ports):
        names = f"Its ports with values: {', '.join(ports)}." if ports else "It takes no values."
        raise WrongUse(f"“{held.place}” needs an object with values for its ports.", names)
    return value


def _change(call: NodeCall, place: str, value: Any) -> None:
    if place == call.node:
        for port, new in value.items():
            call.replace(port, None, new)
    else:
        port, number = _edges(call.scope, call.plan_node)[place]
        call.replace(port, number, value)
