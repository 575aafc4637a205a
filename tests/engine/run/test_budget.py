"""Budgets: no call goes out that could lead over the cap, and the run pauses there (S9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.base.secrets import Secrets
from engine.models.catalog import Models
from engine.models.contract import ModelRef, ModelRequest, OnText, Price, Reply, Usage
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.testing import Played, build, play


class Priced(Models):
    """A catalogue with one model, which costs a dollar for each hundred tokens of output and says so."""

    calls = running = most = 0
    price_known = True
    at_once: int | None = None

    def resolve(self, name: str, tiers: Mapping[str, str] | None = None) -> ModelRef:
        return ModelRef("test", name)

    def price(self, ref: ModelRef, usage: Usage, when: float) -> Price:
        return Price(usage.output_tokens / 100 if self.price_known else None)

    def model(self, ref: ModelRef) -> Any:
        return self

    def width(self, ref: ModelRef) -> int | None:
        return self.at_once

    async def complete(self, request: ModelRequest, on_text: OnText) -> Reply:
        import asyncio

        self.calls += 1
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(3):
            await asyncio.sleep(0)
        self.running -= 1
        return Reply("done", usage=Usage(10, 50))


async def fan_out(services: Services, count: int, models: Priced, own: float | None = None, **settings: Any) -> Played:
    """`count` agents side by side, each reserving at most a dollar and costing half of one."""

    class Here(Services):
        def models(self, pace: float | None = None) -> Models:
            return models

    here = Here(services.kinds, services.home, services.settings, services.secrets, environ={})
    config = {"max_tokens": 100, "budget_usd": own}
    nodes: dict[str, Any] = {f"a{i}": ("agent", {"prompt": f"task {i}", **config}) for i in range(count)}
    nodes["all"] = ("merge", {"strategy": "list"})
    edges = [f"a{i}.text -> all.items" for i in range(count)]
    graph = build(nodes, *edges, settings=settings)
    return await play(graph, services=here, options=RunOptions(journal=False, pace=0))


def priced(services: Services) -> Priced:
    return Priced(services.settings, Secrets({}, keyring=lambda: None), {})


async def test_a_fan_out_never_spends_more_than_the_cap_and_pauses_there(services: Services) -> None:
    models = priced(services)
    result = (await fan_out(services, 40, models, budget_usd=5.0)).result
    assert (result.status, result.reason, result.exit_code) == ("paused", "budget", 3)
    assert result.cost_usd is not None
    assert 4.0 <= result.cost_usd <= 5.0, "the cap holds, to within one call's reserve"
    assert models.calls == result.cost_usd / 0.5
    assert models.most <= 5, "what is in flight could never lead over the cap"
    assert any(node.get("reason") == "budget" for node in result.nodes.values())


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
    models.at_once = 4
    played = await fan_out(services, 30, models)
    assert played.result.status == "completed"
    assert (models.calls, models.most) == (30, 4)
    assert {event.data["reason"] for event in played.of("node.waiting")} == {"room at test"}
