"""Cassettes: recorded from a run, they run again without a model, a tool, a person or anything outside (S15)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from engine.archive.tapes import place_for, read_cassette, rerun, write_cassette
from engine.base.errors import FileProblem, NodeError
from engine.base.settings import Home
from engine.graph.graph import Graph
from engine.kinds.contract import Call, Capability, Kind, NodeConfig, Outputs, Port, Ports, Review
from engine.models.contract import ModelRequest
from engine.plan.capabilities import capabilities
from engine.plan.compile import compile_graph
from engine.run.cassette import Cassette, cassettes_of
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.testing import build, probing
from tests.engine.outsider import Outsider
from tests.engine.scripted import Script


class Asker(Kind[NodeConfig]):
    """Asks a person."""

    name: ClassVar[str] = "asker"
    title, group, icon, hint = "Asker", "work", "unknown", "asks a person"

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("in"),), (Port("out"),))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        return {"out": (await call.review(Review("review", "A word?"))).value}


BODY = {
    "nodes": [{"id": "item", "kind": "input"}, {"id": "w", "kind": "agent", "config": {
               "model": "script/echo", "prompt": "{{ item }}", "temperature": 1.0}}, {"id": "out", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "w.item"}, {"from": "w.text", "to": "out.value"}],
}  # fmt: skip


def graph(prompt: str = "on {{ task }}") -> Graph:
    nodes: Any = {
        "task": ("input", {"type": "text"}), "far": "outsider", "one": ("agent", {"model": "cheap", "prompt": prompt}),
        "ask": "asker", "list": ("input", {"type": "list", "default": ["a", "a", "b"]}), "m": ("map", {"body": BODY}),
        "all": ("merge", {"strategy": "list"}), "end": "output",
    }  # fmt: skip
    return build(nodes, "task.value -> far.in", "far.out -> one.task", "one.text -> ask.in", "list.value -> m.items",
                 "ask.out -> all.items", "one.text -> all.items", "m.items -> all.items",
                 "all.value -> end.value")  # fmt: skip


class Place:
    """Services with a script, and a recording made with them."""

    def __init__(self, services: Services) -> None:
        self.script, self.outsider = Script(), Outsider(Capability("host", "example.org"))
        count = iter(range(1000))
        self.script.says("echo", lambda request: f"{request.messages[-1].text} #{next(count)}")
        self.services = self.script.on(probing(services, self.outsider, Asker()))

    async def record(self, found: Graph, **inputs: Any) -> Cassette:
        events: list[Event] = []
        answers = {"ask": {"decision": "approved", "value": "a word"}}
        options = RunOptions(journal=False, pace=0, tiers={"cheap": "script/echo"}, answers=answers)
        kinds = self.services.kinds
        self.services.trust.trust(capabilities(found, kinds, None), 0.0, "")
        await Run(found, inputs, options, services=self.services).execute(events.extend)
        return Cassette.of(events, compile_graph(found, kinds))


@pytest.fixture
def place(services: Services) -> Place:
    return Place(services)


@pytest.fixture
async def cassette(place: Place) -> Cassette:
    return await place.record(graph(), task="tea")


def test_it_runs_again_free_and_offline(place: Place, cassette: Cassette, tmp_path: Path) -> None:
    asked, reached = len(place.script.asked), place.outsider.reached
    file = tmp_path / "g.a.cassette.json"
    write_cassette(file, cassette)
    stranger = replace(place.services, home=Home(tmp_path / "elsewhere"))  # trusts nothing, knows no such provider
    found = rerun(graph(), read_cassette(file), stranger, None)
    assert found.wrong == ()
    assert found.run is not None
    assert found.run.outputs == cassette.outputs
    assert found.run.outputs["end"][0] == "a word"
    assert found.run.cost_usd == 0.0
    assert (len(place.script.asked), place.outsider.reached) == (asked, reached)


async def test_what_failed_fails_again_in_the_same_way(place: Place) -> None:
    place.script.says("echo", NodeError("credentials", "no key"))
    place.outsider.broken = True
    found = build(
        {"t": ("input", {"default": "tea"}), "one": ("agent", {"model": "cheap", "prompt": "{{ t }}"}),
         "far": "outsider", "a": "output", "b": "output"},
        "t.value -> one.t", "t.value -> far.in", "one.error -> a.value", "far.error -> b.value",
    )  # fmt: skip
    cassette = await place.record(found)
    assert [cassette.outputs[name]["class"] for name in "ab"] == ["credentials", "tool"]  # type: ignore[index]  # they are there
    asked, reached = len(place.script.asked), place.outsider.reached
    again = await asyncio.to_thread(rerun, found, Cassette.from_json(cassette.as_json()), place.services, None)
    assert again.wrong == ()
    assert (len(place.script.asked), place.outsider.reached) == (asked, reached)


def test_a_changed_prompt_is_named(place: Place, cassette: Cassette) -> None:
    found = rerun(graph("about {{ task }}"), cassette, place.services, None)
    assert not found.passed
    assert "The run ended as failed, not as completed." in found.wrong
    assert any("one" in each and "“about tea from outside, 1”" in each for each in found.wrong)
    assert "The output “end” got no value any more." in found.wrong


def test_what_comes_after_the_models_may_differ(place: Place, cassette: Cassette) -> None:
    changed = graph()
    merge = replace(changed.nodes["all"], config={"strategy": "concat", "separator": " | "})
    found = rerun(changed.with_tables(nodes={**changed.nodes, "all": merge}), cassette, place.services, None)
    assert len(found.wrong) == 1
    assert found.wrong[0].startswith("end: output “")


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        ({"equals": "a word", "field": "0"}, ""),
        ({"equals": "another", "field": "0"}, "“end.0” is “a word”, not “another”."),
        ({"contains": "a word"}, ""),
        ({"contains": "tea", "field": "0"}, "does not contain “tea”"),
        ({"matches": "^a w", "field": "0"}, ""),
        ({"matches": "^w", "field": "0"}, "does not match “^w”"),
        ({"schema": {"type": "array", "minItems": 3}}, ""),
        ({"schema": {"type": "object"}}, "does not fit its schema"),
        ({"equals": 1, "field": "9"}, "has nothing at “9”"),
        ({"equals": 1, "contains": 2}, "one of equals"),
        ({"equals": 1, "feld": ""}, "it has “feld”"),
        ({"matches": "("}, "is not a pattern"),
        ({"schema": {"type": "nothing"}}, "schema is not valid"),
    ],
)
def test_assertions(place: Place, cassette: Cassette, expected: dict[str, Any], why: str) -> None:
    found = rerun(graph(), replace(cassette, expect=[{"output": "end", **expected}]), place.services, None)
    assert found.passed == (not why)
    assert why in " ".join(found.wrong)


def test_a_judge_is_asked_only_when_that_is_allowed(place: Place, cassette: Cassette) -> None:
    said = {"yes": 0.9}

    def verdict(request: ModelRequest) -> str:
        assert "Is it kind?" in json.dumps([message.text for message in request.messages])
        return json.dumps({"route": next(iter(said)), "confidence": 0.9, "reason": "so it is"})

    place.script.says("judge", verdict)
    judged = replace(cassette, expect=[{"output": "end", "judge": "Is it kind?", "model": "script/judge"}])
    before = len(place.script.asked)
    assert rerun(graph(), judged, place.services, None).passed
    assert len(place.script.asked) == before
    assert rerun(graph(), judged, place.services, None, judge=True).passed
    said.clear()
    said["no"] = 0.9
    found = rerun(graph(), judged, place.services, None, judge=True)
    assert "The judge does not say that “end” is so: Is it kind? It says: so it is (90 % sure)" in found.wrong


async def test_equal_runs_give_equal_files(services: Services) -> None:
    first, second = [(await Place(services).record(graph(), task="tea")).as_json() for _ in range(2)]
    assert json.dumps(first) == json.dumps(second)
    assert first["status"] == "completed"
    assert [each["node"] for each in first["replies"]] == ["m[0]/w", "m[1]/w", "m[2]/w", "one"]


@pytest.mark.parametrize(
    "data", ["[]", "{", '{"cassette": 9}', '{"cassette": 1, "replies": {}}', '{"cassette": 1, "inputs": 3}']
)
def test_what_is_no_cassette_is_refused(tmp_path: Path, data: str) -> None:
    file = tmp_path / "g.x.cassette.json"
    file.write_text(data, "utf-8")
    with pytest.raises(FileProblem, match="cassette"):
        read_cassette(file)


def test_cassettes_stand_beside_their_graph(tmp_path: Path) -> None:
    file = tmp_path / "My graph.baton.json"
    for name in ("My graph.b", "My graph.a", "Other.a"):
        (tmp_path / f"{name}.cassette.json").touch()
    assert [found.name for found in cassettes_of(file)] == ["My graph.a.cassette.json", "My graph.b.cassette.json"]
    assert place_for(file, "Tea time!") == tmp_path / "My graph.tea_time.cassette.json"


@pytest.mark.parametrize("name", ["a", "[a-c]", "*", "sp ace"])
def test_a_cassette_belongs_to_one_graph_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    for graph in (name, f"{name}.more", "b"):
        (tmp_path / f"{graph}.baton.json").touch()
        (tmp_path / f"{graph}.tea.cassette.json").touch()
    (tmp_path / f"{name}.by.hand.cassette.json").touch()
    found = [path.name for path in cassettes_of(tmp_path / f"{name}.baton.json")]
    assert found == [f"{name}.by.hand.cassette.json", f"{name}.tea.cassette.json"]


@pytest.mark.parametrize(
    "wrong", [{"cassette": "1"}, {"replies": {}}, {"results": []}, {"status": 5}, {"status": []}, {"graph": None}]
)
def test_what_is_no_cassette_is_said_and_not_run(wrong: dict[str, Any]) -> None:
    with pytest.raises(FileProblem):
        Cassette.from_json({"cassette": 1, "status": "completed", "outputs": {}, **wrong})
