"""Agents that work on the same files side by side: no update is lost, whatever the policy, and both sides are told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.graph.graph import Graph
from engine.models.contract import ModelRequest, Reply, ToolCall
from engine.plan.capabilities import capabilities
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.testing import Played, build
from engine.tools.leases import Claim
from tests.engine.kinds.test_files import put
from tests.engine.scripted import Script

FS = ["fs.*"]


def calls(name: str, number: int = 1, **arguments: Any) -> Reply:
    return Reply("", (ToolCall(f"c{number}", f"fs.{name}", arguments),), finish="tool_calls")


def after(event: asyncio.Event, reply: Reply | str, done: asyncio.Event | None = None) -> Any:
    """Answers once something has happened, and may say that it did."""

    async def answer(_request: ModelRequest) -> Reply | str:
        await event.wait()
        if done is not None:
            done.set()
        return reply

    return answer


def told(script: Script, model: str) -> list[str]:
    """What a model was told of its calls, at its last turn."""
    last = [request for name, request in script.asked if name == model][-1]
    return [message.text for message in last.messages if message.role == "tool"]


def two_agents(**config: Any) -> Graph:
    shared = {"prompt": "Work.", "tools": FS, "folder": ".", **config}
    nodes: dict[str, Any] = {name: ("agent", {"model": f"script/{name}", **shared}) for name in "ab"}
    return build({**nodes, "x": "output", "y": "output"}, "a.text -> x.value", "b.text -> y.value")


async def start(
    services: Services, graph: Graph, place: Path, events: list[Event], **options: Any
) -> tuple[Run, asyncio.Task[Any]]:
    services.trust.trust(capabilities(graph, services.kinds, place), 0.0)
    run = Run(graph, None, RunOptions(pace=0, allow_writes=["fs.*"], **options), folder=place, services=services)
    return run, asyncio.create_task(run.execute(events.extend))


async def play(services: Services, graph: Graph, place: Path, **options: Any) -> Played:
    events: list[Event] = []
    _, task = await start(services, graph, place, events, **options)
    return Played(await task, events)


def crossing(script: Script) -> None:
    """`a` and `b` read the counter, then `a` writes, then `b` writes what it made of the old one."""
    a_read, a_wrote = asyncio.Event(), asyncio.Event()
    script.says("a", calls("read_file", path="n.txt"), after(a_read, calls("write_file", 2, path="n.txt", content="a")),
                lambda _request: (a_wrote.set(), "done")[1])  # fmt: skip
    script.says("b", calls("read_file", path="n.txt"),
                lambda _request: (a_read.set(), after(a_wrote, calls("write_file", 2, path="n.txt", content="b"))
                                  (_request))[1], "done")  # fmt: skip


async def test_a_stale_write_is_refused_and_the_agent_reads_again(services: Services, place: Path) -> None:
    script = Script()
    put(place)
    (place / "n.txt").write_text("0")
    crossing(script)
    script.answers["b"][-1:] = [calls("read_file", 3, path="n.txt"),
                                calls("write_file", 4, path="n.txt", content="a and b"), "done"]  # fmt: skip
    played = await play(script.on(services), two_agents(), place)
    assert played.result.status == "completed", played.result.reason
    assert (place / "n.txt").read_text() == "a and b"
    refused = told(script, "b")[1]
    assert "a has changed fs:n.txt since you read it" in refused and "Nothing was written" in refused
    [denied] = played.of("tool.denied")
    assert denied.data["tool"] == "fs.write_file"
    conflicts = [event.data for event in played.of("conflict.detected")]
    assert {conflict["outcome"] for conflict in conflicts} == {"written", "refused", "read"}
    assert all(conflict["resource"] == "fs:n.txt" for conflict in conflicts)
    [stale] = [conflict for conflict in conflicts if conflict["outcome"] == "refused"]
    assert [side["node"] for side in stale["sides"]] == ["a", "b"]
    assert all(len(side["version"]) == 64 for side in stale["sides"])


async def test_in_turn_the_last_write_holds_and_is_told(services: Services, place: Path) -> None:
    script = Script()
    (place / "n.txt").write_text("0")
    crossing(script)
    played = await play(script.on(services), two_agents(on_conflict="serialise"), place)
    assert (played.result.status, (place / "n.txt").read_text()) == ("completed", "b")
    outcomes = [event.data["outcome"] for event in played.of("conflict.detected")]
    assert outcomes == ["written", "written over what it had not seen"]


@pytest.mark.parametrize(
    ("answer", "left"),
    [({"take": "left"}, "a"), ({"take": "right"}, "b"), ({"take": "edit", "text": "both"}, "both")],
)
async def test_a_person_sees_both_sides_and_decides(
    services: Services, place: Path, answer: dict[str, str], left: str
) -> None:
    script = Script()
    (place / "n.txt").write_text("0")
    crossing(script)
    services = script.on(services)
    paused = await play(services, two_agents(on_conflict="ask"), place)
    assert (paused.result.status, paused.result.reason) == ("paused", "human")
    [asked] = paused.result.waiting
    assert asked["kind"] == "conflict" and "take" in asked["schema"]["properties"]
    [shown] = [event.data["value"] for event in paused.of("human.requested")]
    assert (shown["left"], shown["right"]) == ({"node": "a", "text": "a"}, {"node": "b", "text": "b"})
    again = Run.resume(paused.result.run, services=services,
                       answers={"b": {"decision": "approved", "value": answer}})  # fmt: skip
    result = await again.execute()
    assert (result.status, (place / "n.txt").read_text()) == ("completed", left)
    assert len([name for name, _ in script.asked if name == "b"]) == 3  # no call of a model is repeated


async def test_who_wants_to_write_waits_for_who_writes_and_says_so(services: Services, place: Path) -> None:
    script = Script()
    for name in "ab":
        script.says(name, calls("write_file", path="one.txt", content=name), "done")
    events: list[Event] = []
    run, task = await start(script.on(services), two_agents(on_conflict="serialise"), place, events)
    while run._live is None:
        await asyncio.sleep(0)
    leases = run._live.scheduler.outside.commons.leases
    async with leases.hold(Claim("reader", f"fs {place.resolve()}/", writes=False)):
        while len(leases) < 3:
            await asyncio.sleep(0)
        assert not (place / "one.txt").exists()
    await task
    first, second = [event for event in events if event.kind == "node.waiting"]
    assert first.data == {"reason": "waits for a lock on fs:one.txt, held by reader", "for": ["reader"]}
    assert second.data["for"] == ["reader", first.key] and len(leases) == 0
    assert (place / "one.txt").read_text() == second.key  # in the order in which they asked


async def test_what_is_there_unread_is_not_overwritten_and_no_path_leads_out(services: Services, place: Path) -> None:
    script = Script()
    (place / "box").mkdir()
    (place / "box/n.txt").write_text("mine")
    (place / "secret.txt").write_text("s3cret")
    (place / "box/link.txt").symlink_to(place / "secret.txt")
    tries = [("write_file", {"path": "n.txt", "content": "b"}), ("read_file", {"path": "../secret.txt"}),
             ("read_file", {"path": "link.txt"}), ("write_file", {"path": "/etc/x", "content": ""})]  # fmt: skip
    script.says("a", *[calls(name, place, **arguments) for place, (name, arguments) in enumerate(tries)], "done")
    graph = build({"a": ("agent", {"model": "script/a", "prompt": "x", "tools": FS, "folder": "box"}), "x": "output"},
                  "a.text -> x.value")  # fmt: skip
    await play(script.on(services), graph, place)
    answers = told(script, "a")
    assert "is there and you have not read it" in answers[0]
    assert all(answer.startswith("Error:") and "s3cret" not in answer for answer in answers)
    assert (place / "box/n.txt").read_text() == "mine"


async def test_write_files_and_the_tools_of_agents_know_of_each_other(services: Services, place: Path) -> None:
    script = Script()
    files = [{"path": "n.txt", "text": "from the node"}]
    script.says("a", calls("write_file", path="n.txt", content="from the agent"), "done")
    agent = ("agent", {"model": "script/a", "prompt": "{{ files }}", "tools": FS, "folder": "."})
    ordered = build({"i": ("input", {"type": "json", "default": files}), "w": ("write_files", {"root": "."}),
                     "a": agent, "x": "output"},
                    "i.value -> w.files", "w.written -> a.files", "a.text -> x.value")  # fmt: skip
    played = await play(script.on(services), ordered, place)
    assert (place / "n.txt").read_text() == "from the agent" and played.of("conflict.detected") == []
    script.says("a", calls("write_file", path="m.txt", content="from the agent"), "done")
    files[0]["path"] = "m.txt"
    apart = build({"i": ("input", {"type": "json", "default": files}), "a": ("agent", {**agent[1], "prompt": "x"}),
                   "late": ("probe", {"turns": 200}), "w": ("write_files", {"root": "."}), "x": "output"},
                  "i.value -> late.many", "a.text -> x.value", "i.value -> w.files")  # fmt: skip
    played = await play(script.on(services), apart, place)
    [conflict] = [event.data for event in played.of("conflict.detected")]
    assert {side["node"] for side in conflict["sides"]} == {"a", "w"}


async def test_a_copy_for_each_agent_leaves_the_folder_alone(services: Services, place: Path) -> None:
    script = Script()
    (place / "n.txt").write_text("one\ntwo\n")
    for name, old in (("a", "one"), ("b", "two")):
        edit = [{"oldText": old, "newText": old.upper()}]
        script.says(name, calls("read_file", path="n.txt"), calls("edit_file", 2, path="n.txt", edits=edit),
                    calls("read_file", 3, path="n.txt"), calls("write_file", 4, path=f"{name}.txt", content="new"),
                    calls("list_directory", 5), "done")  # fmt: skip
    shared = {"prompt": "Work.", "tools": FS, "folder": ".", "on_conflict": "isolate"}
    graph = build({**{name: ("agent", {"model": f"script/{name}", **shared}) for name in "ab"}, "x": "output",
                   "y": "output"}, "a.changes -> x.value", "b.changes -> y.value")  # fmt: skip
    assert not any(one.writes for one in capabilities(graph, services.kinds, place).all)
    played = await play(script.on(services), graph, place)
    assert played.result.outputs["x"] == [{"path": "a.txt", "base": None, "text": "new"},
                                          {"path": "n.txt", "base": "one\ntwo\n", "text": "ONE\ntwo\n"}]  # fmt: skip
    assert told(script, "b")[2] == "one\nTWO\n" and "b.txt" in told(script, "b")[4]
    assert (place / "n.txt").read_text() == "one\ntwo\n" and not (place / "a.txt").exists()
    assert played.of("conflict.detected") == []


@pytest.mark.parametrize("kind", ["agent", "manager"])
async def test_a_copy_is_there_again_when_the_run_goes_on(kind: str, services: Services, place: Path) -> None:
    script = Script()
    (place / "n.txt").write_text("one")
    write = calls("write_file", path="n.txt", content="two")
    script.says("a", write, NodeError("credentials", "No key."), calls("read_file", 2, path="n.txt"), "done")
    agent = {"model": "script/a", "prompt": "Work.", "tools": FS, "folder": ".", "on_conflict": "isolate"}
    graph = build({"a": (kind, agent), "x": "output"}, "a.changes -> x.value")
    failed = await play(script.on(services), graph, place)
    assert failed.result.status == "failed"
    (place / "n.txt").write_text("somebody else's")
    result = await Run.resume(failed.result.run, services=script.on(services)).execute()
    assert result.outputs["x"] == [{"path": "n.txt", "base": "one", "text": "two"}]
    assert told(script, "a")[1] == "two"


async def test_a_node_calls_a_file_tool_in_the_folder_that_it_names(services: Services, place: Path) -> None:
    (place / "n.txt").write_text("hello")
    tool = {"tool": "fs.read_file", "arguments": {"path": "n.txt"}}
    for folder, expected in ((".", {"x": "hello"}), ("", {})):
        graph = build({"t": ("tool", {**tool, "folder": folder}), "x": "output"}, "t.result -> x.value")
        played = await play(services, graph, place)
        assert played.result.outputs == expected, played.result.reason
    assert "No folder is chosen" in played.result.nodes["t"]["error"]["message"]
