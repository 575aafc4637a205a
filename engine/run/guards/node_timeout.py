"""Guard: a time limit for all attempts of a node together (semantics.md S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode
from engine.run.deadline import limited

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner


class NodeTimeout:
    """Ends the work when its time is over. Waiting for a rate limit, a budget or a person is not charged."""

    order = 30

    def applies(self, node: PlanNode) -> bool:
        return node.config.node_timeout_s is not None

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        async with limited(call, call.limits.node_timeout_s, " in all"):
            return await inner()


GUARD = NodeTimeout()
