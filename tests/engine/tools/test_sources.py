"""The built-in tools: the right value, or a sentence for the model, in bounded time and memory."""

import ast
import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tools.contract import ToolContext, ToolError
from engine.tools.registry import Tools
from engine.tools.sources.calculator import SOURCE as CALCULATOR
from engine.tools.sources.calculator import evaluate
from engine.tools.sources.clock import ClockSource

HERE = ToolContext("node")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7), ("2^10", 1024), ("2 * 3 ^ 2", 18), ("-(4 - 6)", 2), ("7 // 2 + 7 % 2", 4), ("0.1 + 0.2", 0.3),
        ("sqrt(16) + max(1, 2, 3)", 7.0), ("round(2 * pi, 2)", 6.28), ("round(1234, -2)", 1200),
        ("round(2.6)", 3), (" 10 / 4 ", 2.5), ("2 ** 200", 2**200),
    ],
)  # fmt: skip
def test_arithmetic(expression: str, value: float) -> None:
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "", "1 +", "1 / 0", "__import__('os')", "(1).real", "[1][0]", "'a' * 9", "x", "True + 1", "2 if 1 else 3",
        "9 ** 9 ** 9", "2 ** 999999999", "(9 ** 3000) * (9 ** 3000) ** 9", "exp(9999)", "(-8) ** 0.5", "sqrt(-1)",
        "max()", "min(1)", "round(1, ndigits=2)", "1e999", "lambda: 1", "(" * 300 + "1" + ")" * 300, "1" * 2000,
        "-" * 900 + "1", "1 if", "\x00", "1j", "log(0)", "f(1)",
        "round(5, -10**9)", "round(2.5, 1.5)",
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_a_sentence(expression: str) -> None:
    with pytest.raises(ToolError) as caught:
        evaluate(expression)
    assert caught.value.message.endswith(".")


@given(st.text(alphabet="0123456789+-*/%^()., episqrtmaxn", max_size=60))
def test_no_text_breaks_it(expression: str) -> None:
    try:
        value = evaluate(expression)
    except ToolError:
        return
    assert isinstance(value, int) or math.isfinite(value)


numbers = st.integers(-99, 99).map(str)
sums = st.recursive(
    numbers, lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map("({0[0]}{0[1]}{0[2]})".format)
)


@given(sums)
def test_it_agrees_with_python(expression: str) -> None:
    code = compile(ast.parse(expression, mode="eval"), "<test>", "eval")
    assert evaluate(expression) == eval(code, {"__builtins__": {}})


async def test_the_calculator_is_a_tool() -> None:
    [tool] = CALCULATOR.tools()
    assert await tool.work({"expression": "6 * 7"}, HERE) == 42


class Noon:
    def wall(self) -> float:
        return datetime.fromisoformat("2026-02-03T12:00:00+00:00").timestamp()

    def mono(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing to wait for")


async def test_the_clock_tells_time_day_and_zone() -> None:
    [tool] = ClockSource(Noon()).tools()
    assert await tool.work({}, HERE) == {
        "time": "2026-02-03T12:00:00+00:00", "weekday": "Tuesday", "timezone": "UTC",
    }  # fmt: skip
    berlin = await tool.work({"timezone": "Europe/Berlin"}, HERE)
    assert berlin["time"] == "2026-02-03T13:00:00+01:00"
    for name in ("Mars/Base", "../../etc/passwd", "Europe"):
        with pytest.raises(ToolError, match="time zone"):
            await tool.work({"timezone": name}, HERE)


async def test_the_way_out_of_a_loop_needs_a_loop() -> None:
    (tool,) = Tools.load().chosen(["loop.exit"])
    said: list[str] = []
    inside = ToolContext("node", lambda reason: said.append(reason) is None)
    assert "ends" in await tool.work({"reason": "all is well"}, inside)
    assert said == ["all is well"]
    with pytest.raises(ToolError, match="not work in a loop"):
        await tool.work({}, HERE)
