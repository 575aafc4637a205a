"""What the studio asks about models: names to choose from, what a plan means, what a graph would really call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import BatonError
from engine.base.settings import TIERS
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.models.tiers import REHEARSAL as REHEARSES
from engine.models.tiers import follow, parse

if TYPE_CHECKING:
    from engine.models.catalog import Models
    from engine.models.prices import Quote
    from engine.run.services import Services

REHEARSAL = "rehearsal"


def catalogue(services: Services) -> Models:
    """The models as the services know them; asks neither network nor keyring."""
    return services.models()


def model_names(services: Services) -> list[str]:
    """Tiers, then the known models of each provider as `provider/model`, then rehearsal."""
    models = catalogue(services)
    known = [f"{each.name}/{name}" for each in models.providers.values() for name in each.models]
    local = [f"{provider}/{name}" for provider, names in models.local.items() for name in names]
    return list(dict.fromkeys([*TIERS, *local, *known, REHEARSAL]))


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model as a picker shows it.

    Attributes:
        hint: what a tier means now; the provider of a model, and what it lacks to be called.
        cost: US dollars for a million tokens in and out, and how many tokens fit, as far as they are known.
        words: more that a search may hit.
    """

    name: str
    hint: str
    cost: str
    words: str = ""


def model_rows(services: Services) -> list[ModelRow]:
    """All models of `model_names` with what they cost. Reads the price list, which takes a second the first time."""
    models = catalogue(services)
    tiers = models.tiers()
    rows = []
    for name in model_names(services):
        ref = parse(follow(name, tiers), models.providers) or REHEARSES
        provider = models.providers.get(ref.provider)
        hint = f"→ {tiers[name][0]}" if name in tiers else provider.title if provider else "built in, costs nothing"
        if models.missing(ref) and name not in tiers:
            hint += " · no key"
        cost = "free" if provider is None or provider.local else _cost(models.quote(ref, time.time()))
        rows.append(ModelRow(name, hint, cost, "tier" if name in tiers else ref.provider))
    return rows


def _cost(quote: Quote) -> str:
    parts = []
    if quote.input_usd is not None and quote.output_usd is not None:
        parts.append(f"${quote.input_usd:g} / ${quote.output_usd:g}")
    if quote.context_tokens:
        size = quote.context_tokens
        parts.append(f"{size / 1_000_000:g}M" if size >= 1_000_000 else f"{size // 1000}k")
    return " · ".join(parts) or "price unknown"


def tiers_of_plan(services: Services, plan: str) -> dict[str, str]:
    """What the tiers mean under a plan of the Models menu: {} as mapped, else all what `cheap` or `best` is."""
    if plan not in TIERS:
        return {}
    meant = catalogue(services).tiers()[plan][0]
    return dict.fromkeys(TIERS, meant)


def tier_name(services: Services, tier: str) -> str:
    """The model that a tier means now, without its provider; "" for a rehearsal, which nodes mark in their own way."""
    name, source = catalogue(services).tiers().get(tier, ("", "rehearsal"))
    return "" if source == "rehearsal" else name.partition("/")[2] or name


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the models of a graph would be in a run started now.

    Attributes:
        rehearsed: some model is the built-in one because nothing else is there.
        missing: one sentence for each model that cannot be called.
    """

    rehearsed: bool
    missing: tuple[str, ...]


def outlook(services: Services, kinds: Kinds, graph: Graph, tiers: dict[str, str]) -> Outlook:
    """Looks at every model that a graph names; names that mean nothing are left to check."""
    models = catalogue(services)
    rehearsed, missing = False, []
    for name in dict.fromkeys(_first_models(kinds, graph)):
        try:
            ref = models.resolve(name, tiers)
        except BatonError:
            continue
        rehearsed = rehearsed or (str(ref).startswith(REHEARSAL) and name != REHEARSAL)
        sentence = models.missing(ref)
        if sentence:
            missing.append(sentence)
    return Outlook(rehearsed, tuple(dict.fromkeys(missing)))


def _first_models(kinds: Kinds, graph: Graph) -> Iterator[str]:
    for node in graph.nodes.values():
        kind = kinds.get(node.kind)
        if kind is None:
            continue
        try:
            yield from kind.models(kinds.config(node.kind, node.config))[:1]
        except BatonError:
            continue
