"""The inbox holds what is open in stored runs, and nothing that was answered, cancelled or goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.archive.inbox import inbox
from engine.run.control import Run, RunOptions
from engine.run.services import Services
from engine.testing import HandClock, build


def graph(name: str, **config: Any) -> Any:
    return build(
        {"draft": ("input", {"default": name}), "end": "output",
         "sign": ("review", {"question": f"{name}?", **config})},
        "draft.value -> sign.value", "sign.approved -> end.value", name=name,
    )  # fmt: skip


async def ran(services: Services, made: Any, **options: Any) -> str:
    return (
        await Run(made, options=RunOptions(pace=0, **options), services=services, file=f"{made.name}.json").execute()
    ).run


async def test_open_questions_of_all_runs_stand_in_it_the_most_pressing_first(services: Services) -> None:
    journal = services.journal.journal
    assert inbox(journal) == []
    first = await ran(services, graph("first"))
    later = await ran(replace(services, clock=HandClock(2_000.0)), graph("later", deadline_s=90))
    sooner = await ran(replace(services, clock=HandClock(2_000.0)), graph("sooner", deadline_s=30))
    await ran(services, graph("done"), answers={"sign": {"decision": "approved"}})
    found = inbox(journal)
    assert [each.run for each in found] == [sooner, later, first]
    assert (found[0].deadline, found[0].asked) == (2_030.0, 2_000.0)
    last = found[2]
    assert (last.name, last.file, last.key, last.node, last.kind) == ("first", "first.json", "sign", "sign", "review")
    assert (last.question, last.value, last.schema, last.deadline) == ("first?", "first", None, None)


async def test_an_answered_question_leaves_it(services: Services) -> None:
    run = await ran(services, graph("one"))
    again = Run.resume(run, services=services)
    assert (await again.execute()).status == "paused"
    [asked] = inbox(services.journal.journal)
    await Run.resume(run, services=services, answers={asked.key: {"decision": "rejected"}}).execute()
    assert inbox(services.journal.journal) == []
