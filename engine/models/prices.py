"""What calls cost, from the list prices that genai-prices carries; an unknown price is None and never 0 (S9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.models.contract import Price, Provider, Usage

FREE = Price(0.0)
UNKNOWN = Price(None)
_SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class Quote:
    """What a picker shows of a model: US dollars for a million tokens, and tokens that fit; None is unknown."""

    input_usd: float | None
    output_usd: float | None
    context_tokens: int | None


def price(provider: Provider | None, model: str, usage: Usage, when: float) -> Price:
    """What a call cost.

    Args:
        provider: None is the rehearsal model, which costs nothing, as local servers do.
        when: seconds since 1970; some prices depend on the time of day.
    """
    if provider is None or provider.local:
        return FREE
    if not provider.price_provider:
        return UNKNOWN
    from genai_prices import Usage as Counted
    from genai_prices import calc_price

    cached = min(usage.cached_tokens, usage.input_tokens)
    counted = Counted(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        **({"cache_read_tokens": cached} if cached else {}),
    )
    moment = datetime.fromtimestamp(when, UTC)
    try:
        found = calc_price(counted, model, provider_id=provider.price_provider, genai_request_timestamp=moment)
    except (LookupError, ValueError):
        return UNKNOWN
    return Price(float(found.total_price))


def quote(provider: Provider | None, model: str, when: float) -> Quote:
    """List prices and context size of a model, as far as they are known."""
    return Quote(
        _per_million(price(provider, model, Usage(_SAMPLE, 0), when)),
        _per_million(price(provider, model, Usage(0, _SAMPLE), when)),
        _context(provider.price_provider, model) if provider is not None else None,
    )


def _per_million(cost: Price) -> float | None:
    return None if cost.usd is None else round(cost.usd * 1_000_000 / _SAMPLE, 6)


def _context(price_provider: str, model: str) -> int | None:
    if not price_provider:
        return None
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, found = get_snapshot().find_provider_model(model, None, price_provider, None)
    except LookupError:
        return None
    window: Any = found.context_window
    return window if isinstance(window, int) else None
