"""Questions over restarts: they stay open, keep their key and deadline, and are answered once (S11, S13)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.base.errors import WrongUse
from engine.graph.graph import Graph
from engine.kinds.contract import Review
from engine.models.contract import ModelRequest, Reply, ToolCall, Usage
from engine.run.asked import Questions
from engine.run.control import Run, RunOptions
from engine.run.memory import Memory
from engine.run.people import People
from engine.run.result import Result
from engine.run.services import Services
from engine.testing import HandClock, build
from engine.tools.contract import Tool, ToolContext
from engine.tools.registry import Tools
from tests.engine.run.test_resume import cut
from tests.engine.scripted import Script

SIGN = build(
    {"draft": ("input", {"default": "a draft"}), "sign": ("review", {"deadline_s": 60}), "yes": "output",
     "no": "output"},
    "draft.value -> sign.value", "sign.approved -> yes.value", "sign.rejected -> no.value",
)  # fmt: skip
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


async def begun(services: Services, graph: Graph, **options: Any) -> Result:
    return await Run(graph, options=RunOptions(pace=0, **options), services=services).execute()


async def again(services: Services, run: str, answers: Mapping[str, Any] | None = None, **options: Any) -> Result:
    return await Run.resume(run, services=services, answers=answers, **options).execute()


async def test_a_review_waits_over_a_restart_and_is_answered_then(services: Services) -> None:
    first = await begun(services, SIGN)
    assert (first.status, list(first.view.waiting)) == ("paused", ["sign"])
    second = await again(services, first.run)
    assert second.status == "paused" and second.view.waiting["sign"] == first.view.waiting["sign"]
    third = await again(services, first.run, {"sign": {"decision": "approved", "value": "better"}})
    assert (third.status, third.outputs, third.waiting) == ("completed", {"yes": "better"}, [])


@pytest.mark.parametrize(("passed", "outputs"), [(59, {"yes": "a draft"}), (60, {"no": "a draft"})])
async def test_time_goes_on_while_the_program_is_closed(services: Services, passed: float, outputs: Any) -> None:
    first = await begun(replace(services, clock=HandClock(1_000_000.0)), SIGN)
    assert first.waiting[0]["deadline"] == 1_000_060.0
    later = replace(services, clock=HandClock(1_000_000.0 + passed))
    second = await again(later, first.run, {"sign": {"decision": "approved"}})
    assert (second.status, second.outputs) == ("completed" if passed < 60 else "completed_with_warnings", outputs)


async def test_that_nobody_answered_in_time_is_still_so_after_another_restart(services: Services) -> None:
    nodes = {name: (node.kind, {**node.config, **({"on_expire": "error"} if name == "sign" else {})})
             for name, node in SIGN.nodes.items()}  # fmt: skip
    graph = build(nodes, *(f"{edge.start} -> {edge.end}" for edge in SIGN.edges.values()))
    first = await begun(replace(services, clock=HandClock(1_000_000.0)), graph)
    later = replace(services, clock=HandClock(1_000_100.0))
    second = await again(later, first.run)
    assert second.status == "failed"
    events = later.journal.journal.events(first.run)
    [expired] = [place for place, event in enumerate(events) if event.kind == "human.expired"]
    cut(services, first.run, events[: expired + 1])
    third = await again(later, first.run)
    assert (third.status, third.nodes["sign"]["error"]) == ("failed", second.nodes["sign"]["error"])


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"sgin": {"decision": "approved"}}, "Nothing asks under “sgin”. These wait: sign."),
        ({"sign": {"decision": "perhaps"}}, "needs a decision"),
        ({"sign": "approved"}, "needs a decision"),
    ],
)
async def test_answers_that_cannot_be_meant_are_refused_and_change_nothing(
    services: Services, answers: Any, says: str
) -> None:
    first = await begun(services, SIGN)
    with pytest.raises(WrongUse) as caught:
        Run.resume(first.run, services=services, answers=answers)
    assert says in str(caught.value)
    assert (await again(services, first.run, {"sign": {"decision": "rejected"}})).outputs == {"no": "a draft"}


class Post:
    """A writing tool and an agent that calls it twice: `posted` is what was sent out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, services: Services) -> None:
        self.posted: list[str] = []
        self.script = Script()
        self.services = self.script.on(services)
        tools = Tools([self])
        monkeypatch.setattr(Tools, "load", classmethod(lambda cls: tools))
        calls = (ToolCall("c1", "post.send", {"city": "Rome"}), ToolCall("c2", "post.send", {"city": "Oslo"}))
        monkeypatch.setattr(self.script, "complete", self._talk(calls))

    name = "post"

    def tools(self) -> list[Tool]:
        return [Tool("post.send", "Sends a card", self._send, CITY)]

    async def _send(self, arguments: Mapping[str, Any], context: ToolContext) -> str:
        self.posted.append(str(arguments["city"]))
        return f"sent to {arguments['city']}"

    def _talk(self, calls: tuple[ToolCall, ...]) -> Callable[..., Awaitable[Reply]]:
        async def complete(http: Any, endpoint: Any, model: str, request: ModelRequest, on_text: Any) -> Reply:
            self.script.asked.append((model, request))
            results = [message.text for message in request.messages if message.role == "tool"]
            if results:
                return Reply(json.dumps(results), usage=Usage(10, 5), model=model)
            return Reply("", calls, Usage(10, 5), "tool_calls", model)

        return complete

    graph = build(
        {"a": ("agent", {"model": "script/m", "prompt": "Send cards", "tools": ["post.*"]}), "end": "output"},
        "a.text -> end.value",
    )  # fmt: skip


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, services: Services) -> Post:
    return Post(monkeypatch, services)


