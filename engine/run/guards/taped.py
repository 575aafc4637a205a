"""Guard: in a run that has only what is stored, a stored result stands in for what reaches outside (S15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.base.errors import NodeError
from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner


class Taped:
    """Gives the stored result. Code that is trusted runs: it has nothing but its inputs, and may have changed."""

    order = 11

    def applies(self, node: PlanNode) -> bool:
        return node.kind.needs_trust

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        complete, stored = call.taped()
        only_computes = all(each.what == "code" for each in call.plan_node.kind.capabilities(call.config))
        if not complete or (only_computes and call.outside.trusted):
            return await inner()
        if stored is None:
            raise call.told_failure() or NodeError(
                "bad_request", f"No result of “{call.key}” is stored.", "Record it anew."
            )
        return stored


GUARD = Taped()
