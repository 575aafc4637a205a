"""Guard: a result that an earlier run made of the same stands in for the work (semantics.md S12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.base.errors import NodeError
from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode
from engine.run.cache import KEPT

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner


class Cached:
    """Looks for the result, and keeps the one that is made. Only whole results count: `ok`, by the models that the
    node names first, and by nobody's decision. Containers are not cached, their nodes are."""

    order = 14

    def applies(self, node: PlanNode) -> bool:
        return node.config.cache and not node.kind.container and node.kind.made_with(node.config) is not None

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        cache = call.cache
        if cache is None:
            return await inner()
        try:
            key = cache.key(call)
        except NodeError:  # a model is not there: the node says so itself, or goes on with its next one
            return await inner()
        found = await cache.find(key, call)
        if found is not None:
            call.source = "cache"
            made = {"run": found.run, "node": found.node, "at": found.at, "seconds": found.seconds}
            by = {"model": models[0]} if (models := cache.models(call)) else {}
            call.emit("cache.hit", {"key": key, **made, "saved_usd": found.usd, **by})
            for kind, data in found.told:
                call.emit(kind, data)
            return found.outputs
        call.told, began = [], call.clock.mono()
        outputs = await inner()
        if _whole(call):
            kept = [(kind, data) for kind, data in call.told if kind in KEPT]
            await cache.keep(key, call, outputs, kept, call.clock.mono() - began)
        return outputs


def _whole(call: NodeCall) -> bool:
    """Whether a result would come out so again: not where a fallback, a stand-in or a person had a part in it, and
    not where the node ended the loop around, which is no value."""
    return not (call.degraded_by or call.scope.left is not None or any(_chance(*each) for each in call.told or ()))


def _chance(kind: str, data: Mapping[str, Any]) -> bool:
    return kind == "node.fallback" or (kind == "human.requested" and data.get("kind") != "budget")


GUARD = Cached()
