"""Two states of a graph on the command line: compared, kept, brought back, joined, and the same through git."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.files.open import open_graph
from engine.files.versions import folder_of

Baton, Write = Callable[..., Any], Callable[..., Path]
EDGES = ["task.value > draft.task", "draft.text > end.value"]


def nodes(**config: str) -> list[dict[str, Any]]:
    return [
        {"id": "task", "kind": "input", "config": {"default": "tea"}},
        {
            "id": "draft",
            "kind": "agent",
            "config": {"model": "cheap", "prompt": "Draft: {{ task }}\nBriefly.", **config},
        },
        {"id": "end", "kind": "output", "config": {}},
    ]


def test_a_difference_names_values(baton: Baton, write: Write) -> None:
    old = write(nodes(), EDGES, name="old")
    new = write([*nodes(model="best", prompt="Draft: {{ task }}\nAt length."), {"id": "x", "kind": "output"}],
                EDGES[:1], name="old2")  # fmt: skip
    said = baton("diff", old, new)
    assert said.code == 0
    lines = [line.strip() for line in said.out.splitlines()]
    assert 'model: "cheap" -> "best"' in " ".join(lines).replace("config.", "")
    assert {"- Briefly.", "+ At length.", "Draft: {{ task }}", "+ node x (output)"} <= set(lines)
    assert "- edge draft.text -> end.value" in lines
    found = baton("diff", old, new, "--json").json
    assert found["nodes"]["added"] == ["x"] and found["edges"]["removed"] == ["draft.text->end.value"]
    assert {"at": "config.model", "before": "cheap", "after": "best"} in found["nodes"]["changed"]["draft"]
    assert baton("diff", old, old, "--exit-code").code == 0 and baton("diff", old, new, "--exit-code").code == 1
    assert baton("diff", old).code == 2


def test_versions_are_kept_compared_and_brought_back(baton: Baton, write: Write) -> None:
    file = write(nodes(), EDGES)
    first = open_graph(file)
    assert baton("versions", "keep", file, "Before the review", "--note", "for Ann").code == 0
    write(nodes(model="best"), EDGES)
    assert baton("versions", "keep", file, "Dear model").code == 0
    rows = baton("versions", "list", file, "--json").json["versions"]
    assert [(row["number"], row["name"], row["note"]) for row in rows] == [
        (2, "Dear model", ""),
        (1, "Before the review", "for Ann"),
    ]
    assert '"cheap" -> "best"' in baton("versions", "compare", file, "1", "Dear model").out
    assert baton("versions", "compare", file, "2").out == "They are the same.\n"
    assert baton("versions", "restore", file, "Before the review").code == 0
    assert open_graph(file) == first
    kept = sorted(folder_of(file).iterdir())
    assert [path.name for path in kept] == ["001-before_the_review.baton.json", "002-dear_model.baton.json"]
    assert baton("check", kept[0], "--json").json["problems"] == baton("check", file, "--json").json["problems"]
    assert baton("versions", "delete", file, "1").code == 0
    said = baton("versions", "restore", file, "1")
    assert said.code == 2 and "has no version “1”" in said.err


def test_a_merge_writes_both_and_notes_what_has_to_be_chosen(baton: Baton, write: Write, tmp_path: Path) -> None:
    base, ours = write(nodes(), EDGES, name="base"), write(nodes(model="best"), EDGES, name="ours")
    theirs = write([*nodes(model="medium"), {"id": "x", "kind": "output"}], EDGES, name="theirs")
    out = tmp_path / "out.baton.json"
    said = baton("merge", base, ours, theirs, "-o", out)
    assert said.code == 1 and "draft: config.model: changed differently in both" in said.out
    merged = open_graph(out)
    assert "x" in merged.nodes and merged.nodes["draft"].config["model"] == "best"
    codes = [(p["code"], p["node"]) for p in baton("check", out, "--json").json["problems"]]
    assert ("merge_conflict", "draft") in codes
    assert baton("merge", base, ours, theirs, "-o", out, "--prefer", "theirs").code == 0
    settled = open_graph(out)
    assert settled.nodes["draft"].config["model"] == "medium" and "merge_conflicts" not in settled.head


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_uses_it_to_show_and_to_merge(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = str(Path(__file__).parents[3])
    monkeypatch.setenv("PYTHONPATH", root)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    command = str(tmp_path / "baton")
    call = "import sys; from engine.cli.main import main; sys.exit(main())"
    Path(command).write_text(f"#!/bin/sh\nexec {sys.executable} -c '{call}' \"$@\"\n")
    Path(command).chmod(0o755)

    def git(*args: str, code: int = 0) -> str:
        done = subprocess.run(["git", "-C", str(tmp_path / "repo"), *args], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def draw(graph: list[dict[str, Any]], message: str) -> None:
        file.write_text(write(graph, EDGES, name="drawn").read_text())
        git("add", "-A")
        git("commit", "-qm", message)

    (tmp_path / "repo").mkdir()
    file = tmp_path / "repo" / "g.baton.json"
    git("init", "-qb", "main")
    drivers = {
        "user.name": "T",
        "user.email": "t@example.org",
        "diff.baton.command": f"{command} diff --git",
        "diff.baton.textconv": f"{command} diff --textconv",
        "merge.baton.driver": f"{command} merge %O %A %B",
    }
    for key, value in drivers.items():
        git("config", key, value)
    (tmp_path / "repo" / ".gitattributes").write_text("*.baton.json diff=baton merge=baton\n")
    draw(nodes(), "begin")
    git("checkout", "-qb", "side")
    draw(nodes(model="medium"), "theirs")
    git("checkout", "-q", "main")
    draw([*nodes(), {"id": "x", "kind": "output"}], "ours")
    assert "+ node x (output)" in git("diff", "HEAD~1")
    assert "+node x (output)" in git("log", "-p", "-1")
    git("merge", "-q", "side", "-m", "both")
    both = open_graph(file)
    assert "x" in both.nodes and both.nodes["draft"].config["model"] == "medium"
    git("checkout", "-qb", "other", "HEAD~1")
    draw(nodes(model="best"), "another")
    git("merge", "-q", "main", "-m", "conflict", code=1)
    assert json.loads(file.read_text())["merge_conflicts"]


def test_git_goes_on_to_the_next_file_where_one_is_no_graph(baton: Baton, write: Write, tmp_path: Path) -> None:
    broken, file = tmp_path / "broken.baton.json", write(nodes(), EDGES)
    broken.write_text("<<<<<<< ours\n{}\n")
    said = baton("diff", "--git", "g.baton.json", broken, "1" * 40, "100644", file, "2" * 40, "100644")
    assert said.code == 0 and "cannot be compared as graphs" in said.out and "-<<<<<<< ours" in said.out
    gone = baton("diff", "--git", "g.baton.json", broken, "1" * 40, "100644", "/dev/null", "0", "0")
    assert gone.code == 0 and "-{}" in gone.out
    assert baton("diff", "--textconv", broken).out == "<<<<<<< ours\n{}\n"
    assert baton("diff", broken, file).code == 2, "a person is told that it is none"
