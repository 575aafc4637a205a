"""The inbox holds what is open in stored runs, and nothing that was answered, cancelled or goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.archive.inbox import inbox
from engine.run.control import Run, RunOptions
from engine.run.journal import Journal
from engine.run.services import Services
from engine.testing import HandClock, build
from tests.engine.scripted import Script


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


class Reading(Journal):
    """Counts the bytes of events that are read."""

    read = 0

    def _rows(self, sql: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        rows = super()._rows(sql, *values)
        self.read += sum(len(cell) for row in rows for cell in row if isinstance(cell, bytes))
        return rows


async def test_only_what_asks_and_answers_is_read(services: Services) -> None:
    """Two runs rest, one of them for a person, after much that has nothing to do with that; a call of a model, which
    is stored before it goes out, parts one from the other."""
    script = Script()
    script.says("a", "tea")
    here = script.on(services)
    items = {"type": "list", "default": list(range(400))}
    body = {"nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, {"id": "r", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "r.value"}]}  # fmt: skip
    agent = {"model": "script/a", "prompt": "{{ x }}"}
    work: dict[str, Any] = {"list": ("input", items), "m": ("map", {"body": body}), "say": ("agent", agent),
                            "sign": ("review", {"question": "Right?"}), "end": "output"}  # fmt: skip
    edges = "list.value -> m.items", "m.items -> say.x", "say.text -> sign.value", "sign.approved -> end.value"
    paused = [await Run(build(work, *edges), options=RunOptions(budget_tokens=most), services=here).execute()
              for most in (None, 1)]  # fmt: skip
    assert [each.reason for each in paused] == ["human", "budget"]
    journal = Reading(services.home.runs)
    [found] = inbox(journal)
    stored = sum(run.bytes for run in journal.runs())
    assert found.run == paused[0].run and stored > 200_000
    assert journal.read < stored / 20


async def test_what_was_stopped_while_it_asked_is_not_open(services: Services) -> None:
    """A race is lost while a person is asked; the run rests for another question."""
    nodes: dict[str, Any] = {name: ("review", {"question": f"{name}?"}) for name in ("slow", "quick", "sign")}
    nodes |= {"x": ("input", {"default": "tea"}), "first": ("merge", {"join": "first", "cancel_losers": True}),
              "end": "output"}  # fmt: skip
    edges = ("x.value -> slow.value", "x.value -> quick.value", "slow.approved -> first.items",
             "quick.approved -> first.items", "first.value -> sign.value", "sign.approved -> end.value")  # fmt: skip
    run = Run(build(nodes, *edges), options=RunOptions(pace=0), services=services)
    assert (await run.execute()).status == "paused"
    journal = services.journal.journal
    assert {each.key for each in inbox(journal)} == {"slow", "quick"}
    again = Run.resume(run.id, services=services, answers={"quick": {"decision": "approved"}})
    assert (await again.execute()).status == "paused"
    assert {each.key for each in inbox(journal)} == {"sign"}
