"""Guard: in a rehearsal of a graph that was not trusted, marked samples stand in for what reaches outside (T2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner

SAMPLE: Final = "a sample value: the graph is not trusted, so nothing outside was touched"
"""Why the result is marked, wherever it shows."""


class Sample:
    """Gives the kind's sample and starts nothing."""

    order = 12

    def applies(self, node: PlanNode) -> bool:
        return node.kind.needs_trust

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        if call.outside.trusted:
            return await inner()
        call.degraded(SAMPLE)
        return call.plan_node.kind.sample(call.config)


GUARD = Sample()
