"""Forecasts a run before it starts: tokens, money and time as ranges, for each way to choose the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from engine.base.settings import TIERS
from engine.base.values import Value
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.models.contract import ModelRef, Price, Usage
from engine.models.prices import Quote
from engine.plan.amount import Amount
from engine.plan.forecast import forecast
from engine.plan.learnt import UNTAUGHT, Learnt
from engine.plan.manner import REHEARSAL, VENDOR, Manner

PLANS: Final[Mapping[str, str]] = {
    "mapped": "as mapped",
    "cheap": "all cheap",
    "best": "all best",
    "rehearsal": "rehearsal",
}
"""The ways to choose models that are compared."""

ASSUMPTIONS: Final = (
    "A token is taken for four characters.",
    "An answer has 30 to 1,000 tokens, one with a schema 20 to 500, a route 10 to 60; max_tokens caps it.",
    "An input without a value has 20 to 2,000 tokens, and so has what comes from outside: files, pages, code.",
    "A model begins after 0.3 to 2 seconds and writes 40 to 150 tokens a second.",
    "The rehearsal model writes less, and 50 to 300 tokens a second.",
    "A loop takes 1 to max_passes passes, a map as many items as its list has, else 0 to max_items.",
    "An agent with tools asks 1 to max_turns times.",
    "A merge with a model makes one call, more where its branches are longer than the model reads at once.",
    "A manager delegates 0 to max_delegations times, evenly over its team; a swarm has 1 to max_tasks sub-agents.",
    "Prompts, answers, calls and repeats of a node that ran before are taken from the latest stored runs instead.",
    "What stands behind a route or an error port may not run; nothing is tried twice.",
)


class PricedModels(Protocol):
    """What the estimate asks about models: names and list prices, no network."""

    def resolve(self, name: str, tiers: Mapping[str, str] | None = None) -> ModelRef: ...

    def price(self, ref: ModelRef, usage: Usage, when: float) -> Price: ...

    def quote(self, ref: ModelRef, when: float) -> Quote: ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """One way to choose the models, and what a run would take. `usd` is None when a price is not known (S9).

    Attributes:
        models: node (`outer/inner` inside containers) -> the model that it would call.
        unknown: the models whose price is not known.
    """

    plan: str
    title: str
    calls: Amount
    input_tokens: Amount
    output_tokens: Amount
    seconds: Amount
    usd: Amount | None
    models: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The estimate as a JSON object; ranges are `{"low", "high"}`, an unknown price is null."""
        return {
            "plan": self.plan,
            "title": self.title,
            "calls": self.calls.as_json(),
            "input_tokens": self.input_tokens.as_json(),
            "output_tokens": self.output_tokens.as_json(),
            "tokens": (self.input_tokens + self.output_tokens).as_json(),
            "usd": None if self.usd is None else self.usd.as_json(),
            "seconds": self.seconds.as_json(),
            "models": dict(self.models),
            "unknown_prices": list(self.unknown),
        }


def estimate(
    graph: Graph, kinds: Kinds, models: PricedModels, *, inputs: Mapping[str, Value] | None = None, when: float,
    tiers: Mapping[str, str] | None = None, learnt: Learnt = UNTAUGHT,
) -> list[Estimate]:  # fmt: skip
    """A run's tokens, US dollars and seconds, for each of `PLANS`.

    Args:
        inputs: the values that the run would get; else the defaults of the inputs.
        when: seconds since 1970; some prices depend on the time.
        tiers: what tiers mean in this run.
        learnt: what earlier runs of the graph took (`engine.archive.learning`).

    Raises:
        NodeError: a node names a model that there is not.
    """
    return [_estimate(plan, graph, kinds, models, inputs or {}, when, tiers or {}, learnt) for plan in PLANS]


def _estimate(
    plan: str, graph: Graph, kinds: Kinds, models: PricedModels, inputs: Mapping[str, Value], when: float,
    tiers: Mapping[str, str], learnt: Learnt,
) -> Estimate:  # fmt: skip
    def manner(name: str, node: str) -> Manner:
        ref = _model(plan, name, models, tiers)
        call = (node, str(ref))
        general = REHEARSAL if ref.provider == "rehearsal" else VENDOR
        able = replace(general, context_tokens=models.quote(ref, when).context_tokens)
        return able.learnt(learnt.answers.get(call), learnt.seconds.get(call))

    found = forecast(graph, kinds, inputs, manner, learnt)
    nothing = Amount(0, 0)
    result = Estimate(plan, PLANS[plan], nothing, nothing, nothing, found.seconds, nothing)
    chosen: dict[str, str] = {}
    unknown: dict[str, None] = {}
    usd: Amount | None = nothing
    for call in found.calls:
        ref = _model(plan, call.model, models, tiers)
        chosen[call.node] = str(ref)
        low = models.price(ref, Usage(int(call.input.low), int(call.output.low)), when).usd
        high = models.price(ref, Usage(int(call.input.high), int(call.output.high)), when).usd
        if low is None or high is None:
            unknown[str(ref)] = None
        else:
            usd = (usd or nothing) + Amount(low * call.times.low, high * call.times.high)
        result = replace(
            result,
            calls=result.calls + call.times,
            input_tokens=result.input_tokens + call.input * call.times,
            output_tokens=result.output_tokens + call.output * call.times,
        )
    return replace(result, usd=None if unknown else usd, models=chosen, unknown=tuple(unknown))


def _model(plan: str, name: str, models: PricedModels, tiers: Mapping[str, str]) -> ModelRef:
    if plan == "rehearsal":
        return models.resolve("rehearsal")
    if plan in ("cheap", "best") and name in TIERS:
        name = plan
    return models.resolve(name, tiers)
