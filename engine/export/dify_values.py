"""How Dify names values, as {{#node.text#}} or a list of names, and how such a value becomes an edge here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from engine.export.drafting import Draft
from engine.export.foreign import named, part, port_name, text_of

NAMED: Final = re.compile(r"\{\{#([A-Za-z0-9_.\-]{1,200})#\}\}")
_OPS: Final[Mapping[str, tuple[str, bool]]] = {
    "contains": ("contains", False),
    "not contains": ("contains", True),
    "start with": ("starts_with", False),
    "end with": ("ends_with", False),
    "is": ("equals", False),
    "is not": ("equals", True),
    "=": ("equals", False),
    "≠": ("equals", True),
    ">": ("gt", False),
    "<": ("lt", False),
    "≥": ("gte", False),
    "≤": ("lte", False),
    "empty": ("is_empty", False),
    "not empty": ("is_empty", True),
    "exists": ("exists", False),
    "not exists": ("exists", True),
    "null": ("is_empty", False),
    "not null": ("is_empty", True),
    "in": ("in", False),
    "not in": ("in", True),
}
Selector = tuple[str, ...]
"""A node's id and the names below it."""


class DifyValues:
    """What all nodes of one graph need to name each other's values."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._all: list[dict[str, Any]] = []

    def _text(self, node: str, text: str, data: Mapping[str, Any]) -> str:
        """A text of theirs; each value that it names becomes a port with an edge from there."""
        context = selector_of(part(data, "context", "variable_selector"))

        def port(match: re.Match[str]) -> str:
            selector = tuple(match[1].split("."))
            if selector == ("context",) and context:
                selector = context
            if len(selector) < 2 or selector[0] in ("env", "conversation"):
                self.draft.say("left out", f"the variable {match[1]}", "Give it by an input of the graph.", node)
                return ""
            self._wire(selector, node, self._field(selector))
            return self._field(selector)

        return named(text, NAMED, port)

    def _wire(self, selector: Selector, node: str, port: str) -> None:
        self.draft.wire(*self._source(selector), node, port)

    def _source(self, selector: Selector) -> tuple[str, str]:
        """The node and the output that a value comes from; what the system gives comes from an input of its own."""
        key, handle = selector[0], ".".join(selector[1:])
        if key == "sys":
            key = next((str(each.get("id")) for each in self._all if part(each, "data", "type") == "start"), key)
            name, handle = handle, f"sys.{handle}"
            if not self.draft.id_of(f"{key}.{handle}"):
                title = "Message" if name == "query" else name.replace("_", " ").capitalize()
                config = {"type": "text"} if name == "query" else {"type": "text", "default": ""}
                self._input(key, handle, title, config, None, wanted=port_name(title))
        return key, handle

    def _field(self, selector: Selector) -> str:
        """A name for a value of theirs: what it is called, or the node that it is the result of."""
        plain = selector[-1] in ("text", "output", "body", "result", "structured_output")
        titles = (text_of(part(node, "data", "title")) for node in self._all if str(node.get("id")) == selector[0])
        return port_name(next(titles, "") or selector[0] if plain else "_".join(selector[1:]))

    def _input(self, key: str, name: str, title: str, config: dict[str, Any], at: Any, wanted: str = "") -> None:
        inner = f"{key}.{name}"
        self.draft.add(inner, "input", title, config, at, wanted=wanted or name)
        self.draft.stands_for(key, inner)
        self.draft.stands_for(key, inner, name)

    def _rule(self, condition: dict[str, Any], used: list[Selector]) -> dict[str, Any] | None:
        """One condition as a rule; None where there is none like it."""
        op, negated = _OPS.get(text_of(condition.get("comparison_operator")), ("", False))
        selector = selector_of(condition.get("variable_selector"))
        if not op or not selector:
            return None
        field = "" if len(used) == 1 else self.draft.source_of(*self._source(selector))
        value = condition.get("value")
        if condition.get("varType") == "number" and isinstance(value, str):
            try:
                value = float(value) if "." in value else int(value)
            except ValueError:
                return None
        rule = {"field": field, "op": op} | ({} if op in ("is_empty", "exists") else {"value": value})
        return {"not": rule} if negated else rule


def selector_of(value: Any) -> Selector:
    return tuple(map(str, value)) if isinstance(value, list) and len(value) > 1 else ()
