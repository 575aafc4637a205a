"""A conversation as turns of user and assistant in alternation, as the messages protocol wants it."""

from __future__ import annotations

from typing import Any

from engine.models.contract import Message
from engine.models.messages import ToolNames

_EMPTY = "(empty)"
"""Stands where a turn would say nothing: the protocol refuses empty text."""


def turns(messages: tuple[Message, ...], names: ToolNames) -> list[dict[str, Any]]:
    """Messages as turns of user and assistant in alternation, beginning with the user, none of them empty."""
    made: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message, names)
        if made and made[-1]["role"] == role:
            made[-1]["content"].extend(blocks)
        elif blocks:
            made.append({"role": role, "content": blocks})
    if not made or made[0]["role"] != "user":
        made.insert(0, {"role": "user", "content": [{"type": "text", "text": _EMPTY}]})
    return made


def _blocks(message: Message, names: ToolNames) -> list[dict[str, Any]]:
    if message.role == "tool":
        content: Any = message.text if message.text.strip() else _EMPTY
        if message.images:
            content = [{"type": "text", "text": content}, *_images(message)]
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id, "content": content}]
    blocks = _images(message)
    if message.text.strip():
        blocks.append({"type": "text", "text": message.text})
    elif message.role == "user" and not blocks:
        blocks.append({"type": "text", "text": _EMPTY})
    calls = message.tool_calls
    return blocks + [
        {"type": "tool_use", "id": call.id, "name": names.there(call.name), "input": dict(call.arguments)}
        for call in calls
    ]


def _images(message: Message) -> list[dict[str, Any]]:
    return [
        {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": image.data}}
        for image in message.images
    ]
