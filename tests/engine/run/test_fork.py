"""A run that begins from the results of another: from a node on, or with something changed (semantics.md S11)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.base.errors import NodeError, WrongUse
from engine.graph.graph import Graph
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.result import Result
from engine.run.services import Services
from engine.testing import build
from tests.engine.scripted import Script


def graph(**prompts: str) -> Graph:
    agents = {
        name: ("agent", {"model": f"script/{name}", "prompt": prompts.get(name, f"{name} {{{{ x }}}}")})
        for name in "abcd"
    }
    return build(
        {"x": ("input", {"default": "q"}), "y": ("input", {"default": "r"}), **agents,
         "way": ("router", {"routes": [{"id": "yes", "when": {"field": "", "op": "contains", "value": "a"}}]}),
         "end": "output", "other": "output"},
        "x.value -> a.x", "a.text -> way.value", "way.yes -> b.x", "way.default -> c.x", "b.text -> end.value",
        "y.value -> d.x", "d.text -> other.value",
    )  # fmt: skip


@pytest.fixture
def script() -> Script:
    found = Script()
    for name in "abcd":
        found.says(name, lambda request: f"<{request.messages[-1].text}>")
    return found


async def forked(services: Services, drawn: Graph, base: str, **more: Any) -> tuple[Result, list[Event]]:
    events: list[Event] = []
    run = Run(drawn, services=services, base=base, options=RunOptions(), **more)
    return await run.execute(events.extend), events


async def test_from_a_node_all_before_it_and_beside_it_is_used_again(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(graph(), services=here).execute()
    script.asked.clear()
    again, events = await forked(here, graph(), first.run[:9], from_node="b")
    assert script.prompts == ["b <a q>"]
    assert again.outputs == first.outputs
    assert again.run != first.run
    sources = {key: node.get("source") for key, node in again.nodes.items()}
    assert sources == {
        "x": "reused", "y": "reused", "a": "reused", "d": "reused", "way": "reused", "b": "ran", "c": None,
        "end": "ran", "other": "reused",
    }  # fmt: skip
    assert again.nodes["way"]["route"] == "yes"
    assert again.nodes["c"] == {"status": "skipped", "reason": "not_chosen"}
    assert next(event for event in events if event.kind == "run.created").data["base"] == first.run
    assert again.view.input_tokens == 10


async def test_a_changed_prompt_is_asked_again_with_what_follows(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(graph(), services=here).execute()
    script.asked.clear()
    again, _ = await forked(here, graph(a="no {{ x }}"), first.run)
    assert script.prompts == ["no q", "c <no q>"]
    assert again.nodes["d"]["source"] == "reused"
    assert again.nodes["b"]["reason"] == "not_chosen"


async def test_a_changed_input_reaches_only_what_takes_it(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(graph(), {"x": "abc"}, services=here).execute()
    script.asked.clear()
    again, _ = await forked(here, graph(), first.run, inputs={"y": "s"})
    assert script.prompts == ["d s"]
    assert again.outputs == {"end": "<b <a abc>>", "other": "<d s>"}


async def test_an_output_edited_by_hand_flows_on(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(graph(), services=here).execute()
    script.asked.clear()
    again, _ = await forked(here, graph(), first.run, edited={"a": {"text": "changed"}})
    assert script.prompts == ["b changed"]
    assert again.nodes["a"]["source"] == "reused"


async def test_what_failed_in_the_base_is_done(services: Services, script: Script) -> None:
    here = script.on(services)
    script.says("a", NodeError("bad_request", "no"))
    first = await Run(graph(), services=here).execute()
    assert first.status == "failed"
    script.says("a", "fine, a")
    script.asked.clear()
    again, _ = await forked(here, graph(), first.run, from_node="b")
    assert again.status == "completed"
    assert script.prompts == ["a q", "b fine, a"]


async def test_what_is_not_there_is_said(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(graph(), services=here).execute()
    with pytest.raises(WrongUse, match="no node “zz”"):
        Run(graph(), services=here, base=first.run, from_node="zz")
    with pytest.raises(WrongUse, match="needs a base"):
        Run(graph(), services=here, from_node="b")
    with pytest.raises(WrongUse, match="no stored run"):
        Run(graph(), services=here, base="nothing")
    rehearsed = await Run(graph(), services=here, options=RunOptions(rehearse=True, pace=0)).execute()
    with pytest.raises(WrongUse, match="rehearsal"):
        Run(graph(), services=here, base=rehearsed.run)


async def test_a_fork_of_a_fork_can_be_resumed(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(graph(), services=here).execute()
    script.says("b", NodeError("credentials", "no key"))
    second, _ = await forked(here, graph(), first.run, from_node="b")
    assert second.status == "failed"
    script.says("b", "now")
    script.asked.clear()
    again = await Run.resume(second.run, services=here).execute()
    assert again.outputs["end"] == "now"
    assert script.prompts == ["b <a q>"]
