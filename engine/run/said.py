"""What events keep of a request to a model and of its answer: all that was said, and no pictures."""

from __future__ import annotations

from typing import Any

from engine.models.contract import Message, ModelRequest, Reply


def as_sent(request: ModelRequest) -> dict[str, Any]:
    """A request, for `model.request`."""
    sampling = {"temperature": request.temperature, "top_p": request.top_p, "max_tokens": request.max_tokens}
    sent: dict[str, Any] = {key: value for key, value in sampling.items() if value is not None}
    sent["messages"] = [_message(message) for message in request.messages]
    if request.tools:
        sent["tools"] = [tool.name for tool in request.tools]
    if request.output_schema is not None:
        sent["output_schema"] = dict(request.output_schema)
    return sent


def as_answered(reply: Reply) -> dict[str, Any]:
    """An answer, for `model.response`."""
    usage = reply.usage
    return {
        "text": reply.text,
        "finish": reply.finish,
        "tool_calls": [{"name": tool.name, "arguments": dict(tool.arguments)} for tool in reply.tool_calls],
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cached_tokens,
            "estimated": usage.estimated,
        },
    }


def _message(message: Message) -> dict[str, Any]:
    shown: dict[str, Any] = {"role": message.role, "text": message.text}
    if message.images:
        shown["images"] = len(message.images)
    return shown
