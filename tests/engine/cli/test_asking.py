"""Commands that only ask: check, kinds, schema, models, doctor, estimate, export and the stored runs."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.cli.console import inert, inert_json
from engine.cli.qt_libraries import _ABSENT, PACKAGES
from engine.kinds.registry import Kinds
from tests.said import Said

Baton = Callable[..., Said]
Write = Callable[..., Path]


def test_check_prints_problems_and_ends_with_2_for_an_error(baton: Baton, write: Write, echo: Path) -> None:
    assert baton("check", echo).out == "No problems.\n"
    assert baton("check", echo, "--json").json == {"problems": []}
    wrong = write([{"id": "a", "kind": "agent", "config": {"model": "rehearsal", "prompt": "{{ x }}"}}], name="wrong")
    said = baton("check", wrong, "--json")
    assert said.code == 2
    first = said.json["problems"][0]
    assert first == {"severity": "error", "code": "unwired_port", "node": "a", "message": first["message"],
                     "fix": first["fix"], "place": "x"}  # fmt: skip
    text = baton("check", wrong)
    assert text.code == 2 and "error a:" in text.out and "1 error, 1 warning." in text.out


@pytest.mark.parametrize(
    "content", ["", "{", '{"baton": 1, "nodes": 5, "edges": []}', "\x00\x01", "[]", '{"baton": 1, "baton": 1}']
)
def test_check_has_one_problem_for_a_file_that_cannot_be_loaded(baton: Baton, tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.baton.json"
    file.write_text(content, "utf-8")
    said = baton("check", file, "--json")
    assert said.code == 2
    (problem,) = said.json["problems"]
    assert (problem["severity"], problem["code"], problem["node"]) == ("error", "bad_file", "")
    assert problem["message"] and problem["fix"]
    assert baton("check", tmp_path / "gone.json", "--json").json["problems"][0]["code"] == "missing_file"


def test_check_asks_for_keys_and_tiers(baton: Baton, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [{"id": "a", "kind": "agent", "config": {"model": "openai/gpt-5", "prompt": "hi"}},
             {"id": "b", "kind": "agent", "config": {"model": "best", "prompt": "hi"}}, {"id": "o", "kind": "output"},
             {"id": "p", "kind": "output"}]  # fmt: skip
    file = write(nodes, ["a.text > o.value", "b.text > p.value"])
    said = baton("check", file, "--json")
    assert said.code == 0
    assert {(p["code"], p["node"]) for p in said.json["problems"]} == {("no_key", "a"), ("tier_not_mapped", "b")}
    monkeypatch.setenv("OPENAI_API_KEY", "k-123456")
    assert baton("check", file, "--json").json == {"problems": []}


def test_kinds_and_schema_tell_of_every_kind(baton: Baton) -> None:
    names = {kind.name for kind in Kinds.load()}
    assert {row["name"] for row in baton("kinds", "--json").json["kinds"]} == names
    text = baton("kinds").out
    assert all(f"\n{name}  " in f"\n{text}" for name in names)
    assert {f"{name}.config" for name in names} <= baton("schema").json["$defs"].keys()


def test_models_tell_keys_by_name_and_what_tiers_mean(baton: Baton, monkeypatch: pytest.MonkeyPatch) -> None:
    found = baton("models", "--json").json
    assert found["tiers"]["best"] == {"model": "rehearsal", "source": "rehearsal"}
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k-very-secret-9")
    for args in (["models"], ["models", "--json"], ["doctor"], ["doctor", "--json"]):
        said = baton(*args)
        assert "k-very-secret-9" not in said.out + said.err
        assert "ANTHROPIC_API_KEY" in said.out
    found = baton("models", "--json").json
    rows = {row["name"]: row for row in found["providers"]}
    assert rows["anthropic"]["key"] == "environment"
    assert rows["openai"]["key"] is None
    assert found["tiers"]["cheap"]["model"].startswith("anthropic/")


def test_doctor_finds_a_home_that_cannot_be_written(
    baton: Baton, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert baton("doctor").code == 0
    file = tmp_path / "file"
    file.write_text("", "utf-8")
    monkeypatch.setenv("BATON_HOME", str(file / "inside"))
    said = baton("doctor", "--json")
    assert said.code == 1
    (storage,) = [row for row in said.json["findings"] if row["name"] == "Storage"]
    assert storage["state"] == "error" and "BATON_HOME" in storage["fix"]


def test_the_linker_s_words_become_packages() -> None:
    said = "\tlibxcb-cursor.so.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibEGL.so.1 => not found\n"
    assert [PACKAGES[name] for name in _ABSENT.findall(said)] == ["libxcb-cursor0", "libegl1"]


def test_estimate_has_four_plans(baton: Baton, write: Write) -> None:
    nodes = [
        {"id": "i", "kind": "input"},
        {"id": "a", "kind": "agent", "config": {"model": "best", "prompt": "{{ i }}"}},
        {"id": "o", "kind": "output"},
    ]
    file = write(nodes, ["i.value > a.i", "a.text > o.value"])
    found = baton("estimate", file, "--json").json
    assert [plan["title"] for plan in found["plans"]] == ["as mapped", "all cheap", "all best", "rehearsal"]
    asked = baton("estimate", file, "-i", "i=" + "x" * 4000, "--tier", "best=openrouter/who/knows", "--json").json
    first = asked["plans"][0]
    assert first["usd"] is None and first["unknown_prices"] == ["openrouter/who/knows"]
    assert first["input_tokens"]["low"] >= 1000
    text = baton("estimate", file, "--tier", "best=openrouter/who/knows")
    assert text.code == 0 and "cost unknown" in text.out
    broken = write([{"id": "o", "kind": "output"}], name="broken")
    assert baton("estimate", broken).code == 2


def test_estimate_needs_no_stored_runs(baton: Baton, echo: Path, home: Path) -> None:
    (home / "runs").write_text("where the folder should be", "utf-8")
    said = baton("estimate", echo, "-i", "text=a", "--json")
    assert said.code == 0 and said.json["learnt_from_runs"] == 0
    assert said.err.startswith("note: Earlier runs are not learnt from.")


def test_a_run_whose_program_died_is_interrupted_wherever_it_is_shown(baton: Baton, write: Write, home: Path) -> None:
    file = write([{"id": "t", "kind": "template", "config": {"template": "x"}}])
    run = baton("run", file, "--json").json["run"]
    with closing(sqlite3.connect(home / "runs" / "journal.sqlite")) as database:
        database.execute("UPDATE runs SET status='running', ended=NULL, owner='0:0'")
        database.commit()
    assert baton("runs", "list", "--json").json["runs"][0]["status"] == "interrupted"
    assert baton("runs", "show", run, "--json").json["status"] == "interrupted"
    assert "outcome: interrupted" in baton("export", run, "--to", "markdown", "-o", "-").out


def test_export_writes_beside_or_to_stdout_and_never_over_the_graph(
    baton: Baton, echo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = echo.read_bytes()
    assert baton("export", echo, "--to", "mermaid").code == 0
    assert (tmp_path / "echo.mmd").read_text("utf-8").endswith("\n")
    assert "flowchart LR" in baton("export", echo, "--to", "mermaid", "-o", "-").out
    assert baton("export", echo, "--to", "json").code == 2
    assert echo.read_bytes() == before
    assert baton("export", echo, "--to", "json", "-o", tmp_path / "copy.json").code == 0
    assert json.loads((tmp_path / "copy.json").read_text("utf-8"))["name"] == "echo"
    failed = baton("export", echo, "--to", "json", "-o", tmp_path / "no/such/folder.json")
    assert failed.code == 1 and "cannot be written" in failed.err
    assert "Did you mean “svg”" in baton("export", echo, "--to", "svgg").err
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR)  # an end to read keeps a writer from waiting for one
    assert baton("export", echo, "--to", "json", "-o", pipe).code == 0 and pipe.is_fifo()
    assert json.loads(os.read(reader, 65_536))["name"] == "echo"
    os.close(reader)


def test_stored_runs_are_listed_shown_and_deleted(baton: Baton, echo: Path) -> None:
    assert "No runs" in baton("runs", "list").out
    first = baton("run", echo, "--json", "-i", "text=one").json["run"]
    second = baton("run", echo, "--json", "-i", "text=two").json["run"]
    listed = baton("runs", "list", "--json").json["runs"]
    assert [row["run"] for row in listed] == [second, first]
    assert (listed[0]["status"], listed[0]["name"], listed[0]["cost_usd"]) == ("completed", "echo", 0.0)
    shown = baton("runs", "show", first, "--json").json
    assert shown["outputs"]["text"] == "one" and shown["status"] == "completed"
    said = baton("runs", "show", first).out
    assert "✓ text  ok" in said and "text:\none\n" in said
    assert baton("runs", "delete", first, first, "--json").json == {"deleted": [first]}, "each once"
    assert [row["run"] for row in baton("runs", "list", "--json").json["runs"]] == [second]
    gone = baton("runs", "show", first)
    assert gone.code == 2 and "runs list" in gone.err


def test_text_for_a_terminal_cannot_move_its_cursor() -> None:
    assert inert("a\x1b[2Jb\rc\u202ed\te\nf") == "a\ufffd[2Jb\ufffdc\ufffdd\te\nf"


def test_json_moves_no_cursor_and_reads_back_the_same() -> None:
    value = {"a\x9b2Jb": ["\x7f\u202e\u2066 \x1b[2J", "grün\n\t"]}
    shown = inert_json(value, io.TextIOWrapper(io.BytesIO(), "utf-8"))
    assert shown.isprintable() and "grün" in shown and json.loads(shown) == value
