"""A kind that reaches outside and counts how often, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from engine.base.errors import NodeError
from engine.kinds.contract import ERROR, Call, Capability, Kind, NodeConfig, Outputs, Port, Ports


class Outsider(Kind[NodeConfig]):
    """Gives what it was given and the number of times that it has reached what `could` says; fails while `broken`."""

    name: ClassVar[str] = "outsider"
    title, group, icon, hint = "Outsider", "work", "unknown", "reaches outside"
    needs_trust = True

    def __init__(self, could: Capability) -> None:
        self.could, self.reached, self.broken = could, 0, False

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("in"),), (Port("out"), ERROR))

    def capabilities(self, config: NodeConfig) -> Iterable[Capability]:
        yield self.could

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        self.reached += 1
        if self.broken:
            raise NodeError("tool", "It is broken.")
        return {"out": f"{call.value('in')} from outside, {self.reached}"}
