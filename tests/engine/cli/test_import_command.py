"""`baton import`: a file of another tool becomes a graph file that runs, with a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.files.bundle import Bundle, write_bundle
from engine.files.open import loads

SAMPLES = Path(__file__).parents[2] / "golden" / "imports"


@pytest.mark.parametrize("name", ["agent.langgraph.json", "router.mmd", "chain.flowise.json", "desk.flowise.json"])
def test_what_needs_nothing_else_runs_at_once(name: str, tmp_path: Path, baton: Callable[..., Any]) -> None:
    file = tmp_path / "made.baton.json"
    assert baton("import", SAMPLES / name, "-o", file).code == 0
    graph = loads(file.read_bytes())
    (given_name,) = [node.id for node in graph.nodes.values() if node.kind == "input"]
    said = baton("run", file, "--rehearse", "--json", "-i", f"{given_name}=Please pay my refund back")
    assert said.code == 0, said.err
    assert said.json["outputs"]


def test_the_command_prints_the_report_and_never_overwrites(baton: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "made.baton.json"
    said = baton("import", SAMPLES / "chat.n8n.json", "-o", file)
    assert said.code == 0 and "placeholder   Slack (slack)" in said.out
    assert said.out.splitlines()[-1].startswith("Made from a file of n8n: 1 placeholder")
    again = baton("import", SAMPLES / "chat.n8n.json", "-o", file)
    assert again.code == 2 and "There is a file" in again.err
    report = baton("import", SAMPLES / "chat.n8n.json", "-o", file, "--force", "--json").json
    assert report["source"] == "n8n" and report["counts"]["placeholder"] == 1


def test_a_bundle_is_unpacked_with_all_that_is_in_it(baton: Callable[..., Any], tmp_path: Path) -> None:
    graph = b'{"baton": 1, "nodes": [{"id": "x", "kind": "output"}], "edges": []}'
    file = tmp_path / "desk.zip"
    file.write_bytes(write_bundle(Bundle("g.baton.json", {"g.baton.json": graph, "data/rows.csv": b"a"})))
    assert baton("import", file, "-o", tmp_path / "desk").code == 0
    assert (tmp_path / "desk" / "g.baton.json").read_bytes() == graph
    assert (tmp_path / "desk" / "data" / "rows.csv").is_file()
    assert baton("import", file, "-o", tmp_path / "desk").code == 2


def test_a_dash_is_stdout(baton: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = baton("import", SAMPLES / "router.mmd", "-o", "-")
    assert said.code == 0 and loads(said.out.encode()).nodes and "Made from a file of LangGraph" in said.err
    assert not (tmp_path / "-").exists()
    assert baton("import", SAMPLES / "router.mmd", "-o", "-", "--json").code == 2
