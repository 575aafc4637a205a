"""Answers of models as JSON, and whether they fit a JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from engine.export.standalone.parts.values import kind_of


def read_json(answer: str) -> Any:
    """The JSON in an answer: all of it, what stands in a fence, or from the first bracket to the last."""
    candidates = [answer.strip()]
    if "```" in answer:
        candidates.append(answer.split("```")[1].removeprefix("json").strip())
    for opening, closing in ("{}", "[]"):
        start, end = answer.find(opening), answer.rfind(closing)
        if 0 <= start < end:
            candidates.append(answer[start : end + 1])
    for candidate in filter(None, candidates):
        try:
            return json.loads(candidate)
        except ValueError:
            continue
    raise ValueError("not JSON" if answer.strip() else "empty")


def misfit(value: Any, schema: Any, place: str = "") -> str:
    """Why a value does not fit a schema, in one clause; "" when it does."""
    if not isinstance(schema, Mapping):
        return "" if schema is not False else f"{place}: nothing is allowed here"
    at = f"{place}: " if place else ""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{at}{value!r} is not of type {', '.join(map(repr, kinds))}"
    if "enum" in schema and not any(value == one and kind_of(value) == kind_of(one) for one in schema["enum"]):
        return f"{at}{value!r} is not one of {schema['enum']!r}"
    if "const" in schema and value != schema["const"]:
        return f"{at}{schema['const']!r} was expected"
    for each in schema.get("allOf", ()):
        if wrong := misfit(value, each, place):
            return wrong
    for several, least, most in (("anyOf", 1, None), ("oneOf", 1, 1)):
        if several in schema:
            fits = sum(not misfit(value, each, place) for each in schema[several])
            if fits < least or (most is not None and fits > most):
                return f"{at}{value!r} is not valid under any of the given schemas"
    return _bounds(value, schema, at) or _inside(value, schema, place)


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
    return {"string": "text", "array": "list"}.get(kind, kind) == kind_of(value)


def _bounds(value: Any, schema: Mapping[str, Any], at: str) -> str:
    size = len(value) if isinstance(value, str | list | dict) else None
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    for words, found in (
        (("minimum", "maximum"), number),
        (_SIZES.get(str if isinstance(value, str) else type(value), ("", "")), size),
    ):
        least, most = schema.get(words[0], found), schema.get(words[1], found)
        if found is not None and found < least:
            return f"{at}{value!r} is {'too short' if found is size else f'less than the minimum of {least!r}'}"
        if found is not None and found > most:
            return f"{at}{value!r} is {'too long' if found is size else f'greater than the maximum of {most!r}'}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{at}{value!r} does not match {schema['pattern']!r}"
    if number is not None and number <= schema.get("exclusiveMinimum", number - 1):
        return f"{at}{number} is too small"
    if number is not None and number >= schema.get("exclusiveMaximum", number + 1):
        return f"{at}{number} is too large"
    return ""


_SIZES: dict[type, tuple[str, str]] = {
    str: ("minLength", "maxLength"), list: ("minItems", "maxItems"), dict: ("minProperties", "maxProperties"),
}  # fmt: skip


def _inside(value: Any, schema: Mapping[str, Any], place: str) -> str:
    if isinstance(value, list) and "items" in schema:
        found = (misfit(item, schema["items"], f"{place}.{i}".lstrip(".")) for i, item in enumerate(value))
        return next(filter(None, found), "")
    if not isinstance(value, dict):
        return ""
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{place}: {name!r} is a required property".removeprefix(": ")
    for name, item in value.items():
        if name not in properties and schema.get("additionalProperties") is False:
            said = f"Additional properties are not allowed ({name!r} was unexpected)"
            return f"{place}: {said}".removeprefix(": ")
        inner = properties.get(name, schema.get("additionalProperties", True))
        if wrong := misfit(item, inner, f"{place}.{name}".lstrip(".")):
            return wrong
    return ""
