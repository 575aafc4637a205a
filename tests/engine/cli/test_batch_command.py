"""`baton batch`: tables in, tables out, gone on with, and a router held against a label."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base.settings import Home
from engine.files.rows import held
from engine.run.journal import Journal
from tests.engine.tools.mcp.conftest import odd

Baton = Callable[..., Any]
ROUTER = {"routes": [{"id": name, "when": {"field": "", "op": "contains", "value": name}} for name in ("bill", "ship")]}


@pytest.fixture
def graph(write: Callable[..., Path]) -> Path:
    nodes = [
        {"id": "task", "kind": "input"}, {"id": "size", "kind": "input", "config": {"type": "number", "default": 1}},
        {"id": "r", "kind": "router", "config": ROUTER}, {"id": "t", "kind": "template", "config": {
            "template": "{{ task }}/{{ size }}"}},
        {"id": "end", "kind": "output"}, {"id": "bills", "kind": "output"}, {"id": "all", "kind": "output"},
    ]  # fmt: skip
    return write(nodes, ["task.value > r.value", "task.value > t.task", "size.value > t.size", "t.text > end.value",
                         "r.bill > bills.value", "r.ship > all.value", "r.default > all.value"])  # fmt: skip


def table(place: Path, text: str) -> Path:
    place.write_text(text, "utf-8")
    return place


def cells(place: Path) -> list[dict[str, str]]:
    with place.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_with_a_label(graph: Path, baton: Baton, tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", 'task,size,right,note\nbill one,2,bill,x\n"ship, two",,ship,y\nbill 3,5,ship,z\n')
    said = baton("batch", graph, data, "--label", "right", "--route", "r")
    assert said.code == 0
    assert "“note” is no input" in said.err
    assert "“right”" not in said.err
    rows = cells(tmp_path / "d.results.csv")
    assert [row["row"] for row in rows] == ["1", "2", "3"]
    assert [row["end"] for row in rows] == ["bill one/2", "ship, two/1", "bill 3/5"]
    assert [row["route"] for row in rows] == ["bill", "ship", "bill"]
    assert [(row["bills"], row["note"], row["status"]) for row in rows[:2]] == [
        ("bill one", "x", "completed"), ("", "y", "completed"),
    ]  # fmt: skip
    assert "2 of 3 right (67%)\nrow 3: bill, not ship\n" in said.out
    assert [line.split() for line in said.out.splitlines()[:3]] == [
        ["label", "\\", "route", "bill", "ship"], ["bill", "1", "0"], ["ship", "1", "1"],
    ]  # fmt: skip


def test_json_lines_and_the_sum_as_json(graph: Path, baton: Baton, tmp_path: Path) -> None:
    data = table(
        tmp_path / "d.jsonl", '{"task": "bill", "size": 2.5}\n\n{"task": "no", "size": "many"}\n{"task": "x"}\n'
    )
    said = baton("batch", graph, data, "--json", "-o", tmp_path / "o.jsonl")
    assert said.code == 1
    assert said.json["rows"] == 3
    assert said.json["statuses"] == {"completed": 2, "failed": 1}
    assert said.json["cost_usd"] == 0.0
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [(row["row"], row["status"], row.get("end")) for row in rows] == [
        (1, "completed", "bill/2.5"), (2, "failed", None), (3, "completed", "x/1"),
    ]  # fmt: skip
    assert "number" in rows[1]["error"]


def test_a_second_start_skips_what_is_done(graph: Path, baton: Baton, tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", "task,size\na,1\nb,2\n")
    assert baton("batch", graph, data).code == 0
    out = tmp_path / "d.results.csv"
    first = cells(out)
    assert baton("batch", graph, data).code == 2  # results are never written over
    table(data, "task,size\na,1\nB,2\nc,3\n")
    again = baton("batch", graph, data, "--resume")
    assert again.code == 0
    assert "1 of 3 rows were finished before" in again.err
    rows = cells(out)
    assert [row["end"] for row in rows] == ["a/1", "B/2", "c/3"]
    assert rows[0]["run"] == first[0]["run"]
    assert len(baton("runs", "list", "--json").json["runs"]) == 4


def test_a_row_that_failed_goes_on_in_a_corrected_graph_with_what_was_done(
    write: Callable[..., Path], baton: Baton, tmp_path: Path
) -> None:
    def drawn(template: str) -> Path:
        nodes = [
            {"id": "task", "kind": "input"}, {"id": "a", "kind": "agent"},
            {"id": "t", "kind": "template", "config": {"template": template}}, {"id": "end", "kind": "output"},
        ]  # fmt: skip
        return write(nodes, ["task.value > a.task", "a.text > t.said", "task.value > t.task", "t.text > end.value"])

    data = table(tmp_path / "d.csv", "task\nbig\nsmall\n")
    broken = "{% if task == 'small' %}{{ 1 // 0 }}{% endif %}{{ said }}"
    assert baton("batch", drawn(broken), data, "--rehearse").code == 1
    first = cells(tmp_path / "d.results.csv")
    assert [row["status"] for row in first] == ["completed", "failed"]
    again = baton("batch", drawn("{{ task }}: {{ said }}"), data, "--rehearse", "--resume")
    assert again.code == 0
    assert "1 of 2 rows were finished before. 1 more had begun and goes on." in again.err
    rows = cells(tmp_path / "d.results.csv")
    assert rows[0]["run"] == first[0]["run"] and rows[1]["status"] == "completed"
    nodes = baton("runs", "show", rows[1]["run"], "--json").json["nodes"]
    assert (nodes["a"]["source"], nodes["t"]["source"]) == ("reused", "ran")


def test_one_program_at_a_time_works_on_a_table(graph: Path, baton: Baton, tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", "task\na\n")
    with held(tmp_path / "d.results.csv"):
        said = baton("batch", graph, data)
        assert (said.code, "Another program adds rows" in said.err) == (2, True)
        assert not (tmp_path / "d.results.csv").exists()
    assert baton("batch", graph, data).code == 0
    assert not list(tmp_path.glob(".d.results*")), "nothing is left beside it"


@pytest.mark.parametrize(
    ("text", "why"),
    [("size\n1\n", "Row 1 has no value for the input “task”"), ("task,size\na,many\n", "Row 1: The input “size”"),
     ("task,task\na,b\n", "stands there twice"), ("task,size\na\n", "Row 1"), ("", "first line")],
)  # fmt: skip
def test_tables_that_cannot_be_used(graph: Path, baton: Baton, tmp_path: Path, text: str, why: str) -> None:
    said = baton("batch", graph, table(tmp_path / "d.csv", text))
    assert said.code == 2
    assert why in said.err
    assert not (tmp_path / "d.results.csv").exists()


def test_options_that_do_not_fit(graph: Path, baton: Baton, tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", "task\na\n")
    assert baton("batch", graph, data, "--label", "right").code == 2
    assert "“rr”" in baton("batch", graph, data, "--label", "task", "--route", "rr").err
    assert "no column “rigth”" in baton("batch", graph, data, "--label", "rigth", "--route", "r").err
    assert baton("batch", graph, tmp_path / "none.csv").code == 2


def test_an_agent_rehearses_each_row(write: Callable[..., Path], baton: Baton, tmp_path: Path) -> None:
    nodes = [{"id": "task", "kind": "input"}, {"id": "a", "kind": "agent"}, {"id": "end", "kind": "output"}]
    file = write(nodes, ["task.value > a.task", "a.text > end.value"])
    data = table(tmp_path / "d.csv", "task\ntea\nrum\n")
    assert baton("batch", file, data, "--rehearse", "--concurrency", "2").code == 0
    assert all(row["end"] for row in cells(tmp_path / "d.results.csv"))


@pytest.mark.slow
def test_a_tool_server_is_started_once_for_all_rows(write: Callable[..., Path], tmp_path: Path, home: Path) -> None:
    nodes = [
        {"id": "task", "kind": "input"},
        {"id": "end", "kind": "output"},
        {"id": "t", "kind": "tool", "config": {"tool": "odd.echo", "arguments": {"text": "{{ task }}"}}},
    ]
    graph = write(nodes, ["task.value > t.task", "t.result > end.value"], tool_servers={"odd": odd()})
    data = table(tmp_path / "d.csv", "task\none\ntwo\nthree\n")
    command = [sys.executable, "-c", "import sys; from engine.cli.main import main; sys.exit(main())"]
    subprocess.run([*command, "batch", graph, data, "--trust", "--concurrency", "1"], check=True, capture_output=True)
    assert [row["end"] for row in cells(tmp_path / "d.results.csv")] == ["one", "two", "three"]
    journal = Journal(Home(home).runs)
    kinds = [event.kind for run in journal.runs() for event in journal.events(run.id)]
    assert (kinds.count("server.starting"), kinds.count("server.ready")) == (1, 3)
