"""What a manager's model says when it delegates, what the specialist is told, and whether its result will do (S7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.agents.answers import read_json
from engine.base.fitting import misfit
from engine.base.values import Value, as_text
from engine.models.contract import ToolSpec
from engine.tools.contract import DELEGATE_TOOL

TOLD: Final = (
    "Lets a specialist work on a task and gives you its result. The specialist sees nothing but the brief: put all "
    "that it needs into it. Several calls in one turn work side by side. The specialists:\n"
)
_SCHEMA_WORDS: Final = ("type", "properties", "required", "items", "enum", "$ref", "anyOf", "allOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One delegation as it was asked for.

    Attributes:
        expected: what a good result holds, in words, or a JSON Schema as text.
        reason: why this specialist; `confidence` from 0 to 1, None when the model does not say.
    """

    specialist: str
    brief: str
    expected: str = ""
    reason: str = ""
    confidence: float | None = None
    deadline_s: float | None = None
    budget_usd: float | None = None
    title: str = ""

    @property
    def same(self) -> str:
        """What equal tasks have in common."""
        return " ".join(self.brief.casefold().split())

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON Schema that stands in `expected`, if one does."""
        if not self.expected.lstrip().startswith("{"):
            return None
        try:
            found = json.loads(self.expected)
        except ValueError:
            return None
        return found if isinstance(found, dict) and any(word in found for word in _SCHEMA_WORDS) else None

    @property
    def told(self) -> dict[str, Value]:
        """What events say of it, but for the brief."""
        found: dict[str, Value] = {"title": self.title, "expected": self.expected, "reason": self.reason}
        for name in ("confidence", "deadline_s", "budget_usd"):
            if (value := getattr(self, name)) is not None:
                found[name] = value
        return found


def tool(team: Mapping[str, str]) -> ToolSpec:
    """`delegate` as the model is told of it: the ids of the specialists are an enum, with their descriptions."""
    lines = "\n".join(f"- {name}: {told}" for name, told in team.items())
    properties = {
        "specialist": {"type": "string", "enum": list(team), "description": lines},
        "brief": {"type": "string", "minLength": 1, "description": "The whole task, with everything it needs."},
        "expected": {
            "type": "string",
            "description": "What a good result holds; or a JSON Schema that it must fit.",
        },
        "reason": {"type": "string", "description": "Why this specialist, in one sentence."},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure of that you are."},
        "deadline_s": {"type": "number", "minimum": 1, "description": "Most seconds that it may take."},
        "budget_usd": {"type": "number", "minimum": 0, "description": "Most US dollars that it may cost."},
    }
    schema = {"type": "object", "properties": properties, "required": ["specialist", "brief", "expected"],
              "additionalProperties": False}  # fmt: skip
    return ToolSpec(DELEGATE_TOOL, TOLD + lines, schema)


def read(arguments: Mapping[str, Any]) -> Assignment:
    """An assignment from arguments that fit the tool's schema."""
    return Assignment(**{name: arguments[name] for name in _ARGUMENTS if arguments.get(name) is not None})


_ARGUMENTS: Final = ("specialist", "brief", "expected", "reason", "confidence", "deadline_s", "budget_usd")


def briefing(assignment: Assignment, notes: tuple[str, ...] = ()) -> str:
    """All that the specialist sees: the brief, what is expected, and what was said of it since."""
    expected = f"Expected result: {assignment.expected}" if assignment.expected.strip() else ""
    return "\n\n".join(filter(None, (assignment.brief, expected, *notes)))


def result_of(outputs: Mapping[str, Value]) -> Value:
    """What a specialist gave: its data, else its text, else its only output, else all of them."""
    for name in ("data", "text"):
        if name in outputs:
            return outputs[name]
    return next(iter(outputs.values())) if len(outputs) == 1 else dict(outputs)


def wrong(result: Value, assignment: Assignment) -> str:
    """Why a result cannot be shown to the manager, in one clause; "" when it can."""
    if result is None or not as_text(result).strip() or result in ({}, []):
        return "it is empty"
    schema = assignment.schema
    if schema is None:
        return ""
    if isinstance(result, str):
        try:
            result = read_json(result)
        except ValueError as error:
            return f"it is {error}"
    return misfit(result, schema)
