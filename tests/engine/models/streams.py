"""Good streams of both protocols in parts, so that tests can spoil them in one place at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

WIRES = ("openai_chat", "anthropic")


def events(wire: str, pieces: Sequence[str] = ("Hello", " there"), usage: Any = "usual") -> list[dict[str, Any]]:
    """The events of a whole answer. `usage` stands where the protocol has it; None leaves it out."""
    if wire == "openai_chat":
        made = [{"model": "m", "choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
        made.append({"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        usual = {"prompt_tokens": 7, "completion_tokens": 3}
        return [*made, *([] if usage is None else [{"choices": [], "usage": usual if usage == "usual" else usage}])]
    usual = {"input_tokens": 7, "output_tokens": 3}
    ending = {} if usage is None else {"usage": usual if usage == "usual" else usage}
    return [
        {"type": "message_start", "message": {"model": "m", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": t}} for t in pieces),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, **ending},
        {"type": "message_stop"},
    ]


def sent(made: Sequence[Any], wire: str = "openai_chat", end: bytes = b"\n", done: bool = True) -> bytes:
    """Events as the lines of a stream, each line ended by `end`."""
    lines: list[bytes] = []
    for event in made:
        if wire == "anthropic":
            lines.append(b"event: " + str(event.get("type", "")).encode())
        lines += [b"data: " + json.dumps(event).encode(), b""]
    if wire == "openai_chat" and done:
        lines += [b"data: [DONE]", b""]
    return b"".join(line + end for line in lines)


def whole(wire: str) -> bytes:
    """A good stream as it usually is."""
    return sent(events(wire), wire)


def called(*blocks: dict[str, Any], stop: str = "tool_use") -> list[dict[str, Any]]:
    """Events of the messages protocol around those of some calls of tools."""
    return [
        {"type": "message_start", "message": {"model": "m"}},
        *blocks,
        {"type": "message_delta", "delta": {"stop_reason": stop}},
        {"type": "message_stop"},
    ]


def begun(index: Any = 0, id: Any = "a", name: Any = "fs_read", **block: Any) -> dict[str, Any]:  # noqa: A002 - theirs
    """The begin of a call of a tool in the messages protocol."""
    return {"type": "content_block_start", "index": index,
            "content_block": {"type": "tool_use", "id": id, "name": name, **block}}  # fmt: skip


def part(text: str, index: Any = 0) -> dict[str, Any]:
    """A piece of a call's arguments in the messages protocol."""
    return {"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": text}}
