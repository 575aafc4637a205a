"""pydantic-graph: its builder (once "beta"), the one that runs steps side by side."""

from __future__ import annotations

from typing import Any

from pydantic_graph import GraphBuilder, StepContext, TypeExpression
from pydantic_graph.join import reduce_sum

from benchmarks.contest.shapes import Body, Run, pairs, rungs_of, sources_of

PACKAGE = "pydantic-graph"


def build(shape: str, n: int, body: Body) -> Run:
    graph: Any = GraphBuilder(input_type=int, output_type=int)

    async def step(ctx: StepContext[None, None, int]) -> int:
        await body()
        return (ctx.inputs + 1) % 1_000_003

    {"router ladder": _ladder, "map": _map}.get(shape, lambda *given: _dag(shape, *given))(graph, n, step)
    built = graph.build()

    async def run() -> Any:
        return await built.run(inputs=0)

    return run


def _dag(shape: str, graph: Any, n: int, step: Any) -> None:
    """A node with several before it stands behind a join that adds them up."""
    before = sources_of(shape, n)
    steps = [graph.step(step, node_id=f"n{node}") for node in range(n)]
    doors = [
        graph.join(reduce_sum, initial=0, node_id=f"j{node}") if len(sources) > 1 else steps[node]
        for node, sources in enumerate(before)
    ]
    after: dict[int, list[Any]] = {}
    for source, target in pairs(shape, n):
        after.setdefault(source, []).append(doors[target])
    graph.add(graph.edge_from(graph.start_node).to(*(doors[node] for node in range(n) if not before[node])))
    for node in range(n):
        if doors[node] is not steps[node]:
            graph.add(graph.edge_from(doors[node]).to(steps[node]))
        if node in after:
            graph.add(graph.edge_from(steps[node]).to(*after[node]))
    ends = [steps[node] for node in range(n) if node not in after]
    if len(ends) == 1:
        graph.add(graph.edge_from(ends[0]).to(graph.end_node))
    else:
        last = graph.join(reduce_sum, initial=0, node_id="last")
        graph.add(graph.edge_from(*ends).to(last), graph.edge_from(last).to(graph.end_node))


def _ladder(graph: Any, n: int, step: Any) -> None:
    rungs = rungs_of(n)
    routers = [graph.step(step, node_id=f"r{rung}") for rung in range(rungs)]
    graph.add(graph.edge_from(graph.start_node).to(routers[0]))
    for rung in range(rungs):
        sides = [graph.step(step, node_id=f"{side}{rung}") for side in "ab"]
        decision = graph.decision(node_id=f"d{rung}")
        odd, even = TypeExpression[int], TypeExpression[int]
        decision = decision.branch(graph.match(odd, matches=lambda value: value % 4 > 1).to(sides[1]))
        decision = decision.branch(graph.match(even, matches=lambda value: value % 4 <= 1).to(sides[0]))
        graph.add(graph.edge_from(routers[rung]).to(decision))
        graph.add(graph.edge_from(*sides).to(routers[rung + 1] if rung + 1 < rungs else graph.end_node))


def _map(graph: Any, n: int, step: Any) -> None:
    async def listed(ctx: StepContext[None, None, int]) -> list[int]:
        return list(range(n))

    items, item = graph.step(listed, node_id="items"), graph.step(step, node_id="item")
    total = graph.join(reduce_sum, initial=0, node_id="total")
    graph.add(
        graph.edge_from(graph.start_node).to(items),
        graph.edge_from(items).map().to(item),
        graph.edge_from(item).to(total),
        graph.edge_from(total).to(graph.end_node),
    )
