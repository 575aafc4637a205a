"""A run that was cut off goes on where it was: nothing done is lost or paid for again (semantics.md S11)."""

from __future__ import annotations

import asyncio
import copy
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest

from engine.base.errors import NodeError, Refused
from engine.files.format import dumps
from engine.graph.graph import Graph
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.models.contract import Message, ModelRequest, Reply, ToolCall, Usage
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.result import Result
from engine.run.services import Services
from engine.run.view import View
from engine.testing import build
from tests.engine.run.pricing import Priced
from tests.engine.scripted import Script

ITEM = {
    "nodes": [
        {"id": "item", "kind": "input"},
        {"id": "draft", "kind": "agent", "config": {"model": "script/m", "prompt": "draft {{ item }}"}},
        {"id": "polish", "kind": "agent", "config": {"model": "script/m", "prompt": "polish {{ draft }}"}},
        {"id": "done", "kind": "output"},
    ],
    "edges": [
        {"from": "item.value", "to": "draft.item"}, {"from": "draft.text", "to": "polish.draft"},
        {"from": "polish.text", "to": "done.value"},
    ],
}  # fmt: skip
PASS = {
    "nodes": [
        {"id": "text", "kind": "input"},
        {"id": "more", "kind": "agent", "config": {"model": "script/m", "prompt": "more {{ text }}"}},
        {"id": "out", "kind": "output", "config": {"name": "text"}},
    ],
    "edges": [{"from": "text.value", "to": "more.text"}, {"from": "more.text", "to": "out.value"}],
}
RICH = build(
    {
        "items": ("input", {"type": "list", "default": ["a", "b", "c"]}),
        "topic": ("input", {"default": "billing"}),
        "each": ("map", {"body": ITEM, "concurrency": 2}),
        "again": ("loop", {"body": PASS, "max_passes": 3}),
        "way": ("router", {"mode": "model", "model": "script/route", "below": "person",
                           "routes": [{"id": "yes"}, {"id": "no"}]}),
        "left": ("agent", {"model": "script/m", "prompt": "left {{ x }}"}),
        "right": ("agent", {"model": "script/m", "prompt": "right {{ x }}"}),
        "fast": ("agent", {"model": "script/m", "prompt": "fast {{ x }}"}),
        "slow": ("agent", {"model": "script/m", "prompt": "slow {{ x }}"}),
        "race": ("merge", {"join": "first", "cancel_losers": True, "strategy": "concat"}),
        "all": ("merge", {"strategy": "concat", "join": "wait_all"}),
        "end": "output",
    },
    "items.value -> each.items", "topic.value -> way.value", "topic.value -> again.text", "way.yes -> left.x",
    "way.no -> right.x", "topic.value -> fast.x", "topic.value -> slow.x", "fast.text -> race.items",
    "slow.text -> race.items", "each.items -> all.items", "again.text -> all.items", "left.text -> all.items",
    "race.value -> all.items", "all.value -> end.value", name="Rich",
)  # fmt: skip
ANSWER = {"way": {"decision": "approved", "value": "yes"}}


