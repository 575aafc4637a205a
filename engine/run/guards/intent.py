"""Guard: what writes says so before it begins; a write that was cut off is not repeated unasked (semantics.md S11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.base.errors import NodeError
from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode
from engine.run.guards.pinned import stand_in
from engine.run.uncertain import resolved

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner


class Intent:
    """Stores the intent of a node that writes; its terminal event is the end of it."""

    order = 15

    def applies(self, node: PlanNode) -> bool:
        kind, config = node.kind, node.config
        if not kind.needs_trust or kind.tells_writes:
            return False
        if kind.made_with(config) is not None:  # what may be stored may be done again (S12)
            return False
        return any(each.writes for each in kind.capabilities(config))

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        kind = call.plan_node.kind
        if call.was_writing:
            doubt = await resolved(call, kind.title)
            if doubt.do == "skip":
                return stand_in(call.plan_node, {"value": doubt.value})
            if doubt.do == "fail":
                raise NodeError("tool", "It was cut off while it wrote, and a person let it fail.")
        call.emit("tool.intent", {"tool": kind.name, "writes": True})
        await call.stored()
        return await inner()


GUARD = Intent()
