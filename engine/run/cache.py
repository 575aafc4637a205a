"""The cache as one run sees it: which results of earlier runs its nodes may use again (semantics.md S12)."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from engine.base.clock import Clock
from engine.base.secrets import Redactor
from engine.base.values import Value
from engine.kinds.identity import digest, identity
from engine.run.results import Results, Stored

if TYPE_CHECKING:
    from engine.run.context import NodeCall

KEPT: Final = frozenset({"route.chosen", "merge.conflict", "node.progress"})
"""Events that belong to a result: they are told again when it is used again."""
_LARGE: Final = 32 * 1024
_REMEMBERED: Final = 64


class Cache:
    """Finds and keeps results for the nodes of one run.

    Args:
        run: the run's id.
        meant: the model that a name means in this run; raises NodeError when it means none.
    """

    def __init__(
        self, results: Results, run: str, meant: Callable[[str], object], redactor: Redactor, clock: Clock
    ) -> None:
        self._results, self._run, self._meant = results, run, meant
        self._redactor, self._clock = redactor, clock
        self._identities: dict[int, str] = {}
        self._taken: dict[str, set[str]] = {}
        self._hashes = _Hashes()

    def key(self, call: NodeCall) -> str:
        """What the result of a call follows from, as one hash.

        Raises:
            NodeError: a model that it names is not there.
        """
        node = call.plan_node
        known = self._identities.get(id(node))  # the plan, and so the node, lives as long as the run
        if known is None:
            known = self._identities[id(node)] = identity(node.kind, node.config)
        inputs: list[Any] = []
        for port in node.ports:
            arrived = call.arrivals(port.name)
            sources = [each.source for each in arrived] if node.kind.sees_sources else []
            missing = list(call.missing(port.name)) if node.kind.sees_sources else []
            inputs.append([port.name, [self._hashes.of(each.value) for each in arrived], sources, missing])
        return digest([known, self.models(call), call.rehearsal, [each for each in inputs if each[1] or each[3]]])

    def models(self, call: NodeCall) -> list[str]:
        """The models that its node names, as this run means them; a result that is kept came from the first.

        Raises:
            NodeError: one of them is not there.
        """
        node = call.plan_node
        return [str(self._meant(name)) for name in node.kind.models(node.config)]

    async def find(self, key: str, call: NodeCall) -> Stored | None:
        """A result that an earlier run made of the same; each counts once in a run, so equal nodes stay different."""
        taken = self._taken.setdefault(key, set())
        found = await asyncio.to_thread(self._results.find, key, call.key, self._run, taken, self._clock.wall())
        if found is None or found.node in taken:  # an equal node was quicker
            return None
        taken.add(found.node)
        return found

    async def keep(
        self, key: str, call: NodeCall, outputs: Mapping[str, Value], told: list[tuple[str, Mapping[str, Any]]],
        seconds: float,
    ) -> None:  # fmt: skip
        """Keeps a result for later runs, unless a secret stands in it."""
        if self._redactor.active and self._redactor.value(dict(outputs)) != dict(outputs):
            return
        stored = Stored(self._run, call.key, self._clock.wall(), outputs, told, seconds, call.spent)
        await asyncio.to_thread(self._results.keep, key, stored)


class _Hashes:
    """Hashes of values; large ones are remembered, since many nodes may be given the same one."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[Value, str]] = OrderedDict()

    def of(self, value: Value) -> str:
        known = self._known.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        found = digest(value)
        if _is_large(value):
            self._known[id(value)] = value, found
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found


def _is_large(value: Value) -> bool:
    if isinstance(value, str):
        return len(value) > _LARGE
    return isinstance(value, list | dict) and len(json.dumps(value)) > _LARGE
