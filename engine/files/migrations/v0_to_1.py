"""From the pre-release form (0) to 1: `type` became `kind`, `connections` edges, positions went into the layout."""

from __future__ import annotations

from typing import Any

FROM = 0


def migrate(data: dict[str, Any]) -> dict[str, Any]:
    """The same graph in the form 1. Whatever has an unexpected shape is passed on for the strict reader to name."""
    result = {key: value for key, value in data.items() if key != "connections"}
    nodes, connections = data.get("nodes", []), data.get("connections", [])
    if isinstance(nodes, list):
        result["nodes"] = [_node(node) for node in nodes]
        result["layout"] = _layout(data.get("layout", {}), nodes)
    if isinstance(connections, list):
        edges = data.get("edges", [])
        result["edges"] = [*edges, *map(_edge, connections)] if isinstance(edges, list) else edges
    else:
        result["edges"] = connections
    return result


def _node(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    named = {"type": "kind", "label": "title", "params": "config"}
    free = {old: new for old, new in named.items() if new not in node}
    return {free.get(key, key): value for key, value in node.items() if key != "position"}


def _edge(connection: Any) -> Any:
    """`["a.text", "b.task"]` as an edge."""
    if isinstance(connection, list) and len(connection) == 2:
        return {"from": connection[0], "to": connection[1]}
    return connection


def _layout(layout: Any, nodes: list[Any]) -> Any:
    if not isinstance(layout, dict) or not isinstance(layout.get("nodes", {}), dict):
        return layout
    places = {
        node["id"]: node["position"]
        for node in nodes
        if isinstance(node, dict) and isinstance(node.get("id"), str) and "position" in node
    }
    return {**layout, "nodes": {**places, **layout.get("nodes", {})}} if places or layout else layout
