"""A text as a value of an input's type: what is meant is taken, what only looks like it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import WrongUse
from engine.files.typed import read_as


@pytest.mark.parametrize(
    ("wanted", "text", "value"),
    [("text", " as is ", " as is "), ("boolean", " YES ", True), ("boolean", "off", False), ("number", "3.5", 3.5),
     ("list", '["a", 1]', ["a", 1]), ("json", '{"a": null}', {"a": None})],
)  # fmt: skip
def test_what_is_meant_is_taken(wanted: str, text: str, value: Any) -> None:
    assert read_as("n", wanted, text) == value


@pytest.mark.parametrize(
    ("wanted", "text"), [("boolean", "maybe"), ("number", "true"), ("number", '"3"'), ("list", "{}"), ("json", "{")]
)
def test_what_is_something_else_is_refused(wanted: str, text: str) -> None:
    with pytest.raises(WrongUse, match="“n” takes"):
        read_as("n", wanted, text)


@pytest.mark.parametrize("name", ["note.txt", "@note.txt"])
def test_a_file_counts_from_the_folder_of_the_table(tmp_path: Path, name: str) -> None:
    (tmp_path / "note.txt").write_text("Hello", "utf-8")
    assert read_as("n", "file", name, tmp_path) == {"path": "note.txt", "text": "Hello"}
    with pytest.raises(WrongUse, match="cannot be read"):
        read_as("n", "file", name)
