"""A person's answer from what a caller sends, and questions as callers read them (semantics.md S13). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.base.errors import WrongUse
from engine.base.incoming import read_json
from engine.base.values import Value, as_text

YES: Final = frozenset({"approved", "approve", "yes", "y", "ok", "okay", "accept", "accepted"})
NO: Final = frozenset({"rejected", "reject", "no", "n", "decline", "declined"})
_PRIMITIVES: Final = ("string", "number", "integer", "boolean")

Questions = Mapping[str, Mapping[str, Any]]
"""By key: `kind`, `question`, `schema` and `value`, as `View.waiting` has them."""


def asked_in_words(questions: Questions) -> str:
    """All questions as one text, each with what it is about and how it is answered."""
    return "\n\n".join(_in_words(told) for told in questions.values())


def as_data(questions: Questions) -> list[dict[str, Value]]:
    """The questions as data, for callers that answer by program."""
    names = ("kind", "question", "schema", "value", "deadline")
    return [
        {"key": key, **{name: told[name] for name in names if told.get(name) is not None}}
        for key, told in questions.items()
    ]


def answers_from(questions: Questions, text: str, data: Sequence[Value]) -> dict[str, Value]:
    """The answers that a caller gave, by key.

    Args:
        text: what it wrote: for the first question.
        data: objects with a decision, for the first question, or with an answer for each key.

    Raises:
        WrongUse: it cannot be told what is meant; the hint says how to answer.
    """
    first = next(iter(questions))
    for value in data:
        if isinstance(value, Mapping) and "decision" in value:
            return {first: dict(value)}
        if isinstance(value, Mapping) and value and all(key in questions for key in value):
            return dict(value)
    return {first: _from_text(questions[first], text.strip())}


def form_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """The form that asks one question: a flat schema of a decision and what may be filled in."""
    schema = told.get("schema")
    properties = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
    flat = {name: dict(each) for name, each in properties.items()
            if isinstance(each, Mapping) and each.get("type") in _PRIMITIVES}  # fmt: skip
    if not flat and schema is None:
        flat = {"value": {"type": "string", "title": "Value", "description": "Another value; empty for the one shown."}}
    decision = {"type": "string", "title": "Decision", "enum": ["approved", "rejected"]}
    return {"type": "object", "properties": {"decision": decision, **flat}, "required": ["decision"]}


def from_form(told: Mapping[str, Any], content: Mapping[str, Any]) -> Value:
    """The answer in a filled form of `form_of`."""
    rest = {name: value for name, value in content.items() if name != "decision" and value not in (None, "")}
    answer: dict[str, Value] = {"decision": content.get("decision", "approved")}
    if told.get("schema") is None:
        return {**answer, **rest}
    return {**answer, "value": rest} if rest else answer


def _in_words(told: Mapping[str, Any]) -> str:
    parts = [str(told["question"])]
    shown = as_text(told.get("value")).strip()
    if shown and shown not in parts[0]:
        parts.append(shown)
    return "\n\n".join([*parts, _how(told)])


def _how(told: Mapping[str, Any]) -> str:
    if told["kind"] == "agent":
        return "Answer with a text; “rejected” declines."
    if told.get("schema") is not None:
        return "Answer with JSON that fits the schema, “approved” for what is shown, or “rejected”."
    return "Answer “approved” or “rejected: why”, or with a decision as data."


def _from_text(told: Mapping[str, Any], text: str) -> Value:
    word, _, why = text.partition(":")
    plain = word.strip().rstrip(".!").casefold()
    if plain in NO:
        return {"decision": "rejected", **({"value": why.strip()} if why.strip() else {})}
    if plain in YES and not why.strip():
        return {"decision": "approved"}
    if told["kind"] == "agent" and text:
        return {"decision": "approved", "value": text}
    try:
        value = read_json(text)
    except ValueError:
        raise WrongUse(f"“{text[:80]}” is no answer to “{str(told['question'])[:80]}”.", _how(told)) from None
    if isinstance(value, Mapping) and "decision" in value:
        return dict(value)
    if told.get("schema") is None:
        raise WrongUse("A value alone is no decision.", _how(told))
    return {"decision": "approved", "value": value}
