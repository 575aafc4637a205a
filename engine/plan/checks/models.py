"""Checks the models that nodes name: they exist, their keys are there, and each tier means a real model."""

from __future__ import annotations

from collections.abc import Iterator

from engine.base.errors import BatonError
from engine.base.settings import TIERS
from engine.base.suggest import did_you_mean
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of models."""
    said: set[str] = set()
    answers: dict[str, tuple[str, str, str]] = {}
    for node, kind, config in facts.known:
        for name in dict.fromkeys(kind.models(config)):
            if name not in answers:
                answers[name] = _judged(facts, name)
            code, message, fix = answers[name]
            if code == "tier_not_mapped":
                if name not in said:
                    yield warning(code, node.id, message, fix, place="config.model", offer="map_tiers")
                said.add(name)
            elif code == "no_key":
                yield warning(code, node.id, f"“{node.name}”: {message}", fix, place="config.model", offer="add_key")
            elif code:
                yield error(code, node.id, f"“{node.name}”: {message}", fix, place="config.model")


def _judged(facts: Facts, name: str) -> tuple[str, str, str]:
    """What is wrong with a model's name: code, message and fix; all "" when nothing is."""
    if facts.models is None:
        if name in TIERS or name == "rehearsal" or "/" in name.strip("/"):
            return "", "", ""
        return (
            "unknown_model",
            f"There is no tier “{name}”.",
            did_you_mean(name, TIERS) or "Choose cheap, medium or best, or write provider/model.",
        )
    try:
        ref = facts.models.resolve(name)
        missing = facts.models.missing(ref)
    except BatonError as fault:
        return "unknown_model", fault.message, fault.hint or "Choose a tier, or write provider/model."
    if missing:
        return "no_key", missing, "Add the key in the settings or the environment, or rehearse."
    if ref.provider == "rehearsal" and name != "rehearsal":
        return (
            "tier_not_mapped",
            f"No model is set up for the tier “{name}”: the built-in rehearsal model answers.",
            "Add a provider's key, start a local server, or map the tier in the settings.",
        )
    return "", "", ""


CHECK = look
