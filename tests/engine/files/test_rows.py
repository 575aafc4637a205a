"""Tables: what was written comes back, and one that was cut off while it grew is read up to the row before."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base.errors import FileProblem
from engine.files.rows import Sheet, read_rows

COLUMNS = ("row", "said", "more")
ROWS = [
    {"row": "1", "said": 'She said "no",\nand left.', "more": "x"},
    {"row": "2", "said": "Grün, 茶", "more": ""},
    {"row": "3", "said": "plain", "more": "z"},
]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_table_cut_off_at_any_byte_is_read_up_to_the_row_before(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"results.{ending}"
    sheet = Sheet(path, COLUMNS)
    sheet.begin([])
    ends = [path.stat().st_size]
    for row in ROWS:
        sheet.add(row)
        ends.append(path.stat().st_size)
    whole = path.read_bytes()
    assert "Grün, 茶" in whole.decode(), "people read it too"
    for size in range(ends[0], len(whole) + 1):
        path.write_bytes(whole[:size])
        complete = sum(end <= size + whole[:size].endswith(b"\r") for end in ends[1:])
        assert list(read_rows(path, grows=True).rows) == ROWS[:complete], whole[:size]


def test_a_table_of_names_alone_has_no_rows_though_its_line_does_not_end(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("row,said")
    found = read_rows(path, grows=True)
    assert (found.columns, found.rows) == (("row", "said"), ())


def test_blanks_around_the_names_of_columns_mean_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\ufeffrow, said\n1, a b \n", "utf-8")
    assert read_rows(path).rows == ({"row": "1", "said": " a b "},)


@pytest.mark.parametrize("text", ['row,said\n1,"torn', 'row,said\n1,"torn"x\n2,y\n'])
def test_a_table_that_is_given_must_be_whole(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(FileProblem, match="is not CSV"):
        read_rows(path)


def test_damage_before_the_last_row_is_said_also_of_a_table_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text('row,said\n1,"torn"x\n2,y\n')
    with pytest.raises(FileProblem, match="is not CSV"):
        read_rows(path, grows=True)
