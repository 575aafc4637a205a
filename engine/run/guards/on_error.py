"""Guard: a value stands in when a node fails, and the result is marked degraded (semantics.md S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.base.errors import NodeError
from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode
from engine.run.guards.pinned import stand_in

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner


class OnError:
    """Turns a failure into the configured value."""

    order = 20

    def applies(self, node: PlanNode) -> bool:
        return node.config.on_error is not None

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        assert call.config.on_error is not None
        try:
            return await inner()
        except NodeError as error:
            call.degraded(f"failed ({error.error_class}: {error.message}), so its stand-in value was used")
            return stand_in(call.plan_node, call.config.on_error)


GUARD = OnError()
