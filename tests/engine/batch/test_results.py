"""The table of results while it grows: nothing in it is lost, nothing runs twice, and nothing is called going on."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base.errors import WrongUse
from engine.batch.perform import Row, RowResult
from engine.batch.results import Results, cost
from engine.files.rows import Rows

GIVEN = ({"task": "a", "end": "A"}, {"task": "b", "end": "B"}, {"task": "c", "end": "C"})


def results(place: Path, *rows: dict[str, str]) -> Results:
    return Results(Rows(("task", "end"), rows or GIVEN, texts=True), place, ["end"])


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_second_start_goes_on_with_what_was_begun_and_leaves_what_is_done(tmp_path: Path, ending: str) -> None:
    place = tmp_path / f"r.{ending}"
    first = results(place)
    assert [row.run for row in first.begin(GIVEN, resume=False)] == ["", "", ""]
    first.began(Row(3, GIVEN[2]), "r3")
    first.began(Row(1, GIVEN[0]), "r1")
    first.tell(RowResult(1, "r1", "completed_with_warnings", {"end": "done"}, cost_usd=0.5))
    assert {number: line["status"] for number, line in results(place).known().items()} == {
        1: "completed_with_warnings", 3: "running",
    }  # fmt: skip
    first.end()
    second = results(place)
    assert second.begin(GIVEN, resume=True) == [Row(2, GIVEN[1]), Row(3, GIVEN[2], "r3")]
    assert [second.lines[number]["status"] for number in (1, 3)] == ["completed_with_warnings", "interrupted"]
    assert list(second.lines) == [1, 3], "in the order of the rows"
    assert (second.lines[1]["end"], second.lines[1]["output.end"]) == ("A", "done"), "an input keeps its name"


def test_a_row_that_goes_on_in_another_run_is_written_down_with_that_one(tmp_path: Path) -> None:
    place = tmp_path / "r.csv"
    first = results(place)
    first.begin(GIVEN, resume=False)
    first.began(Row(1, GIVEN[0]), "old")
    first.began(Row(1, GIVEN[0], "old"), "new")
    assert results(place).known()[1]["run"] == "new"


def test_a_row_that_was_given_something_else_is_run_anew(tmp_path: Path) -> None:
    place = tmp_path / "r.csv"
    first = results(place)
    first.begin(GIVEN, resume=False)
    for number in (1, 2, 3):
        first.tell(RowResult(number, f"r{number}", "completed"))
    changed = {**GIVEN[1], "task": "B"}
    assert results(place, GIVEN[0], changed, GIVEN[2]).begin([GIVEN[0], changed, GIVEN[2]], resume=True) == [
        Row(2, changed)
    ]
    with pytest.raises(WrongUse, match="are there already"):
        results(place).begin(GIVEN, resume=False)


@pytest.mark.parametrize("unknown", [None, ""])
def test_a_sum_with_an_unknown_price_is_unknown(unknown: object) -> None:
    assert cost({1: {"cost_usd": 0.5}, 2: {"cost_usd": "0.25"}}) == 0.75
    assert cost({1: {"cost_usd": 0.5}, 2: {"cost_usd": unknown}}) is None
