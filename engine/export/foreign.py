"""Values and texts of other tools' files: taken as far as they are what they should be, and written as ours are."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.base.ids import id_from
from engine.base.values import type_of
from engine.files.strict import parse

_JINJA: Final = re.compile(r"\{[{%#]|[%#}]\}")
_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_BREAK: Final = re.compile(r"</(?:p|div|li|h[1-6])>|<br\s*/?>")


def named(text: str, pattern: re.Pattern[str], port: Callable[[re.Match[str]], str]) -> str:
    """A text of another tool as a template here.

    Args:
        pattern: finds what stands for a value there.
        port: the name here for what was found, or a path such as `answer.title`; "" takes it out.
    """
    parts: list[str] = []
    last = 0
    for match in pattern.finditer(text):
        parts.append(literal(text[last : match.start()]))
        name = port(match)
        parts.append(f"{{{{ {name} }}}}" if name else "")
        last = match.end()
    return "".join([*parts, literal(text[last:])])


def literal(text: str) -> str:
    """A text in which nothing means anything to a template."""
    return _JINJA.sub(lambda found: f"{{{{ '{found[0]}' }}}}", text) if "{" in text or "}" in text else text


def port_name(text: str) -> str:
    """The nearest name that a port may have."""
    return id_from(text)[:48].rstrip("_") or "value"


def text_of(value: Any) -> str:
    """A setting as text; "" for what is none."""
    return value if isinstance(value, str) else "" if value is None or isinstance(value, dict | list) else str(value)


def default_of(kind: str, value: Any) -> Any:
    """The default of an input of our type `kind`, from what another tool keeps of it, which is often only its text.
    None, which every input takes, when it is none of that type."""
    if kind == "text":
        return text_of(value)
    if isinstance(value, str):
        try:
            value = parse(value.lower().encode()) if kind in ("number", "boolean") else value
        except FileProblem:
            return None
    return value if type_of(value) == kind or kind in ("json", "any") else None


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; anything else is passed over."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def part(value: Any, *path: str) -> Any:
    """What stands at a path of keys, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def dict_of(value: Any) -> dict[str, Any]:
    """The object itself; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The list itself; an empty one for anything else."""
    return value if isinstance(value, list) else []


def temperature(value: Any) -> dict[str, float]:
    """A model's temperature as a setting; nothing where it is none."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 2
    return {"temperature": value} if fits else {}


def words_of(value: Any) -> str:
    """The words of a text that an editor keeps as HTML."""
    text = text_of(value)
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", text))).strip() if "<" in text else text