class Counting(Script):
    """Answers each prompt in one way, and counts how often each was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.says("m", lambda request: f"<{request.messages[-1].text}>")
        self.says("route", json.dumps({"route": "no", "confidence": 0.1, "reason": "hm"}))

    def counts(self) -> Counter[str]:
        return Counter(self.prompts)


def cut(services: Services, run: str, events: Sequence[Event]) -> None:
    """Makes the journal what it would be had the program been killed after the last of these events."""
    import orjson

    with closing(sqlite3.connect(Journal(services.home.runs).path)) as database:
        database.execute("DELETE FROM events WHERE run=?", (run,))
        batch = orjson.dumps([tuple(event) for event in events])
        database.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (run, 1, events[-1].seq, batch))
        database.execute("UPDATE runs SET status='running', ended=NULL, owner='999999:1' WHERE id=?", (run,))
        database.commit()


async def ran(graph: Graph, services: Services, **options: Any) -> tuple[Result, list[Event]]:
    events: list[Event] = []
    result = await Run(graph, options=RunOptions(**options), services=services).execute(events.extend)
    return result, events


async def resumed(run: str, services: Services, **more: Any) -> Result:
    return await Run.resume(run, services=services, **more).execute()


def answered_by(events: Sequence[Event]) -> Counter[str]:
    """Prompts whose answers are stored, as often as they are."""
    prompts = {event.key: event.data["messages"][-1]["text"] for event in events if event.kind == "model.request"}
    found: Counter[str] = Counter()
    for event in events:
        if event.kind == "model.response":
            found[prompts[event.key]] += 1
    return found


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
async def test_cut_anywhere_it_ends_as_if_it_had_not_been(services: Services, step: int) -> None:
    whole = Counting()
    result, events = await ran(RICH, whole.on(services), answers=ANSWER)
    assert result.status == "completed"
    wanted, asked = result.outputs, whole.counts()
    for end in range(1, len(events), step):
        cut(services, result.run, events[:end])
        script = Counting()
        again = await resumed(result.run, script.on(services), answers=ANSWER)
        assert again.status == "completed", (end, events[end - 1])
        assert again.outputs == wanted, (end, events[end - 1])
        paid = answered_by(events[:end])
        for prompt, count in script.counts().items():
            if "slow" not in prompt:  # the loser of the race may be asked, or cut off before it is
                assert paid[prompt] + count <= asked[prompt], (end, prompt)


@pytest.mark.slow
async def test_a_resumed_run_can_be_cut_again_and_again(services: Services) -> None:
    script = Counting()
    result, events = await ran(RICH, script.on(services), answers=ANSWER)
    journal, wanted = Journal(services.home.runs), result.outputs
    end, sessions = 5, 0
    while True:
        cut(services, result.run, [event._replace(mono=event.mono - 1e6) for event in events[:end]])
        script = Counting()
        again = await resumed(result.run, script.on(services), answers=ANSWER)
        assert again.outputs == wanted
        stored = journal.events(result.run)
        assert [event.seq for event in stored] == list(range(1, len(stored) + 1))
        assert all(one.mono <= two.mono < one.mono + 60 for one, two in pairwise(stored))  # no time between sessions
        if len(stored) <= end + 8 or sessions > 30:
            break
        events, end, sessions = stored, min(end + 8, len(stored) - 1), sessions + 1
    assert sessions > 5


async def test_the_whole_story_folds_to_what_the_run_came_to(services: Services) -> None:
    result, events = await ran(RICH, Counting().on(services), answers=ANSWER)
    cut(services, result.run, events[: len(events) // 2])
    run = Run.resume(result.run, services=Counting().on(services), answers=ANSWER)
    assert run.before.status == "running"
    again = await run.execute()
    view = View()
    for event in Journal(services.home.runs).events(result.run):
        view.apply(event)
    assert view == again.view
    assert view.status == "completed"
    assert {key: node.status for key, node in view.nodes.items() if not node.scope} == {
        key: node.status for key, node in result.view.nodes.items() if not node.scope
    }
    assert view.input_tokens == 10 * sum(answered_by(Journal(services.home.runs).events(result.run)).values())


async def test_after_a_failure_only_what_failed_is_done_again(services: Services) -> None:
    script = Script()
    script.says("m", lambda request: f"<{request.messages[-1].text}>")
    script.says("bad", NodeError("credentials", "no key"))
    graph = build(
        {"x": ("input", {"default": "q"}), "a": ("agent", {"model": "script/m", "prompt": "a {{ x }}"}),
         "b": ("agent", {"model": "script/bad", "prompt": "b {{ a }}"}),
         "c": ("agent", {"model": "script/m", "prompt": "c {{ b }}"}), "end": "output"},
        "x.value -> a.x", "a.text -> b.a", "b.text -> c.b", "c.text -> end.value",
    )  # fmt: skip
    here = script.on(services)
    result, _ = await ran(graph, here)
    assert result.status == "failed"
    script.says("bad", "fine")
    script.asked.clear()
    again = await resumed(result.run[:8], here)
    assert again.status == "completed"
    assert script.prompts == ["b <a q>", "c fine"]
    assert again.nodes["a"]["status"] == "ok"
    assert "error" not in again.nodes["b"]
    with pytest.raises(Refused, match="has completed"):
        Run.resume(result.run, services=here)


DOUBTFUL: dict[str, Any] = {"model": "script/bad", "prompt": "guess {{ x }}", "on_error": {"value": "a guess"}}
INSIDE = {
    "nodes": [{"id": "x", "kind": "input"}, {"id": "guess", "kind": "agent", "config": DOUBTFUL},
              {"id": "out", "kind": "output"}],
    "edges": [{"from": "x.value", "to": "guess.x"}, {"from": "guess.text", "to": "out.value"}],
}  # fmt: skip


def tolerant(**more: Any) -> Graph:
    """A branch that fails is missed at a join, two have stand-ins; then come another node and what is added."""
    say = {"model": "script/m", "prompt": "say {{ x }}"}
    nodes = {
        "x": ("input", {"default": "q"}), "bad": ("agent", {**say, "model": "script/bad"}),
        "guess": ("agent", DOUBTFUL), "sub": ("subgraph", {"body": INSIDE}),
        "join": ("merge", {"strategy": "concat", "tolerate_failures": True}),
        "after": ("agent", {"model": "script/m", "prompt": "after {{ all }}"}), "end": "output",
    }  # fmt: skip
    edges = [f"x.value -> {name}.x" for name in ("bad", "guess", "sub", *more)]
    joins = ["bad.text -> join.items", "guess.text -> join.items", "sub.out -> join.items"]
    return build({**nodes, **more}, *edges, *joins, "join.value -> after.all", "after.text -> end.value")


def failing() -> Script:
    """The model `bad` fails until it is told otherwise."""
    script = Script()
    script.says("m", lambda request: f"<{request.messages[-1].text}>")
    script.says("bad", NodeError("credentials", "no key"))
    return script


async def test_what_went_on_without_a_failure_is_not_done_again_and_its_warnings_stay(services: Services) -> None:
    script = failing()
    here = script.on(services)
    whole, events = await ran(tolerant(), here)
    assert whole.status == "completed_with_warnings"
    [begun] = [place for place, event in enumerate(events) if (event.kind, event.node) == ("node.started", "after")]
    cut(services, whole.run, events[: begun + 1])
    script.says("bad", "fine now, but too late")
    script.asked.clear()
    again = await resumed(whole.run, here)
    assert script.prompts == ["after a guess\n\na guess"]
    assert (again.status, again.outputs) == (whole.status, whole.outputs)
    assert again.warnings == whole.warnings
    assert sum("guess" in warning for warning in again.warnings) == 2, "its own, and that of the one inside"
    ends = Counter(event.data["edge"] for event in Journal(services.home.runs).events(whole.run)
                   if event.kind in ("edge.live", "edge.dead") and not event.scope)  # fmt: skip
    assert set(ends.values()) == {1}, "nothing is told twice"


async def test_where_the_run_failed_each_failure_is_tried_again_with_what_went_on_without_it(
    services: Services,
) -> None:
    script = failing()
    here = script.on(services)
    broken = ("agent", {"model": "script/bad", "prompt": "break {{ x }}"})
    assert (await ran(tolerant(broken=broken), here))[0].status == "failed"
    first = Journal(services.home.runs).runs(1)[0].id
    script.says("bad", lambda request: f"now {request.messages[-1].text}")
    script.asked.clear()
    again = await resumed(first, here)
    assert sorted(script.prompts) == ["after now say q\n\na guess\n\na guess", "break q", "say q"]
    assert again.outputs == {"end": "<after now say q\n\na guess\n\na guess>"}


async def test_what_a_policy_kept_from_starting_is_done_when_the_run_goes_on(services: Services) -> None:
    script = failing()
    here = script.on(services)
    say = {"model": "script/m", "prompt": "say"}
    graph = build(
        {"bad": ("agent", {**say, "model": "script/bad"}), "next": ("agent", {**say, "prompt": "next {{ x }}"}),
         "aside": ("agent", say), "end": "output", "other": "output"},
        "bad.text -> next.x", "next.text -> end.value", "aside.text -> other.value",
        settings={"on_failure": "drain", "concurrency": 1},
    )  # fmt: skip
    first, _ = await ran(graph, here)
    assert first.nodes["aside"] == {"status": "skipped", "reason": "run_failed"}
    script.says("bad", "fine")
    again = await resumed(first.run, here)
    assert again.status == "completed"
    assert again.outputs == {"end": "<next fine>", "other": "<say>"}


class Twice(Kind[NodeConfig]):
    """Asks the same thing of a model twice: equal prompts are separate calls (S5)."""

    name: ClassVar[str] = "twice"
    title, group, icon, hint = "Twice", "work", "unknown", "asks twice"

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((), (Port("out"),))

    def models(self, config: NodeConfig) -> tuple[str, ...]:
        return ("script/m",)

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        ask = ModelRequest((Message("user", "Name a colour."),))
        return {"out": [(await call.chat("script/m", ask)).text for _ in range(2)]}


async def test_two_answers_to_equal_prompts_stay_two_when_the_run_goes_on(services: Services) -> None:
    script = Script()
    script.says("m", "red", "blue")
    here = script.on(replace(services, kinds=services.kinds.with_kind(Twice())))
    graph = build({"t": "twice", "end": "output"}, "t.out -> end.value")
    whole, events = await ran(graph, here)
    assert whole.outputs == {"end": ["red", "blue"]}
    [done] = [place for place, event in enumerate(events) if event.kind == "node.ok" and event.node == "t"]
    cut(services, whole.run, events[:done])
    script.asked.clear()
    assert (await resumed(whole.run, here)).outputs == whole.outputs
    assert script.asked == []


async def test_a_graph_file_that_it_names_counts_as_it_was_when_the_run_began(
    services: Services, tmp_path: Path
) -> None:
    def write(name: str, nodes: Mapping[str, Any], *edges: str) -> None:
        (tmp_path / "parts").mkdir(exist_ok=True)
        (tmp_path / name).write_text(dumps(build(nodes, *edges)), "utf-8")

    script = Script()
    script.says("m", lambda request: f"<{request.messages[-1].text}>")
    script.says("bad", NodeError("credentials", "no key"))
    asks = ("agent", {"model": "script/bad", "prompt": "old {{ x }}"})
    write("parts/deep.baton.json", {"x": "input", "b": asks, "y": "output"}, "x.value -> b.x", "b.text -> y.value")
    part = ("subgraph", {"graph": "deep.baton.json"})
    write("parts/part.baton.json", {"x": "input", "s": part, "y": "output"}, "x.value -> s.x", "s.y -> y.value")
    graph = build(
        {"x": ("input", {"default": "q"}), "s": ("subgraph", {"graph": "parts/part.baton.json"}), "end": "output"},
        "x.value -> s.x", "s.y -> end.value",
    )  # fmt: skip
    here = script.on(services)
    first = await Run(graph, services=here, folder=tmp_path).execute()
    assert first.status == "failed"
    script.says("bad", lambda request: request.messages[-1].text)
    write("parts/deep.baton.json", {"x": "input", "y": "output"}, "x.value -> y.value")
    (tmp_path / "parts/part.baton.json").unlink()
    again = await resumed(first.run, here)
    assert (again.status, again.outputs) == ("completed", {"end": "old q"})


async def test_a_map_does_only_its_failed_items_again(services: Services) -> None:
    script, broken = Script(), {"b"}

    def answer(request: ModelRequest) -> str:
        text = request.messages[-1].text
        if text.removeprefix("draft ") in broken:
            raise NodeError("bad_request", f"not {text}")
        return f"<{text}>"

    script.says("m", answer)
    graph = build(
        {"items": ("input", {"type": "list", "default": ["a", "b", "c"]}), "each": ("map", {"body": ITEM}),
         "end": "output"},
        "items.value -> each.items", "each.items -> end.value",
    )  # fmt: skip
    here = script.on(services)
    result, _ = await ran(graph, here)
    assert result.status == "failed"
    broken.clear()
    script.asked.clear()
    again = await resumed(result.run, here)
    assert again.outputs == {"end": ["<polish <draft a>>", "<polish <draft b>>", "<polish <draft c>>"]}
    assert script.prompts == ["draft b", "polish <draft b>"]
    results: Sequence[Mapping[str, Any]] = again.view.nodes["each"].outputs["results"]
    assert [each["status"] for each in results] == ["ok", "ok", "ok"]


async def test_what_a_container_failed_by_itself_begins_anew(services: Services) -> None:
    script, scores = Script(), ["low", "low", "high"]
    script.says("m", lambda _request: scores.pop(0))
    loop = {
        "body": PASS,
        "max_passes": 2,
        "on_max": "fail",
        "until": {"field": "text", "op": "equals", "value": "high"},
    }
    graph = build(
        {"x": ("input", {"default": "q"}), "l": ("loop", loop), "end": "output"},
        "x.value -> l.text",
        "l.text -> end.value",
    )
    here = script.on(services)
    scores[:] = ["low", "lower", "high"]
    result, _ = await ran(graph, here)
    assert result.status == "failed"
    assert (await resumed(result.run, here)).outputs == {"end": "high"}


async def test_nothing_that_was_told_is_told_again(services: Services) -> None:
    whole, events = await ran(RICH, Counting().on(services), answers=ANSWER)
    cut(services, whole.run, events[:-1])
    assert (await resumed(whole.run, Counting().on(services))).outputs == whole.outputs
    stored = Journal(services.home.runs).events(whole.run)
    assert [(event.kind, event.key) for event in stored[len(events) - 1 :]] == [
        ("run.resumed", ""),
        ("run.finished", ""),
    ]


async def test_the_tries_of_an_item_count_over_a_restart(services: Services) -> None:
    script = Script()
    script.says("m", NodeError("transient", "It was cut off."), "a draft", "polished")
    body = copy.deepcopy(ITEM)
    body["nodes"][1]["config"]["retry"] = {"base_s": 0}
    graph = build({"items": ("input", {"type": "list", "default": ["a"]}), "each": ("map", {"body": body}),
                   "end": "output"}, "items.value -> each.items", "each.results -> end.value")  # fmt: skip
    here = script.on(services)
    whole, events = await ran(graph, here)
    [begun] = [place for place, event in enumerate(events) if (event.kind, event.node) == ("node.started", "polish")]
    cut(services, whole.run, events[: begun + 1])
    again = await resumed(whole.run, here)
    assert [record["attempts"] for record in again.outputs["end"]] == [2]
    assert again.outputs == whole.outputs


async def test_a_failure_that_was_handled_leads_on_after_a_restart(services: Services) -> None:
    script = failing()
    here = script.on(services)
    graph = build(
        {"bad": ("agent", {"model": "script/bad", "prompt": "x"}), "end": "output", "other": "output",
         "rescue": ("agent", {"model": "script/m", "prompt": "{{ error.class }}"})},
        "bad.text -> end.value", "bad.error -> rescue.error", "rescue.text -> other.value",
    )  # fmt: skip
    whole, events = await ran(graph, here)
    assert whole.outputs == {"other": "<credentials>"}
    [handled] = [place for place, event in enumerate(events) if event.kind == "node.handled"]
    cut(services, whole.run, events[: handled + 1])
    script.asked.clear()
    assert (await resumed(whole.run, here)).outputs == whole.outputs
    assert script.prompts == ["credentials"]


async def test_a_race_that_was_won_before_the_cut_is_not_run_for_again(services: Services) -> None:
    script = Counting()
    script.says("slow", lambda _: asyncio.get_running_loop().create_future())
    race = ("merge", {"join": "first", "cancel_losers": True})
    graph = build(
        {"quick": ("agent", {"model": "script/m", "prompt": "quick"}), "race": race, "end": "output",
         "slow": ("agent", {"model": "script/slow", "prompt": "slow"})},
        "slow.text -> race.items", "quick.text -> race.items", "race.value -> end.value",
    )  # fmt: skip
    whole, events = await ran(graph, script.on(services))
    won = next(place for place, event in enumerate(events) if (event.kind, event.node) == ("node.ok", "race"))
    assert not [event for event in events[: won + 1] if event.kind == "node.cancelled"]
    cut(services, whole.run, events[: won + 1])
    script.asked.clear()
    again = await resumed(whole.run, script.on(services))
    assert script.asked == []
    assert again.outputs == whole.outputs
    assert (again.nodes["slow"]["status"], again.nodes["slow"]["reason"]) == ("skipped", "race_lost")


async def test_an_answer_that_failed_its_node_is_not_given_to_it_again(services: Services) -> None:
    script = Script()
    script.says("m", "no JSON at all")
    agent = {"model": "script/m", "prompt": "x", "output_schema": {"type": "object"}}
    here = script.on(services)
    first, _ = await ran(build({"a": ("agent", agent), "end": "output"}, "a.data -> end.value"), here)
    assert first.nodes["a"]["error"]["class"] == "invalid_output"
    script.says("m", '{"a": 1}')
    assert (await resumed(first.run, here)).outputs == {"end": {"a": 1}}


async def test_a_loop_that_an_agent_has_ended_stays_so_when_the_run_goes_on(services: Services) -> None:
    script = Script()
    leaves = Reply("", (ToolCall("c", "loop.exit", {"reason": "It is good."}),), Usage(1, 1), "tool_calls")
    script.says("m", leaves, "good enough", "never asked for")
    body = copy.deepcopy(PASS)
    body["nodes"][1]["config"]["tools"] = ["loop.exit"]
    graph = build({"x": ("input", {"default": "q"}), "l": ("loop", {"body": body}), "end": "output"},
                  "x.value -> l.text", "l.text -> end.value")  # fmt: skip
    here = script.on(services)
    whole, events = await ran(graph, here)
    assert whole.outputs == {"end": "good enough"}
    [done] = [place for place, event in enumerate(events) if (event.kind, event.node) == ("node.ok", "more")]
    cut(services, whole.run, events[: done + 1])
    assert (await resumed(whole.run, here)).outputs == whole.outputs
    [exited] = [event for event in Journal(services.home.runs).events(whole.run) if event.kind == "loop.exit"]
    assert (exited.data["reason"], exited.data["passes"], len(script.asked)) == ("tool", 1, 2)


async def test_a_person_answers_after_a_restart_and_the_model_is_not_asked_again(services: Services) -> None:
    script = Counting()
    here = script.on(services)
    result, _ = await ran(RICH, here)
    assert (result.status, result.reason) == ("paused", "human")
    asked = len(script.asked)
    again = await resumed(result.run, here)
    assert again.status == "paused"
    assert [each["key"] for each in again.waiting] == ["way"]
    assert len(script.asked) == asked
    last = await resumed(result.run, here, answers=ANSWER)
    assert last.status == "completed"
    assert script.counts()["billing"] == 1
    assert last.nodes["way"]["route"] == "yes"


async def test_a_cancelled_run_goes_on(services: Services) -> None:
    script = Counting()
    events: list[Event] = []
    run = Run(RICH, options=RunOptions(answers=ANSWER), services=script.on(services))

    def watch(batch: Sequence[Event]) -> None:
        events.extend(batch)
        if any(event.kind == "node.ok" and event.node == "draft" for event in batch):
            run.stop()

    assert (await run.execute(watch)).status == "cancelled"
    paid = answered_by(events)
    script = Counting()
    again = await resumed(run.id, script.on(services))
    assert again.status == "completed"
    assert not [prompt for prompt in script.counts() if paid[prompt] and "slow" not in prompt]


async def test_what_was_paid_before_counts(services: Services) -> None:
    models = Priced(services)
    models.answer = answered
    here = models.serve(services)
    result, events = await ran(RICH, here, answers=ANSWER)
    cut(services, result.run, events[: len(events) * 2 // 3])
    again = await resumed(result.run, here, answers=ANSWER)
    calls = answered_by(Journal(services.home.runs).events(result.run))
    assert again.cost_usd == pytest.approx(0.5 * sum(calls.values()))
    assert Journal(services.home.runs).find(result.run).cost_usd == pytest.approx(again.cost_usd)


async def answered(name: str, request: ModelRequest) -> Reply:
    text = f"<{request.messages[-1].text}>"
    if name == "route":
        text = json.dumps({"route": "no", "confidence": 0.1, "reason": "hm"})
    return Reply(text, usage=Usage(10, 50))


async def test_a_raised_budget_goes_on_and_repeats_nothing(services: Services) -> None:
    models = Priced(services)
    models.answer = answered
    here = models.serve(services)
    nodes = {f"a{n}": ("agent", {"prompt": "say {{ x }}", "max_tokens": 50}) for n in range(5)}
    edges = ["x.value -> a0.x", *(f"a{n}.text -> a{n + 1}.x" for n in range(4)), "a4.text -> end.value"]
    graph = build({"x": ("input", {"default": "q"}), **nodes, "end": "output"}, *edges)
    result, _ = await ran(graph, here, budget_usd=1.2)
    assert (result.status, result.reason, models.calls) == ("paused", "budget", 2)
    still = await resumed(result.run, here)
    assert (still.status, still.reason, models.calls) == ("paused", "budget", 2)
    again = await resumed(result.run, here, budget_usd=9)
    assert (again.status, models.calls, again.cost_usd) == ("completed", 5, 2.5)
    assert again.view.budget_usd == 9


async def test_a_raised_budget_in_tokens_stays_raised_and_leaves_the_other_one(services: Services) -> None:
    models = Priced(services)
    models.answer = answered
    here = models.serve(services)
    nodes = {f"a{n}": ("agent", {"prompt": "say {{ x }}", "max_tokens": 50}) for n in range(5)}
    edges = ["x.value -> a0.x", *(f"a{n}.text -> a{n + 1}.x" for n in range(4)), "a4.text -> end.value"]
    settings = {"budget_usd": 9.0, "budget_tokens": 10}
    graph = build({"x": ("input", {"default": "q"}), **nodes, "end": "output"}, *edges, settings=settings)
    result, _ = await ran(graph, here, budget_tokens=150)
    assert (result.status, result.reason, models.calls) == ("paused", "budget", 2)
    more = await resumed(result.run, here, budget_tokens=220)
    assert (more.status, models.calls) == ("paused", 3)
    still = await resumed(result.run, here, budget_usd=8)
    assert (still.status, models.calls, still.view.budget_tokens) == ("paused", 3, 220)
    again = await resumed(result.run, here, budget_tokens=100_000)
    assert (again.status, models.calls, again.view.budget_usd) == ("completed", 5, 8)


BLOCKED = build(
    {
        "topic": ("input", {"default": "x"}),
        "first": ("agent", {"model": "script/first", "prompt": "first {{ x }}"}),
        "second": ("agent", {"model": "script/m", "prompt": "second {{ x }}"}),
        "other": ("agent", {"model": "script/m", "prompt": "other {{ x }}"}),
        "both": ("merge", {"tolerate_failures": True, "strategy": "concat"}),
        "ask": ("review", {"question": "Publish this?"}),
        "text": "output",
        "published": "output",
    },
    "topic.value -> first.x", "topic.value -> other.x", "first.text -> second.x", "second.text -> both.items",
    "other.text -> both.items", "second.text -> ask.value", "ask.approved -> published.value",
    "both.value -> text.value", name="Blocked",
)  # fmt: skip


def working() -> Counting:
    script = Counting()
    script.says("first", "mended")
    return script


async def test_what_a_failure_had_blocked_is_open_again_and_what_went_on_without_it_is_done_anew(
    services: Services,
) -> None:
    failing = Counting()
    failing.says("first", NodeError("bad_request", "no"))
    failed = await Run(BLOCKED, services=failing.on(services)).execute()
    assert failed.status == "failed" and failed.nodes["published"]["reason"] == "upstream_failed"
    assert failed.outputs == {"text": "<other x>"}
    again = await resumed(failed.run, working().on(services))
    assert again.status == "paused"
    assert again.nodes["published"] == {"status": "pending"}
    assert "ask.approved->published.value" not in again.view.edges
    assert again.outputs == {"text": "<second mended>\n\n<other x>"}


async def test_a_resumed_run_that_is_cut_off_forgets_no_more_what_it_began_anew(services: Services) -> None:
    failing = Counting()
    failing.says("first", NodeError("bad_request", "no"))
    failed = await Run(BLOCKED, services=failing.on(services)).execute()
    await resumed(failed.run, working().on(services))
    events = Journal(services.home.runs).events(failed.run)
    mended = next(place for place, event in enumerate(events) if (event.kind, event.node) == ("node.ok", "first"))
    cut(services, failed.run, events[: mended + 1])
    again = await resumed(failed.run, working().on(services))
    assert again.outputs == {"text": "<second mended>\n\n<other x>"}
