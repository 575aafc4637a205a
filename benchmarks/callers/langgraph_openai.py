"""LangGraph with its usual client, langchain-openai: nodes side by side that stream a chat model."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import httpx
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph

from benchmarks.contest.server import TEXT
from benchmarks.contest.shapes import Run

PACKAGE = "langchain-openai"


class State(TypedDict):
    texts: Annotated[list[str], operator.add]


def build(shape: str, n: int, url: str) -> Run:
    # The client that langchain-openai shares between models stays with the event loop of the first size.
    client = httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=None)
    model = ChatOpenAI(
        model="model", base_url=url, api_key="none", max_retries=0, stream_usage=True, http_async_client=client
    )
    graph: Any = StateGraph(State)
    for number in range(n):

        async def call(_: Any, number: int = number) -> dict[str, list[str]]:
            parts = [str(piece.content) async for piece in model.astream(f"Question {number}")]
            return {"texts": ["".join(parts)]}

        graph.add_node(f"a{number}", call)
        graph.add_edge(START, f"a{number}")
        graph.add_edge(f"a{number}", END)
    compiled = graph.compile()

    async def run() -> Any:
        found = await compiled.ainvoke({"texts": []}, {"recursion_limit": n + 100})
        assert found["texts"] == [TEXT] * n
        return n

    return run
