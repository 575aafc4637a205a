"""Checks the graph's own settings: unknown names, wrong types, and limits that cannot hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from engine.base.suggest import did_you_mean
from engine.graph.records import ON_BUDGET, ON_FAILURE, GraphSettings
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of `settings`."""
    given = facts.graph.head.get("settings")
    if given is None:
        return
    if not isinstance(given, Mapping):
        yield error(
            "bad_settings",
            "",
            "The settings of the graph are not an object.",
            "Write them as names and values, or leave them out.",
            place="settings",
        )
        return
    known = [item.name for item in fields(GraphSettings)]
    for name, value in given.items():
        if name not in known:
            yield warning(
                "unknown_setting",
                "",
                f"The setting “{name}” is not known here and has no effect.",
                did_you_mean(name, known) or "Remove it, or update Baton.",
                place=f"settings.{name}",
            )
        elif value is not None and (wanted := _wanted(name, value)):
            yield error(
                "bad_settings",
                "",
                f"The setting “{name}” must be {wanted}.",
                "Correct it or leave it out.",
                place=f"settings.{name}",
            )


def _wanted(name: str, value: Any) -> str:
    """What a setting must be, when `value` is not; "" when it is fine."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name == "on_failure":
        return "" if value in ON_FAILURE else f"one of {', '.join(ON_FAILURE)}"
    if name == "on_budget":
        return "" if value in ON_BUDGET else f"one of {', '.join(ON_BUDGET)}"
    if name == "budget_usd":
        return "" if number and 0 <= value < float("inf") else "a number of US dollars, 0 or more"
    whole = number and isinstance(value, int)
    if name == "concurrency":
        return "" if whole and value >= 1 else "a whole number of 1 or more"
    return "" if whole and value >= 0 else "a whole number of 0 or more"


CHECK = look
