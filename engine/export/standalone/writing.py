"""Python source from values: literals that read well, and names that clash with nothing."""

from __future__ import annotations

import builtins
import json
import keyword
import re
from typing import Any, Final

WIDTH: Final = 100
_HERE: Final = frozenset({*dir(builtins), *keyword.kwlist, *keyword.softkwlist})


def literal(value: Any, indent: int = 0) -> str:
    """A JSON value as Python source, broken over lines where it is long. Only what JSON knows can come out."""
    if isinstance(value, str):
        return quoted(value)
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    items = (
        [f"{quoted(str(key))}: {literal(item, indent + 4)}" for key, item in value.items()]
        if isinstance(value, dict)
        else [literal(item, indent + 4) for item in value]
    )
    left, right = ("{", "}") if isinstance(value, dict) else ("[", "]")
    line = f"{left}{', '.join(items)}{right}"
    if len(line) + indent <= WIDTH and "\n" not in line:
        return line
    margin = "\n" + " " * (indent + 4)
    return f"{left}{''.join(f'{margin}{item},' for item in items)}\n{' ' * indent}{right}"


def quoted(text: str) -> str:
    """A text as a literal on one line; what JSON escapes Python reads alike."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")


def joined(pieces: list[str], indent: int) -> str:
    """Literals of one text, one on each line, in brackets when there are several."""
    if not pieces:
        return '""'
    if len(pieces) == 1:
        return pieces[0]
    margin = "\n" + " " * (indent + 4)
    return f"({''.join(margin + piece for piece in pieces)}\n{' ' * indent})"


def lines_of(text: str, indent: int) -> str:
    """A long text as literals, one for each of its lines."""
    pieces = (piece for line in text.splitlines(keepends=True) for piece in _pieces(line, WIDTH - indent))
    return joined([quoted(piece) for piece in pieces], indent) if text else '""'


def _pieces(line: str, width: int) -> list[str]:
    """A long line cut after blanks."""
    made, start = [], 0
    while len(line) - start > width and (cut := line.rfind(" ", start, start + width) + 1) > start:
        made.append(line[start:cut])
        start = cut
    return [*made, line[start:]]


class Names:
    """Names of a program, each given once.

    Args:
        taken: those that stand for something already.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = {*taken, *_HERE}

    def new(self, wanted: str) -> str:
        """A name like the one that is wanted."""
        stem = re.sub(r"\W", "_", wanted, flags=re.ASCII).strip("_").lower() or "step"
        stem = f"n_{stem}" if stem[0].isdigit() else stem
        name, number = (stem if stem not in self._taken else f"{stem}_step"), 2
        while name in self._taken:
            name, number = f"{stem}_{number}", number + 1
        self._taken.add(name)
        return name

    def locals(self) -> Names:
        """Names inside a function: they must not hide what the program uses there."""
        return Names(self._taken)
