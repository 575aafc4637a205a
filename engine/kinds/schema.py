"""The JSON Schema of the graph file with every kind's config, as `baton schema` prints it (formats.md)."""

from __future__ import annotations

from typing import Any, Final

from engine.graph.records import ON_BUDGET, ON_FAILURE, GraphSettings
from engine.kinds.registry import AnyKind, Kinds

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_ID: Final = "^[a-z][a-z0-9_]*$"
_END: Final = r"^[a-z][a-z0-9_]*\.[^\s]+$"


def graph_schema(kinds: Kinds) -> dict[str, Any]:
    """The schema of `NAME.baton.json`, draft 2020-12.

    Unknown keys and unknown kinds are allowed, since files of other versions survive a load and a save. A config is
    judged by its kind's own schema.
    """
    known = sorted(kinds, key=lambda kind: kind.name)
    configs: dict[str, Any] = {}
    for kind in known:
        configs |= _config(kind)
    return {
        "$schema": DRAFT,
        "$id": "urn:baton:graph:1",
        "title": "Baton graph",
        "description": "A graph of agents as Baton stores it in NAME.baton.json.",
        "type": "object",
        "required": ["baton", "nodes", "edges"],
        "properties": {
            "baton": {"type": "integer", "minimum": 1, "description": "The version of the format."},
            "name": {"type": "string"},
            "description": {"type": "string"},
            "settings": {"$ref": "#/$defs/settings"},
            "tool_servers": {"type": "object", "additionalProperties": {"type": "object"}},
            "nodes": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 200_000},
            "edges": {"type": "array", "items": {"$ref": "#/$defs/edge"}, "maxItems": 1_000_000},
            "layout": {"$ref": "#/$defs/layout"},
        },
        "$defs": {"settings": _settings(), "node": _node(known), "edge": _edge(), "layout": _layout(), **configs},
    }


def _settings() -> dict[str, Any]:
    usual = GraphSettings()
    return {
        "type": "object",
        "properties": {
            "on_failure": {"enum": [*ON_FAILURE, None], "default": usual.on_failure},
            "budget_usd": {"type": ["number", "null"], "minimum": 0, "default": usual.budget_usd},
            "budget_tokens": {"type": ["integer", "null"], "minimum": 0, "default": usual.budget_tokens},
            "on_budget": {"enum": [*ON_BUDGET, None], "default": usual.on_budget},
            "concurrency": {"type": ["integer", "null"], "minimum": 1, "default": usual.concurrency},
        },
    }


def _node(kinds: list[AnyKind]) -> dict[str, Any]:
    by_kind = [
        {
            "if": {"properties": {"kind": {"const": kind.name}}},
            "then": {"properties": {"config": {"$ref": f"#/$defs/{kind.name}.config"}}},
        }
        for kind in kinds
    ]
    names = ", ".join(kind.name for kind in kinds)
    return {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {
            "id": {"type": "string", "pattern": _ID},
            "kind": {"type": "string", "description": f"One of {names}, or a kind that is not known here."},
            "title": {"type": "string"},
            "muted": {"type": "boolean", "description": "It is skipped in a run."},
            "bypassed": {"type": "boolean", "description": "In a run it passes on what it is given."},
            "config": {"type": "object"},
        },
        "allOf": by_kind,
    }


def _edge() -> dict[str, Any]:
    end = {"type": "string", "pattern": _END}
    return {
        "type": "object",
        "required": ["from", "to"],
        "properties": {
            "from": {**end, "description": "node.port where the edge begins"},
            "to": {**end, "description": "node.port where the edge ends"},
        },
    }


def _layout() -> dict[str, Any]:
    place = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    view = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
    mark = {"type": "object", "required": ["rect"], "properties": {"id": {"type": "string"}, "rect": _rect()}}
    return {
        "type": "object",
        "properties": {
            "nodes": {"type": "object", "additionalProperties": place},
            "bends": {"type": "object", "additionalProperties": {"type": "array", "items": place}},
            "frames": {"type": "array", "items": mark},
            "notes": {"type": "array", "items": mark},
            "bookmarks": {"type": "object", "additionalProperties": view},
        },
    }


def _rect() -> dict[str, Any]:
    return {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}


def _config(kind: AnyKind) -> dict[str, Any]:
    """The definitions of one kind: its config, and the parts that the config is made of."""
    made = kind.Config.model_json_schema(
        by_alias=True, mode="validation", ref_template=f"#/$defs/{kind.name}.{{model}}"
    )
    parts = {f"{kind.name}.{name}": _plain(part) for name, part in made.pop("$defs", {}).items()}
    config = {**_plain(made), "title": f"{kind.title} config", "description": kind.help or kind.hint}
    return {f"{kind.name}.config": config, **parts}


def _plain(schema: Any) -> Any:
    """A schema without what only forms need, and with unknown keys allowed: they survive."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "properties" in schema:
        properties = {name: _plain(part) for name, part in schema["properties"].items()}
        schema = {**schema, "properties": properties}
    return {
        key: value if key in ("properties", "default", "enum", "const") else _plain(value)
        for key, value in schema.items()
        if not (key in ("widget", "group") and isinstance(value, str))
        and not (key in ("when", "semantic") and "widget" in schema)
    }
