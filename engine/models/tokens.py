"""Counts tokens where nobody else did: one estimate, used everywhere, marked as an estimate."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from engine.models.contract import Message, ModelRequest, ToolCall, Usage

CHARACTERS = 4
"""Characters that a token stands for, as vendors say of English text."""
Count = Callable[[str], int]
"""Gives a number of tokens for a text."""
_MESSAGE = 4
_IMAGE = 800


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` has: 0 for no text, else at least 1."""
    return -(-len(text) // CHARACTERS)


def most_tokens(text: str) -> int:
    """The most tokens that `text` can have, whatever its language: no tokenizer makes more than one of each byte."""
    return len(text.encode("utf-8", "surrogatepass"))


def estimate_message(message: Message, count: Count = estimate_tokens) -> int:
    """About how many tokens one message costs to read: its text, pictures and calls of tools."""
    text = _MESSAGE + count(message.text)
    return text + _IMAGE * len(message.images) + _calls(message.tool_calls, count)


def estimate_input(request: ModelRequest, count: Count = estimate_tokens) -> int:
    """About how many tokens a request costs to read: messages, pictures, tools and the schema.

    Args:
        count: of the tokens of a text; with `most_tokens` the result is what a request may cost at most, but for
            pictures and for what a server adds of its own.
    """
    total = sum(estimate_message(message, count) for message in request.messages)
    for tool in request.tools:
        total += count(tool.name + tool.description + json.dumps(dict(tool.parameters), default=str))
    if request.output_schema is not None:
        total += count(json.dumps(dict(request.output_schema), default=str))
    return total


def estimate_usage(request: ModelRequest, text: str, calls: Sequence[ToolCall] = ()) -> Usage:
    """The usage of a call whose server did not count, marked `estimated`."""
    return Usage(estimate_input(request), estimate_tokens(text) + _calls(calls), estimated=True)


def _calls(calls: Sequence[ToolCall], count: Count = estimate_tokens) -> int:
    return sum(count(call.name + json.dumps(dict(call.arguments), default=str)) for call in calls)
