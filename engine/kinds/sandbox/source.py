"""What a code node's source declares, read from its syntax tree: nothing of it is ever run to find out (T1)."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.base.errors import NodeError

MAX_SOURCE: Final = 256 * 1024
"""Characters that a source may have."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of `run`: an input port. One with a default is optional."""

    name: str
    required: bool


@lru_cache(maxsize=512)
def parameters(source: str) -> tuple[Parameter, ...]:
    """The parameters of the function `run` of a source, in order.

    Raises:
        NodeError: `bad_request`: it is no Python, or has no such function; the message names the line.
    """
    function = _run_of(_tree(source))
    given = function.args
    if given.posonlyargs or given.vararg or given.kwarg:
        raise _wrong("Its “run” may have named parameters only: no *, ** or /.", function.lineno)
    plain = len(given.args) - len(given.defaults)
    found = [Parameter(each.arg, index < plain) for index, each in enumerate(given.args)]
    found += [
        Parameter(each.arg, default is None) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    return tuple(found)


def _tree(source: str) -> ast.Module:
    if len(source) > MAX_SOURCE:
        raise NodeError("bad_request", f"The source is longer than {MAX_SOURCE // 1024} KB.", "Shorten it.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python would say of “\d” is not for the terminal
            return ast.parse(source, "source")
    except SyntaxError as error:
        raise _wrong(f"The source is no Python: {error.msg}", error.lineno or 1) from None
    except (ValueError, RecursionError, MemoryError):
        raise NodeError("bad_request", "The source cannot be read as Python.", "Look for odd characters.") from None


def _run_of(tree: ast.Module) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """The last function of that name at the top level: the one that a later line would call."""
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    named = [node for node in found if node.name == "run"]
    if not named:
        raise NodeError("bad_request", "The source has no function “run”.", "Write: def run(value): return value")
    return named[-1]


def _wrong(what: str, line: int) -> NodeError:
    return NodeError("bad_request", f"{what.rstrip('.')} (line {line}).", "Correct the source.")
