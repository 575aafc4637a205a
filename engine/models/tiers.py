"""What `cheap`, `medium` and `best` mean here and now: a pure rule over what is set, keyed and running."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from engine.base.settings import TIERS
from engine.models.contract import ModelRef, Provider

REHEARSAL = ModelRef("rehearsal", "rehearsal")
Source = Literal["run", "settings", "key", "local", "rehearsal"]


def tier_names(
    run: Mapping[str, str],
    settings: Mapping[str, str],
    keyed: Sequence[Provider],
    local: Mapping[str, Sequence[str]],
    own: Mapping[str, Mapping[str, str]],
) -> dict[str, tuple[str, Source]]:
    """Each tier's model and why it is that one (formats.md, Environment).

    Args:
        run: tiers mapped for this run; they win.
        settings: tiers mapped in the settings; they come next.
        keyed: providers that have a key, in order of preference; the first that has tiers gets what is unmapped.
        local: models of the local servers that run, in order of preference.
        own: provider -> tiers that the user set for this provider.

    Returns:
        tier -> (`provider/model` or `rehearsal` or another tier, where that comes from).
    """
    found: dict[str, tuple[str, Source]] = {}
    for tier in TIERS:
        if tier in run:
            found[tier] = run[tier], "run"
        elif tier in settings:
            found[tier] = settings[tier], "settings"
        else:
            found[tier] = _unmapped(tier, keyed, local, own)
    return found


def follow(name: str, mapping: Mapping[str, tuple[str, Source]]) -> str:
    """`name` with tiers replaced; a tier may stand for another one, and a circle of them is rehearsal."""
    for _ in range(len(TIERS) + 1):
        if name not in mapping:
            return name
        name = mapping[name][0].strip()
    return str(REHEARSAL)


def parse(name: str, providers: Iterable[str]) -> ModelRef | None:
    """`provider/model` or `rehearsal`, or None when it is neither."""
    if name == str(REHEARSAL):
        return REHEARSAL
    provider, _, model = name.partition("/")
    return ModelRef(provider, model) if model and provider in set(providers) else None


def suggestion(name: str, providers: Sequence[Provider]) -> str:
    """The nearest name that exists, as a sentence, or how names look when nothing is near."""
    known = {model: f"{each.name}/{model}" for each in reversed(providers) for model in each.models}
    choices = [*TIERS, str(REHEARSAL), *known.values()]
    if name in known:
        return f"Did you mean {known[name]}?"
    import difflib

    provider, slash, model = name.partition("/")
    if slash and (near := difflib.get_close_matches(provider, [each.name for each in providers], 1)):
        return f"Did you mean {near[0]}/{model}?"
    if near := difflib.get_close_matches(name, [*choices, *known], 1, 0.7):
        return f"Did you mean {known.get(near[0], near[0])}?"
    return "Write a tier (cheap, medium, best), provider/model (such as openai/gpt-5) or rehearsal."


def _unmapped(
    tier: str, keyed: Sequence[Provider], local: Mapping[str, Sequence[str]], own: Mapping[str, Mapping[str, str]]
) -> tuple[str, Source]:
    for provider in keyed:
        if model := own.get(provider.name, {}).get(tier) or provider.tiers.get(tier):
            return f"{provider.name}/{model}", "key"
    for name, models in local.items():
        if model := own.get(name, {}).get(tier) or next(iter(models), ""):
            return f"{name}/{model}", "local"
    return str(REHEARSAL), "rehearsal"
