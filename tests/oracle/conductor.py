"""Runs the engine so that the test decides who finishes next: one at a time, whenever the loop has nothing to do."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, ClassVar, TypeVar, cast

from engine.base.errors import ErrorClass, NodeError
from engine.files.format import graph_from_json
from engine.graph.graph import Graph
from engine.kinds.contract import ERROR, Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.run.context import NodeCall
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.testing import Played
from tests.oracle.talking import Talking
from tests.oracle.work import REJECTS, Json, Script

T = TypeVar("T")


class Idle(selectors.DefaultSelector):
    """Tells when nothing is ready: the loop is about to wait for a timer, a socket or another thread."""

    def __init__(self, idle: Callable[[float | None], bool]) -> None:
        super().__init__()
        self._idle = idle

    def select(self, timeout: float | None = None) -> Any:
        return super().select(0 if (timeout is None or timeout > 0) and self._idle(timeout) else timeout)


def run_idle(work: Coroutine[Any, Any, T], idle: Callable[[float | None], bool]) -> T:
    """Runs a coroutine on a loop of its own; `idle` is asked for something to do whenever there is nothing.

    Args:
        idle: told how long the loop would wait, in seconds (None: for ever); says whether it made something ready.
    """
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(Idle(idle))) as runner:
        return runner.run(work)


class ActConfig(NodeConfig):
    """`takes` names the ports: `many`, `one`, and `maybe`, which is optional; `lists` makes it give a list, each
    item `equal` times, and `counts` a number."""

    takes: tuple[str, ...] = ()
    lists: int | None = None
    equal: int = 1
    counts: bool = False
    calm: bool = False


class Act(Kind[ActConfig]):
    """A kind that waits until it is let go and then does as the script says."""

    name: ClassVar[str] = "act"
    title, group, icon, hint = "Act", "work", "unknown", "does as the script says"
    Config = ActConfig

    def __init__(self, script: Script) -> None:
        self.script = script
        self.waiting: dict[str, asyncio.Future[None]] = {}

    def ports(self, config: ActConfig) -> Ports:
        inputs = tuple(Port(name, many=name != "one", required=name != "maybe") for name in config.takes)
        return Ports(inputs, (Port("out"), Port("alt"), ERROR))

    async def run(self, call: Call[ActConfig]) -> Outputs:
        key = cast("NodeCall", call).scope.prefix + call.node
        saw = {name: [[a.source, a.port] for a in call.arrivals(name)] for name in call.config.takes}
        call.emit("node.progress", {"note": "saw", "saw": saw})
        gate = self.waiting[key] = asyncio.get_running_loop().create_future()
        try:
            await gate
        finally:
            self.waiting.pop(key)
        config = call.config.model_dump(exclude_none=True)
        deed = self.script.deed(key, config)
        if deed.fails == REJECTS:
            if call.reject("not mine"):
                await asyncio.get_running_loop().create_future()
            raise NodeError("tool", "nobody gave it a brief")
        if deed.fails:
            raise NodeError(cast("ErrorClass", deed.fails), "it was told to fail")
        return dict.fromkeys(deed.gives, deed.value(key, config))

    def let_one_go(self) -> bool:
        """Lets the one with the lowest rank finish. Returns whether there was one."""
        waiting = [key for key, gate in self.waiting.items() if not gate.done()]
        if not waiting:
            return False
        self.waiting[min(waiting, key=self.script.rank)].set_result(None)
        return True


def served(act: Act, services: Services) -> Services:
    """Services with this kind, whose models follow the plans in their instructions."""
    return Talking(services).serve(replace(services, kinds=services.kinds.with_kind(act)))


def scripted(graph: Json, script: Script, services: Services) -> tuple[Graph, Played]:
    """Runs a graph in the order of a script, on a loop of its own."""
    act = Act(script)
    drawn = graph_from_json(graph)
    events: list[Event] = []

    async def play() -> Played:
        run = Run(drawn, options=RunOptions(journal=False, pace=0), services=served(act, services))
        return Played(await run.execute(events.extend), events)

    return drawn, run_idle(play(), lambda _: act.let_one_go())
