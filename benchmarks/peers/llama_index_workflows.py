"""LlamaIndex workflows: a step and a type of event for each node; joins by `collect_events`."""

from __future__ import annotations

from typing import Any

from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

from benchmarks.contest.shapes import Body, Run, pairs, rungs_of, sources_of

PACKAGE = "llama-index-workflows"


def build(shape: str, n: int, body: Body) -> Run:
    flow = type("Flow", (Workflow,), {})
    {"router ladder": _ladder, "map": _map}.get(shape, lambda *given: _dag(shape, *given))(flow, n, body)
    workflow = flow(timeout=None, disable_validation=True)

    async def run() -> Any:
        return await workflow.run()

    return run


def _event(name: str) -> type[Event]:
    return type(name, (Event,), {"__annotations__": {"value": int}})


def _dag(shape: str, flow: Any, n: int, body: Body) -> None:
    before = sources_of(shape, n)
    after: list[list[int]] = [[] for _ in range(n)]
    for source, target in pairs(shape, n):
        after[source].append(target)
    events = [_event(f"To{node}") for node in range(n)]
    last = _event("Last")

    def add(node: int) -> None:
        kind, many = events[node], max(1, len(before[node]))

        async def one(ctx: Context, ev: Any) -> Any:
            found = [ev] if many == 1 else ctx.collect_events(ev, [kind] * many)
            if found is None:
                return None
            await body()
            value = (sum(each.value for each in found) + 1) % 1_000_003
            for target in after[node]:
                ctx.send_event(events[target](value=value))
            return None if after[node] else last(value=value)

        _add(flow, f"n{node}", one, kind, last | None)

    async def first(ctx: Context, ev: StartEvent) -> Any:
        for node in range(n):
            if not before[node]:
                ctx.send_event(events[node](value=0))

    ends = sum(1 for node in range(n) if not after[node])

    async def end(ctx: Context, ev: Any) -> Any:
        found = ctx.collect_events(ev, [last] * ends)
        return StopEvent(result=found[-1].value) if found else None

    for node in range(n):
        add(node)
    _add(flow, "first", first, StartEvent, None)
    _add(flow, "end", end, last, StopEvent | None)


def _add(flow: Any, name: str, work: Any, takes: Any, gives: Any, workers: int = 4) -> None:
    work.__name__ = work.__qualname__ = name
    work.__annotations__ = {"ctx": Context, "ev": takes, "return": gives if gives is not None else type(None)}
    step(workflow=flow, num_workers=workers)(work)


def _ladder(flow: Any, n: int, body: Body) -> None:
    rungs = rungs_of(n)
    routers = [_event(f"ToR{rung}") for rung in range(rungs)]
    sides = [(_event(f"ToA{rung}"), _event(f"ToB{rung}")) for rung in range(rungs)]

    def add(rung: int) -> None:
        even, odd = sides[rung]
        following = routers[rung + 1] if rung + 1 < rungs else None

        async def route(ctx: Context, ev: Any) -> Any:
            await body()
            value = ev.value + 1
            return (odd if value % 4 > 1 else even)(value=value)

        _add(flow, f"r{rung}", route, routers[rung], even | odd)
        for kind, side in zip(sides[rung], "ab", strict=True):

            async def work(ctx: Context, ev: Any) -> Any:
                await body()
                return following(value=ev.value + 1) if following else StopEvent(result=ev.value + 1)

            _add(flow, f"{side}{rung}", work, kind, following or StopEvent)

    async def first(ctx: Context, ev: StartEvent) -> Any:
        return routers[0](value=0)

    for rung in range(rungs):
        add(rung)
    _add(flow, "first", first, StartEvent, routers[0])


def _map(flow: Any, n: int, body: Body) -> None:
    item, done = _event("Item"), _event("Done")

    async def first(ctx: Context, ev: StartEvent) -> Any:
        for number in range(n):
            ctx.send_event(item(value=number))

    async def one(ctx: Context, ev: Any) -> Any:
        await body()
        return done(value=ev.value + 1)

    async def end(ctx: Context, ev: Any) -> Any:
        found = ctx.collect_events(ev, [done] * n)
        return StopEvent(result=len(found)) if found else None

    _add(flow, "first", first, StartEvent, item | None)
    _add(flow, "one", one, item, done, workers=max(4, n))
    _add(flow, "end", end, done, StopEvent | None)
