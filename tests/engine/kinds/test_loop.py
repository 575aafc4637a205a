"""What a loop carries, when it ends and with what (semantics.md S6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from engine.agents.deciding import decide
from engine.base.errors import NodeError
from engine.graph.graph import Graph
from engine.kinds.builtin.loop import KIND, LoopConfig
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.models.contract import ModelRequest, Reply
from engine.run.services import Services
from engine.testing import Played, build, play, probing


class Script(Kind[NodeConfig]):
    """Gives on its ports `n` and `score` what stands in the next of some lines; a port that is absent gets nothing."""

    name: ClassVar[str] = "script"
    title, group, icon, hint = "Script", "work", "unknown", "does as written"

    def __init__(self, *lines: dict[str, Any]) -> None:
        self.lines, self.saw = lines, list[Any]()

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("x"),), (Port("n"), Port("score")))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        self.saw.append(call.value("x"))
        return self.lines[len(self.saw) - 1]


def looped(**config: Any) -> Graph:
    body = {
        "nodes": [{"id": "n", "kind": "input", "config": {"type": "json"}}, {"id": "work", "kind": "script"},
                  {"id": "next", "kind": "output", "config": {"name": "n"}}, {"id": "score", "kind": "output"}],
        "edges": [{"from": "n.value", "to": "work.x"}, {"from": "work.n", "to": "next.value"},
                  {"from": "work.score", "to": "score.value"}],
    }  # fmt: skip
    return build(
        {"start": ("input", {"type": "json"}), "l": ("loop", {"body": body, **config}),
         "n": "output", "score": "output", "wrong": "output"},
        "start.value -> l.n", "l.n -> n.value", "l.score -> score.value", "l.error -> wrong.value",
    )  # fmt: skip


async def run_loop(services: Services, script: Script, **config: Any) -> Played:
    return await play(looped(**config), {"start": 0}, services=probing(services, script))


def left(played: Played) -> tuple[str, int, int]:
    data = played.of("loop.exit")[0].data
    return data["reason"], data["passes"], data["pass"]


GOOD = {"field": "score", "op": "gte", "value": 8}


async def test_the_condition_is_checked_after_each_pass(services: Services) -> None:
    script = Script({"n": 1, "score": 3}, {"n": 2, "score": 9})
    played = await run_loop(services, script, until=GOOD)
    assert script.saw == [0, 1]
    assert played.result.outputs == {"n": 2, "score": 9}
    assert left(played) == ("until", 2, 2)
    assert [event.data["cost_usd"] for event in played.of("loop.pass")] == [0.0, 0.0]
    assert played.result.status == "completed"


async def test_an_output_that_was_skipped_leaves_the_carry_as_it_was(services: Services) -> None:
    script = Script({"n": 1, "score": 3}, {"score": 4}, {"n": 2, "score": 9})
    played = await run_loop(services, script, until={"any": [GOOD, {"field": "n", "op": "equals", "value": 5}]})
    assert script.saw == [0, 1]  # the same carry twice
    assert left(played) == ("no_progress", 2, 2)
    assert played.result.outputs == {"n": 1, "score": 4}
    assert played.result.status == "completed_with_warnings"


async def test_what_an_earlier_pass_gave_does_not_stand_for_what_this_one_did_not(services: Services) -> None:
    script = Script({"n": 1, "score": 3}, {"n": 2}, {"n": 3, "score": 9})
    played = await run_loop(services, script, until={"field": "score", "op": "exists"}, max_passes=3)
    assert left(played) == ("until", 1, 1)
    played = await run_loop(services, Script({"n": 1, "score": 3}, {"n": 2}), until=GOOD, max_passes=2)
    assert played.result.outputs == {"n": 2}


async def test_true_is_not_the_same_carry_as_1(services: Services) -> None:
    played = await run_loop(services, Script({"n": False}, {"n": True}, {"n": 1}, {"n": 1}), max_passes=9)
    assert left(played) == ("no_progress", 4, 4)


async def test_an_input_with_a_default_is_carried_although_nothing_was_given(services: Services) -> None:
    body = {
        "nodes": [{"id": "n", "kind": "input", "config": {"type": "json", "default": 7}},
                  {"id": "work", "kind": "script"}, {"id": "next", "kind": "output", "config": {"name": "n"}}],
        "edges": [{"from": "n.value", "to": "work.x"}, {"from": "work.n", "to": "next.value"}],
    }  # fmt: skip
    script = Script({"n": 8}, {"n": 9})
    graph = build({"l": ("loop", {"body": body, "max_passes": 2}), "end": "output"}, "l.n -> end.value")
    played = await play(graph, services=probing(services, script))
    assert script.saw == [7, 8]
    assert played.result.outputs == {"end": 9}


@pytest.mark.parametrize(("scores", "chosen"), [((1, 5, 5), 2), (("3", 2.5, 1), 1), ((-4, -3, -9), 2)])
async def test_the_best_pass_is_the_earliest_with_the_highest_score(
    services: Services, scores: tuple[Any, ...], chosen: int
) -> None:
    script = Script(*({"n": number, "score": score} for number, score in enumerate(scores, 1)))
    played = await run_loop(services, script, until=GOOD, max_passes=3, on_max="best", score="score")
    assert left(played) == ("max", 3, chosen)
    assert played.result.outputs["n"] == chosen
    assert played.result.status == "completed_with_warnings"


@pytest.mark.parametrize(
    ("score", "what"), [("good", "text"), (True, "boolean"), (None, "null"), ([1], "list"), ("nan", "text")]
)
async def test_a_score_that_is_no_number_is_a_clear_error(services: Services, score: Any, what: str) -> None:
    script = Script({"n": 1, "score": 2}, {"n": 2, "score": score})
    played = await run_loop(services, script, until=GOOD, max_passes=2, on_max="best", score="score")
    error = played.result.nodes["l"]["error"]
    assert error["class"] == "type"
    assert f"The loop “l” goes by its output “score”, which is {what}, no number, in pass 2." in error["message"]


async def test_the_error_port_takes_a_loop_that_fails_at_its_limit(services: Services) -> None:
    played = await run_loop(services, Script({"n": 1}, {"n": 2}), until=GOOD, max_passes=2, on_max="fail")
    assert played.result.nodes["l"]["status"] == "handled"
    assert "After 2 passes it still does not hold that score ≥ 8" in played.result.outputs["wrong"]["message"]
    assert played.result.status == "completed"


async def test_without_a_condition_it_counts_passes_and_nothing_is_wrong(services: Services) -> None:
    played = await run_loop(services, Script({"n": 1}, {"n": 2}), max_passes=2)
    assert left(played) == ("max", 2, 2)
    assert played.result.status == "completed"


async def test_a_judge_ends_the_loop_with_yes(services: Services) -> None:
    """The rehearsal model says yes once the outputs share words with the question."""
    script = Script({"n": "kettle"}, {"n": "the harbour"}, {"n": "never"})
    played = await run_loop(services, script, judge="Is the harbour mentioned?")
    assert left(played) == ("judge", 2, 2)
    assert played.result.outputs["n"] == "the harbour"
    assert [event.data["model"] for event in played.of("model.request") if event.node == "l"] == ["rehearsal"] * 2
    assert played.result.nodes["l"]["usage"]["input_tokens"] > 0


async def test_a_rule_that_holds_spares_the_judge(services: Services) -> None:
    played = await run_loop(services, Script({"n": 1, "score": 9}), until=GOOD, judge="Is it good?")
    assert left(played)[0] == "until"
    assert not played.of("model.request")


async def test_a_judge_that_is_not_sure_enough_has_not_said_yes(services: Services) -> None:
    unsure = "the harbour, which nobody told"  # shares words with the question and with the answer no
    played = await run_loop(services, Script({"n": unsure}), judge="Is the harbour mentioned?", max_passes=1)
    assert left(played) == ("max", 1, 1)
    assert "not yet" in played.of("node.progress")[-1].data["note"]
    played = await run_loop(services, Script({"n": unsure}), judge="Is the harbour mentioned?", threshold=0.1)
    assert left(played) == ("judge", 1, 1)


class Judge:
    """Answers with the next of some texts and keeps what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = list(texts), list[ModelRequest]()

    async def chat(self, model: str, request: ModelRequest, fallback: Sequence[str]) -> Reply:
        self.asked.append(request)
        return Reply(self.texts[len(self.asked) - 1])


