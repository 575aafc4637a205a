"""A JSON Schema of an object as rows of a table, and back; what a table cannot say is kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TYPES = ("string", "number", "integer", "boolean", "array", "object")
_OBJECT = {"type": "object"}


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """A property.

    Attributes:
        rest: what else its schema says (`enum`, `items`, `minimum`…); it is kept as it is.
    """

    name: str
    type: str = "string"
    required: bool = True
    about: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)


def rows_of(schema: Any) -> list[SchemaRow] | None:
    """The rows of a schema; [] for none; None for one that is no object of named properties."""
    if schema in (None, {}):
        return []
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        return None
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, Mapping) or not isinstance(required, Sequence) or isinstance(required, str):
        return None
    if not set(map(str, required)) <= properties.keys():
        return None
    rows = []
    for name, each in properties.items():
        if not isinstance(each, Mapping) or each.get("type") not in TYPES:
            return None
        if not isinstance(each.get("description", ""), str):
            return None
        rest = {key: value for key, value in each.items() if key not in ("type", "description")}
        rows.append(SchemaRow(str(name), each["type"], name in required, each.get("description", ""), rest))
    return rows


def schema_of(schema: Any, rows: Sequence[SchemaRow]) -> dict[str, Any] | None:
    """The schema with these rows in place of its own; None when nothing is left of it.

    Args:
        schema: the one that the rows were made of; what else it says is kept.
    """
    kept = dict(schema) if isinstance(schema, Mapping) else dict(_OBJECT)
    properties = {
        row.name: {"type": row.type, **({"description": row.about} if row.about else {}), **row.rest} for row in rows
    }
    found = {**_OBJECT, **kept, "properties": properties, "required": [row.name for row in rows if row.required]}
    return found if rows or set(kept) - {"type", "properties", "required"} else None
