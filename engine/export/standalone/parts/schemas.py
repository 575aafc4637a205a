"""Answers of models as JSON, and whether they fit a JSON Schema."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from engine.export.standalone.parts.values import canonical, kind_of


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


def misfit(value: Any, schema: Any) -> str:
    """Why a value does not fit a schema, in one clause; "" when it does."""
    try:
        return _wrong(value, schema, "", schema)
    except RecursionError:
        return "the schema or the answer is nested without end"


def _wrong(value: Any, schema: Any, place: str, root: Any) -> str:
    if not isinstance(schema, Mapping):
        return "" if schema is not False else f"{place}: nothing is allowed here"
    at = f"{place}: " if place else ""
    ref = str(schema.get("$ref", ""))
    if ref == "#" or ref.startswith("#/"):
        found = _led_to(ref, root)
        if not isinstance(found, Mapping | bool):
            return f"the schema refers to “{ref[:80]}”, where no schema is"
        if wrong := _wrong(value, found, place, root):
            return wrong
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{at}{value!r} is not of type {', '.join(map(repr, kinds))}"
    if "enum" in schema and canonical(value) not in map(canonical, schema["enum"]):
        return f"{at}{value!r} is not one of {schema['enum']!r}"
    if "const" in schema and canonical(value) != canonical(schema["const"]):
        return f"{at}{schema['const']!r} was expected"
    return _combined(value, schema, place, root) or _bounds(value, schema, at) or _inside(value, schema, place, root)


def _led_to(ref: str, root: Any) -> Any:
    """What a reference such as `#/$defs/name` means; None when it is not there."""
    for part in ref.split("/")[1:]:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(root, list) and name.isdecimal() and int(name) < len(root):
            root = root[int(name)]
        else:
            root = root.get(name) if isinstance(root, Mapping) else None
    return root


def _combined(value: Any, schema: Mapping[str, Any], place: str, root: Any) -> str:
    at = f"{place}: " if place else ""
    for each in schema.get("allOf", ()):
        if wrong := _wrong(value, each, place, root):
            return wrong
    for several, most in (("anyOf", None), ("oneOf", 1)):
        if several in schema:
            fits = sum(not _wrong(value, each, place, root) for each in schema[several])
            if not fits or (most is not None and fits > most):
                return f"{at}{value!r} is not valid under any of the given schemas"
    if "not" in schema and not _wrong(value, schema["not"], place, root):
        return f"{at}{value!r} should not be valid under {schema['not']!r}"
    return ""


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
        return f"{at}{number} is less than or equal to the minimum of {schema['exclusiveMinimum']!r}"
    if number is not None and number >= schema.get("exclusiveMaximum", number + 1):
        return f"{at}{number} is greater than or equal to the maximum of {schema['exclusiveMaximum']!r}"
    if number is not None and "multipleOf" in schema and not _divides(schema["multipleOf"], number):
        return f"{at}{number} is not a multiple of {schema['multipleOf']!r}"
    return ""


def _divides(step: float, number: float) -> bool:
    if isinstance(step, int) and isinstance(number, int):
        return number % step == 0
    times = number / step
    return times == math.floor(times)


_SIZES: dict[type, tuple[str, str]] = {
    str: ("minLength", "maxLength"), list: ("minItems", "maxItems"), dict: ("minProperties", "maxProperties"),
}  # fmt: skip


def _inside(value: Any, schema: Mapping[str, Any], place: str, root: Any) -> str:
    if isinstance(value, list):
        return _in_list(value, schema, place, root)
    if not isinstance(value, dict):
        return ""
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{place}: {name!r} is a required property".removeprefix(": ")
    for name, item in value.items():
        inner = [properties[name]] if name in properties else []
        inner += [each for pattern, each in patterns.items() if re.search(pattern, name)]
        if not inner and schema.get("additionalProperties") is False:
            said = f"Additional properties are not allowed ({name!r} was unexpected)"
            return f"{place}: {said}".removeprefix(": ")
        for each in inner or [schema.get("additionalProperties", True)]:
            if wrong := _wrong(item, each, f"{place}.{name}".lstrip("."), root):
                return wrong
    return ""


def _in_list(value: list[Any], schema: Mapping[str, Any], place: str, root: Any) -> str:
    first = schema.get("prefixItems", ())
    for i, item in enumerate(value):
        inner = first[i] if i < len(first) else schema.get("items", True)
        if wrong := _wrong(item, inner, f"{place}.{i}".lstrip("."), root):
            return wrong
    if schema.get("uniqueItems") is True and len({canonical(item) for item in value}) < len(value):
        return f"{place}: the list has non-unique elements".removeprefix(": ")
    return ""
