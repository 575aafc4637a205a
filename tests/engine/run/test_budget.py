"""Budgets: no call goes out that could lead over the cap, and the run pauses there (S9)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from engine.base.errors import NodeError, WrongUse
from engine.graph.graph import Graph
from engine.models.contract import ModelRef, ModelRequest, Price, Reply, Usage
from engine.run.admission.accounts import to_pico
from engine.run.admission.day import Day
from engine.run.admission.line import HIGHER, ROOM
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.testing import HandClock, Played, build, play
from tests.engine.run.pricing import Priced


async def fan_out(services: Services, count: int, models: Priced, own: float | None = None, **settings: Any) -> Played:
    """`count` agents side by side, each reserving at most a dollar and costing half of one."""
    config = {"prompt": "task", "model": "large", "max_tokens": 100, "budget_usd": own}
    nodes: dict[str, Any] = {f"a{i}": ("agent", config) for i in range(count)}
    nodes["all"] = ("merge", {"strategy": "list"})
    edges = [f"a{i}.text -> all.items" for i in range(count)]
    return await played(services, models, build(nodes, *edges, settings=settings))


async def played(services: Services, models: Priced, graph: Graph, **options: Any) -> Played:
    return await play(graph, services=models.serve(services), options=RunOptions(journal=False, pace=0, **options))


def mapped(count: int, inner: Mapping[str, Any], **config: Any) -> dict[str, Any]:
    """A map over `count` items with one node `do` inside, as the body of a graph or of another map."""
    body = {
        "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, {"id": "do", **inner},
                  {"id": "out", "kind": "output"}],
        "edges": [{"from": "item.value", "to": inner.get("into", "do.item")},
                  {"from": inner.get("out", "do.text"), "to": "out.value"}],
    }  # fmt: skip
    return {"body": body, "concurrency": 200, "max_items": 1000, **config}


AGENT: dict[str, Any] = {"kind": "agent", "config": {"model": "large", "prompt": "{{ item }}", "max_tokens": 100}}


def over(count: int, config: Mapping[str, Any], **settings: Any) -> Graph:
    """A graph that maps over a list of `count` items."""
    given = {"type": "list", "default": list(range(count))}
    return build({"list": ("input", given), "m": ("map", config), "end": "output"},
                 "list.value -> m.items", "m.items -> end.value", settings=settings)  # fmt: skip


def priced(services: Services) -> Priced:
    return Priced(services)


async def test_a_fan_out_never_spends_more_than_the_cap_and_pauses_there(services: Services) -> None:
    models = priced(services)
    result = (await fan_out(services, 40, models, budget_usd=5.0)).result
    assert (result.status, result.reason, result.exit_code) == ("paused", "budget", 3)
    assert result.cost_usd is not None
    assert 4.0 <= result.cost_usd <= 5.0, "the cap holds, to within one call's reserve"
    assert models.calls == result.cost_usd / 0.5
    assert models.most[""] <= 5, "what is in flight could never lead over the cap"
    held = {node.get("reason") for node in result.nodes.values() if node["status"] == "waiting"}
    assert held == {HIGHER}, "nothing is in flight that could make room"


async def test_within_the_cap_all_of_it_runs(services: Services) -> None:
    models = priced(services)
    result = (await fan_out(services, 8, models, budget_usd=5.0)).result
    assert result.status == "completed"
    assert result.cost_usd == 4.0


async def test_a_cap_in_tokens_holds_too(services: Services) -> None:
    models = priced(services)
    result = (await fan_out(services, 40, models, budget_tokens=1000)).result
    assert result.status == "paused"
    used = result.as_json()["usage"]
    assert 800 <= used["input_tokens"] + used["output_tokens"] <= 1000


async def test_no_language_has_more_tokens_than_a_budget_holds_for_it(services: Services) -> None:
    models = priced(services)
    prompt = "請寫一份關於連線池的報告。" * 40
    agent = {"prompt": prompt, "model": "large", "max_tokens": 100}
    result = (await played(services, models, build({"a": ("agent", agent)}, settings={"budget_tokens": 1000}))).result
    assert (result.status, result.reason, models.calls) == ("paused", "budget", 0)
    assert len(prompt) // 4 + 100 < 1000 < len(prompt.encode()) + 100
    enough = {"budget_tokens": len(prompt.encode()) + 200}
    assert (
        await played(services, models, build({"a": ("agent", agent)}, settings=enough))
    ).result.status == "completed"


async def test_what_a_server_bills_beyond_the_prompt_is_expected_of_it_again(services: Services) -> None:
    models = priced(services)

    async def with_its_own_rules(_model: str, _request: ModelRequest) -> Reply:
        return Reply("done", usage=Usage(1_000, 10))

    models.answer = with_its_own_rules
    chain = {f"a{i}": ("agent", {"prompt": "{{ x }}" if i else "go", "model": "large", "max_tokens": 100})
             for i in range(4)}  # fmt: skip
    drawn = build(chain, *(f"a{i}.text -> a{i + 1}.x" for i in range(3)), settings={"budget_tokens": 2_500})
    run = await played(services, models, drawn)
    assert (run.result.status, models.calls) == ("paused", 2)
    assert [event.data["cap_tokens"] - event.data["spent_tokens"] for event in run.of("budget.stop")] == [480]


async def test_a_call_of_unknown_price_is_refused_under_a_cap_in_money_alone(services: Services) -> None:
    models = priced(services)
    models.price_known = False
    result = (await fan_out(services, 1, models, budget_usd=5.0)).result
    assert result.nodes["a0"]["error"]["class"] == "budget"
    assert models.calls == 0
    beside = (await fan_out(services, 1, models, budget_usd=5.0, budget_tokens=10_000)).result
    assert beside.status == "completed"
    assert beside.cost_usd is None, "unknown, never 0"


async def test_a_nodes_own_budget_pauses_the_run_and_names_the_node(services: Services) -> None:
    models = priced(services)
    played = await fan_out(services, 1, models, own=0.9)
    assert (played.result.status, played.result.reason) == ("paused", "budget")
    assert [(event.key, event.data["needs_usd"]) for event in played.of("budget.stop")] == [("a0", 1.0)]
    assert models.calls == 0
    assert (await fan_out(services, 1, models, own=1.0)).result.status == "completed"


async def test_no_more_calls_of_a_provider_run_at_once_than_its_width(services: Services) -> None:
    models = priced(services)
    models.widths["test"] = 4
    played = await fan_out(services, 30, models)
    assert played.result.status == "completed"
    assert (models.calls, models.most["test"]) == (30, 4)
    assert {event.data["reason"] for event in played.of("node.waiting")} == {"room at test"}


async def test_a_map_has_a_budget_for_all_its_items_and_the_rest_of_the_run_goes_on(services: Services) -> None:
    models = priced(services)
    graph = over(30, mapped(30, AGENT, budget_usd=5.0))
    done = await played(services, models, graph)
    assert (done.result.status, done.result.reason) == ("paused", "budget")
    assert [event.key for event in done.of("budget.stop")] == ["m"]
    assert done.result.view.cap is not None
    assert done.result.view.cap["account"] == "the node “m”"
    assert models.calls * 0.5 <= 5.0
    assert models.calls >= 8


async def test_what_a_map_has_spent_of_its_budget_stays_spent_when_the_run_goes_on(services: Services) -> None:
    models = priced(services)
    here = models.serve(services)
    graph = over(3, mapped(3, AGENT, budget_usd=1.4, concurrency=1))
    first = await Run(graph, options=RunOptions(pace=0), services=here).execute()
    again = await Run.resume(first.run, services=here).execute()
    assert (first.reason, again.reason, models.calls) == ("budget", "budget", 1)


@pytest.mark.parametrize(("known", "costs"), [(True, [0.5, 0.0, 0.5]), (False, [None, 0.0, None])])
async def test_items_tell_what_they_cost_and_what_equal_ones_share_once(
    services: Services, known: bool, costs: list[float | None]
) -> None:
    models = priced(services)
    models.price_known = known
    graph = build({"list": ("input", {"type": "list", "default": ["a", "a", "b"]}),
                   "m": ("map", mapped(3, AGENT, dedupe=True)), "end": "output"},
                  "list.value -> m.items", "m.results -> end.value")  # fmt: skip
    done = await played(services, models, graph)
    assert [record["cost_usd"] for record in done.result.outputs["end"]] == costs


async def test_a_budget_inside_a_budget_holds_at_both_levels(services: Services) -> None:
    models = priced(services)
    inner = {"kind": "map", "config": mapped(5, AGENT, budget_usd=2.0), "into": "do.items", "out": "do.items"}
    given = {"type": "list", "default": [list(range(5)) for _ in range(4)]}
    graph = build({"list": ("input", given), "m": ("map", mapped(4, inner)), "end": "output"},
                  "list.value -> m.items", "m.items -> end.value", settings={"budget_usd": 7.0})  # fmt: skip
    done = await played(services, models, graph)
    assert done.result.status == "paused"
    assert models.calls * 0.5 <= 7.0
    for item in range(4):
        assert (done.result.view.nodes[f"m[{item}]/do"].cost or 0.0) <= 2.0


COST = st.integers(0, 100)


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["usd", "tokens"])
@profile(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cap=st.integers(0, 6000), costs=st.lists(COST, min_size=200, max_size=200), wide=st.integers(1, 200))
async def test_no_fan_out_spends_more_than_any_cap(
    services: Services, unit: str, cap: int, costs: list[int], wide: int
) -> None:
    models = priced(services)
    left = iter(costs)
    spent: list[int] = []

    async def answer(model: str, request: ModelRequest) -> Reply:
        for _ in range(random.randrange(4)):
            await asyncio.sleep(0)
        cost = next(left)
        spent.append(cost)
        return Reply("done", usage=Usage(0, cost))

    models.answer = answer
    caps = {"budget_usd": cap / 100} if unit == "usd" else {"budget_tokens": cap}
    done = await played(services, models, over(200, mapped(200, AGENT), concurrency=wide, **caps))
    assert sum(spent) <= cap
    assert models.most[""] <= wide
    if done.result.status == "paused":
        assert sum(spent) + 100 + 20 > cap, "it stops only where one more call might not fit"
    else:
        assert len(spent) == 200


async def test_a_run_goes_on_with_a_cheaper_model_where_that_is_wanted(services: Services) -> None:
    models = priced(services)
    models.prices["cheap"] = 0.1
    done = await fan_out(services, 6, models, budget_usd=2.0, on_budget="cheaper")
    assert done.result.status == "completed_with_warnings"
    assert models.asked.count("cheap") >= 3
    assert all(node.get("degraded") for key, node in done.result.nodes.items() if node.get("model") == "test/cheap")
    assert {event.data["to"] for event in done.of("node.fallback")} <= {"cheap", "medium"}
    known = done.result.cost_usd
    assert known is not None
    assert known <= 2.0


class Doubtful(Priced):
    """Nobody knows the price of `odd`, and there is no key for `keyless`."""

    def price(self, ref: ModelRef, usage: Usage, when: float) -> Price:
        return Price(None) if ref.name == "odd" else super().price(ref, usage, when)

    def missing(self, ref: ModelRef) -> str | None:
        return "KEY" if ref.name == "keyless" else None


async def test_the_models_that_a_node_names_come_before_cheaper_tiers(services: Services) -> None:
    models = Doubtful(services)
    models.prices |= {"keyless": 0.1, "own": 0.2, "cheap": 0.1}
    agent = {**AGENT["config"], "prompt": "x", "fallback": ["odd", "keyless", "own"]}
    caps = {"budget_usd": 0.5, "budget_tokens": 10_000, "on_budget": "cheaper"}
    drawn = build({"a": ("agent", agent)}, settings=caps)
    assert (await played(services, models, drawn)).result.status == "completed_with_warnings"
    assert models.asked == ["own"]


async def test_where_no_model_is_cheap_enough_the_run_pauses(services: Services) -> None:
    models = priced(services)
    done = await fan_out(services, 6, models, budget_usd=2.0, on_budget="cheaper")
    assert (done.result.status, done.result.reason) == ("paused", "budget")


async def test_a_person_may_raise_the_cap_and_nothing_is_repeated(services: Services) -> None:
    models = priced(services)
    answer = {"decision": "approved", "value": 100.0}
    answers = {f"a{i}": answer for i in range(10)}
    graph_settings = {"budget_usd": 2.0, "on_budget": "ask"}
    nodes: dict[str, Any] = {f"a{i}": ("agent", {**AGENT["config"], "prompt": "x"}) for i in range(10)}
    done = await played(services, models, build(nodes, settings=graph_settings), answers=answers)
    assert done.result.status == "completed"
    assert models.calls == 10
    assert len(done.of("human.requested")) == 1, "one question, however many calls wait"
    assert done.of("human.requested")[0].data["kind"] == "budget"
    assert done.result.view.budget_usd == 100.0


async def test_a_run_that_nobody_answers_waits_for_people_and_a_refusal_ends_as_a_budget(services: Services) -> None:
    models = priced(services)
    asked = await fan_out(services, 6, models, budget_usd=2.0, on_budget="ask")
    assert (asked.result.status, asked.result.reason) == ("paused", "human")
    nodes: dict[str, Any] = {f"a{i}": ("agent", {**AGENT["config"], "prompt": "x"}) for i in range(6)}
    graph = build(nodes, settings={"budget_usd": 2.0, "on_budget": "ask"})
    answers = {f"a{i}": {"decision": "rejected", "value": 100.0} for i in range(6)}
    refused = await played(services, models, graph, answers=answers)
    assert (refused.result.status, refused.result.reason) == ("paused", "budget")


async def test_an_item_too_dear_is_left_out_when_a_person_says_no_to_its_budget(services: Services) -> None:
    models = priced(services)
    inner = {**AGENT, "config": {**AGENT["config"], "budget_tokens": 5_000}}
    graph = build(
        {"list": ("input", {"default": ["tea", "x" * 100_000, "milk"]}), "end": "output",
         "m": ("map", mapped(3, inner, max_failures=1, item_retries=2))},
        "list.value -> m.items", "m.items -> end.value", settings={"on_budget": "ask"},
    )  # fmt: skip
    done = await played(services, models, graph, answers={"m[1]/do": {"decision": "rejected"}})
    assert (done.result.status, len(done.result.outputs["end"])) == ("completed_with_warnings", 2)
    assert done.result.nodes["m[1]/do"]["error"]["class"] == "budget"
    assert [event.key for event in done.of("human.requested")] == ["m[1]/do"], "asked once, in no other round"
    assert models.calls == 2


async def test_raising_the_budget_lets_what_waits_go_on(services: Services) -> None:
    models = priced(services)
    gate = asyncio.Event()

    async def answer(model: str, request: ModelRequest) -> Reply:
        if model == "slow":
            await gate.wait()
        return Reply("done", usage=Usage(0, 50))

    models.answer = answer
    slow = {**AGENT["config"], "prompt": "x", "model": "other/slow", "budget_usd": 1.0}
    agents = {f"a{i}": ("agent", {**AGENT["config"], "prompt": "x"}) for i in range(6)}
    nodes: dict[str, Any] = {"slow": ("agent", slow), **agents}
    run = Run(build(nodes, settings={"budget_usd": 2.5}), options=RunOptions(journal=False, pace=0),
              services=models.serve(services))  # fmt: skip
    seen: list[Event] = []

    def watch(batch: Sequence[Event]) -> None:
        seen.extend(batch)
        if sum(event.data.get("reason") in (ROOM, HIGHER) for event in batch):
            run.raise_budget(50.0)
            gate.set()

    result = await run.execute(watch)
    assert result.status == "completed"
    assert models.calls == 7
    assert any(event.kind == "budget.raised" for event in seen)


async def test_a_budget_warns_once_when_most_of_it_is_spent(services: Services) -> None:
    models = priced(services)
    done = await fan_out(services, 10, models, budget_usd=6.0)
    assert [event.data["spent_usd"] for event in done.of("budget.warn")] == [5.0]
    reserved = sum(event.data["usd"] for event in done.of("budget.reserved"))
    assert reserved == sum(event.data["held_usd"] for event in done.of("budget.settled")) > 0
    assert done.result.view.reserved_usd == 0.0


@pytest.mark.parametrize("unpaid", [False, True])
async def test_a_call_that_was_cut_off_counts_with_all_that_it_may_have_cost(services: Services, unpaid: bool) -> None:
    models = priced(services)
    tries = 0

    async def answer(model: str, request: ModelRequest) -> Reply:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise NodeError("transient", "It was cut off.", unpaid=unpaid)
        return Reply("done", usage=Usage(0, 50))

    models.answer = answer
    nodes = {"a": ("agent", {**AGENT["config"], "prompt": "x", "retry": {"base_s": 0}})}
    done = await played(services, models, build(nodes, settings={"budget_usd": 1.9}))
    assert done.of("budget.settled")[0].data["sure"] is False
    if unpaid:
        assert (done.result.status, tries) == ("completed", 2), "nobody was reached who could ask for money"
    else:
        assert (done.result.status, tries) == ("paused", 1), "a dollar may be gone, and another does not fit"


async def test_the_day_has_a_budget_that_other_runs_have_spent_of(services: Services) -> None:
    capped = replace(services, settings=services.settings.model_copy(update={"budget_day_usd": 3.2}))
    models = priced(services)
    nodes: dict[str, Any] = {f"a{i}": ("agent", {**AGENT["config"], "prompt": "x"}) for i in range(5)}
    first = await play(build(nodes), services=models.serve(capped), options=RunOptions(pace=0))
    assert (first.result.status, first.result.cost_usd) == ("completed", 2.5)
    second = await play(build(nodes), services=models.serve(capped), options=RunOptions(pace=0))
    assert (second.result.status, second.result.reason) == ("paused", "budget")
    assert [event.data["account"] for event in second.of("budget.stop")] == ["the day"]
    assert models.calls == 5


async def test_what_other_runs_have_spent_counts_once_however_often_it_is_read(services: Services) -> None:
    clock = HandClock()
    here = replace(services, clock=clock)
    await play(build({"a": ("agent", {**AGENT["config"], "prompt": "x"})}), services=priced(services).serve(here),
               options=RunOptions(pace=0))  # fmt: skip
    day, spent = Day(3.0, here.journal.journal, clock), []
    assert day.account is not None
    for hours in (0, 0, 24):
        clock.move(hours * 3600.0)
        await day.look()
        spent.append(day.account.usd.spent)
    assert spent == [to_pico(0.5), to_pico(0.5), 0]


async def test_yesterdays_runs_do_not_count_and_midnight_starts_anew(services: Services) -> None:
    clock = HandClock()
    capped = replace(services, clock=clock, settings=services.settings.model_copy(update={"budget_day_usd": 3.2}))
    models = priced(services)
    nodes: dict[str, Any] = {f"a{i}": ("agent", {**AGENT["config"], "prompt": "x"}) for i in range(5)}
    for _ in range(3):
        done = await play(build(nodes), services=models.serve(capped), options=RunOptions(pace=0))
        assert done.result.status == "completed"
        clock.move(24 * 3600.0)


@pytest.mark.parametrize("settings", [{"budget_usd": -1}, {"budget_usd": "much"}, {"budget_tokens": True},
                                      {"on_budget": "shrug"}, {"budget_usd": float("inf")}])  # fmt: skip
def test_settings_that_are_no_budget_are_refused(services: Services, settings: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        Run(build({"a": "input"}, settings=settings), services=services)
