"""Attempts and time limits of kinds that call no model (S8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from engine.base.errors import NodeError
from engine.kinds.contract import Call, Capability, Kind, NodeConfig, Outputs, Port, Ports
from engine.plan.capabilities import capabilities
from engine.run.services import Services
from engine.testing import HandClock, Played, build, play


class Flaky(Kind[NodeConfig]):
    """Reaches outside, and fails as told: one entry for each try, None is a success."""

    name: ClassVar[str] = "flaky"
    title, group, icon, hint = "Flaky", "work", "unknown", "fails as told"
    needs_trust = True

    def __init__(self, *tries: NodeError | Callable[[], Any] | None, writes: bool = False) -> None:
        self.tries, self.done, self.writes = tries, 0, writes

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((), (Port("out"),))

    def capabilities(self, config: NodeConfig) -> Iterable[Capability]:
        return (Capability("host", "https://example.org", self.writes),)

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        this = self.tries[min(self.done, len(self.tries) - 1)]
        self.done += 1
        if isinstance(this, NodeError):
            raise this
        if this is not None:
            await this()
        return {"out": "got it"}


async def ask(services: Services, kind: Flaky, **config: Any) -> tuple[Played, HandClock]:
    clock = HandClock()
    return await on(clock, services, kind, config), clock


async def on(clock: HandClock, services: Services, kind: Flaky, config: Mapping[str, Any]) -> Played:
    here = replace(services, clock=clock, kinds=services.kinds.with_kind(kind))
    graph = build({"f": ("flaky", config)})
    here.trust.trust(capabilities(graph, here.kinds), 0.0)
    return await play(graph, services=here)


def fails(kind: Any = "transient", **more: Any) -> NodeError:
    return NodeError(kind, "No luck.", **more)


async def test_what_may_be_gone_at_the_next_try_is_tried_again(services: Services) -> None:
    kind = Flaky(fails(), fails("timeout"), None)
    done, clock = await ask(services, kind)
    assert (done.result.nodes["f"]["status"], done.result.nodes["f"]["attempts"]) == ("ok", 3)
    assert clock.mono() == pytest.approx(sum(event.data["wait_s"] for event in done.of("node.retry")))


@pytest.mark.parametrize("kind_of_error", ["credentials", "bad_request", "refused", "tool", "type", "internal"])
async def test_what_stays_as_it_is_is_not(services: Services, kind_of_error: str) -> None:
    kind = Flaky(fails(kind_of_error), None)
    done, _ = await ask(services, kind)
    assert (kind.done, done.result.nodes["f"]["error"]["class"]) == (1, kind_of_error)


async def test_what_may_have_written_is_tried_again_only_where_its_config_says_so(services: Services) -> None:
    once = Flaky(fails(), None, writes=True)
    done, _ = await ask(services, once)
    assert (once.done, done.result.status) == (1, "failed")
    twice = Flaky(fails(), None, writes=True)
    done, _ = await ask(services, twice, retry={"attempts": 2})
    assert (twice.done, done.result.nodes["f"]["status"]) == (2, "ok")


async def test_a_rate_limit_is_no_attempt_and_not_charged(services: Services) -> None:
    kind = Flaky(fails("rate", retry_after=40.0), fails("rate", retry_after=20.0), None)
    done, clock = await ask(services, kind, retry={"attempts": 1}, node_timeout_s=30)
    assert (done.result.nodes["f"]["status"], done.result.nodes["f"]["attempts"]) == ("ok", 1)
    assert clock.mono() == 60.0
    mixed = Flaky(fails("rate", retry_after=40.0), fails("rate", retry_after=20.0), fails(), None)
    done, _ = await ask(services, mixed, retry={"attempts": 2})
    assert (done.result.nodes["f"]["status"], done.result.nodes["f"]["attempts"]) == ("ok", 2)
    forever = Flaky(fails("rate", retry_after=200.0))
    done, clock = await ask(services, forever)
    assert (done.result.nodes["f"]["error"]["class"], clock.mono()) == ("rate", 200.0)


async def test_an_attempt_has_its_own_time_limit(services: Services) -> None:
    clock = HandClock()

    async def hangs() -> None:
        asyncio.get_running_loop().call_soon(clock.move, 5.0)
        await asyncio.Event().wait()

    done = await on(clock, services, Flaky(hangs, None), {"timeout_s": 5})
    assert (done.result.nodes["f"]["status"], done.result.nodes["f"]["attempts"]) == ("ok", 2)
    assert [event.data["class"] for event in done.of("node.retry")] == ["timeout"]
    assert clock.waiting == []


async def test_the_time_for_all_attempts_is_not_an_attempt_of_its_own(services: Services) -> None:
    clock = HandClock()

    async def hangs() -> None:
        asyncio.get_running_loop().call_soon(clock.move, 5.0)
        await asyncio.Event().wait()

    kind = Flaky(hangs, None)
    done = await on(clock, services, kind, {"node_timeout_s": 5})
    assert (kind.done, done.result.nodes["f"]["error"]["class"]) == (1, "timeout")


async def test_another_node_has_the_slot_until_the_next_try(services: Services) -> None:
    kind = Flaky(fails(), None)
    here = replace(services, clock=HandClock(), kinds=services.kinds.with_kind(kind))
    graph = build({"f": "flaky", "next": "probe", "other": ("probe", {"takes": []})}, "f.out -> next.many",
                  settings={"concurrency": 1})  # fmt: skip
    here.trust.trust(capabilities(graph, here.kinds), 0.0)
    done = await play(graph, services=here)
    assert [event.node for event in done.events if event.kind == "node.ok"] == ["other", "f", "next"]


async def test_what_only_computes_is_not_tried_again_by_itself(services: Services) -> None:
    done = await play(build({"p": ("probe", {"takes": [], "fails": "transient"})}), services=services)
    assert done.result.nodes["p"]["error"]["attempts"] == 1
