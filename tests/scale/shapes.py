"""Words for the graphs of these tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.said import Said

Nodes = list[dict[str, Any]]


Baton = Callable[..., Said]
Write = Callable[..., Path]


def node(node_id: str, kind: str, **config: Any) -> dict[str, Any]:
    """A node as it stands in a file."""
    return {"id": node_id, "kind": kind, "config": config}


def chain(count: int, first: dict[str, Any], **config: Any) -> tuple[Nodes, list[str]]:
    """Merges in a row behind a first node, and an output."""
    config = {"strategy": "concat", **config}
    nodes = [first, *(node(f"n{i}", "merge", **config) for i in range(1, count)), node("end", "output")]
    edges = [f"n{i}.value > n{i + 1}.items" for i in range(1, count - 1)]
    return nodes, [*edges, f"n{count - 1}.value > end.value"]
