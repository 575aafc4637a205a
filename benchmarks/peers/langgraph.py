"""LangGraph: a `StateGraph` with one number in its state, which every node adds to; no checkpointer unless asked."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from benchmarks.contest.shapes import Body, Run, pairs, rungs_of, sources_of

PACKAGE = "langgraph"


class State(TypedDict):
    value: Annotated[int, operator.add]


def build(shape: str, n: int, body: Body, checkpointer: Any = None) -> Run:
    async def step(_: Any) -> dict[str, int]:
        await body()
        return {"value": 1}

    graph: Any = StateGraph(State)
    {"router ladder": _ladder, "map": _map}.get(shape, lambda *given: _dag(shape, *given))(graph, n, step)
    compiled = graph.compile(checkpointer=checkpointer)
    threads = iter(range(1_000_000))

    async def run() -> Any:
        config = {"recursion_limit": 10 * n + 100, "configurable": {"thread_id": str(next(threads))}}
        return (await compiled.ainvoke({"value": 0}, config))["value"]

    return run


def _dag(shape: str, graph: Any, n: int, step: Any) -> None:
    leads_on = {source for source, _ in pairs(shape, n)}
    for node, sources in enumerate(sources_of(shape, n)):
        graph.add_node(f"n{node}", step)
        if sources:
            graph.add_edge([f"n{source}" for source in sources], f"n{node}")
        else:
            graph.add_edge(START, f"n{node}")
        if node not in leads_on:
            graph.add_edge(f"n{node}", END)


def _ladder(graph: Any, n: int, step: Any) -> None:
    rungs = rungs_of(n)
    for rung in range(rungs):
        graph.add_node(f"r{rung}", step)
        for side in "ab":
            graph.add_node(f"{side}{rung}", step)
            graph.add_edge(f"{side}{rung}", f"r{rung + 1}" if rung + 1 < rungs else END)
        ways = {"even": f"a{rung}", "odd": f"b{rung}"}
        graph.add_conditional_edges(f"r{rung}", lambda state: "odd" if state["value"] % 4 > 1 else "even", ways)
    graph.add_edge(START, "r0")


def _map(graph: Any, n: int, step: Any) -> None:
    graph.add_node("item", step)
    graph.add_conditional_edges(START, lambda _: [Send("item", {"value": item}) for item in range(n)], ["item"])
    graph.add_edge("item", END)
