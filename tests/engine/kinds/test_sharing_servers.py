"""Agents that write one file through a file server that others wrote: no update is lost, not even one from outside."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.graph.graph import Graph
from engine.models.contract import ModelRequest, Reply, ToolCall
from engine.plan.capabilities import capabilities
from engine.run.control import Run, RunOptions
from engine.run.services import Services
from engine.testing import Played, build
from tests.engine.kinds.test_sharing import after, told
from tests.engine.scripted import Script

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the first test may have to install the server
WRITTEN_BY_B = "from b"


@dataclass
class Desk:
    """Two agents at one file of a server, and who decides what their models say."""

    services: Services
    place: Path
    commands: Path
    script: Script = field(default_factory=Script)

    @property
    def file(self) -> Path:
        return self.place / "n.txt"

    def reads(self, number: int, **more: Any) -> Reply:
        return self._call(number, "read_text_file", **more)

    def writes(self, number: int, text: str) -> Reply:
        return self._call(number, "write_file", content=text)

    def _call(self, number: int, name: str, **more: Any) -> Reply:
        call = ToolCall(f"c{number}", f"files.{name}", {"path": str(self.file), **more})
        return Reply("", (call,), finish="tool_calls")

    def graph(self, **config: Any) -> Graph:
        path = os.pathsep.join((str(self.commands), os.environ.get("PATH", "")))  # node, where the system has none
        server = {"command": str(self.commands / "mcp-server-filesystem"), "args": [str(self.place)],
                  "env": {"PATH": path}}  # fmt: skip
        shared = {"prompt": "Work.", "tools": ["files.read_*", "files.*_file*"], **config}
        nodes: dict[str, Any] = {name: ("agent", {"model": f"script/{name}", **shared}) for name in "ab"}
        return build({**nodes, "x": "output", "y": "output"}, "a.text -> x.value", "b.text -> y.value",
                     tool_servers={"files": server})  # fmt: skip

    async def play(self, **config: Any) -> Played:
        graph, services = self.graph(**config), self.script.on(self.services)
        services.trust.trust(capabilities(graph, services.kinds, self.place), 0.0)
        events: list[Any] = []
        run = Run(graph, None, RunOptions(allow_writes=["files.*"]), folder=self.place, services=services)
        return Played(await run.execute(events.extend), events)

    def crossing(self, *then: Any) -> None:
        """`a` and `b` read the file, `a` writes, `b` writes what it made of the old one, and goes on with `then`."""
        b_read, a_wrote = asyncio.Event(), asyncio.Event()

        def wrote(_request: ModelRequest) -> str:
            a_wrote.set()
            return "done"

        async def b_writes(request: ModelRequest) -> Any:
            b_read.set()
            return await after(a_wrote, self.writes(2, WRITTEN_BY_B))(request)

        self.file.write_text("0")
        self.script.says("a", self.reads(1), after(b_read, self.writes(2, "from a")), wrote)
        self.script.says("b", self.reads(1), b_writes, *then, "done")


@pytest.fixture
def desk(services: Services, tmp_path: Path, commands: Path) -> Desk:
    place = tmp_path.resolve() / "shared"
    place.mkdir()
    return Desk(services, place, commands)


@pytest.mark.parametrize("policy", ["cas", "isolate"])
async def test_a_stale_write_is_refused_and_the_agent_reads_again(desk: Desk, policy: str) -> None:
    desk.crossing(desk.reads(3, head=9), desk.writes(4, "from a and b"))
    played = await desk.play(on_conflict=policy)
    assert (played.result.status, desk.file.read_text()) == ("completed", "from a and b"), played.result.reason
    assert "a has changed files:n.txt since you read it" in told(desk.script, "b")[1]
    stale = [event.data for event in played.of("conflict.detected") if event.data["outcome"] == "refused"]
    assert [[side["node"] for side in one["sides"]] for one in stale] == [["a", "b"]]
    assert all(len(side["version"]) == 64 for one in stale for side in one["sides"]), "known by its content"


async def test_in_turn_the_last_write_holds_and_is_told(desk: Desk) -> None:
    desk.crossing()
    played = await desk.play(on_conflict="serialise")
    assert (played.result.status, desk.file.read_text()) == ("completed", WRITTEN_BY_B)
    assert played.of("conflict.detected")[-1].data["outcome"] == "written over what it had not seen"


@pytest.mark.parametrize(
    ("answer", "left"),
    [({"take": "left"}, "from a"), ({"take": "right"}, WRITTEN_BY_B), ({"take": "edit", "text": "both"}, "both")],
)
async def test_a_person_sees_what_is_there_and_decides(desk: Desk, answer: dict[str, str], left: str) -> None:
    desk.crossing()
    paused = await desk.play(on_conflict="ask")
    assert (paused.result.status, paused.result.reason) == ("paused", "human")
    [shown] = [event.data["value"] for event in paused.of("human.requested")]
    assert shown["left"] == {"node": "a", "text": "from a"} and shown["right"] == {"node": "b", "text": WRITTEN_BY_B}
    answers = {"b": {"decision": "approved", "value": answer}}
    again = Run.resume(paused.result.run, services=desk.script.on(desk.services), answers=answers)
    result = await again.execute()
    assert (result.status, desk.file.read_text()) == ("completed", left)


async def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(desk: Desk) -> None:
    def meanwhile(_request: ModelRequest) -> Reply:
        desk.file.write_text("by hand")
        return desk.writes(2, "from a")

    desk.file.write_text("0")
    desk.script.says("a", desk.reads(1), meanwhile, desk.reads(3, tail=9), "done")
    desk.script.says("b", "done")
    await desk.play()
    assert desk.file.read_text() == "by hand"
    assert "somebody outside this run has changed files:n.txt since you read it" in told(desk.script, "a")[1]


async def test_what_is_there_must_have_been_read_and_its_size_is_not_that(desk: Desk) -> None:
    desk.file.write_text("mine")
    size = desk._call(1, "get_file_info")
    desk.script.says("a", size, desk.writes(2, "a"), desk.reads(3), desk.writes(4, "a"), desk.writes(5, "b"), "done")
    desk.script.says("b", "done")
    await desk.play(tools=["files.*"])
    said = told(desk.script, "a")
    assert "is there and you have not read it" in said[1] and not any("Error" in one for one in said[2:])
    assert desk.file.read_text() == "b"
