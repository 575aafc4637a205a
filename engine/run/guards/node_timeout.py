"""Guard: a time limit for all attempts of a node together (semantics.md S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.base.errors import NodeError
from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode
from engine.run.deadline import Deadline

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner


class NodeTimeout:
    """Ends the work when its time is over. Waiting for a rate limit, a budget or a person is not charged."""

    order = 30

    def applies(self, node: PlanNode) -> bool:
        return node.config.node_timeout_s is not None

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        limit = call.config.node_timeout_s
        try:
            async with Deadline(call.clock, limit, call.deadlines):
                return await inner()
        except TimeoutError:
            raise NodeError("timeout", f"It took longer than {limit:g} s in all.", "Raise its time limit.") from None


GUARD = NodeTimeout()
