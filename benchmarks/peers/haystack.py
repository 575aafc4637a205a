"""Haystack: a `Pipeline` of components run with `run_async`, as many at once as there are.

No postponed annotations here: Haystack reads the types of a component from its signature.
"""

from typing import Any

from haystack import Pipeline, component
from haystack.core.component.types import Variadic

from benchmarks.contest.shapes import Body, NoSuchThing, Run, rungs_of, sources_of

PACKAGE = "haystack-ai"


def build(shape: str, n: int, body: Body) -> Run:
    if shape == "map":
        raise NoSuchThing
    pipeline = Pipeline(max_runs_per_component=10)
    firsts = _ladder(pipeline, n, body) if shape == "router ladder" else _dag(pipeline, shape, n, body)

    async def run() -> Any:
        found = await pipeline.run_async({name: {"given": 0} for name in firsts}, concurrency_limit=max(4, n))
        return next(iter(found.values()))["value"]

    return run


def _first(body: Body) -> Any:
    @component
    class First:
        @component.output_types(value=int)
        def run(self, given: int) -> dict[str, int]:
            return {"value": given}

        @component.output_types(value=int)
        async def run_async(self, given: int) -> dict[str, int]:
            await body()
            return {"value": given + 1}

    return First


def _step(body: Body) -> Any:
    @component
    class Step:
        @component.output_types(value=int)
        def run(self, items: Variadic[int]) -> dict[str, int]:
            return {"value": 0}

        @component.output_types(value=int)
        async def run_async(self, items: Variadic[int]) -> dict[str, int]:
            await body()
            return {"value": (sum(items) + 1) % 1_000_003}

    return Step


def _router(body: Body) -> Any:
    @component
    class Router:
        @component.output_types(even=int, odd=int)
        def run(self, items: Variadic[int]) -> dict[str, int]:
            return {}

        @component.output_types(even=int, odd=int)
        async def run_async(self, items: Variadic[int]) -> dict[str, int]:
            await body()
            value = sum(items) + 1
            return {"odd" if value % 4 > 1 else "even": value}

    return Router


def _dag(pipeline: Any, shape: str, n: int, body: Body) -> list[str]:
    first, step = _first(body), _step(body)
    before = sources_of(shape, n)
    for node, sources in enumerate(before):
        pipeline.add_component(f"n{node}", step() if sources else first())
    for node, sources in enumerate(before):
        for source in sources:
            pipeline.connect(f"n{source}.value", f"n{node}.items")
    return [f"n{node}" for node, sources in enumerate(before) if not sources]


def _ladder(pipeline: Any, n: int, body: Body) -> list[str]:
    first, step, router = _first(body), _step(body), _router(body)
    pipeline.add_component("start", first())
    ends = ["start"]
    for rung in range(rungs_of(n)):
        pipeline.add_component(f"r{rung}", router())
        for end in ends:
            pipeline.connect(f"{end}.value", f"r{rung}.items")
        ends = [f"{side}{rung}" for side in "ab"]
        for end, way in zip(ends, ("even", "odd"), strict=True):
            pipeline.add_component(end, step())
            pipeline.connect(f"r{rung}.{way}", f"{end}.items")
    return ["start"]
