"""Tool `calc.evaluate`: arithmetic, which models do badly. The expression is parsed and walked, never executed."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from engine.base.values import Value
from engine.tools.contract import Tool, ToolContext, ToolError

LONGEST: Final = 1000
"""Characters of an expression."""
DIGITS: Final = 12_000
"""Binary digits of a whole number, on the way and as the result: about 3,600 decimal ones."""
_DEPTH: Final = 60

_PARAMETERS = {
    "type": "object",
    "properties": {
        "expression": {
            "type": "string",
            "description": "Numbers with + - * / // % ** and ( ), pi, e, and functions: sqrt, abs, round, min, max, "
            "floor, ceil, exp, log (natural, or with a base), log10, sin, cos, tan.",
            "pattern": r"^[-+( ]*(\d|\.\d|pi\b|e\b|[a-z]+\d*\()",
        }
    },
    "required": ["expression"],
    "additionalProperties": False,
}

Number = int | float


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > DIGITS:
        raise ToolError("The result is too large.")
    result = base**exponent
    if isinstance(result, complex):
        raise ToolError("The result is not a real number.")
    return result


_BINARY: Final[Mapping[type[ast.operator], Callable[[Any, Any], Number]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: _power,
}  # fmt: skip


def _round(number: Number, *digits: Any) -> Number:
    """As Python rounds, but for more digits than any number here has: it would make a power of ten of them first."""
    if any(abs(each) > DIGITS for each in digits):
        raise ToolError("It rounds to too many digits.")
    rounded: Number = round(number, *digits)
    return rounded


_UNARY: Final[Mapping[type[ast.unaryop], Callable[[Any], Number]]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_FUNCTIONS: Final[Mapping[str, Callable[..., Number]]] = {
    "sqrt": math.sqrt, "abs": abs, "round": _round, "min": min, "max": max, "floor": math.floor, "ceil": math.ceil,
    "exp": math.exp, "log": math.log, "log10": math.log10, "sin": math.sin, "cos": math.cos, "tan": math.tan,
}  # fmt: skip
_NAMES: Final[Mapping[str, Number]] = {"pi": math.pi, "e": math.e}


def evaluate(expression: str) -> Number:
    """The value of an arithmetic expression, in bounded time and memory; `^` means a power.

    Raises:
        ToolError: it is not one, or has no finite value.
    """
    if len(expression) > LONGEST:
        raise ToolError(f"The expression is longer than {LONGEST} characters.")
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
        value = _value(tree.body, 0)
    except ToolError:
        raise
    except SyntaxError:
        raise ToolError("This is not an arithmetic expression.", "Write one such as (3 + 4) * 12.5") from None
    except ZeroDivisionError:
        raise ToolError("Division by zero.") from None
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ToolError(f"This cannot be computed: {error}.") from None
    # Fifteen digits are what a double can promise: 0.1 + 0.2 reads as 0.3.
    return float(f"{value:.15g}") if isinstance(value, float) else value


def _value(node: ast.expr, depth: int) -> Number:
    if depth > _DEPTH:
        raise ToolError("The expression is nested too deeply.")
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return _bounded(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _bounded(_BINARY[type(node.op)](_value(node.left, depth + 1), _value(node.right, depth + 1)))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand, depth + 1))
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return _NAMES[node.id]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = _FUNCTIONS.get(node.func.id)
        if function is not None:
            return _bounded(function(*(_value(argument, depth + 1) for argument in node.args)))
        raise ToolError(f"There is no function “{node.func.id[:40]}”.", f"There are {', '.join(_FUNCTIONS)}.")
    raise ToolError("Only numbers, + - * / // % **, ( ), pi, e and functions may be used.")


def _bounded(value: Number) -> Number:
    if isinstance(value, int):
        if value.bit_length() > DIGITS:
            raise ToolError("The result is too large.")
        return value
    if not math.isfinite(value):
        raise ToolError("The result is not a finite number.")
    return value


class CalculatorSource:
    """Computes."""

    name = "calc"

    def tools(self) -> Sequence[Tool]:
        told = "Computes the exact value of an arithmetic expression."
        return (Tool("calc.evaluate", told, self._evaluate, _PARAMETERS, writes=False, outside=False),)

    async def _evaluate(self, arguments: Mapping[str, Any], context: ToolContext) -> Value:
        return evaluate(str(arguments["expression"]))


SOURCE = CalculatorSource()