async def test_a_judge_is_asked_again_once_and_then_fails() -> None:
    judge = Judge("perhaps", '{"route": "No", "confidence": 0.9, "reason": "too short"}')
    found = await decide(judge.chat, "cheap", (), "Is it long?", "text")
    assert (found.yes, found.confidence, found.reason) == (False, 0.9, "too short")
    assert "You judge" in judge.asked[0].messages[0].text
    assert "Is it long?" in judge.asked[0].messages[0].text
    with pytest.raises(NodeError, match="neither yes nor no") as failure:
        await decide(Judge("perhaps", "who knows").chat, "cheap", (), "Is it long?", "text")
    assert failure.value.error_class == "invalid_output"


def test_a_loop_names_its_models_only_where_one_judges() -> None:
    assert KIND.models(LoopConfig()) == ()
    assert KIND.models(LoopConfig(judge="Good?", model="best", fallback=("cheap",))) == ("best", "cheap")
    assert KIND.summary(LoopConfig(judge="Good?")) == "cheap judges"
    assert KIND.summary(LoopConfig(max_passes=1)) == "1 pass"


async def test_an_agent_may_end_the_loop_that_it_works_in_even_from_a_map_inside(services: Services) -> None:
    """The rehearsal model calls the tools that it is offered."""
    agent = {
        "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}},
                  {"id": "a", "kind": "agent", "config": {"prompt": "Improve: {{ item }}", "tools": ["loop.exit"]}},
                  {"id": "out", "kind": "output"}],
        "edges": [{"from": "item.value", "to": "a.item"}, {"from": "a.text", "to": "out.value"}],
    }  # fmt: skip
    body = {
        "nodes": [{"id": "n", "kind": "input", "config": {"type": "list"}},
                  {"id": "m", "kind": "map", "config": {"body": agent}},
                  {"id": "next", "kind": "output", "config": {"name": "n"}}],
        "edges": [{"from": "n.value", "to": "m.items"}, {"from": "m.items", "to": "next.value"}],
    }  # fmt: skip
    graph = build(
        {"start": ("input", {"type": "list"}), "l": ("loop", {"body": body}), "end": "output"},
        "start.value -> l.n", "l.n -> end.value",
    )  # fmt: skip
    played = await play(graph, {"start": ["a kettle", "a harbour"]}, services=services)
    assert left(played) == ("tool", 1, 1)
    assert len(played.result.outputs["end"]) == 2
    assert played.result.status == "completed"


def test_a_loop_that_only_an_agent_may_end_warns_at_its_limit() -> None:
    body = {"nodes": [{"id": "a", "kind": "agent", "config": {"tools": ["calc.*", "loop.*"]}}], "edges": []}
    assert LoopConfig(body=body).condition == "an agent says so"
    assert LoopConfig(body={**body, "nodes": []}).condition == ""
