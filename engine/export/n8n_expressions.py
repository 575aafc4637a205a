"""Expressions of n8n, as {{ $json.text }}, and how the values that they name become edges here."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.export.drafting import Draft
from engine.export.foreign import dict_of, literal, named, objects, part, port_name, text_of

EXPRESSION: Final = re.compile(r"\{\{([^{}]{1,1000}(?:\{[^{}]{0,500}\}[^{}]{0,500})?)\}\}")
_HERE: Final = re.compile(r"\s*\$json\s*((?:\.\w{1,80}|\[[\"'][^\"'\]]{1,80}[\"']\]){0,12})\s*")
_THERE: Final = re.compile(
    r"\s*\$\(\s*[\"']([^\"']{1,200})[\"']\s*\)\s*\.(?:item|first\(\)|last\(\)|all\(\)\[0\])\.json\s*"
    r"((?:\.\w{1,80}|\[[\"'][^\"'\]]{1,80}[\"']\]){0,12})\s*"
)
_PART: Final = re.compile(r"\.(\w+)|\[[\"']([^\"'\]]+)[\"']\]")
_TEXTS: Final = frozenset({"output", "text", "response", "chatInput", "content"})
"""Fields that hold the text of an item: here the value itself."""
_OPS: Final = {
    "equals": "equals",
    "notEquals": "not_equals",
    "contains": "contains",
    "startsWith": "starts_with",
    "endsWith": "ends_with",
    "regex": "matches",
    "gt": "gt",
    "gte": "gte",
    "lt": "lt",
    "lte": "lte",
    "larger": "gt",
    "smaller": "lt",
    "empty": "is_empty",
    "exists": "exists",
    "equal": "equals",
}
_NEGATED: Final = {
    "notContains": "contains",
    "notEmpty": "is_empty",
    "notExists": "exists",
    "notRegex": "matches",
    "notStartsWith": "starts_with",
    "notEndsWith": "ends_with",
}

Way = tuple[str, str, int, str]
"""Source, sort (`main`, `ai_tool`), number of the output, target."""


class Expressions:
    """What all nodes of one workflow need to name each other's values.

    Args:
        ways: what leads where.
    """

    def __init__(self, draft: Draft, ways: list[Way]) -> None:
        self._draft, self._ways = draft, ways

    def _conditions(self, given: Any) -> dict[str, Any] | None:
        """The conditions of a choice as a rule on the value that passes; None where one has no counterpart."""
        rules = []
        for each in objects(part(given, "conditions")):
            operator = dict_of(each.get("operator"))
            op = text_of(operator.get("operation"))
            if operator.get("type") == "boolean" and op in ("true", "false"):
                rule: dict[str, Any] = {"op": "equals", "value": op == "true"}
            elif op in _OPS or op in _NEGATED:
                rule = {"op": _OPS.get(op) or _NEGATED[op], "value": each.get("rightValue")}
            else:
                return None
            found = EXPRESSION.search(text_of(each.get("leftValue")))
            here = _HERE.fullmatch(found[1]) if found else None
            if here is None or (isinstance(rule["value"], str) and rule["value"].startswith("=")):
                return None
            if rule["op"] in ("is_empty", "exists"):
                del rule["value"]
            rule = {"field": path_of(here[1]), **rule}
            rules.append({"not": rule} if op in _NEGATED else rule)
        if not rules:
            return None
        either = "any" if part(given, "combinator") == "or" else "all"
        return rules[0] if len(rules) == 1 else {either: rules}

    def _text(self, name: str, node: str, value: Any) -> str:
        """A text that may hold expressions; each value that it names becomes a port with an edge from there."""
        text = text_of(value)
        if not text.startswith("="):
            return literal(text)

        def port(match: re.Match[str]) -> str:
            here, there = _HERE.fullmatch(match[1]), _THERE.fullmatch(match[1])
            if here is None and there is None:
                self._draft.say("left out", f"an expression in {name}", f"{match[0][:120]} has no counterpart.", node)
                return ""
            sources = [there[1]] if there else self._before(name)
            path = path_of(there[2] if there else here[1] if here else "")
            for source in sources:
                branch = self._draft.kind_of(source) == "router"
                handles = [str(i) for s, sort, i, t in self._ways if (s, t, sort) == (source, name, "main")]
                self._draft.wire(source, handles[0] if branch and handles else "", node, port_name(sources[0]))
            return ".".join(filter(None, (port_name(sources[0]) if sources else "input", path)))

        return named(text[1:], EXPRESSION, port)

    def _before(self, name: str) -> list[str]:
        return list(dict.fromkeys(source for source, sort, _, target in self._ways if (target, sort) == (name, "main")))


def path_of(text: str) -> str:
    """`.a["b"]` as `a.b`; the text of an item is the value itself here."""
    parts = [found[1] or found[2] for found in _PART.finditer(text)]
    return ".".join(port for port in (parts[1:] if parts and parts[0] in _TEXTS else parts) if port.isidentifier())
