"""Results of earlier runs used again: what a result follows from, what is never kept, and how much is (S12)."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from engine.base.errors import NodeError
from engine.base.values import Value
from engine.graph.graph import Graph
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports, Review
from engine.models.contract import Reply, ToolCall
from engine.plan.plan import PlanNode
from engine.run.control import RunOptions
from engine.run.guards.cached import Cached
from engine.run.results import Results, Stored
from engine.run.services import Services
from engine.testing import Played, build, play
from tests.engine.scripted import Script

CACHED = RunOptions(journal=False, pace=0, cache=True)


@pytest.fixture
def script() -> Script:
    found = Script()
    found.says("echo", lambda request: f"said {request.messages[-1].text}")
    return found


def agent(**config: Any) -> tuple[str, dict[str, Any]]:
    return "agent", {"model": "script/echo", "prompt": "about {{ task }}", **config}


def chain(**config: Any) -> Graph:
    nodes: Any = {"task": ("input", {"type": "json", "default": "tea"}), "one": agent(**config),
             "two": agent(prompt="on {{ one }}"), "end": "output"}  # fmt: skip
    return build(nodes, "task.value -> one.task", "one.text -> two.one", "two.text -> end.value")


async def played(graph: Graph, services: Services, options: RunOptions = CACHED, **inputs: Any) -> Played:
    return await play(graph, inputs, services=services, options=options)


def sources(found: Played) -> dict[str, str]:
    return {key: node["source"] for key, node in found.result.nodes.items() if "source" in node}


async def test_a_second_run_calls_no_model(services: Services, script: Script) -> None:
    services = script.on(services)
    first, second = [await played(chain(), services) for _ in range(2)]
    assert len(script.asked) == 2
    assert sources(first)["one"] == "ran"
    assert sources(second) == {"task": "ran", "one": "cache", "two": "cache", "end": "ran"}
    assert second.result.outputs == first.result.outputs == {"end": "said on said about tea"}
    hits = {event.key: event.data for event in second.of("cache.hit")}
    assert hits["two"]["run"] == first.result.run
    assert hits["two"]["node"] == "two"
    assert second.result.view.nodes["two"].cached == hits["two"]
    assert second.result.nodes["two"]["model"] == first.result.nodes["two"]["model"] == "script/echo"
    assert second.result.cost_usd == 0.0


async def test_only_runs_that_ask_for_it_use_it_or_fill_it(services: Services, script: Script) -> None:
    services = script.on(services)
    plain = replace(CACHED, cache=False)
    for options in (plain, CACHED, plain):
        assert "cache" not in sources(await played(chain(), services, options)).values()
    assert len(script.asked) == 6


@pytest.mark.parametrize(
    ("config", "again"),
    [
        ({"retry": {"attempts": 7}, "timeout_s": 5, "idle_s": 9, "budget_usd": 1.0, "node_timeout_s": 99}, 0),
        ({"temperature": None, "tools": []}, 0),
        ({"temperature": 0.2}, 1),
        ({"instructions": "Be brief."}, 1),
        ({"tools": ["calc.*"]}, 1),
        ({"model": "script/other"}, 2),
        ({"cache": False}, 1),
    ],
)
async def test_what_a_result_follows_from(
    services: Services, script: Script, config: dict[str, Any], again: int
) -> None:
    script.says("other", "something else")
    services = script.on(services)
    await played(chain(), services)
    before = len(script.asked)
    await played(chain(**config), services)
    assert len(script.asked) - before == again  # the second agent runs only when the first one says something else


async def test_inputs_count_to_the_letter(services: Services, script: Script) -> None:
    services = script.on(services)
    values: list[Any] = ["tea", "Tea", 1, 1.0, "1", True, {"a": 1, "b": 2}, {"b": 2, "a": 1}, None]
    for value in values:
        await played(chain(), services, task=value)
        before = len(script.asked)
        assert sources(await played(chain(), services, task=value))["one"] == "cache"
        assert len(script.asked) == before
    told = {prompt for prompt in script.prompts if prompt.startswith("about")}
    assert len(told) == 8  # 1 and "1" read alike, and stay two results


async def test_tiers_name_a_model_only_in_a_run(services: Services, script: Script) -> None:
    script.says("other", "something else")
    services = script.on(services)
    graph = chain(model="cheap")
    tiers = [{"cheap": "script/echo"}, {"cheap": "script/other"}, {"cheap": "script/echo"}]
    found = [await played(graph, services, replace(CACHED, tiers=each)) for each in tiers]
    assert [sources(each)["one"] for each in found] == ["ran", "ran", "cache"]


async def test_equal_nodes_of_one_run_stay_different(services: Services, script: Script) -> None:
    script.says("echo", *(f"idea {number}" for number in range(6)))
    services = script.on(services)
    nodes: Any = {"a": agent(prompt="An idea"), "b": agent(prompt="An idea"), "c": agent(prompt="An idea"),
             "all": ("merge", {"strategy": "list"}), "end": "output"}  # fmt: skip
    graph = build(nodes, *(f"{name}.text -> all.items" for name in "abc"), "all.value -> end.value")
    first, second = [await played(graph, services) for _ in range(2)]
    assert len(script.asked) == 3
    assert first.result.outputs == second.result.outputs
    assert len(set(first.result.outputs["end"])) == 3


async def test_a_stored_result_is_no_result_of_two_nodes(services: Services, script: Script) -> None:
    script.says("echo", "red", "blue")
    services = script.on(services)
    await played(build({"a": agent(prompt="A colour")}), services)
    both = await played(build({"a": agent(prompt="A colour"), "b": agent(prompt="A colour")}), services)
    assert sources(both) == {"a": "cache", "b": "ran"}
    assert both.result.view.nodes["b"].outputs["text"] == "blue"


async def test_degraded_and_second_choice_results_are_not_kept(services: Services, script: Script) -> None:
    services = script.on(services)
    script.says("down", NodeError("bad_request", "it is down"))
    for config in ({"model": "script/down", "fallback": ["script/echo"]},
                   {"model": "script/down", "on_error": {"value": "nothing"}}):  # fmt: skip
        for _ in range(2):
            assert sources(await played(chain(**config), services))["one"] == "ran"


async def test_a_router_chooses_again_as_it_did(services: Services, script: Script) -> None:
    script.says("echo", '{"route": "yes", "confidence": 0.9, "reason": "it says so"}', "never asked")
    services = script.on(services)
    routes = [{"id": "yes"}, {"id": "no"}]
    graph = build(
        {"task": ("input", {"default": "hm"}), "r": ("router", {"mode": "model", "model": "script/echo",
         "routes": routes}), "end": "output"},
        "task.value -> r.value", "r.yes -> end.value",
    )  # fmt: skip
    first, second = [await played(graph, services) for _ in range(2)]
    assert len(script.asked) == 1
    assert first.result.nodes["r"]["route"] == second.result.nodes["r"]["route"] == "yes"
    assert second.result.outputs == {"end": "hm"}


async def test_a_secret_is_not_kept(services: Services, script: Script) -> None:
    services = script.on(services)
    services.secrets.redactor.add("hunter2hunter2")
    script.says("echo", "the word is hunter2hunter2")
    for _ in range(2):
        assert sources(await played(chain(), services))["one"] == "ran"
    assert b"hunter2" not in services.results.path.read_bytes()


async def test_maps_redo_only_the_items_that_are_new(services: Services, script: Script) -> None:
    services = script.on(services)
    body = {"nodes": [{"id": "item", "kind": "input"}, {"id": "w", "kind": "agent", "config": agent(
            prompt="{{ item }}")[1]}, {"id": "out", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "w.item"}, {"from": "w.text", "to": "out.value"}]}  # fmt: skip
    nodes: Any = {"all": ("input", {"type": "list"}), "m": ("map", {"body": body}), "end": "output"}
    graph = build(nodes, "all.value -> m.items", "m.items -> end.value")
    await played(graph, services, all=["a", "b", "c"])
    before = len(script.asked)
    second = await played(graph, services, all=["new", "a", "b", "c"])
    assert script.prompts[before:] == ["new"]
    assert second.result.outputs == {"end": ["said new", "said a", "said b", "said c"]}


async def test_a_damaged_file_is_begun_anew(services: Services, script: Script) -> None:
    services = script.on(services)
    place = services.results.path
    place.parent.mkdir(parents=True)
    place.write_bytes(b"no database" * 200)
    for _ in range(3):  # the first finds it damaged, the second stores
        found = await played(chain(), services)
        assert found.result.status == "completed"
        if sources(found)["one"] == "cache":
            break
    assert sources(found)["one"] == "cache"


def stored(node: str, length: int = 10) -> Stored:
    return Stored("run1", node, 0.0, {"text": "x" * length})


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    results = Results(tmp_path, 1)
    for number in range(9):
        results.keep(f"k{number}", replace(stored("n", 100_000), at=float(number)))
    assert results.find("k0", "n", "other", (), 100.0) is not None  # used now
    results.keep("k9", replace(stored("n", 100_000), at=9.0))
    results.keep("k10", replace(stored("n", 100_000), at=10.0))
    assert results.size() <= 1024 * 1024
    assert results.find("k0", "n", "other", (), 101.0) is not None
    assert results.find("k1", "n", "other", (), 102.0) is None
    results.close()


def test_the_own_result_comes_first_and_each_counts_once(tmp_path: Path) -> None:
    results = Results(tmp_path, 1)
    for node in ("a", "b", "c"):
        results.keep("k", stored(node))

    def found(node: str, *taken: str, run: str = "other") -> str | None:
        got = results.find("k", node, run, taken, 1.0)
        return got.node if got else None

    assert found("b") == "b"
    assert found("b", "b") == "a"
    assert found("z", "a", "b", "c") is None
    assert found("a", run="run1") is None  # what a run made itself is not meant
    results.close()


def test_nothing_is_kept_without_room(tmp_path: Path) -> None:
    results = Results(tmp_path, 0)
    results.keep("k", stored("a"))
    assert results.size() == 0
    results.close()
    with sqlite3.connect(results.path) as database:
        assert database.execute("SELECT COUNT(*) FROM results").fetchone() == (0,)


@pytest.mark.parametrize(
    ("kind", "config", "kept"),
    [
        ("http", {"method": "GET", "url": "https://example.org/"}, True),
        ("http", {"method": "POST", "url": "https://example.org/"}, False),
        ("code", {}, True),
        ("files", {}, False),
        ("write_files", {}, False),
        ("agent", {"tools": ["calc.*"]}, True),
        ("merge", {"strategy": "judge"}, True),
        ("merge", {"strategy": "concat"}, False),
        ("map", {"body": {"nodes": [], "edges": []}}, False),
        ("agent", {"cache": False}, False),
    ],
)
def test_what_is_worth_keeping(services: Services, kind: str, config: dict[str, Any], kept: bool) -> None:
    found = services.kinds.get(kind)
    assert found is not None
    node = PlanNode(0, "n", "n", found, services.kinds.config(kind, config))
    assert Cached().applies(node) == kept


async def test_a_judge_is_asked_again_when_the_branches_have_other_names(services: Services, script: Script) -> None:
    script.says("echo", '{"choose": "a", "reason": "it is best"}')
    services = script.on(services)

    def judged(name: str) -> Graph:
        merge = ("merge", {"strategy": "judge", "model": "script/echo"})
        nodes: Any = {"a": ("input", {"default": "one"}), name: ("input", {"default": "two"}), "j": merge,
                      "end": "output"}  # fmt: skip
        return build(nodes, "a.value -> j.items", f"{name}.value -> j.items", "j.value -> end.value")

    asked = []
    for name in ("b", "b", "c"):
        await played(judged(name), services)
        asked.append(len(script.asked))
    assert asked[0] == asked[1] < asked[2]


async def test_a_judge_is_asked_again_when_another_branch_is_missing(services: Services, script: Script) -> None:
    script.says("echo", '{"choose": "a", "reason": "it is best"}')
    services = script.on(services)

    def judged(*names: str) -> Graph:
        merge = ("merge", {"strategy": "judge", "model": "script/echo"})
        silent: Any = {name: ("probe", {"takes": [], "gives": []}) for name in names}
        nodes: Any = {"a": ("input", {"default": "one"}), "b": ("input", {"default": "two"}), **silent, "j": merge,
                      "end": "output"}  # fmt: skip
        edges = ["a.value -> j.items", "b.value -> j.items", *(f"{name}.out -> j.items" for name in names)]
        return build(nodes, *edges, "j.value -> end.value")

    found = [sources(await played(judged(*names), services))["j"] for names in ((), (), ("c",), ("c",))]
    assert found == ["ran", "cache", "ran", "cache"]


class Told(Kind[NodeConfig]):
    """Gives what it is told, made of what it is told; asks a person first where that has a kind."""

    name: ClassVar[str] = "told"
    title, group, icon, hint = "Told", "work", "unknown", "gives what it is told"

    def __init__(self, made: str, asks: str = "") -> None:
        self.made, self.asks = made, asks

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((), (Port("out"),))

    def made_with(self, config: NodeConfig) -> Value:
        return self.made

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        if self.asks:
            await call.review(Review(self.asks, "May I?"))
        return {"out": f"{self.made}{', rehearsed' if call.rehearsal else ''}"}


async def told(services: Services, kind: Told, **more: Any) -> str:
    """Where the result comes from."""
    answers = {"t": {"decision": "approved"}}
    here = replace(services, kinds=services.kinds.with_kind(kind))
    return sources(await played(build({"t": "told"}), here, replace(CACHED, answers=answers, **more)))["t"]


async def test_what_is_made_with_other_tools_is_another_result(services: Services) -> None:
    assert [await told(services, Told(made)) for made in ("old", "new", "old")] == ["ran", "ran", "cache"]


async def test_what_was_rehearsed_is_no_result_in_earnest(services: Services) -> None:
    assert [await told(services, Told("x"), rehearse=each) for each in (True, False, True)] == ["ran", "ran", "cache"]


@pytest.mark.parametrize(("kind", "again"), [("review", "ran"), ("budget", "cache")])
async def test_what_a_person_had_a_part_in_is_not_kept_but_for_what_it_may_cost(
    services: Services, kind: str, again: str
) -> None:
    assert [await told(services, Told("x", asks=kind)) for _ in range(2)] == ["ran", again]


async def test_an_agent_that_ended_a_loop_ends_it_again(services: Services, script: Script) -> None:
    services = script.on(services)
    leaves = Reply("", (ToolCall("c", "loop.exit", {"reason": "It is good."}),), finish="tool_calls")
    body = {
        "nodes": [{"id": "text", "kind": "input"},
                  {"id": "a", "kind": "agent", "config": {"model": "script/echo", "prompt": "{{ text }}",
                                                          "tools": ["loop.exit"]}},
                  {"id": "out", "kind": "output", "config": {"name": "text"}}],
        "edges": [{"from": "text.value", "to": "a.text"}, {"from": "a.text", "to": "out.value"}],
    }  # fmt: skip
    graph = build({"x": ("input", {"default": "q"}), "l": ("loop", {"body": body}), "end": "output"},
                  "x.value -> l.text", "l.text -> end.value")  # fmt: skip
    for _ in range(2):
        script.says("echo", leaves, "good", "never asked for")
        done = await played(graph, services)
        assert [(event.data["reason"], event.data["passes"]) for event in done.of("loop.exit")] == [("tool", 1)]
