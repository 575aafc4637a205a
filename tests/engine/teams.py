"""Managers and specialists for tests: models that answer as told, and the graphs they work in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from engine.base.errors import NodeError
from engine.graph.graph import Graph
from engine.models.contract import ModelRequest, Reply, ToolCall, Usage
from engine.run.services import Services
from engine.testing import build
from tests.engine.run.pricing import Priced

Turn = str | Reply | NodeError | Callable[[ModelRequest], Any]


def delegate(*tasks: tuple[str, str], **more: Any) -> Reply:
    """A manager's turn in which it gives each specialist its brief, all at once."""
    arguments = [{"specialist": name, "brief": brief, "expected": "an answer", **more} for name, brief in tasks]
    calls = tuple(ToolCall(f"c{number}", "delegate", given) for number, given in enumerate(arguments))
    return Reply("", calls, Usage(10, 10), "tool_calls")


def reject(reason: str) -> Reply:
    """A specialist's turn in which it turns its brief down."""
    return Reply("", (ToolCall("r", "reject", {"reason": reason}),), Usage(10, 10), "tool_calls")


class Cast(Priced):
    """Each model says its turns in order, the last one again and again.

    Attributes:
        heard: every request, with the name of its model.
    """

    def __init__(self, services: Services, **turns: Turn | list[Turn]) -> None:
        super().__init__(services)
        self.turns = {name: list(said) if isinstance(said, list) else [said] for name, said in turns.items()}
        self.heard: list[tuple[str, ModelRequest]] = []
        self.answer = self._say

    async def _say(self, model: str, request: ModelRequest) -> Reply:
        self.heard.append((model, request))
        turns = self.turns[model]
        turn = turns.pop(0) if len(turns) > 1 else turns[0]
        said = turn(request) if callable(turn) else turn
        said = await said if inspect.isawaitable(said) else said
        if isinstance(said, NodeError):
            raise said
        return said if isinstance(said, Reply) else Reply(said, usage=Usage(10, 50))

    def of(self, model: str) -> list[ModelRequest]:
        """What one model was asked."""
        return [request for name, request in self.heard if name == model]


def told(request: ModelRequest) -> list[str]:
    """What a manager was told by its tools, in order."""
    return [message.text for message in request.messages if message.role == "tool"]


def desk(*team: str, task: str = "Help me.", **config: Any) -> Graph:
    """A manager `lead` on the model `lead` with specialists of these names, each on the model of its name."""
    agents = {
        name: ("agent", {"model": name, "prompt": "{{ brief }}", "description": f"{name} things"}) for name in team
    }
    lead = {"model": "lead", "prompt": "{{ task }}", "retry": {"attempts": 1}, **config}
    return build(
        {"task": ("input", {"default": task}), "lead": ("manager", lead), **agents, "out": "output"},
        "task.value -> lead.task", "lead.text -> out.value", *(f"lead.team -> {name}.brief" for name in team),
    )  # fmt: skip
