"""What one writes by hand with nothing but asyncio: no events, no errors, no limits, no history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from benchmarks.contest.shapes import Body, Run, pairs, rungs_of

PACKAGE = ""


def build(shape: str, n: int, body: Body) -> Run:
    return {"router ladder": _ladder, "map": _map}.get(shape, _dag(shape))(n, body)


def _dag(shape: str) -> Callable[[int, Body], Run]:
    def made(n: int, body: Body) -> Run:
        before: list[list[int]] = [[] for _ in range(n)]
        after: list[list[int]] = [[] for _ in range(n)]
        for source, target in pairs(shape, n):
            before[target].append(source)
            after[source].append(target)

        async def run() -> Any:
            waiting = [len(sources) for sources in before]
            values = [0] * n
            tasks: set[asyncio.Task[None]] = set()
            left, done = n, asyncio.get_running_loop().create_future()

            async def one(node: int) -> None:
                nonlocal left
                await body()
                values[node] = (sum(values[source] for source in before[node]) + 1) % 1_000_003
                for target in after[node]:
                    waiting[target] -= 1
                    if not waiting[target]:
                        start(target)
                left -= 1
                if not left:
                    done.set_result(None)

            def start(node: int) -> None:
                task = asyncio.create_task(one(node))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

            for node in range(n):
                if not waiting[node]:
                    start(node)
            await done
            return values[-1]

        return run

    return made


def _ladder(n: int, body: Body) -> Run:
    async def run() -> Any:
        value = 0
        for _ in range(rungs_of(n)):
            await body()
            value += 1
            if value % 4 > 1:
                await body()
                value += 1
            else:
                await body()
                value += 1
        return value

    return run


def _map(n: int, body: Body) -> Run:
    async def one(item: int) -> int:
        await body()
        return item + 1

    async def run() -> Any:
        return len(await asyncio.gather(*(one(item) for item in range(n))))

    return run
