"""Burr: an `Application` of actions; side by side it runs only the sub-applications of one `MapStates` action."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from itertools import pairwise
from typing import Any

from burr.core import ApplicationBuilder, Condition, State, action
from burr.core.graph import GraphBuilder
from burr.core.parallelism import MapStates

from benchmarks.contest.shapes import Body, NoSuchThing, Run, rungs_of

PACKAGE = "apache-burr"


def build(shape: str, n: int, body: Body) -> Run:
    if shape == "layers":
        raise NoSuchThing

    @action(reads=["value"], writes=["value"])
    async def step(state: State) -> State:
        await body()
        return state.update(value=state["value"] + 1)

    actions, ways, last = {"chain": _chain, "router ladder": _ladder}.get(shape, _fan)(n, step, shape)

    graph = GraphBuilder().with_actions(**actions).with_transitions(*ways).build()

    async def run() -> Any:
        builder = ApplicationBuilder().with_graph(graph)
        app = await builder.with_state(value=0).with_entrypoint(next(iter(actions))).abuild()
        _, _, state = await app.arun(halt_after=last)
        return state["value"]

    return run


def _chain(n: int, step: Any, _: str) -> tuple[dict[str, Any], list[Any], list[str]]:
    names = [f"n{node}" for node in range(n)]
    return dict.fromkeys(names, step), list(pairwise(names)), names[-1:]


def _ladder(n: int, step: Any, _: str) -> tuple[dict[str, Any], list[Any], list[str]]:
    odd, even = Condition.expr("value % 4 > 1"), Condition.expr("value % 4 <= 1")
    names, ways = [], []
    rungs = rungs_of(n)
    for rung in range(rungs):
        names += [f"r{rung}", f"a{rung}", f"b{rung}"]
        ways += [(f"r{rung}", f"b{rung}", odd), (f"r{rung}", f"a{rung}", even)]
        if rung + 1 < rungs:
            ways += [(f"{side}{rung}", f"r{rung + 1}") for side in "ab"]
    return dict.fromkeys(names, step), ways, names[-2:]


def _fan(n: int, step: Any, shape: str) -> tuple[dict[str, Any], list[Any], list[str]]:
    wide = n if shape == "map" else n - 2

    class Wide(MapStates):  # type: ignore[misc]  # an untyped package
        reads, writes = ["value"], ["value"]

        async def states(self, state: State, context: Any, inputs: Any) -> AsyncGenerator[State, None]:
            for item in range(wide):
                yield state.update(value=item)

        def action(self, state: State, inputs: Any) -> Any:
            return step

        async def reduce(self, state: State, results: AsyncGenerator[State, None]) -> State:
            total = 0
            async for found in results:
                total += found["value"]
            return state.update(value=total)

        def is_async(self) -> bool:
            return True

    if shape == "map":
        return {"map": Wide()}, [], ["map"]
    return {"first": step, "wide": Wide(), "last": step}, [("first", "wide"), ("wide", "last")], ["last"]
