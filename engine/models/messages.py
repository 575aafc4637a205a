"""What both wires need to say to a server: names of tools that it accepts, and schemas that it can hold to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from engine.base.errors import NodeError
from engine.models.contract import ModelRequest

_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST = 64
_WRAPPER = "value"


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


def parse_arguments(tool: str, raw: Any, who: str) -> dict[str, Any]:
    """The arguments of a tool call, sent as JSON text or as an object; nothing at all means none.

    Raises:
        NodeError: `invalid_output`, when they are not a JSON object.
    """
    if isinstance(raw, str):
        try:
            raw = json.loads(raw) if raw.strip() else {}
        except (ValueError, RecursionError):
            raw = None
    if not isinstance(raw, dict):
        raise NodeError(
            "invalid_output",
            f"{who} called the tool {tool[:80]} with arguments that are not a JSON object.",
            "Try again.",
        )
    return raw


def count(value: Any) -> int:
    """A number of tokens as a server tells it; 0 for nonsense."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else 0
