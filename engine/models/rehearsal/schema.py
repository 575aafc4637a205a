"""What a JSON Schema allows: its type, its bounds, what its references point to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.base.fitting import Patience, errors
from engine.base.values import TEXT_CAP


def types_of(schema: Mapping[str, Any]) -> list[str]:
    kind = schema.get("type")
    return [kind] if isinstance(kind, str) else list(kind) if isinstance(kind, Sequence) else []


def kind_of(schema: Mapping[str, Any]) -> str:
    """The type to give: the first one named that is not null, else what the other words imply."""
    kinds = types_of(schema)
    if kinds:
        return next((kind for kind in kinds if kind != "null"), "null")
    for kind, keys in (
        ("object", ("properties", "required", "minProperties", "additionalProperties")),
        ("array", ("items", "prefixItems", "minItems", "uniqueItems")),
        ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
    ):
        if any(key in schema for key in keys):
            return kind
    return "string"


def target(root: Any, ref: str) -> Mapping[str, Any]:
    """What a local `$ref` points to; an empty schema for any other."""
    found = root
    for part in ref.removeprefix("#").strip("/").split("/") if ref.startswith("#") else ["?"]:
        part = part.replace("~1", "/").replace("~0", "~")
        found = found.get(part, {}) if part and isinstance(found, Mapping) else found
    return found if isinstance(found, Mapping) and ref.startswith("#") else {}


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """One schema for two that must both hold; where they say the same word, the second one's counts."""
    both = {**one, **other}
    if isinstance(one.get("properties"), Mapping) and isinstance(other.get("properties"), Mapping):
        both["properties"] = {**one["properties"], **other["properties"]}
    if one.get("required") and other.get("required"):
        both["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    return both


def satisfies(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], patience: Patience) -> bool:
    """Whether a value satisfies a part of the schema, with the root's definitions at hand."""
    definitions = {key: root[key] for key in ("$defs", "definitions") if key in root}
    try:
        return next(errors(value, {**definitions, **schema}, patience), None) is None
    except Exception:  # a reference or a schema that cannot be resolved proves nothing either way
        return True


def sized(text: str, schema: Mapping[str, Any], padded: bool) -> str:
    least, most = min(schema.get("minLength", 0), TEXT_CAP), schema.get("maxLength")
    if padded and len(text) < least:
        text = (text or "text") + " " + " ".join([text or "text"] * (least // max(1, len(text or "text")) + 1))
        text = text[: max(least, 1)].ljust(least, ".")
    if most is not None and len(text) > most:
        text = text[:most].rstrip() if len(text[:most].rstrip()) >= least else text[:most]
    return text


def bounds(schema: Mapping[str, Any], whole: bool) -> tuple[float | None, float | None]:
    low, high = schema.get("minimum"), schema.get("maximum")
    step = 1 if whole else None
    if isinstance(above := schema.get("exclusiveMinimum"), int | float) and not isinstance(above, bool):
        floor = (math.floor(above) + 1) if step else math.nextafter(above, math.inf)
        low = floor if low is None else max(low, floor)
    if isinstance(below := schema.get("exclusiveMaximum"), int | float) and not isinstance(below, bool):
        ceiling = (math.ceil(below) - 1) if step else math.nextafter(below, -math.inf)
        high = ceiling if high is None else min(high, ceiling)
    return low, high


def within(value: float, low: float | None, high: float | None, step: float | None, whole: bool) -> float | int:
    value = value if low is None else max(value, low)
    value = value if high is None else min(value, high)
    if step and step > 0:
        times = round(value / step)
        times += 1 if low is not None and times * step < low else 0
        times -= 1 if high is not None and times * step > high else 0
        value = times * step
    if whole:
        value = math.ceil(value) if low is not None and math.floor(value) < low else math.floor(value)
        return int(value)
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value
