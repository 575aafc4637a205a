"""`baton run` and trust: exit 4 with the reason, `--trust`, and rehearsals that start nothing (formats.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.said import Said

Baton = Callable[..., Said]
Write = Callable[..., Path]


@pytest.fixture
def coded(write: Write) -> Path:
    """A graph whose code leaves a mark beside it."""
    source = "import pathlib\ndef run(v):\n    pathlib.Path(v).write_text('ran')\n    return 'done'"
    nodes: list[dict[str, Any]] = [
        {"id": "i", "kind": "input", "config": {"default": "x"}},
        {"id": "c", "kind": "code", "config": {"source": source}},
        {"id": "o", "kind": "output"},
    ]
    return write(nodes, ["i.value > c.v", "c.value > o.value"], name="coded")


def test_what_was_not_trusted_does_not_run(baton: Baton, coded: Path, tmp_path: Path) -> None:
    said = baton("run", coded, "-i", f"i={tmp_path / 'mark'}")
    assert said.code == 4
    assert said.out == ""
    assert "run Python code of its own: import pathlib\\ndef run" in said.err
    assert "--trust" in said.err
    assert not (tmp_path / "mark").exists()
    assert baton("run", coded, "--json").code == 4


def test_trust_is_told_first_and_holds_from_then_on(baton: Baton, coded: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    said = baton("run", coded, "--trust", "--json", "-i", f"i={mark}")
    assert (said.code, said.json["outputs"], mark.read_text()) == (0, {"o": "done"}, "ran")
    assert "it can: run Python code of its own" in said.err
    assert baton("run", coded, "-i", f"i={mark}").code == 0
    graph = json.loads(coded.read_text())
    graph["layout"] = {"nodes": {"c": [900, 9]}}
    coded.write_text(json.dumps(graph))
    assert baton("run", coded, "-i", f"i={mark}").code == 0
    graph["nodes"][1]["config"]["source"] += " "
    coded.write_text(json.dumps(graph))
    assert baton("run", coded, "-i", f"i={mark}").code == 4


def test_a_setting_changed_for_one_run_is_not_trusted_with_the_file(baton: Baton, coded: Path) -> None:
    assert baton("run", coded, "--trust", "-i", "i=/dev/null").code == 0
    assert baton("run", coded, "-i", "i=/dev/null", "--set", "c.source=def run(v): return 2").code == 4


def test_a_rehearsal_without_trust_gives_marked_samples_and_starts_nothing(
    baton: Baton, write: Write, tmp_path: Path
) -> None:
    mark = tmp_path / "out"
    nodes: list[dict[str, Any]] = [
        {"id": "h", "kind": "http", "config": {"url": "http://127.0.0.1:9/"}},
        {"id": "f", "kind": "files", "config": {"root": "/etc", "glob": "passwd"}},
        {"id": "w", "kind": "write_files", "config": {"root": str(mark)}},
        {"id": "c", "kind": "code", "config": {"source": f"open({str(mark)!r}, 'w')\ndef run(): pass"}},
        *({"id": f"o{name}", "kind": "output", "config": {"name": name}} for name in "hfwc"),
    ]
    edges = ["h.body > oh.value", "f.files > of.value", "f.files > w.files", "w.written > ow.value",
             "c.value > oc.value"]  # fmt: skip
    graph = write(nodes, edges)
    assert baton("run", graph).code == 4
    said = baton("run", graph, "--rehearse", "--json")
    assert (said.code, said.json["status"]) == (0, "completed_with_warnings")
    assert all("sample" in json.dumps(value) for value in said.json["outputs"].values())
    assert all("sample" in said.json["nodes"][name]["degraded"] for name in "hfwc")
    assert not mark.exists()


def test_a_trusted_graph_does_its_work_in_a_rehearsal(baton: Baton, coded: Path, tmp_path: Path) -> None:
    said = baton("run", coded, "--rehearse", "--trust", "--json", "-i", f"i={tmp_path / 'mark'}")
    assert said.json["outputs"] == {"o": "done"}
    assert (tmp_path / "mark").exists()


def test_an_invalid_graph_is_said_before_trust_is_asked_for_or_given(baton: Baton, write: Write, home: Path) -> None:
    graph = write([{"id": "c", "kind": "code", "config": {"source": "def run(:"}}, {"id": "o", "kind": "output"}],
                  ["c.value > o.value"])  # fmt: skip
    said = baton("run", graph, "--trust")
    assert said.code == 2
    assert "line 1" in said.err
    assert not (home / "trust").exists()


def test_check_estimate_and_export_need_no_trust(baton: Baton, coded: Path, tmp_path: Path) -> None:
    assert baton("check", coded).code == 0
    assert baton("estimate", coded).code == 0
    assert baton("export", coded, "--to", "mermaid", "-o", tmp_path / "x.md").code == 0


def test_nothing_to_trust_is_said(baton: Baton, echo: Path) -> None:
    said = baton("run", echo, "--trust")
    assert "changes nothing" in said.err
    assert said.code == 0


def test_a_graph_outside_the_folder_is_read_once_it_is_trusted_with_all_that_it_could_do(
    baton: Baton, coded: Path, write: Write, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    inner = coded.rename(elsewhere / "inner.baton.json")
    nodes: list[dict[str, Any]] = [
        {"id": "i", "kind": "input", "config": {"default": str(tmp_path / "mark")}},
        {"id": "s", "kind": "subgraph", "config": {"graph": "../elsewhere/inner.baton.json"}},
        {"id": "o", "kind": "output"},
    ]
    (tmp_path / "here").mkdir()
    outer = write(nodes, ["i.value > s.i", "s.o > o.value"], name="outer").rename(tmp_path / "here/outer.baton.json")
    refused = baton("run", outer)
    assert (refused.code, refused.out) == (4, "")
    assert f"run the graph {inner}" in refused.err and "Python" not in refused.err
    said = baton("run", outer, "--trust", "--json")
    assert said.json["outputs"] == {"o": "done"}
    assert f"it can: run the graph {inner}" in said.err and "it can: run Python code of its own" in said.err
    assert baton("run", outer).code == 0
    inner.write_text(inner.read_text().replace("'ran'", "'ran '"))
    assert baton("run", outer).code == 4
