"""A swarm of sub-agents with many calls of a tool each, on a provider that answers by itself as a model would."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any, Final

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.models.catalog import Offers, providers, wires
from engine.models.contract import Endpoint, ModelRequest, OnText, Provider, Reply, ToolCall, Usage
from engine.run.services import Services

AGENTS, CALLS = 100, 15
PIECES, PIECE_S = 4, 0.05
"""Pieces of text that come before each call of a tool, and seconds between two of them."""
PIECE: Final = "some words on the way "


class Crew:
    """A wire: the model `plan` plans, the model `work` calls its tool so often and then says what it found."""

    name = "crew"

    def __init__(self, agents: int = AGENTS, calls: int = CALLS) -> None:
        self._agents, self._calls = agents, calls

    async def complete(
        self, http: Any, endpoint: Endpoint, model: str, request: ModelRequest, on_text: OnText
    ) -> Reply:
        if model == "plan":
            tasks = [{"title": f"Part {at}", "brief": f"Find out part {at}."} for at in range(self._agents)]
            return Reply(json.dumps({"tasks": tasks}), usage=Usage(100, 1000), model=model)
        for _ in range(PIECES):
            on_text(PIECE)
            await asyncio.sleep(PIECE_S)
        done = sum(message.role == "tool" for message in request.messages)
        calls = (ToolCall(f"c{done}", request.tools[0].name, {}),) if done < self._calls else ()
        end = "tool_calls" if calls else "stop"
        return Reply(PIECE * PIECES, calls, Usage(200, 20), end, model=model)

    async def list_models(self, http: Any, endpoint: Endpoint) -> list[str]:
        return ["plan", "work"]

    def on(self, services: Services) -> Services:
        """The same services with the provider `crew`."""
        provider = Provider("crew", "Crew", "crew", "http://127.0.0.1:9", local=True, width=self._agents)
        here = replace(services)
        here.__dict__["_offers"] = Offers(lambda: {**providers(), "crew": provider}, lambda: {**wires(), "crew": self})
        return here

    def graph(self) -> Graph:
        """A swarm, what it is asked, and its report."""
        worker = {"model": "crew/work", "tools": ["clock.now"], "max_turns": self._calls + 5}
        config = {
            "model": "crew/plan", "prompt": "{{ question }}", "swarm": True, "merge": "list", "worker": worker,
            "width": self._agents, "max_tasks": self._agents,
        }  # fmt: skip
        nodes = [
            Node("question", "input", "Question", {"type": "text", "default": "What is known?"}),
            Node("swarm", "manager", "Swarm", config),
            Node("report", "output", "Report"),
        ]
        edges = [Edge("question", "value", "swarm", "question"), Edge("swarm", "text", "report", "value")]
        places = {"question": (0.0, 60.0), "swarm": (272.0, 60.0), "report": (600.0, 0.0)}
        head = {"name": "swarm", "settings": {"concurrency": self._agents}}
        return Graph(head, {node.id: node for node in nodes}, {edge.key: edge for edge in edges}, places)
