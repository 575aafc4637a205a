"""Rate limits, widths and time limits of calls, on a clock that the test owns (S8, S9)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from engine.base.errors import NodeError
from engine.base.secrets import Secrets
from engine.graph.graph import Graph
from engine.kinds.contract import ERROR, Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.models.catalog import Models
from engine.models.contract import Message, ModelRef, ModelRequest, Reply, Usage
from engine.run.control import Run, RunOptions
from engine.run.services import Services
from engine.testing import HandClock, Played, build, play
from tests.engine.run.pricing import Priced

OPTIONS = RunOptions(journal=False, pace=0)


def agents(count: int, **config: Any) -> Graph:
    """Agents side by side."""
    nodes: dict[str, Any] = {f"a{i}": ("agent", {"model": "m", "prompt": "x", **config}) for i in range(count)}
    return build(nodes, settings={"concurrency": 1000})


def chain() -> Graph:
    """Four agents, one after the other."""
    first: dict[str, Any] = {"a0": ("agent", {"model": "m", "prompt": "x"})}
    rest = {f"a{i}": ("agent", {"model": "m", "prompt": "{{ x }}"}) for i in range(1, 4)}
    return build({**first, **rest}, "a0.text -> a1.x", "a1.text -> a2.x", "a2.text -> a3.x")


async def ask(services: Services, models: Priced, graph: Graph) -> tuple[Played, HandClock]:
    clock = HandClock()
    return await play(graph, services=replace(models.serve(services), clock=clock), options=OPTIONS), clock


def limited(models: Priced, refusals: int, retry_after: float | None = 7.0) -> Callable[..., Any]:
    """The first calls are refused with a 429, once all of them are there."""
    together = asyncio.Event()
    left = refusals

    async def answer(model: str, request: ModelRequest) -> Reply:
        nonlocal left
        if models.calls <= refusals:
            if models.calls == refusals:
                together.set()
            await together.wait()
            left -= 1
            raise NodeError("rate", "Slow down.", retry_after=retry_after)
        for _ in range(3):
            await asyncio.sleep(0)
        return Reply("done", usage=Usage(1, 1))

    return answer


async def test_ten_calls_that_are_refused_together_wait_once_and_come_back_half_as_wide(services: Services) -> None:
    models = Priced(services)
    models.answer = limited(models, 10)
    models.most.clear()
    done, clock = await ask(services, models, agents(10, retry={"attempts": 1}))
    assert done.result.status == "completed"
    assert clock.mono() == 7.0, "one pause for all of them, to the second"
    assert models.calls == 20
    assert all(node["attempts"] == 1 for node in done.result.nodes.values()), "a 429 is no attempt"


async def test_after_a_refusal_the_width_is_half_of_what_was_in_flight(services: Services) -> None:
    models = Priced(services)
    refused = limited(models, 10)
    after: list[int] = []

    async def answer(model: str, request: ModelRequest) -> Reply:
        if models.calls > 10:
            after.append(models.running["test"])
        reply: Reply = await refused(model, request)
        return reply

    models.answer = answer
    await ask(services, models, agents(10))
    assert after[:5] == [1, 2, 3, 4, 5]
    assert max(after) <= 7, "it widens slowly again"


async def test_a_refusal_without_a_word_pauses_for_longer_each_time(services: Services) -> None:
    models = Priced(services)
    models.answer = limited(models, 1, retry_after=None)
    done, clock = await ask(services, models, agents(1))
    assert 1.0 <= clock.mono() <= 2.0
    assert [event.data["wait_s"] for event in done.of("rate.wait")] == [pytest.approx(clock.mono())]


async def test_a_call_waits_for_room_that_headers_told_of_instead_of_being_sent(services: Services) -> None:
    models = Priced(services)
    told = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s"}

    async def answer(model: str, request: ModelRequest) -> Reply:
        return Reply("done", usage=Usage(1, 1), headers=told)

    models.answer = answer
    done, clock = await ask(services, models, chain())
    assert done.result.status == "completed"
    assert clock.mono() == pytest.approx(60.0), "each reply told that its minute is used up"
    assert {node["attempts"] for node in done.result.nodes.values()} == {1}


async def test_nonsense_in_headers_holds_nothing_back(services: Services) -> None:
    models = Priced(services)
    told = {"x-ratelimit-limit-requests": "-5", "x-ratelimit-remaining-requests": "none",
            "x-ratelimit-reset-requests": "9" * 60, "retry-after": "garbage"}  # fmt: skip

    async def answer(model: str, request: ModelRequest) -> Reply:
        return Reply("done", usage=Usage(1, 1), headers=told)

    models.answer = answer
    done, clock = await ask(services, models, chain())
    assert (done.result.status, clock.mono()) == ("completed", 0.0)


async def test_a_wait_longer_than_a_call_may_take_fails_at_once_and_falls_back(services: Services) -> None:
    models = Priced(services)

    async def answer(model: str, request: ModelRequest) -> Reply:
        if model == "m":
            raise NodeError("rate", "Come back tomorrow.", retry_after=3600.0)
        return Reply("done", usage=Usage(1, 1))

    models.answer = answer
    alone, clock = await ask(services, models, agents(3))
    assert {node["error"]["class"] for node in alone.result.nodes.values()} == {"rate"}
    assert clock.mono() == 0.0
    helped, _ = await ask(services, models, agents(3, fallback=["other"]))
    assert helped.result.status == "completed"


async def test_how_long_a_call_waits_in_all_can_be_set(services: Services) -> None:
    models = Priced(services)

    async def answer(model: str, request: ModelRequest) -> Reply:
        raise NodeError("rate", "Slow down.", retry_after=10.0)

    models.answer = answer
    done, clock = await ask(services, models, agents(1, retry={"max_wait_s": 25}))
    assert done.result.nodes["a0"]["error"]["class"] == "rate"
    assert clock.mono() == 20.0


async def test_waiting_for_a_rate_limit_is_not_charged_to_any_time_limit(services: Services) -> None:
    models = Priced(services)
    models.answer = limited(models, 1, retry_after=100.0)
    inner = {"id": "a", "kind": "agent", "config": {"model": "m", "prompt": "x", "timeout_s": 5, "node_timeout_s": 50}}
    body = {"nodes": [inner, {"id": "out", "kind": "output"}], "edges": [{"from": "a.text", "to": "out.value"}]}
    graph = build({"sub": ("subgraph", {"body": body, "node_timeout_s": 60}), "end": "output"},
                  "sub.out -> end.value")  # fmt: skip
    done, clock = await ask(services, models, graph)
    assert (done.result.outputs, clock.mono()) == ({"end": "done"}, 100.0)


@pytest.mark.parametrize(("config", "word"), [({"timeout_s": 5.0}, "5 s"), ({"node_timeout_s": 30.0}, "30 s in all")])
async def test_time_limits_end_what_takes_too_long(services: Services, config: dict[str, Any], word: str) -> None:
    models, clock = Priced(services), HandClock()

    async def answer(model: str, request: ModelRequest) -> Reply:
        asyncio.get_running_loop().call_soon(clock.move, next(iter(config.values())))
        await asyncio.Event().wait()
        raise AssertionError("it never comes back")

    models.answer = answer
    graph = agents(1, retry={"attempts": 1}, **config)
    done = await play(graph, services=replace(models.serve(services), clock=clock), options=OPTIONS)
    error = done.result.nodes["a0"]["error"]
    assert error["class"] == "timeout"
    assert word in error["message"]
    assert clock.waiting == [], "no timer is left"


@pytest.mark.parametrize("width", range(1, 9))
async def test_a_width_is_never_exceeded(services: Services, width: int) -> None:
    models = Priced(services)
    models.widths["test"] = width
    done = await play(agents(40), services=models.serve(services), options=OPTIONS)
    assert done.result.status == "completed"
    assert (models.calls, models.most["test"]) == (40, width)


@pytest.mark.parametrize(("provider", "width"), [("ollama", 4), ("lmstudio", 4), ("llamacpp", 4), ("openai", None)])
def test_local_servers_have_a_width_of_four(services: Services, provider: str, width: int | None) -> None:
    models = Models(services.settings, Secrets({}, keyring=lambda: None), {})
    assert models.width(ModelRef(provider, "m")) == width


async def test_those_who_wait_for_one_provider_do_not_keep_others_from_working(services: Services) -> None:
    models, gate = Priced(services), asyncio.Event()
    models.widths["local"] = 1

    async def answer(model: str, request: ModelRequest) -> Reply:
        if model == "slow":
            await gate.wait()
        elif models.asked.count("quick") == 5:
            gate.set()
        return Reply("done", usage=Usage(1, 1))

    models.answer = answer
    slow = {f"s{i}": ("agent", {"model": "local/slow", "prompt": "x"}) for i in range(10)}
    quick: dict[str, Any] = {f"q{i}": ("agent", {"model": "quick", "prompt": "x"}) for i in range(5)}
    graph = build({**slow, **quick}, settings={"concurrency": 2})
    done = await asyncio.wait_for(play(graph, services=models.serve(services), options=OPTIONS), 60)
    assert done.result.status == "completed"
    assert models.most[""] <= 2, "the run's own width holds all the same"


class AtOnceConfig(NodeConfig):
    calls: int = 3
    model: str = "m"


class AtOnce(Kind[AtOnceConfig]):
    """A node that makes several calls side by side, as a merge does that has a model judge or reduce."""

    name: ClassVar[str] = "at_once"
    title = "At once"
    group = "work"
    icon = "unknown"
    hint = "asks several times"
    Config = AtOnceConfig

    def ports(self, config: AtOnceConfig) -> Ports:
        return Ports((), (Port("text"), ERROR))

    async def run(self, call: Call[AtOnceConfig]) -> Outputs:
        request = ModelRequest((Message("user", "x"),), max_tokens=100)
        asked = [call.chat(call.config.model, request) for _ in range(call.config.calls)]
        return {"text": "".join([reply.text for reply in await asyncio.gather(*asked)])}


@pytest.mark.parametrize("slots", [1, 2, 5])
async def test_each_call_of_a_node_that_makes_several_at_once_holds_a_slot(services: Services, slots: int) -> None:
    models = Priced(services)
    served = models.serve(replace(services, kinds=services.kinds.with_kind(AtOnce())))
    nodes: dict[str, Any] = {f"a{i}": ("at_once", {"calls": 4}) for i in range(3)}
    done = await asyncio.wait_for(play(build(nodes, settings={"concurrency": slots}), services=served), 20)
    assert done.result.status == "completed"
    assert (models.calls, models.most[""]) == (12, slots), "as many as there are slots, and none idle"


@profile(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    slots=st.integers(1, 6), widths=st.tuples(st.integers(1, 5), st.integers(1, 5)), refusals=st.integers(0, 6),
    cap=st.none() | st.integers(2, 30), seed=st.integers(0, 10_000), at_once=st.sampled_from([0, 1, 3]),
)  # fmt: skip
async def test_any_mix_of_limits_ends_holds_them_all_and_leaves_nothing_behind(
    services: Services, slots: int, widths: tuple[int, int], refusals: int, cap: int | None, seed: int, at_once: int
) -> None:
    models, left = Priced(services), refusals
    models.widths = {"p": widths[0], "q": widths[1]}

    async def answer(model: str, request: ModelRequest) -> Reply:
        nonlocal left
        for _ in range((seed + models.calls) % 5):
            await asyncio.sleep(0)
        if left:
            left -= 1
            raise NodeError("rate", "Slow down.", retry_after=float(left))
        return Reply("done", usage=Usage(1, 50))

    models.answer = answer
    nodes: dict[str, Any] = {
        f"a{i}": ("agent", {"model": f"{'pq'[(i + seed) % 2]}/m", "prompt": "x", "max_tokens": 100})
        for i in range(24 - 3 * at_once)
    }
    nodes |= {f"b{i}": ("at_once", {"model": f"{'pq'[i % 2]}/m"}) for i in range(at_once)}
    graph = build(nodes, settings={"concurrency": slots, "budget_usd": cap})
    served = replace(services, kinds=services.kinds.with_kind(AtOnce()))
    done, clock = await asyncio.wait_for(ask(served, models, graph), 60)
    assert done.result.status == ("completed" if cap is None or cap >= 13 else done.result.status)
    assert done.result.status in ("completed", "paused")
    assert models.most["p"] <= widths[0]
    assert models.most["q"] <= widths[1]
    assert models.most[""] <= slots
    assert cap is None or (done.result.cost_usd or 0.0) <= cap
    assert clock.waiting == []


async def test_stopping_a_run_that_waits_leaves_no_timer_and_no_call(services: Services) -> None:
    models, clock = Priced(services), HandClock()
    models.answer = limited(models, 3, retry_after=200.0)
    run = Run(agents(6), options=OPTIONS, services=replace(models.serve(services), clock=clock))

    def watch(batch: Any) -> None:
        if any(event.kind == "rate.wait" for event in batch):
            run.stop()

    models.widths["test"] = 3
    result = await run.execute(watch)
    assert result.status == "cancelled"
    assert clock.waiting == []
    assert models.calls == 3
