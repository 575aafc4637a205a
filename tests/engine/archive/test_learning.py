"""A forecast goes by the stored runs of the same file, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.archive.learning import learn, learnt_of
from engine.files import save_graph
from engine.graph.graph import Graph
from engine.plan.amount import Amount, seen
from engine.plan.estimate import Estimate, estimate
from engine.plan.learnt import UNTAUGHT, Learnt
from engine.run.control import Run, RunOptions
from engine.run.journal import Journal
from engine.run.services import Services
from engine.testing import build

BODY = {
    "nodes": [{"id": "item", "kind": "input"}, {"id": "draft", "kind": "agent", "config": {"prompt": "Say {{ item }}"}},
              {"id": "out", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "draft.item"}, {"from": "draft.text", "to": "out.value"}],
}  # fmt: skip
GRAPH = build(
    {"split": ("template", {"template": "[1, 2]"}), "list": ("input", {"type": "list"}),
     "each": ("map", {"body": BODY}), "end": "output"},
    "list.value -> each.items", "each.items -> end.value", name="Learnt from",
)  # fmt: skip


async def ran(services: Services, file: Path, items: int) -> None:
    options = RunOptions(rehearse=True, pace=0)
    values = {"list": [f"fact number {n}" for n in range(items)]}
    await Run(GRAPH, values, options, services=services, file=str(file)).execute()


def rehearsed(services: Services, graph: Graph, learnt: Learnt) -> Estimate:
    plans = estimate(graph, services.kinds, services.models(), when=0.0, learnt=learnt)
    return next(plan for plan in plans if plan.plan == "rehearsal")


async def test_what_a_map_took_before_narrows_the_forecast(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "g.baton.json"
    save_graph(GRAPH, file)
    for items in (4, 5, 4, 6):
        await ran(services, file, items)
    journal = Journal(services.home.runs)
    learnt = learnt_of(journal, str(file))
    assert learnt.runs == 4
    assert learnt.repeats["each"] == seen([4, 5, 4, 6])
    before, after = rehearsed(services, GRAPH, UNTAUGHT), rehearsed(services, GRAPH, learnt)
    assert before.calls == Amount(0, 1000)
    assert after.calls == seen([4, 5, 4, 6])
    assert after.output_tokens.high - after.output_tokens.low < before.output_tokens.high - before.output_tokens.low

    await ran(services, file, 5)
    stored = journal.events(journal.runs()[0].id)
    written = sum(event.data["usage"]["output_tokens"] for event in stored if event.kind == "model.response")
    assert after.output_tokens.low <= written <= after.output_tokens.high


async def test_what_items_held_before_is_what_they_are_expected_to_cost(services: Services, tmp_path: Path) -> None:
    file, texts = tmp_path / "g.baton.json", ["tea", "milk", "A very long report. " * 4_000]
    run = Run(GRAPH, {"list": texts}, RunOptions(rehearse=True, pace=0), services=services, file=str(file))
    read = (await run.execute()).view.input_tokens
    learnt = learnt_of(Journal(services.home.runs), str(file))
    before, after = rehearsed(services, GRAPH, replace(learnt, prompts={})), rehearsed(services, GRAPH, learnt)
    assert before.input_tokens.high < read, "of a list that is not known, it can only be guessed"
    assert after.input_tokens.low <= read <= after.input_tokens.high


def test_what_is_known_of_a_prompt_counts_before_what_was_seen(services: Services) -> None:
    say = {"prompt": "{{ a }}{{ b }}"}
    known = build({"a": ("input", {"default": "word " * 1000}), "b": "input", "say": ("agent", say), "end": "output"},
                  "a.value -> say.a", "b.value -> say.b", "say.text -> end.value")  # fmt: skip
    small = rehearsed(services, known, Learnt(1, prompts={"say": Amount(5, 20)}))
    assert small.input_tokens == rehearsed(services, known, UNTAUGHT).input_tokens


async def test_runs_of_another_file_and_another_model_teach_nothing(services: Services, tmp_path: Path) -> None:
    await ran(services, tmp_path / "a.baton.json", 3)
    journal = Journal(services.home.runs)
    assert learnt_of(journal, str(tmp_path / "b.baton.json")) == UNTAUGHT
    learnt = learnt_of(journal, str(tmp_path / "a.baton.json"))
    assert set(learnt.answers) == {("each/draft", "rehearsal")}


def test_no_runs_teach_nothing() -> None:
    assert learn([]) == UNTAUGHT


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_a_range_holds_what_was_seen_and_narrows(samples: list[float]) -> None:
    low, high = seen(samples)
    assert low <= min(samples) <= max(samples) <= high
    again = seen(samples * 4)
    assert again == Amount(max(low, again.low), min(high, again.high))
