"""A conversation as a value: read, shortened to its newest turns, and given on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine.export.standalone.parts.values import Failed, kind_of, text

Messages = Sequence[Mapping[str, Any]]
SPEAKERS = {
    "user": "user", "human": "user", "assistant": "assistant", "ai": "assistant", "model": "assistant",
    "tool": "tool", "system": "system", "developer": "system",
}  # fmt: skip


def read_history(value: Any) -> list[dict[str, Any]]:
    """The messages in a list of `{"role", "text"}` (`content` is understood too); null and "" are none."""
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise Failed("type", f"The port “history” takes a list of messages, but was given {kind_of(value)}.")
    return [_spoken(number, row) for number, row in enumerate(value, 1)]


def as_history(messages: Messages) -> list[dict[str, Any]]:
    """Messages as a value that `read_history` takes."""
    return [
        {"role": each["role"], "text": each["content"], **{key: each[key] for key in KEPT if each.get(key)}}
        for each in messages
    ]


KEPT = ("tool_calls", "tool_call_id")


def window(messages: Messages, last: int | None = None, max_tokens: int | None = None) -> list[Mapping[str, Any]]:
    """The newest whole turns: each is a message of the user and all that answers it."""
    turns: list[list[Mapping[str, Any]]] = []
    for message in messages:
        if message["role"] == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    kept: list[list[Mapping[str, Any]]] = []
    left = float("inf") if max_tokens is None else max_tokens
    for turn in filter(None, map(_paired, reversed(turns))):
        cost = sum(_tokens(message) for message in turn)
        if cost > left or (last is not None and len(kept) >= last):
            break
        left -= cost
        kept.append(turn)
    return [message for turn in reversed(kept) for message in turn]


def _paired(turn: Messages) -> list[Mapping[str, Any]]:
    """A turn without calls that nothing answers and answers that nobody asked for: servers refuse both."""
    answered = {message.get("tool_call_id") for message in turn if message["role"] == "tool"}
    asked: set[str] = set()
    kept: list[Mapping[str, Any]] = []
    for message in turn:
        if message["role"] == "tool":
            kept += [message] if message.get("tool_call_id") in asked else []
            continue
        calls = [call for call in message.get("tool_calls") or () if call["id"] in answered]
        asked |= {call["id"] for call in calls}
        if message["content"] or calls or message["role"] == "user":
            kept.append(
                {"role": message["role"], "content": message["content"], **({"tool_calls": calls} if calls else {})}
            )
    return kept


def _tokens(message: Mapping[str, Any]) -> int:
    calls = (call["name"] + json.dumps(call["arguments"]) for call in message.get("tool_calls") or ())
    return 4 + sum(-(-len(part) // 4) for part in (message["content"], *calls))


def _spoken(number: int, row: Any) -> dict[str, Any]:
    role = SPEAKERS.get(str(row.get("role", "")).lower()) if isinstance(row, dict) else None
    if role is None or not {"text", "content", "tool_calls"} & row.keys():
        raise Failed("type", f"Message {number} at the port “history” is none.")
    said = {"role": role, "content": text(row.get("text", row.get("content")))}
    return {**said, **{key: row[key] for key in KEPT if row.get(key)}}
