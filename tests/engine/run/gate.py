"""A node that waits until a test lets it go."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports


class Gate(Kind[NodeConfig]):
    """Waits until the test opens it, and says when it was cancelled."""

    name: ClassVar[str] = "gate"
    title, group, icon, hint = "Gate", "work", "unknown", "waits for the test"

    def __init__(self, stubborn: bool = False) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()
        self.cancelled: list[str] = []
        self.stubborn = stubborn

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("in", many=True, required=False),), (Port("out"),))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        self.entered.set()
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled.append(call.node)
            if self.stubborn:
                await asyncio.Event().wait()
            raise
        return {"out": call.node}
