"""`baton run --cache`: the second run says where its results came from; without it nothing is used again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

NODES: list[dict[str, Any]] = [
    {"id": "task", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"prompt": "On {{ task }}"}},
    {"id": "end", "kind": "output"},
]  # fmt: skip


def test_results_are_used_again_only_when_asked_for(write: Callable[..., Path], baton: Callable[..., Any]) -> None:
    file = write(NODES, ["task.value > a.task", "a.text > end.value"])

    def run(*more: str) -> Any:
        return baton("run", file, "--rehearse", "--json", *more).json

    first, second, third, other = (
        run("-i", "task=tea", "--cache"), run("-i", "task=tea", "--cache"), run("-i", "task=tea"),
        run("-i", "task=rum", "--cache"),
    )  # fmt: skip
    assert [each["nodes"]["a"]["source"] for each in (first, second, third, other)] == ["ran", "cache", "ran", "ran"]
    assert second["outputs"] == first["outputs"]
    assert second["cost_usd"] == 0.0
    assert second["run"] != first["run"]
