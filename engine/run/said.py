"""What events keep of a request to a model and of its answer: all that was said, and no pictures; and back again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from engine.models.contract import Message, ModelRequest, Reply, ToolCall, Usage


def digest(names: Sequence[str], request: ModelRequest) -> str:
    """What tells a request from others of its node: who is asked, and all that is said; not how long it may take."""
    import orjson

    asked = replace(request, idle_s=0.0, connect_s=0.0, first_token_s=None, quiet=False)
    try:
        said = orjson.dumps([list(names), asked], default=dict, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number too large for it
        said = repr((list(names), asked)).encode("utf-8", "surrogatepass")
    return blake2b(said, digest_size=12).hexdigest()


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
        "tool_calls": [_tool_call(call) for call in reply.tool_calls],
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cached_tokens,
            "estimated": usage.estimated,
        },
    }


def reply_from(data: Mapping[str, Any]) -> Reply:
    """The answer that a `model.response` tells of."""
    calls = tuple(
        ToolCall(call.get("id", ""), call["name"], call["arguments"], call.get("broken", ""))
        for call in data.get("tool_calls", ())
    )
    usage = Usage(**data.get("usage", {}))
    finish, model, asked = data.get("finish", "stop"), data.get("model", ""), data.get("asked", "")
    return Reply(data["text"], calls, usage, finish, model, asked=asked)


def _tool_call(call: ToolCall) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": call.id, "name": call.name, "arguments": dict(call.arguments)}
    if call.broken:
        shown["broken"] = call.broken
    return shown


def _message(message: Message) -> dict[str, Any]:
    shown: dict[str, Any] = {"role": message.role, "text": message.text}
    if message.images:
        shown["images"] = len(message.images)
    return shown
