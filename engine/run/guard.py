"""What stands around a node's work: guards, one file each in `engine.run.guards`, the lowest order outermost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, cast

from engine.base import discover
from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode

if TYPE_CHECKING:
    from engine.run.context import NodeCall

Inner = Callable[[], Awaitable[Outputs]]


class Guard(Protocol):
    """Wraps the work of the nodes that it applies to."""

    order: int

    def applies(self, node: PlanNode) -> bool:
        """Whether this node needs it; asked once for each node of a plan."""

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        """Does the work by awaiting `inner`, or something in its place."""


class Guards:
    """All guards there are, made into a chain for each node."""

    def __init__(self) -> None:
        found = [cast("Guard", module.GUARD) for module in discover.modules("engine.run.guards")]
        self._all = sorted(found, key=lambda guard: guard.order)

    def of(self, node: PlanNode) -> tuple[Guard, ...]:
        """The guards of a node, outermost first; () for most."""
        return tuple([guard for guard in self._all if guard.applies(node)])


async def guarded(guards: tuple[Guard, ...], call: NodeCall, work: Inner) -> Outputs:
    """Does a node's work inside its guards."""
    if not guards:
        return await work()
    outer, rest = guards[0], guards[1:]
    return await outer.around(call, lambda: guarded(rest, call, work))
