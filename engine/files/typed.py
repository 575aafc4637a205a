"""A text as a value of an input's type: what was typed on a command line, or stands in a cell of a table."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Final

from engine.base.errors import FileProblem, WrongUse
from engine.files.bounded import read_bounded, text_bounded
from engine.files.strict import parse

_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})
_LIST: Final = ("a list", list, 'Write a list, such as ["a", "b"].')
_NUMBER: Final = ("a number", int | float, "Write a number, such as 3.5.")
_JSON: Final[Mapping[str, tuple[str, Any, str]]] = {"number": _NUMBER, "list": _LIST, "messages": _LIST}
"""What is written as JSON and has to be of one sort: how people call it, its Python types, and a hint."""
_NONE: Final = object()


def read_as(name: str, wanted: str, text: str, folder: Path | None = None) -> Any:
    """A value of an input's type (`wanted`) from what was typed for it, or stands in a cell.

    Args:
        folder: where the files that it may name stand; None is the folder that the program runs in.

    Raises:
        WrongUse: it cannot be read as that.
    """
    if wanted == "text":
        return text
    if wanted == "boolean":
        word = text.strip().lower()
        if word not in _YES | _NO:
            raise WrongUse(f"The input “{name}” takes yes or no, not “{text}”.", "Write true or false.")
        return word in _YES
    if wanted in ("file", "image") and not text.lstrip().startswith("{"):
        path, root = text.removeprefix("@"), folder or Path()
        return _file(name, path, root) if wanted == "file" else _image(name, path, root)
    takes, fits, hint = _JSON.get(wanted, ("JSON", object, "Write JSON; in a shell, in quotes."))
    try:
        value = parse(text.encode("utf-8", "surrogateescape"))
    except FileProblem:
        value = _NONE
    if value is _NONE or not isinstance(value, fits) or (wanted == "number" and isinstance(value, bool)):
        raise WrongUse(f"The input “{name}” takes {takes}, not “{text[:60]}”.", hint)
    return value


def _file(name: str, path: str, root: Path) -> dict[str, str]:
    try:
        return {"path": path, "text": text_bounded(root / path)}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise WrongUse(f"The file {path} for the input “{name}” cannot be read: {reason}.") from None


def _image(name: str, path: str, root: Path) -> Any:
    """An image from `@path` or a path; an address such as `data:image/png;base64,...` stays what it is."""
    if path.startswith("data:"):
        return path
    media_type = guess_type(path)[0] or ""
    if not media_type.startswith("image/"):
        raise WrongUse(f"The file {path} for the input “{name}” is not an image.", "Name a picture: @chart.png.")
    try:
        data = base64.b64encode(read_bounded(root / path)).decode()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not valid"
        raise WrongUse(f"The file {path} for the input “{name}” cannot be read: {reason}.", "Check its name.") from None
    return {"path": path, "media_type": media_type, "data": data}
