"""`baton test`: records, plays again, and says what differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

NODES: list[dict[str, Any]] = [
    {"id": "task", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"prompt": "On {{ task }}"}},
    {"id": "t", "kind": "template", "config": {"template": "{{ a }}!"}}, {"id": "end", "kind": "output"},
]  # fmt: skip
EDGES = ["task.value > a.task", "a.text > t.a", "t.text > end.value"]


def test_record_play_and_find_a_change(write: Callable[..., Path], baton: Callable[..., Any]) -> None:
    file = write(NODES, EDGES)
    assert "Record one: baton test" in baton("test", file).err
    assert baton("test", file, "--record", "tea", "-i", "task=tea", "--rehearse").code == 0
    tape = file.parent / "g.tea.cassette.json"
    assert json.loads(tape.read_text())["inputs"] == {"task": "tea"}
    said = baton("test", file)
    assert said.code == 0
    assert "1 of 1 passed." in said.out
    other = [NODES[0], {**NODES[1], "config": {"prompt": "About {{ task }}"}}, *NODES[2:]]
    write(other, EDGES)
    said = baton("test", file, tape, "--json")
    assert said.code == 1
    assert said.json["failed"] == 1
    assert "“About tea”" in " ".join(said.json["cassettes"][0]["wrong"])
    assert baton("test", file, "-i", "task=tea").code == 2
    assert baton("test", file, file.parent / "none.cassette.json").code == 2


def test_a_stored_run_is_a_cassette(write: Callable[..., Path], baton: Callable[..., Any]) -> None:
    file = write(NODES, EDGES)
    run = baton("run", file, "-i", "task=rum", "--rehearse", "--json").json
    assert baton("test", file, "--record", "r", "--run", run["run"]).code == 0
    assert json.loads((file.parent / "g.r.cassette.json").read_text())["outputs"] == run["outputs"]
    assert baton("test", file).code == 0
