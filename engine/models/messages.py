"""What both wires need to say to a server: names of tools that it accepts, and schemas that it can hold to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from engine.base import incoming
from engine.base.errors import NodeError
from engine.base.values import repair_text
from engine.models.contract import ModelRequest, ToolCall

_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST = 64
_WRAPPER = "value"
_SHOWN = 1000
_MOST_TOKENS = 10**9
"""More than any model can read: a server that says so does not count tokens."""


class ToolNames:
    """Baton's tool names (`fs.read_file`) as servers accept them (letters, digits, `_`, `-`, at most 64), and back."""

    def __init__(self, names: Iterable[str]) -> None:
        self._there: dict[str, str] = {}
        self._back: dict[str, str] = {}
        for name in names:
            self.there(name)

    def there(self, name: str) -> str:
        """The name to send; two names never share one."""
        if name not in self._there:
            stem = fit = _UNFIT.sub("_", name)[:_LONGEST] or "_"
            number = 2
            while fit in self._back:
                fit = f"{stem[: _LONGEST - 4]}_{number}"
                number += 1
            self._there[name], self._back[fit] = fit, name
        return self._there[name]

    def back(self, name: str) -> str:
        """Our name for what the model asked for; a tool that was never offered keeps its name."""
        return self._back.get(name, name)

    @classmethod
    def of(cls, request: ModelRequest) -> ToolNames:
        """The names of all tools offered or already called in a request."""
        called = (call.name for message in request.messages for call in message.tool_calls)
        return cls([*(tool.name for tool in request.tools), *called])


def object_schema(schema: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """A schema whose answer is an object, since servers take no other.

    Returns:
        the schema, and whether the answer stands wrapped in it (see `unwrap`).
    """
    if schema.get("type") == "object" or "properties" in schema:
        return {"type": "object", **schema}, False
    definitions = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in definitions}
    wrapped = {"type": "object", "properties": {_WRAPPER: inner}, "required": [_WRAPPER]}
    return {**wrapped, "additionalProperties": False, **definitions}, True


def unwrap(text: str, wrapped: bool) -> str:
    """The answer out of the wrapper of `object_schema`, as JSON text; `text` itself where there is none."""
    if not wrapped:
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return json.dumps(value[_WRAPPER], ensure_ascii=False) if isinstance(value, dict) and _WRAPPER in value else text


def tool_call(call_id: str, name: str, raw: Any) -> ToolCall:
    """A call of a tool whose arguments came as JSON text or as an object; nothing at all means none.

    Arguments that are not a JSON object, or hold what cannot be stored, stay as text in `broken`.
    """
    text = raw if isinstance(raw, str) else json.dumps(raw)
    try:
        arguments = incoming.read_json(text) if text.strip() else {}
    except ValueError:
        arguments = None
    name = repair_text(name)
    if not isinstance(arguments, dict):
        return ToolCall(call_id, name, {}, broken=repair_text(text[:_SHOWN]))
    return ToolCall(call_id, name, arguments)


def cut_off_call(who: str) -> NodeError:
    """The answer reached its longest length within a call of a tool: such a call is never made."""
    hint = "Raise its longest answer, or ask for less."
    return NodeError("invalid_output", f"The answer of {who} was cut off within a call of a tool.", hint)


def count(value: Any) -> int | None:
    """A number of tokens as a server tells it; 0 when it says none, None for nonsense."""
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS else None
