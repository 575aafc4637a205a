"""`baton run --resume` and `--from`: stored runs that go on, or that others begin from (formats.md)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.base.settings import Home
from engine.cli.main import main
from engine.files import save_graph
from engine.run.journal import Journal
from engine.testing import build

GRAPH = build(
    {"items": ("input", {"type": "list", "default": [1, 2, 3]}), "other": ("input", {"default": "q"}),
     "t": ("template", {"template": "say {{ other }}"}),
     "m": ("map", {"max_items": 2, "body": {
         "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, {"id": "r", "kind": "output"}],
         "edges": [{"from": "item.value", "to": "r.value"}]}}),
     "end": "output", "said": "output"},
    "items.value -> m.items", "m.items -> end.value", "other.value -> t.other", "t.text -> said.value",
)  # fmt: skip
ANSWER = 'm={"decision": "approved"}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "g.baton.json"
    save_graph(GRAPH, place)
    return place


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_paused_run_goes_on_without_its_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(file), "--json"]) == 3
    first = said(capsys)
    file.unlink()
    run = str(first["run"])
    assert main(["run", "--resume", run, "--json"]) == 3
    assert said(capsys)["run"] == run
    assert main(["run", "--resume", run[:-2], "--answer", ANSWER, "--json"]) == 0
    last = said(capsys)
    assert (last["run"], last["outputs"]) == (run, {"end": [1, 2, 3], "said": "say q"})
    assert main(["run", "--resume", run]) == 2
    assert "has completed" in capsys.readouterr().err
    [stored] = Journal(Home().runs).runs()
    assert stored.status == "completed"


def test_from_a_node_uses_the_newest_run_of_the_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(file), "--from", "m"]) == 2
    assert "Run it first" in capsys.readouterr().err
    assert main(["run", str(file), "-i", "other=old", "--answer", ANSWER, "--json"]) == 0
    first = said(capsys)
    assert main(["run", str(file), "--from", "m", "--answer", ANSWER, "--json"]) == 0
    second = said(capsys)
    assert second["run"] != first["run"]
    assert second["outputs"] == {"end": [1, 2, 3], "said": "say old"}
    nodes = second["nodes"]
    assert isinstance(nodes, dict)
    assert (nodes["t"]["source"], nodes["m"]["source"]) == ("reused", "ran")
    assert main(["run", str(file), "--from", "zz"]) == 2
    assert "no node “zz”" in capsys.readouterr().err
    assert main(["run", str(file), "--from", "m", "--base", "zz"]) == 2


def test_a_node_is_run_alone_with_stored_or_given_inputs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(file), "--only", "t"]) == 2
    assert "Run it first" in capsys.readouterr().err
    assert main(["run", str(file), "-i", "other=old", "--answer", ANSWER, "--json"]) == 0
    said(capsys)
    assert main(["run", str(file), "--only", "t", "--set", "t.template=now {{ other }}", "--json"]) == 0
    stored = said(capsys)
    assert stored["outputs"] == {"end": [1, 2, 3], "t.text": "now old"}
    nodes = stored["nodes"]
    assert isinstance(nodes, dict)
    assert {name: node["reason"] for name, node in nodes.items() if node["status"] == "skipped"} == {"said": "muted"}
    assert [name for name in nodes if nodes[name].get("source") == "ran"] == ["t", "t_text"]
    assert main(["run", str(file), "--only", "t", "--set", 'other.pinned={"value": "mine"}', "--json"]) == 0
    assert said(capsys)["outputs"] == {"end": [1, 2, 3], "t.text": "say mine"}
    assert main(["run", str(file), "--from", "t", "--json"]) == 0
    assert said(capsys)["outputs"] == {"end": [1, 2, 3], "said": "say old"}
    assert main(["run", str(file), "--only", "t", "--from", "m"]) == 2
    assert "do not go together" in capsys.readouterr().err


def test_only_failed_items_are_done_again_in_a_new_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One of three items fails, and the map goes on without it."""
    body = {"nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}},
                      {"id": "t", "kind": "template", "config": {"template": "{{ 10 // item }}"}},
                      {"id": "r", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "t.item"}, {"from": "t.text", "to": "r.value"}]}  # fmt: skip
    drawn = build(
        {"items": ("input", {"type": "list", "default": [5, 0, 2]}),
         "m": ("map", {"on_item_failure": "drop", "body": body}), "end": "output"},
        "items.value -> m.items", "m.items -> end.value",
    )  # fmt: skip
    file, told = tmp_path / "g.baton.json", tmp_path / "events.jsonl"
    save_graph(drawn, file)
    assert main(["run", str(file), "--json"]) == 0
    first = said(capsys)
    assert main(["run", str(file), "--failed", "--json", "--events", str(told)]) == 0
    second = said(capsys)
    assert second["run"] != first["run"]
    assert second["outputs"] == first["outputs"] == {"end": ["2", "5"]}
    events = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    worked = [event["key"] for event in events if event["kind"] == "node.started" and event["node"] == "t"]
    assert worked == ["m[1]/t"]


@pytest.mark.parametrize("more", [["-i", "x=1"], ["--rehearse"], ["--set", "t.template=x"], ["--from", "m"],
                                  ["--failed"]])  # fmt: skip
def test_a_run_that_goes_on_keeps_what_it_was_started_with(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--resume", "some", *more]) == 2
    assert "cannot be changed" in capsys.readouterr().err


def test_without_a_file_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 2
    assert "FILE is missing" in capsys.readouterr().err
