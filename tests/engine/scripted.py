"""A provider whose models answer as a test tells them, plugged in as any other provider and wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from engine.base.errors import NodeError
from engine.models.catalog import Offers, providers, wires
from engine.models.contract import Endpoint, ModelRequest, OnText, Provider, Reply, Usage
from engine.run.services import Services

Answer = str | Reply | NodeError | Callable[[ModelRequest], str | Reply | Awaitable[str | Reply]]


@dataclass
class Script:
    """A wire: for each model what it answers in turn, the last answer again and again.

    Attributes:
        asked: every request with the name of its model.
    """

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, ModelRequest]] = field(default_factory=list)
    name: str = "script"

    def says(self, model: str, *answers: Answer) -> None:
        """Texts and replies are answers, errors are raised, functions are asked."""
        self.answers[model] = list(answers)

    async def complete(
        self, http: Any, endpoint: Endpoint, model: str, request: ModelRequest, on_text: OnText
    ) -> Reply:
        self.asked.append((model, request))
        turns = self.answers[model]
        answer = turns.pop(0) if len(turns) > 1 else turns[0]
        if isinstance(answer, NodeError):
            raise answer
        said = answer(request) if callable(answer) else answer
        said = await said if isinstance(said, Awaitable) else said
        reply = said if isinstance(said, Reply) else Reply(said)
        on_text(reply.text)
        return replace(reply, usage=Usage(10, 5), model=model)

    async def list_models(self, http: Any, endpoint: Endpoint) -> list[str]:
        return list(self.answers)

    def on(self, services: Services) -> Services:
        """The same services with the provider `script`: its models are `script/NAME`."""
        provider = Provider("script", "Script", "script", "http://127.0.0.1:9", local=True)
        here = replace(services)
        here.__dict__["_offers"] = Offers(
            lambda: {**providers(), "script": provider}, lambda: {**wires(), "script": self}
        )
        return here

    @property
    def prompts(self) -> list[str]:
        """The last message of each request."""
        return [request.messages[-1].text for _, request in self.asked]
