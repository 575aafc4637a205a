"""How commands speak: JSON or lines on stdout, errors on stderr, colour only where a person sees it."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import typer

_CODES = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "dim": 2, "bold": 1}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def new_app(summary: str = "") -> typer.Typer:
    """An app for one command: plain help, no tracebacks of its own."""
    import typer

    return typer.Typer(
        help=summary or None,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def coloured(stream: TextIO | None = None) -> bool:
    """Whether colour is welcome: on a terminal, unless NO_COLOR is set."""
    stream = stream or sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """`text` in a colour, where colour is welcome."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if coloured(stream) else text


def inert(text: str) -> str:
    """Text of a graph or a model as a terminal may show it: nothing in it moves the cursor or hides words (T7)."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


def inert_json(data: Any, stream: TextIO, indent: int | None = None) -> str:
    """A value as JSON for a channel: what moves a cursor or hides words is escaped, which reads back the same (T7)."""
    text = json.dumps(data, ensure_ascii=not tells_all(stream), indent=indent)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def tells_all(stream: TextIO) -> bool:
    """Whether a channel can show every letter."""
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


def say(text: str = "") -> None:
    """A line on stdout."""
    _write(sys.stdout, text + "\n")


def say_json(data: Any) -> None:
    """One JSON value on stdout."""
    _write(sys.stdout, inert_json(data, sys.stdout, indent=2) + "\n")


def complain(message: str, hint: str = "", *, level: str = "error") -> None:
    """One sentence on stderr, and what to do."""
    mark = paint(f"{level}:", "red" if level == "error" else "yellow", sys.stderr)
    with suppress(OSError):  # where stderr takes nothing, nobody can be told
        _write(sys.stderr, f"{mark} {inert(f'{message} {hint}'.strip())}\n")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
