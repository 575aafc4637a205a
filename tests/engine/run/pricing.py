"""A catalogue for tests of budgets and widths: models at a price, which count the calls that run at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from engine.base.secrets import Secrets
from engine.models.catalog import Models
from engine.models.contract import ModelRef, ModelRequest, OnText, Price, Reply, Usage
from engine.run.services import Services


class Priced(Models):
    """Costs a dollar for each hundred tokens of output and says so; `a/b` is the model b of the provider a.

    Attributes:
        answer: what a call does; by default it takes three rounds of the loop and costs half a dollar.
        prices: US dollars for a hundred tokens of output, by the model's name, where it is not one dollar.
        widths: by provider; others have none.
        most: most calls at once, by provider; "" is all of them.
    """

    price_known = True

    def __init__(self, services: Services) -> None:
        super().__init__(services.settings, Secrets({}, keyring=lambda: None), {})
        self.calls = 0
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.widths: dict[str, int] = {}
        self.prices: dict[str, float] = {}
        self.asked: list[str] = []
        self.answer: Callable[[str, ModelRequest], Any] = self.half_a_dollar

    def resolve(self, name: str, tiers: Mapping[str, str] | None = None) -> ModelRef:
        provider, _, model = name.rpartition("/")
        return ModelRef(provider or "test", model)

    def missing(self, ref: ModelRef) -> str | None:
        return None

    def price(self, ref: ModelRef, usage: Usage, when: float) -> Price:
        known = usage.output_tokens / 100 * self.prices.get(ref.name, 1.0)
        return Price(known if self.price_known else None)

    def model(self, ref: ModelRef) -> Any:
        return _Called(self, ref)

    def width(self, ref: ModelRef) -> int | None:
        return self.widths.get(ref.provider)

    async def half_a_dollar(self, model: str, request: ModelRequest) -> Reply:
        for _ in range(3):
            await asyncio.sleep(0)
        return Reply("done", usage=Usage(10, 50))

    def serve(self, services: Services) -> Services:
        """Services whose runs call these models."""

        class Here(Services):
            def models(inner, pace: float | None = None) -> Models:  # noqa: N805 - `self` is the catalogue
                return self

        return Here(services.kinds, services.home, services.settings, services.secrets, services.clock, {})


class _Called:
    def __init__(self, models: Priced, ref: ModelRef) -> None:
        self.models, self.ref = models, ref

    async def complete(self, request: ModelRequest, on_text: OnText) -> Reply:
        models, provider = self.models, self.ref.provider
        models.calls += 1
        models.asked.append(self.ref.name)
        for key in ("", provider):
            models.running[key] += 1
            models.most[key] = max(models.most[key], models.running[key])
        try:
            reply: Reply = await models.answer(self.ref.name, request)
            return reply
        finally:
            for key in ("", provider):
                models.running[key] -= 1
