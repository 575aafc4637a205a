"""One question to a model and its answer, as text or as JSON that fits a schema (semantics.md S8)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.base.errors import NodeError
from engine.base.values import Value, repair
from engine.models.contract import Message, ModelRequest, Reply

Chat = Callable[[str, ModelRequest, Sequence[str]], Awaitable[Reply]]
"""Calls a model by name, with fallbacks: `engine.kinds.contract.Call.chat`."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: texts are rendered already; `output_schema` asks for JSON."""

    instructions: str
    prompt: str
    output_schema: Mapping[str, Any] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    idle_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the text, and the JSON in it when a schema asked for it."""

    text: str
    data: Value = None


async def ask(chat: Chat, model: str, fallback: Sequence[str], question: Question) -> Answer:
    """Asks, and with a schema re-asks once when the answer does not fit; then each fallback model is tried.

    Raises:
        NodeError: the model failed, or no model's answer fits the schema (`invalid_output`).
    """
    if question.output_schema is None:
        reply = await chat(model, _request(question, _opening(question)), fallback)
        return Answer(_whole(reply).text)
    for candidate in (model, *fallback):
        try:
            return await _structured(chat, candidate, question)
        except NodeError as error:
            failure = error
    raise failure


async def _structured(chat: Chat, model: str, question: Question) -> Answer:
    assert question.output_schema is not None
    messages = _opening(question)
    complaint = ""
    for _ in range(2):
        reply = await chat(model, _request(question, messages), ())
        try:
            data = read_json(_whole(reply).text)
            complaint = misfit(data, question.output_schema)
        except ValueError as error:
            complaint = f"it is not JSON ({error})"
        if not complaint:
            return Answer(reply.text, data)
        again = (
            f"That answer cannot be used: {complaint}. Answer again with JSON that fits the schema, and nothing else."
        )
        messages = (*messages, Message("assistant", reply.text), Message("user", again))
    raise NodeError("invalid_output", f"The answer does not fit the output schema: {complaint}.")


def _opening(question: Question) -> tuple[Message, ...]:
    system = (Message("system", question.instructions),) if question.instructions.strip() else ()
    return (*system, Message("user", question.prompt))


def _request(question: Question, messages: tuple[Message, ...]) -> ModelRequest:
    return ModelRequest(
        messages,
        output_schema=question.output_schema,
        temperature=question.temperature,
        top_p=question.top_p,
        max_tokens=question.max_tokens,
        idle_s=question.idle_s,
    )


def _whole(reply: Reply) -> Reply:
    if reply.finish == "refused":
        raise NodeError("refused", f"The model refused to answer: {reply.text[:200]}", "Change the prompt.")
    return reply


def read_json(text: str) -> Value:
    """The JSON in an answer: the whole text, what stands in a code fence, or from the first bracket to the last.

    Raises:
        ValueError: there is none.
    """
    candidates = [text.strip()]
    if "```" in text:
        candidates.append(text.split("```")[1].removeprefix("json").strip())
    for opening, closing in ("{}", "[]"):
        start, end = text.find(opening), text.rfind(closing)
        if 0 <= start < end:
            candidates.append(text[start : end + 1])
    failure: ValueError = ValueError("the answer is empty")
    for candidate in candidates:
        try:
            return repair(json.loads(candidate, parse_constant=_refuse_constant))
        except RecursionError:
            failure = ValueError("it is nested too deeply")
        except ValueError as error:
            failure = error
    raise failure


def _refuse_constant(name: str) -> Value:
    raise ValueError(f"{name} is not JSON")


def misfit(data: Value, schema: Mapping[str, Any]) -> str:
    """Why a value does not fit a JSON Schema, in one clause; "" when it does."""
    from jsonschema import Draft202012Validator

    errors = sorted(Draft202012Validator(dict(schema)).iter_errors(data), key=lambda error: len(error.absolute_path))
    if not errors:
        return ""
    place = ".".join(str(part) for part in errors[0].absolute_path)
    return f"{place}: {errors[0].message}"[:300] if place else str(errors[0].message)[:300]


def bad_schema(schema: Mapping[str, Any]) -> str:
    """Why something is not a JSON Schema, in one sentence; "" when it is one."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        return f"The output schema is not valid: {error.message[:200]}."
    return ""
