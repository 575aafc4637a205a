"""The same graph on LangGraph: each step is a node of a StateGraph, which waits for all that lead to it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph

from engine.export.standalone.parts.flow import Flow, Outcome, Settled, Step


class State(TypedDict):
    """What the graph was given, and what became of each step so far."""

    values: Mapping[str, Any]
    settled: Annotated[dict[str, Settled], operator.or_]


class OnLangGraph(Flow):
    """A graph that LangGraph runs. Every node is visited; one whose inputs are closed settles as skipped."""

    def compile(self, **how: Any) -> Any:
        """The compiled graph; arguments such as `checkpointer` are LangGraph's own."""
        builder = StateGraph(State)
        for name, step in self.steps.items():
            builder.add_node(name, self._node(step))
        followed: set[str] = set()
        for name, step in self.steps.items():
            sources = sorted({wire.partition(".")[0] for wires in step.wires.values() for wire in wires})
            followed.update(sources)
            builder.add_edge(sources or START, name)
        for name in self.steps.keys() - followed:
            builder.add_edge(name, END)
        return builder.compile(**how)

    async def _ran(self, values: Mapping[str, Any]) -> Outcome:
        ended = await self.compile().ainvoke({"values": values, "settled": {}}, {"recursion_limit": 10_000})
        return self._outcome(ended["settled"])

    def _node(self, step: Step) -> Callable[[State], Any]:
        async def node(state: State) -> dict[str, Any]:
            return {"settled": {step.name: await self._decided(step, state["settled"], state["values"])}}

        return node
