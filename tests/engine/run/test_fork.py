"""A run that begins from the results of another: from a node on, or with something changed (semantics.md S11)."""

from __future__ import annotations

import copy
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
    assert again.nodes["d"]["model"] == "script/d", "the one that had given its result"
    third, _ = await forked(here, graph(), again.run)
    assert third.nodes["d"]["model"] == "script/d"
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


async def test_other_limits_change_no_result(services: Services, script: Script) -> None:
    here, body = script.on(services), copy.deepcopy(BODY)
    base = await Run(mapped(), services=here).execute()
    script.asked.clear()
    body["nodes"][1]["config"] |= {"timeout_s": 9, "retry": {"attempts": 7}}
    again, _ = await forked(here, mapped(body=body, budget_usd=3, node_timeout_s=60), base.run)
    assert script.prompts == [] and again.outputs == base.outputs
    body["nodes"][1]["config"]["on_error"] = {"value": "none"}
    again, _ = await forked(here, mapped(body=body), base.run)
    assert script.prompts[:3] == ["a p", "a q", "a r"]


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


def met(*order: str) -> Graph:
    """Two branches meet in the order of these names, with one that is not chosen; an agent takes what they bring."""
    agents = {name: ("agent", {"model": f"script/{name}", "prompt": f"{name} {{{{ x }}}}"}) for name in "abcd"}
    never = {"id": "never", "when": {"field": "", "op": "equals", "value": "z"}}
    return build(
        {"x": ("input", {"default": "q"}), **agents, "way": ("router", {"routes": [never]}),
         "join": ("merge", {"strategy": "concat"}), "end": "output"},
        "x.value -> a.x", "x.value -> b.x", "x.value -> way.value", "way.never -> c.x",
        *(f"{name}.text -> join.items" for name in order), "join.value -> d.x", "d.text -> end.value",
    )  # fmt: skip


