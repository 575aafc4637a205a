"""A conversation as a value that travels along edges, and the window of it that a model is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from engine.base.errors import NodeError
from engine.base.values import Value, as_text, type_of
from engine.models.contract import Message, Role, ToolCall
from engine.models.tokens import estimate_message

_ROLES: Final[Mapping[str, Role]] = {
    "user": "user", "human": "user", "assistant": "assistant", "ai": "assistant", "model": "assistant",
    "tool": "tool", "system": "system", "developer": "system",
}  # fmt: skip
_FORM: Final = 'Give a list such as [{"role": "user", "text": "..."}].'


def read(value: Value) -> tuple[Message, ...]:
    """The messages in a value: a list of `{"role", "text"}` (`content` is understood too); null and "" are none.

    Raises:
        NodeError: `type`, naming the message that is none.
    """
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple):
        raise NodeError("type", f"The port “history” takes a list of messages, but was given {type_of(value)}.", _FORM)
    return tuple(_message(number, each) for number, each in enumerate(value, 1))


def as_value(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Messages as a value that `read` takes; images are left out, their marks stay in the text."""
    return [_as_row(message) for message in messages]


def window(messages: Sequence[Message], last: int | None, max_tokens: int | None) -> tuple[Message, ...]:
    """The newest whole turns. A turn is a message of the user and all that answers it, calls of tools included.

    Args:
        last: most turns; None is no limit.
        max_tokens: most tokens of all of them together, as estimated; None is no limit.
    """
    kept: list[tuple[Message, ...]] = []
    room = max_tokens
    for turn in reversed(_turns(messages)):
        cost = sum(estimate_message(message) for message in turn)
        if (last is not None and len(kept) >= last) or (room is not None and cost > room):
            break
        room = None if room is None else room - cost
        kept.append(turn)
    return tuple(message for turn in reversed(kept) for message in turn)


def _turns(messages: Sequence[Message]) -> list[tuple[Message, ...]]:
    turns: list[list[Message]] = []
    for message in messages:
        if message.role == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return [paired for turn in turns if (paired := _paired(turn))]


def _paired(turn: Sequence[Message]) -> tuple[Message, ...]:
    """A turn without calls that nothing answers and answers that nobody asked for: servers refuse both."""
    answered = {message.tool_call_id for message in turn if message.role == "tool"}
    asked: set[str] = set()
    kept: list[Message] = []
    for message in turn:
        if message.role == "tool":
            if message.tool_call_id in asked:
                kept.append(message)
            continue
        calls = tuple(call for call in message.tool_calls if call.id in answered)
        asked |= {call.id for call in calls}
        if message.text or calls or message.role == "user":
            kept.append(Message(message.role, message.text, message.images, calls))
    return tuple(kept)


def _as_row(message: Message) -> dict[str, Any]:
    row: dict[str, Any] = {"role": message.role, "text": message.text}
    if message.tool_calls:
        row["tool_calls"] = [
            {"id": call.id, "name": call.name, "arguments": dict(call.arguments)} for call in message.tool_calls
        ]
    if message.tool_call_id:
        row["tool_call_id"] = message.tool_call_id
    return row


def _message(number: int, row: Value) -> Message:
    if not isinstance(row, Mapping):
        raise _wrong(number, f"is {type_of(row)}")
    role = _ROLES.get(str(row.get("role", "")).lower())
    if role is None:
        raise _wrong(number, f"has the role “{str(row['role'])[:40]}”" if "role" in row else "has no role")
    if "text" not in row and "content" not in row and "tool_calls" not in row:
        raise _wrong(number, "has no text")
    text = row.get("text", row.get("content"))
    calls = row.get("tool_calls") or ()
    if not isinstance(calls, list | tuple):
        raise _wrong(number, "has tool_calls that are no list")
    made = tuple(_call(number, call) for call in calls)
    return Message(role, as_text(text), (), made, str(row.get("tool_call_id") or ""))


def _call(number: int, row: Value) -> ToolCall:
    arguments = row.get("arguments") if isinstance(row, Mapping) else None
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str) or not isinstance(arguments, Mapping):
        raise _wrong(number, "has a tool call without a name or arguments")
    return ToolCall(str(row.get("id") or ""), row["name"], cast("Mapping[str, Any]", arguments))


def _wrong(number: int, what: str) -> NodeError:
    return NodeError("type", f"Message {number} at the port “history” {what}.", _FORM)
