"""What a node is to its results: kind, version and semantic config as one hash; equal ones do the same work (S12)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from engine.base.values import Value
from engine.kinds.contract import NodeConfig, SpendingConfig
from engine.kinds.registry import AnyKind

_LIMITS: Final = frozenset(SpendingConfig.model_fields)
"""Settings of every kind, whatever a kind says of them: how often, how long and how dear, never what comes out."""
_ENDS: Final = frozenset({"on_error", "optional", "pinned"})
"""Those among them that say how a node ends where its work does not end well, or is not done at all."""


def digest(value: Value) -> str:
    """A hash of a JSON value. The order of keys counts, since a prompt shows it; so does 1 beside 1.0."""
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()


def identity(kind: AnyKind, config: NodeConfig) -> str:
    """The hash of everything in a node that its results follow from, besides its inputs and what models are meant."""
    return digest([kind.name, kind.version, semantic(config), kind.made_with(config)])


def semantic(config: NodeConfig) -> dict[str, Any]:
    """The settings that results follow from, with defaults written out: a default that is spelled out changes nothing.

    Not among them are retries, limits, pins and the like, and fields that say `"semantic": False` of themselves.
    """
    found = config.model_dump(mode="json", by_alias=True, exclude=set(_others(type(config))))
    return {name: _of_body(value) for name, value in found.items()}


def settling(config: NodeConfig) -> dict[str, Any]:
    """The settings that the end of a node follows from, whether it did its work or not: what a fork compares (S11)."""
    return {**semantic(config), **config.model_dump(mode="json", by_alias=True, include=set(_ENDS))}


@cache
def _others(config: type[NodeConfig]) -> frozenset[str]:
    extras = {name: field.json_schema_extra for name, field in config.model_fields.items()}
    marked = {name for name, extra in extras.items() if isinstance(extra, dict) and extra.get("semantic") is False}
    return _LIMITS | marked


def _of_body(value: Value) -> Value:
    """A body without the places of its nodes, and without their limits."""
    if not (isinstance(value, Mapping) and isinstance(value.get("nodes"), list)):
        return value
    nodes = [_of_node(node) if isinstance(node, Mapping) else node for node in value["nodes"]]
    return {key: nodes if key == "nodes" else inner for key, inner in value.items() if key != "layout"}


def _of_node(node: Mapping[str, Any]) -> Value:
    config = node.get("config")
    if not isinstance(config, Mapping):
        return dict(node)
    meant = {name: _of_body(inner) for name, inner in config.items() if name not in _LIMITS - _ENDS}
    return {**node, "config": meant}
