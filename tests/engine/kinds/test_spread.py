"""What a map works on: rows of tables, combinations of lists, labels (semantics.md S5)."""

from __future__ import annotations

import csv
import io
import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import NodeError
from engine.base.rules import Rule
from engine.kinds.spread import COMBINATIONS, spread_list, spread_matrix, spread_rows

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8))
def test_rows_are_read_as_they_were_written(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert spread_rows("m", written.getvalue()).items == [dict(zip("abc", row, strict=True)) for row in kept]


@pytest.mark.slow
@given(st.lists(VALUES, max_size=8))
def test_json_lines_are_read_as_they_were_written(values: list[Any]) -> None:
    text = "\n".join(json.dumps(value) for value in values)
    assert spread_rows("m", {"path": "x.jsonl", "text": text}).items == values


@given(st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=3))
def test_a_matrix_holds_every_combination_in_a_stable_order(lists: list[list[int]]) -> None:
    named = dict(zip("abc", lists, strict=False))
    made = spread_matrix("m", named, None)
    assert [tuple(item.values()) for item in made.items] == list(product(*lists))
    assert all(list(item) == list(named) for item in made.items)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("a,b\n", []),
        ("\ufeffa,b\r\n1,2\r\n\r\n", [{"a": "1", "b": "2"}]),
        ("a;b\n1;2,5\n", [{"a": "1", "b": "2,5"}]),
        ("a\tb\n1\t2", [{"a": "1", "b": "2"}]),
        ('a,b\n"one\ntwo",3\n', [{"a": "one\ntwo", "b": "3"}]),
        ("name\nAda\n\nGrace\n", [{"name": "Ada"}, {"name": "Grace"}]),
        ('\n{"a": 1}\n\n{"a": [null]}\n', [{"a": 1}, {"a": [None]}]),
        ("[1, 2]\n[3]", [[1, 2], [3]]),
    ],
)
def test_the_form_of_a_table_is_found_in_it(text: str, items: list[Any]) -> None:
    assert spread_rows("m", text).items == items


def test_the_ending_of_a_file_says_what_it_is() -> None:
    assert spread_rows("m", {"path": "A.NDJSON", "text": "1\n2"}).items == [1, 2]
    assert spread_rows("m", {"path": "a.tsv", "text": "x,y\tz\n1\t2"}).items == [{"x,y": "1", "z": "2"}]
    assert spread_rows("m", {"path": "a.csv", "text": "{x\n1"}).items == [{"{x": "1"}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n\n1,2,3\n", "line 4 of its CSV: it has 3 values for 2 names"),
        ('a,b\n"one\ntwo",3\n1\n', "line 4 of its CSV: it has 1 values for 2 names"),
        ('a,b\n1,2\n"open,2\n', "line 3 of its CSV"),
        ("a,,c\n1,2,3\n", "line 1 of its CSV: column 2 has no name"),
        ("a,b,a\n", "line 1 of its CSV: two columns have the name “a”"),
        ('{"a": 1}\n\n{"a": }\n', "line 3 of its JSON: Expecting value at character 7"),
        ('{"a": NaN}', "line 1 of its JSON: NaN is not JSON"),
        ('{"a": 1e999}', "line 1 of its JSON: a number that is not finite"),
        (f'{{"a": 1}}\n{{"a": {2**64}}}', "line 2 of its JSON: a whole number beyond 64 bits"),
        ("[" * 100_000, "line 1 of its JSON: it is nested too deeply"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(text: str, says: str) -> None:
    with pytest.raises(NodeError, match="“rows”") as failure:
        spread_rows("rows", text)
    assert failure.value.error_class == "type"
    assert says in failure.value.message


@pytest.mark.parametrize("value", [None, 3, True, ["a,b"], {"a": 1}])
def test_rows_are_made_of_text_only(value: Any) -> None:
    with pytest.raises(NodeError, match="“m” takes the text of a table") as failure:
        spread_rows("m", value)
    assert failure.value.error_class == "type"


def test_combinations_can_be_left_out() -> None:
    old = Rule.model_validate({"all": [{"field": "os", "op": "equals", "value": "mac"},
                                       {"field": "python", "op": "lt", "value": 3}]})  # fmt: skip
    made = spread_matrix("m", {"python": [2, 3], "os": ["mac", "linux"]}, old)
    assert made.items == [
        {"python": 2, "os": "linux"}, {"python": 3, "os": "mac"}, {"python": 3, "os": "linux"},
    ]  # fmt: skip
    assert [made.label(index) for index in range(3)] == [
        "python=2, os=linux", "python=3, os=mac", "python=3, os=linux",
    ]  # fmt: skip


def test_a_matrix_that_is_too_large_is_refused_before_it_is_made() -> None:
    with pytest.raises(NodeError, match="“m” make 1,000,000,000,000 combinations") as failure:
        spread_matrix("m", {"a": [0] * COMBINATIONS, "b": [0] * COMBINATIONS}, None)
    assert failure.value.error_class == "bad_request"


def test_each_axis_must_be_a_list() -> None:
    with pytest.raises(NodeError, match="“m” takes a list at “b”, but was given text") as failure:
        spread_matrix("m", {"a": [1], "b": "xy"}, None)
    assert failure.value.error_class == "type"


def test_files_are_labelled_by_their_path() -> None:
    made = spread_list("m", [{"path": "notes/a.md", "text": "x"}, 7, {"path": "p" * 200, "text": ""}])
    assert [made.label(0), made.label(1), len(made.label(2))] == ["notes/a.md", "", 80]
