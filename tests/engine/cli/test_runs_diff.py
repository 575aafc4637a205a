"""`baton runs diff`: the first difference is named, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_two_runs_of_one_graph(write: Callable[..., Path], baton: Callable[..., Any]) -> None:
    nodes = [{"id": "task", "kind": "input"}, {"id": "t", "kind": "template", "config": {"template": "On {{ task }}"}},
             {"id": "end", "kind": "output"}]  # fmt: skip
    file = write(nodes, ["task.value > t.task", "t.text > end.value"])
    one, two, again = (baton("run", file, "-i", f"task={task}", "--json").json["run"] for task in ("tea", "rum", "tea"))
    said = baton("runs", "diff", one, two)
    assert said.code == 0
    assert "The first difference is at “task”." in said.out
    assert "t: output “On tea” became “On rum”" in said.out
    found = baton("runs", "diff", one, two, "--json").json
    assert found["runs"] == [one, two]
    assert found["first"] == "task"
    assert not found["same"]
    assert [node["node"] for node in found["nodes"]] == ["task", "t", "end"]
    assert baton("runs", "diff", one, again, "--json").json["same"]
    assert "said and did the same" in baton("runs", "diff", one, again).out
    assert baton("runs", "diff", one, "zz").code == 2
