"""Reviews: what a person may do with a value, forms, deadlines, and what a rehearsal makes of them (S13)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from engine.base.errors import WrongUse
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.check import check
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.testing import HandClock, Played, build, play

DRAFT = {"title": "Herons", "words": 120}
FORM = {"type": "object", "properties": {"title": {"type": "string"}, "words": {"type": "integer", "minimum": 1}},
        "required": ["title", "words"]}  # fmt: skip


def reviewed(value: Any = "a draft", **config: Any) -> Graph:
    """A value that is reviewed; each way out is an output."""
    return build(
        {"draft": ("input", {"type": "any", "default": value}), "sign": ("review", config), "yes": "output",
         "no": "output", "broken": "output"},
        "draft.value -> sign.value", "sign.approved -> yes.value", "sign.rejected -> no.value",
        "sign.error -> broken.value",
    )  # fmt: skip


async def answered(services: Services, graph: Graph, answer: Any, **options: Any) -> Played:
    chosen = RunOptions(journal=False, answers={"sign": answer}, **options)
    return await play(graph, services=services, options=chosen)


@pytest.mark.parametrize(
    ("answer", "outputs"),
    [
        ({"decision": "approved"}, {"yes": "a draft"}),
        ({"decision": "approved", "value": "changed"}, {"yes": "changed"}),
        ({"decision": "approved", "value": None}, {"yes": None}),
        ({"decision": "approved", "form": {"title": "T"}}, {"yes": {"title": "T"}}),
        ({"decision": "approved", "value": "changed", "form": {"title": "T"}}, {"yes": "changed"}),
        ({"decision": "rejected"}, {"no": "a draft"}),
        ({"decision": "rejected", "value": None}, {"no": "a draft"}),
        ({"decision": "rejected", "value": "too long"}, {"no": "too long"}),
        ({"decision": "rejected", "form": {"why": "too long"}}, {"no": {"why": "too long"}}),
    ],
)
async def test_the_value_goes_the_way_that_a_person_chose(services: Services, answer: Any, outputs: Any) -> None:
    played = await answered(services, reviewed(), answer)
    assert (played.result.status, played.result.outputs) == ("completed", outputs)


async def test_a_question_shows_the_value_and_the_run_waits_with_all_that_was_asked(services: Services) -> None:
    graph = reviewed(DRAFT, question="Publish “{{ value.title }}”?", schema=FORM)
    result = (await play(graph, services=services)).result
    assert (result.status, result.reason) == ("paused", "human")
    assert result.waiting == [{"key": "sign", "kind": "review", "question": "Publish “Herons”?", "schema": FORM}]
    assert result.view.waiting["sign"]["value"] == DRAFT


@pytest.mark.parametrize("wrong", [{"form": {"title": "T"}}, {"value": {"title": "T", "words": 0}}, {"value": "text"}])
async def test_an_answer_that_does_not_fit_the_form_says_what_does_not_fit(services: Services, wrong: Any) -> None:
    played = await answered(services, reviewed(DRAFT, schema=FORM), {"decision": "approved", **wrong})
    assert played.result.status == "paused"
    assert any(word in played.result.warnings[0] for word in ("'words' is a required", "words: 0", "'text' is not"))
    right = {"decision": "approved", "form": {**DRAFT, "words": 9}}
    good = await answered(services, reviewed(DRAFT, schema=FORM), right)
    assert good.result.outputs == {"yes": {"title": "Herons", "words": 9}}


async def test_a_rehearsal_approves_the_value_or_a_sample_that_fits_the_form(services: Services) -> None:
    options = RunOptions(journal=False, rehearse=True)
    kept = await play(reviewed(DRAFT, schema=FORM), services=services, options=options)
    assert kept.result.outputs == {"yes": DRAFT}
    filled = await play(reviewed("Herons fish at dawn.", schema=FORM), services=services, options=options)
    assert isinstance(filled.result.outputs["yes"]["words"], int)
    assert [event.data["by"] for event in filled.of("human.resolved")] == ["rehearsal"]


async def expiring(services: Services, seconds: float, **config: Any) -> tuple[Run, Any, list[Event]]:
    """An attended run with a deadline of 60 s whose clock is moved on once the question is open."""
    clock, events, asked = HandClock(), list[Event](), asyncio.Event()
    run = Run(reviewed(deadline_s=60, **config), options=RunOptions(journal=False, attended=True),
              services=replace(services, clock=clock))  # fmt: skip

    def watch(batch: Any) -> None:
        events.extend(batch)
        if any(event.kind == "node.waiting" for event in batch):
            asked.set()

    working = asyncio.create_task(run.execute(watch))
    await asked.wait()
    clock.move(seconds)
    return run, working, events


@pytest.mark.parametrize(("on_expire", "outputs"), [("rejected", {"no": "a draft"}), ("approved", {"yes": "a draft"})])
async def test_when_nobody_answers_in_time_the_value_goes_the_way_set(
    services: Services, on_expire: str, outputs: Any
) -> None:
    run, working, events = await expiring(services, 60, on_expire=on_expire)
    result = await working
    assert (result.status, result.outputs, result.waiting) == ("completed", outputs, [])
    [told] = [event.data for event in events if event.kind == "human.expired"]
    assert (told["key"], told["by"], told["decision"]) == ("sign", "deadline", on_expire)
    with pytest.raises(WrongUse, match="Nothing waits"):
        run.answer("sign", {"decision": "approved"})


async def test_a_deadline_can_fail_the_node(services: Services) -> None:
    _, working, _ = await expiring(services, 61, on_expire="error")
    error = (await working).outputs["broken"]
    assert error["class"] == "timeout" and "60 s" in error["message"]


async def test_an_answer_in_time_beats_the_deadline(services: Services) -> None:
    run, working, events = await expiring(services, 59)
    [row] = [event.data for event in events if event.kind == "human.requested"]
    assert row["deadline"] == 1_700_000_060.0
    run.answer("sign", {"decision": "approved", "value": "in time"})
    assert (await working).outputs == {"yes": "in time"}
    assert not [event for event in events if event.kind == "human.expired"]


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"question": "{{ title }}?"}, "unknown_name"),
        ({"question": "{{ value"}, "bad_template"),
        ({"schema": {"type": "nothing"}}, "bad_schema"),
        ({"schema": FORM, "deadline_s": 5, "on_expire": "approved"}, "expires_unfilled"),
    ],
)
def test_what_is_wrong_with_a_review_is_said_before_a_run(config: dict[str, Any], code: str) -> None:
    assert code in [problem.code for problem in check(reviewed(**config), Kinds.load())]
    assert check(reviewed(question="{{ value.title }}?", schema=FORM, deadline_s=5), Kinds.load()) == []


def test_one_node_may_take_both_ways() -> None:
    graph = build(
        {"i": ("input", {"default": "x"}), "sign": "review", "o": "output",
         "t": ("template", {"template": "{{ v }}!"})},
        "i.value -> sign.value", "sign.approved -> o.value", "sign.rejected -> t.v", "t.text -> o.value",
    )  # fmt: skip
    assert [problem.code for problem in check(graph, Kinds.load()) if problem.severity == "error"] == []
