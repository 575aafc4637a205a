"""Guard: a pinned output stands in for the work (semantics.md S12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.kinds.contract import NodeConfig, Outputs
from engine.plan.plan import PlanNode

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.guard import Inner


class Pinned:
    """Gives what is pinned and does no work."""

    order = 10

    def applies(self, node: PlanNode) -> bool:
        return node.config.pinned is not None

    async def around(self, call: NodeCall, inner: Inner) -> Outputs:
        assert call.config.pinned is not None
        call.source = "pinned"
        return stand_in(call.plan_node, call.config.pinned)


def stand_in(node: PlanNode, given: Mapping[str, Any]) -> Outputs:
    """What `{"value": ...}` (for the first port) or `{"ports": {...}}` means for a node (formats.md)."""
    ports = given.get("ports")
    if isinstance(ports, Mapping):
        return dict(ports)
    return {_first_port(node, node.config): given.get("value")}


def _first_port(node: PlanNode, config: NodeConfig) -> str:
    outputs = node.kind.ports(config).outputs
    return outputs[0].name if outputs else "value"


GUARD = Pinned()
