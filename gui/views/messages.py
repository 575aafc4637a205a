"""The conversation of a node with its models, as lines of who said what. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.run.view import NodeView

_STATES = {"denied": "  ·  refused", "call": "  ·  at work", "intent": "  ·  asked for"}
WHO = {"system": "Instructions", "user": "Prompt as sent", "assistant": "Answer", "tool": "Tool result"}


@dataclass(frozen=True, slots=True)
class Said:
    """One message: who said it, and what."""

    who: str
    text: str


def conversation(node: NodeView) -> list[Said]:
    """The last request as it was sent, then each reply that came."""
    sent = node.sent or {}
    found = [_message(each) for each in sent.get("messages", ()) if isinstance(each, Mapping)]
    found += [Said(_answer_title(reply, number), _answer_text(reply)) for number, reply in enumerate(node.replies, 1)]
    return [said for said in found if said.text]


def tools_used(node: NodeView) -> list[Said]:
    """The tools that were called, each with its arguments, its result or why it was refused, and how long it took."""
    calls: dict[str, dict[str, Any]] = {}
    for reply in node.replies:
        for call in reply.get("tool_calls", ()):
            if isinstance(call, Mapping):
                known = {"tool": call.get("name", "tool"), "arguments": call.get("arguments", {})}
                calls.setdefault(str(call.get("id") or len(calls)), known)
    for told in node.tools:
        found = calls.setdefault(str(told.get("id", len(calls))), {"tool": told.get("tool", "tool")})
        found.update({name: value for name, value in told.items() if name not in ("id", "kind")})
        found["done"] = told.get("kind")
    return [_tool(call) for call in calls.values()]


def _tool(call: Mapping[str, Any]) -> Said:
    took = f"  ·  {call['seconds']:g} s" if isinstance(call.get("seconds"), int | float) else ""
    state = _STATES.get(str(call.get("done")), "")
    failed = "  ·  failed" if call.get("ok") is False else ""
    parts = [_json(call["arguments"])] if "arguments" in call else []
    if call.get("done") == "denied":
        parts.append(f"→ {call.get('reason', '')}")
    elif call.get("done") == "result":
        parts.append(f"→ {call.get('text', '')}")
    return Said(f"{call['tool']}{took}{state}{failed}", "\n\n".join(parts))


def _message(message: Mapping[str, Any]) -> Said:
    role = str(message.get("role", ""))
    text = message.get("text", message.get("content", ""))
    return Said(WHO.get(role, role), text if isinstance(text, str) else _json(text))


def _answer_title(reply: Mapping[str, Any], number: int) -> str:
    usage = reply.get("usage", {})
    tokens = f"{usage.get('input_tokens', 0)} in, {usage.get('output_tokens', 0)} out"
    count = f" {number}" if number > 1 else ""
    return f"Answer{count}  ·  {reply.get('model', '')}  ·  {tokens}"


def _answer_text(reply: Mapping[str, Any]) -> str:
    text = str(reply.get("text", ""))
    return text or ("asked for tools" if reply.get("tool_calls") else "")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
