"""Arithmetic: an expression is parsed and walked, never executed."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from engine.export.standalone.parts.tools import ToolError

OPERATORS: Mapping[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: lambda base, exponent: _power(base, exponent),
    ast.UAdd: operator.pos, ast.USub: operator.neg,
}  # fmt: skip
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sqrt": math.sqrt, "abs": abs, "round": lambda *given: _round(*given), "min": min, "max": max,
    "floor": math.floor, "ceil": math.ceil, "exp": math.exp, "log": math.log, "log10": math.log10, "sin": math.sin,
    "cos": math.cos, "tan": math.tan,
}  # fmt: skip
LARGEST_BITS = 12_000


async def evaluate(expression: str) -> int | float:
    """The value of an arithmetic expression; `^` means a power."""
    if len(expression) > 1000:
        raise ToolError("The expression is longer than 1000 characters.")
    try:
        value = _reckoned(ast.parse(expression.strip().replace("^", "**"), mode="eval").body)
    except SyntaxError:
        raise ToolError("This is not an arithmetic expression. Write one such as (3 + 4) * 12.5") from None
    except ZeroDivisionError:
        raise ToolError("Division by zero.") from None
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ToolError(f"This cannot be computed: {error}.") from None
    return float(f"{value:.15g}") if isinstance(value, float) else value


def _reckoned(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return _finite(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return _finite(OPERATORS[type(node.op)](_reckoned(node.left), _reckoned(node.right)))
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_reckoned(node.operand))
    if isinstance(node, ast.Name) and node.id in ("pi", "e"):
        return math.pi if node.id == "pi" else math.e
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id not in FUNCTIONS:
            raise ToolError(f"There is no function “{node.func.id[:40]}”. There are {', '.join(FUNCTIONS)}.")
        return _finite(FUNCTIONS[node.func.id](*map(_reckoned, node.args)))
    raise ToolError("Only numbers, + - * / // % **, ( ), pi, e and functions may be used.")


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > LARGEST_BITS:
        raise ToolError("The result is too large.")
    found = base**exponent
    if isinstance(found, complex):
        raise ToolError("The result is not a real number.")
    return found


def _round(number: Any, *digits: Any) -> Any:
    if any(abs(each) > LARGEST_BITS for each in digits):
        raise ToolError("It rounds to too many digits.")
    return round(number, *digits)


def _finite(value: Any) -> Any:
    if isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        raise ToolError("The result is too large.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ToolError("The result is not a finite number.")
    return value
