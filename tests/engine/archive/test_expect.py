"""What must hold of an output: it does where the value is that very one, and else says what it is instead."""

from __future__ import annotations

from typing import Any

import pytest

from engine.archive.expect import Expectation
from engine.base.errors import WrongUse


@pytest.mark.parametrize(
    ("test", "value", "holds"),
    [
        ({"equals": 1}, 1, True),
        ({"equals": 1}, True, False),
        ({"equals": {"a": 1, "b": [2]}}, {"b": [2], "a": 1}, True),
        ({"equals": 2, "field": "a.0"}, {"a": [2]}, True),
        ({"equals": 2, "field": "a.1"}, {"a": [2]}, False),
        ({"contains": "tea"}, "green tea", True),
        ({"matches": "^t"}, "green tea", False),
        ({"schema": {"type": "integer"}}, 3, True),
        ({"schema": {"type": "integer"}}, "3", False),
    ],
)
def test_an_assertion_holds_of_what_it_says_and_of_nothing_like_it(
    test: dict[str, Any], value: Any, holds: bool
) -> None:
    wrong = Expectation.read({"output": "end", **test}).wrong({"end": value})
    assert (wrong == "") is holds and ("“end" in wrong) is not holds


@pytest.mark.parametrize(
    "data", [{"equals": 1}, {"output": "o"}, {"output": "o", "equals": 1, "contains": "x"}, {"output": "o", "eqals": 1},
             {"output": "o", "matches": "("}, {"output": "o", "schema": {"type": "wrong"}}]
)  # fmt: skip
def test_what_is_no_assertion_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match="cannot be read"):
        Expectation.read(data)
