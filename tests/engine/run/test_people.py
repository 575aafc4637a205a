"""Nodes that wait for people: what is asked, who may answer, and when a run pauses for it (S13)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from engine.base.errors import WrongUse
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports, Review
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.quiet import ROUNDS
from engine.run.services import Services
from engine.testing import Played, build, play, probing

NUMBER = {"type": "number", "minimum": 1}
BODY = {
    "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, {"id": "ask", "kind": "asker"},
              {"id": "out", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "ask.in"}, {"from": "ask.out", "to": "out.value"}],
}  # fmt: skip


class Asker(Kind[NodeConfig]):
    """Asks a person for a number and gives it."""

    name: ClassVar[str] = "asker"
    title, group, icon, hint = "Asker", "work", "unknown", "asks a person"

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("in", many=True, required=False),), (Port("out"),))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        verdict = await call.review(Review("review", f"A number for {call.node}?", NUMBER, 7))
        return {"out": [verdict.decision, verdict.value]}


class Hasty(Asker):
    """An asker that does without an answer when it is cancelled."""

    name: ClassVar[str] = "hasty"

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        try:
            return await super().run(call)
        except asyncio.CancelledError:
            return {"out": "none"}


def approved(value: Any) -> dict[str, Any]:
    return {"decision": "approved", "value": value}


async def asked(services: Services, graph: Any, **options: Any) -> Played:
    chosen = RunOptions(journal=False, pace=0, **options)
    return await play(graph, services=probing(services, Asker()), options=chosen)


ONE = build({"a": "asker", "end": "output"}, "a.out -> end.value")


class Answering:
    """A run with somebody who answers each question as soon as it is shown."""

    def __init__(self, run: Run, answers: Mapping[str, Any]) -> None:
        self.run, self.answers = run, answers
        self.events: list[Event] = []

    def watch(self, batch: Any) -> None:
        for event in batch:
            self.events.append(event)
            if event.kind == "human.requested" and event.data["key"] in self.answers:
                asyncio.get_running_loop().call_soon(self.give, event.data["key"])

    def give(self, key: str) -> None:
        self.run.answer(key, self.answers[key])


async def live(services: Services, graph: Any, answers: Mapping[str, Any], **options: Any) -> Any:
    chosen = RunOptions(journal=False, attended=True, **options)
    run = Run(graph, options=chosen, services=probing(services, Asker()))
    answering = Answering(run, answers)
    return await asyncio.wait_for(run.execute(answering.watch), 60)


async def test_a_run_that_waits_for_people_only_is_paused_and_says_for_what(services: Services) -> None:
    graph = build(
        {"a": "asker", "end": "output", "p": ("probe", {"takes": [], "turns": 40}), "other": "output"},
        "a.out -> end.value", "p.out -> other.value",
    )  # fmt: skip
    result = (await asked(services, graph)).result
    assert (result.status, result.reason, result.exit_code) == ("paused", "human", 3)
    assert result.as_json()["waiting"] == [
        {"key": "a", "kind": "review", "question": "A number for a?", "schema": NUMBER}
    ]
    assert result.nodes["a"]["status"] == "waiting"
    assert result.nodes["a"]["reason"] == "waits for a person"
    assert result.outputs == {"other": "p"}, "other branches go on"
    assert "end" not in result.nodes


async def test_nothing_starts_any_more_while_a_run_pauses(services: Services) -> None:
    graph = build({"a": "hasty", "then": "asker"}, "a.out -> then.in")
    played = await play(graph, services=probing(services, Asker(), Hasty()), options=RunOptions(journal=False))
    assert (played.result.status, played.result.nodes["a"]["status"]) == ("paused", "ok")
    assert [event.node for event in played.of("node.started")] == ["a"]
    assert len(asyncio.all_tasks()) == 1, "no task is left"


async def test_an_answer_given_at_the_start_is_taken(services: Services) -> None:
    played = await asked(services, ONE, answers={"a": approved(3)})
    assert played.result.outputs == {"end": ["approved", 3]}
    assert played.result.status == "completed"
    assert played.of("human.resolved")[0].data["by"] == "given"


async def test_a_rejection_needs_no_value(services: Services) -> None:
    played = await asked(services, ONE, answers={"a": {"decision": "rejected"}})
    assert played.result.outputs == {"end": ["rejected", None]}


async def test_an_answer_that_does_not_fit_is_told_and_a_person_is_asked(services: Services) -> None:
    result = (await asked(services, ONE, answers={"a": approved("many")})).result
    assert result.status == "paused"
    assert "does not fit" in result.warnings[0]


@pytest.mark.parametrize("answer", [3, {}, {"decision": "maybe"}, {"decision": "approved", "form": 3}])
def test_an_answer_of_another_form_is_refused_before_the_run(services: Services, answer: Any) -> None:
    with pytest.raises(WrongUse, match="“a”"):
        Run(ONE, options=RunOptions(answers={"a": answer}), services=probing(services, Asker()))


async def test_a_rehearsal_answers_itself_with_the_value(services: Services) -> None:
    played = await asked(services, ONE, rehearse=True)
    assert played.result.outputs == {"end": ["approved", 7]}
    assert [event.data["by"] for event in played.of("human.resolved")] == ["rehearsal"]


async def test_an_attended_run_waits_and_goes_on_with_the_answer(services: Services) -> None:
    result = await live(services, ONE, {"a": approved(5)})
    assert result.outputs == {"end": ["approved", 5]}
    assert result.view.waiting == {}


async def test_the_first_answer_wins_and_a_wrong_one_changes_nothing(services: Services) -> None:
    run = Run(ONE, options=RunOptions(journal=False, attended=True), services=probing(services, Asker()))
    shown = asyncio.Event()
    working = asyncio.create_task(
        run.execute(lambda batch: shown.set() if any(e.kind == "node.waiting" for e in batch) else None)
    )
    await shown.wait()
    with pytest.raises(WrongUse, match="does not fit what was asked"):
        run.answer("a", approved(0))
    with pytest.raises(WrongUse, match="These wait: a"):
        run.answer("b", approved(2))
    await asyncio.to_thread(run.answer, "a", approved(2))
    with pytest.raises(WrongUse, match="No question is open"):
        run.answer("a", approved(3))
    assert (await working).outputs == {"end": ["approved", 2]}


async def test_who_waits_for_a_person_holds_no_slot_and_takes_one_again(services: Services) -> None:
    graph = build(
        {"a": "asker", "b": "asker", "p": ("probe", {"takes": [], "turns": 3}), "q": "probe", "end": "output"},
        "a.out -> q.many", "b.out -> q.many", "q.out -> end.value", settings={"concurrency": 1},
    )  # fmt: skip
    result = await live(services, graph, {"a": approved(1), "b": approved(2)})
    assert result.outputs == {"end": "q"}
    assert result.nodes["p"]["status"] == "ok"


class AsksMeanwhile(Kind[NodeConfig]):
    """Asks a person while other work of it goes on."""

    name: ClassVar[str] = "meanwhile"
    title, group, icon, hint = "Meanwhile", "work", "unknown", "asks and works"
    done = 0

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((), (Port("out"),))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        async def work() -> None:
            with call.busy():
                for _ in range(4 * ROUNDS):
                    await asyncio.sleep(0)
            self.done += 1

        await asyncio.gather(call.review(Review("review", "May I?")), work())
        return {"out": "done"}


async def test_a_run_does_not_pause_for_a_person_while_work_beside_the_question_goes_on(services: Services) -> None:
    kind = AsksMeanwhile()
    played = await play(build({"a": "meanwhile"}), services=probing(services, kind))
    assert (played.result.status, played.result.reason, kind.done) == ("paused", "human", 1)


@pytest.mark.parametrize("width", [1, 2, 5])
async def test_questions_inside_a_map_have_their_own_keys(services: Services, width: int) -> None:
    graph = build(
        {"list": ("input", {"type": "list", "default": [1, 2, 3]}),
         "m": ("map", {"body": BODY, "concurrency": width}), "end": "output"},
        "list.value -> m.items", "m.items -> end.value",
    )  # fmt: skip
    answers = {f"m[{index}]/ask": approved(index + 1) for index in range(3)}
    assert (await live(services, graph, answers)).outputs["end"] == [["approved", number] for number in (1, 2, 3)]
    paused = (await asked(services, graph, answers={"m[1]/ask": approved(9)})).result
    assert paused.status == "paused"
    assert [row["key"] for row in paused.as_json()["waiting"]] == [
        f"m[{index}]/ask" for index in (0, 1, 2)[:width + 1] if index != 1
    ][:width]  # fmt: skip


async def test_a_stopped_run_waits_for_nobody(services: Services) -> None:
    run = Run(ONE, options=RunOptions(journal=False, attended=True), services=probing(services, Asker()))
    working = asyncio.create_task(
        run.execute(lambda batch: run.stop() if any(e.kind == "node.waiting" for e in batch) else None)
    )
    result = await asyncio.wait_for(working, 60)
    assert result.status == "cancelled"
    assert result.waiting == []
    assert len(asyncio.all_tasks()) == 1