async def test_approvals_go_on_at_the_call_with_no_model_call_repeated(post: Post) -> None:
    first = await begun(post.services, post.graph)
    assert (first.status, first.reason, post.posted) == ("paused", "human", [])
    assert [(row["key"], row["kind"]) for row in first.waiting] == [("a", "tool"), ("a#2", "tool")]
    assert first.view.waiting["a"]["value"] == {"city": "Rome"} and "post.send" in first.waiting[0]["question"]
    second = await again(post.services, first.run, {"a": {"decision": "approved"}})
    assert (second.status, post.posted, list(second.view.waiting)) == ("paused", ["Rome"], ["a#2"])
    third = await again(post.services, first.run, {"a#2": {"decision": "approved", "value": {"city": "Bergen"}}})
    assert (third.status, post.posted) == ("completed", ["Rome", "Bergen"])
    said = json.loads(third.outputs["end"])
    assert said[0] == "sent to Rome" and said[1].endswith("sent to Bergen") and "changed the arguments" in said[1]
    assert len(post.script.asked) == 2, "one call for the tools, one for the answer"


async def test_a_rejected_call_is_told_to_the_model(post: Post) -> None:
    answers = {"a": {"decision": "rejected", "value": "too far"}, "a#2": {"decision": "approved"}}
    result = await begun(post.services, post.graph, answers=answers)
    said = json.loads(result.outputs["end"])
    assert post.posted == ["Oslo"] and said[1] == "sent to Oslo"
    assert said[0] == "Error: a person did not allow this call and said: too far. Go on without it."


@pytest.mark.parametrize(
    ("allowed", "sent"), [(["*"], True), (["post.*"], True), (["post.send"], True), (["fs.*"], False)]
)
async def test_writing_tools_that_are_allowed_act_unasked(post: Post, allowed: list[str], sent: bool) -> None:
    result = await begun(post.services, post.graph, allow_writes=allowed)
    assert (result.status, len(post.posted)) == (("completed", 2) if sent else ("paused", 0))
    if not sent:
        assert (await again(post.services, result.run, allow_writes=["post.*"])).status == "completed"


async def test_a_tool_that_is_let_for_the_run_acts_unasked_from_then_on(post: Post) -> None:
    first = await begun(post.services, post.graph)
    second = await again(post.services, first.run, {"a": {"decision": "approved", "for_run": True}})
    assert (second.status, post.posted) == ("completed", ["Rome", "Oslo"]), "what waited to be asked about went on too"


async def test_a_tool_that_was_let_for_the_run_stays_so_after_a_restart(post: Post) -> None:
    asked = {"a": {**told("tool", "Send?"), "tool": "post.send"}, "b": {**told("tool", "Go?"), "tool": "fs.write_file"}}
    answers = {"a": {"decision": "approved", "for_run": True}, "b": {"decision": "approved"}}
    people = People({}, False, Memory(asked=asked, answers=answers))
    assert people.may_write("post.send") and not people.may_write("fs.write_file")


async def test_changed_arguments_must_fit_the_tool(post: Post) -> None:
    first = await begun(post.services, post.graph)
    with pytest.raises(WrongUse, match="city: 3 is not of type"):
        Run.resume(first.run, services=post.services, answers={"a": {"decision": "approved", "value": {"city": 3}}})


def told(kind: str, question: str, value: Any = None) -> dict[str, Any]:
    return {"node": "n", "kind": kind, "question": question, "schema": None, "value": value}


def test_a_question_is_known_again_by_what_it_asks() -> None:
    asked = {"n": told("budget", "More?"), "n#2": told("tool", "Send?", 1), "n#3": told("tool", "Send?", 2)}
    answers = {"n": {"decision": "approved"}, "n#2": {"decision": "approved"}}
    questions = Questions(asked, answers)
    assert questions.find("n", Review("tool", "Send?", value=1)).answer == answers["n#2"]
    assert questions.find("n", Review("tool", "Send?", value=9)).key == "n#3", "still open: the key holds"
    another = questions.find("n", Review("tool", "Send?", value=1))
    assert (another.key, another.answer) == ("n#4", None), "an answer counts once"
    assert questions.find("m", Review("tool", "Send?", value=1)).key == "m"