async def test_what_was_not_chosen_brings_nothing_to_be_done_again(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(met("a", "c", "b"), services=here).execute()
    script.asked.clear()
    again, _ = await forked(here, met("a", "c", "b"), first.run)
    assert script.prompts == []
    assert again.outputs == first.outputs == {"end": "<d <a q>\n\n<b q>>"}


async def test_edges_in_another_order_make_another_input(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(met("a", "c", "b"), services=here).execute()
    script.asked.clear()
    again, _ = await forked(here, met("b", "c", "a"), first.run)
    assert script.prompts == ["d <b q>\n\n<a q>"]
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


BODY: dict[str, Any] = {
    "nodes": [{"id": "item", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"model": "script/a", "prompt":
              "a {{ item }}"}}, {"id": "b", "kind": "agent", "config": {"model": "script/b", "prompt": "b {{ x }}"}},
              {"id": "out", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "a.item"}, {"from": "a.text", "to": "b.x"}, {"from": "b.text",
              "to": "out.value"}],
}  # fmt: skip


def mapped(**config: Any) -> Graph:
    return build(
        {"list": ("input", {"default": ["p", "q", "r"], "type": "list"}), "each": ("map", {"body": BODY} | config),
         "sum": ("agent", {"model": "script/c", "prompt": "c {{ x }}"}), "end": "output"},
        "list.value -> each.items", "each.items -> sum.x", "sum.text -> end.value",
    )  # fmt: skip


async def test_from_a_node_inside_an_item_the_others_stay(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(mapped(), services=here).execute()
    script.asked.clear()
    again, _ = await forked(here, mapped(), first.run, from_node="each[1]/b")
    assert [name for name, _ in script.asked] == ["b", "c"]
    assert again.outputs == first.outputs
    assert again.view.nodes["each[1]/a"].source == "reused" and again.view.nodes["each[0]/b"].source == "reused"
    with pytest.raises(WrongUse, match="never was at"):
        Run(mapped(), services=here, base=first.run, from_node="each[7]/b")
    with pytest.raises(WrongUse, match="no node “each"):
        Run(mapped(), services=here, base=first.run, from_node="each[1]/zz")


async def test_an_output_edited_inside_an_item_flows_on(services: Services, script: Script) -> None:
    here = script.on(services)
    first = await Run(mapped(), services=here).execute()
    script.asked.clear()
    again, _ = await forked(here, mapped(), first.run, edited={"each[2]/a": {"text": "mine"}})
    assert script.prompts[0] == "b mine" and len(script.prompts) == 2
    assert again.view.nodes["each"].outputs["items"][2] == "<b mine>"


async def test_only_failed_items_are_done_again_where_the_run_went_on(services: Services, script: Script) -> None:
    here = script.on(services)
    script.says("b", lambda request: f"<{request.messages[-1].text}>")
    script.says("a", "one", NodeError("bad_request", "no"), "three")
    drawn = mapped(on_item_failure="drop", concurrency=1)
    first = await Run(drawn, services=here).execute()
    assert first.status == "completed_with_warnings"
    script.says("a", "two")
    script.asked.clear()
    again, _ = await forked(here, drawn, first.run, failed=True)
    assert [name for name, _ in script.asked] == ["a", "b", "c"]
    assert again.view.nodes["each"].outputs["items"] == ["<b one>", "<b two>", "<b three>"]


async def test_what_a_container_has_finished_is_kept_though_it_was_not(services: Services, script: Script) -> None:
    """Of a map that failed, with a map inside each item; its own limits were changed meanwhile."""
    here = script.on(services)
    inner = {"id": "m", "kind": "map", "config": {"body": BODY, "concurrency": 1}}
    outer = {"nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, inner,
                       {"id": "out", "kind": "output"}],
             "edges": [{"from": "item.value", "to": "m.items"}, {"from": "m.items", "to": "out.value"}]}  # fmt: skip
    lists = {"list": ("input", {"default": [["p", "q"], ["r", "s"]], "type": "list"})}
    script.says("a", "one", "two", NodeError("bad_request", "no"), "four")
    drawn, wide = (
        build({**lists, "each": ("map", {"body": outer, "concurrency": 1} | more), "end": "output"},
              "list.value -> each.items", "each.items -> end.value") for more in ({}, {"budget_tokens": 99_999})
    )  # fmt: skip
    first = await Run(drawn, services=here).execute()
    assert first.status == "failed"
    script.says("a", "three")
    script.asked.clear()
    again, _ = await forked(here, wide, first.run)
    assert [name for name, _ in script.asked] == ["a", "b"]
    assert again.outputs == {"end": [["<b one>", "<b two>"], ["<b three>", "<b four>"]]}
    script.says("a", *"wxyz")
    script.asked.clear()
    await forked(here, wide, first.run, from_node="each")
    assert len(script.asked) == 8, "from the container on is the whole of it"


async def test_a_loop_is_kept_up_to_the_pass_that_is_done_again(services: Services, script: Script) -> None:
    here = script.on(services)
    script.says("a", *(f"draft {number}" for number in range(1, 9)))
    body = {"nodes": [{"id": "draft", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"model": "script/a",
                      "prompt": "{{ draft }}"}}, {"id": "draft_out", "kind": "output", "config": {"name": "draft"}}],
            "edges": [{"from": "draft.value", "to": "a.draft"},
                      {"from": "a.text", "to": "draft_out.value"}]}  # fmt: skip
    drawn = build(
        {"x": ("input", {"default": "q"}), "l": ("loop", {"body": body, "max_passes": 4}), "end": "output"},
        "x.value -> l.draft", "l.draft -> end.value",
    )  # fmt: skip
    first = await Run(drawn, services=here).execute()
    assert first.outputs == {"end": "draft 4"}
    script.asked.clear()
    again, _ = await forked(here, drawn, first.run, from_node="l[3]/a")
    assert script.prompts == ["draft 2", "draft 5"] and again.outputs == {"end": "draft 6"}
