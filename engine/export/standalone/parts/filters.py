"""Filters and tests of templates that Python has no word for."""

from __future__ import annotations

import html
import json
import math
import random
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from engine.export.standalone.parts.values import Failed, get


def is_there(value: Callable[[], Any]) -> bool:
    """Whether a value can be found."""
    try:
        value()
    except (Failed, LookupError):
        return False
    return True


def default(value: Callable[[], Any], other: Any = "", boolean: bool = False) -> Any:
    """A value where there is one; with `boolean`, where it is not empty either."""
    return value() if is_there(value) and (value() or not boolean) else other


def is_int(value: Any) -> bool:
    """Whether it is a whole number, and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def dug(value: Any, path: str | int | None) -> Any:
    """What stands at a dotted path."""
    for part in str(path).split(".") if path is not None else ():
        value = get(value, int(part) if part.isdecimal() else part)
    return value


def folded(value: Any, case_sensitive: bool) -> Any:
    """A value as it is compared."""
    return value.lower() if isinstance(value, str) and not case_sensitive else value


def in_order(
    items: Iterable[Any], reverse: bool = False, case_sensitive: bool = False, attribute: str | int | None = None
) -> list[Any]:
    """Sorted; by several fields where commas stand between them."""
    paths = str(attribute).split(",") if attribute is not None else [None]
    return sorted(items, key=lambda each: [folded(dug(each, path), case_sensitive) for path in paths], reverse=reverse)


def backwards(items: Any) -> Any:
    """From the last to the first."""
    return items[::-1] if isinstance(items, str) else list(items)[::-1]


def each_once(items: Iterable[Any], case_sensitive: bool = False, attribute: str | int | None = None) -> list[Any]:
    """Without what came before already."""
    found: dict[Any, Any] = {}
    for each in items:
        found.setdefault(folded(dug(each, attribute), case_sensitive), each)
    return list(found.values())


def summed(items: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    """Added up."""
    return sum((dug(each, attribute) for each in items), start)


def least(items: Sequence[Any], case_sensitive: bool = False, attribute: str | int | None = None) -> Any:
    """The smallest one."""
    return min(items, key=lambda each: folded(dug(each, attribute), case_sensitive))


def greatest(items: Sequence[Any], case_sensitive: bool = False, attribute: str | int | None = None) -> Any:
    """The largest one."""
    return max(items, key=lambda each: folded(dug(each, attribute), case_sensitive))


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON that may stand in a page of HTML."""
    said = json.dumps(value, sort_keys=True, indent=indent)
    return said.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("'", "\\u0027")


def in_title_case(value: Any) -> str:
    """Each Word With A Capital."""
    return "".join(part[0].upper() + part[1:].lower() for part in re.split(r"([-\s({\[<]+)", str(value)) if part)


def cut_short(value: Any, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 5) -> str:
    """Its beginning, where it is longer."""
    said = str(value)
    if len(said) <= length + leeway:
        return said
    shown = said[: length - len(end)]
    return (shown if killwords else shown.rsplit(" ", 1)[0]) + end


def indented(value: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    """Lines that begin with blanks, but the first."""
    margin = width if isinstance(width, str) else " " * width
    lines = f"{value}\n".splitlines() if not blank else f"{value}\n".split("\n")[:-1]
    rest = [margin + line if line or blank else line for line in lines[1:]]
    return (margin if first else "") + "\n".join([*lines[:1], *rest])


def word_count(value: Any) -> int:
    """How many words."""
    return len(re.findall(r"\w+", str(value)))


def sorted_pairs(
    value: dict[str, Any], case_sensitive: bool = False, by: str = "key", reverse: bool = False
) -> list[tuple[str, Any]]:
    """Names and values of an object in order."""
    place = 0 if by == "key" else 1
    return sorted(value.items(), key=lambda pair: folded(pair[place], case_sensitive), reverse=reverse)


def rounded(value: float, precision: int = 0, method: str = "common") -> float:
    """To so many digits."""
    if method == "common":
        return float(round(value, precision))
    factor = float(10**precision)
    return (math.ceil(value * factor) if method == "ceil" else math.floor(value * factor)) / factor


def as_int(value: Any, default: int = 0, base: int = 10) -> int:
    """A whole number, or the default."""
    try:
        return int(value, base) if isinstance(value, str) else int(value)
    except (TypeError, ValueError):
        return int(as_float(value, default))


def as_float(value: Any, default: float = 0.0) -> float:
    """A number, or the default."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def in_rows(items: Iterable[Any], linecount: int, fill_with: Any = None) -> list[list[Any]]:
    """Lists of so many items."""
    every = list(items)
    rows = [every[start : start + linecount] for start in range(0, len(every), linecount)]
    if rows and fill_with is not None:
        rows[-1] += [fill_with] * (linecount - len(rows[-1]))
    return rows


def in_columns(items: Iterable[Any], slices: int, fill_with: Any = None) -> list[list[Any]]:
    """So many lists, the first ones longer by one where it does not come out even."""
    every = list(items)
    length, more = divmod(len(every), slices)
    made: list[list[Any]] = []
    for number in range(slices):
        start = sum(map(len, made)) - (sum(fill_with in each[-1:] for each in made) if fill_with is not None else 0)
        made.append(every[start : start + length + (number < more)])
        if fill_with is not None and number >= more and more:
            made[-1].append(fill_with)
    return made


def in_groups(
    items: Iterable[Any], attribute: str | int, default: Any = None, case_sensitive: bool = False
) -> list[tuple[Any, list[Any]]]:
    """What has the same in a field, with that, sorted by it."""

    def of(each: Any) -> Any:
        return dug(each, attribute) if default is None or is_there(lambda: dug(each, attribute)) else default

    ordered = sorted(items, key=lambda each: folded(of(each), case_sensitive))
    groups = [list(group) for _, group in groupby(ordered, key=lambda each: folded(of(each), case_sensitive))]
    return [(of(group[0]), group) for group in groups]


def for_address(value: Any) -> str:
    """Text as a part of an address, pairs as its query."""
    if isinstance(value, dict):
        return "&".join(f"{quote(str(key), safe='')}={quote(str(item), safe='')}" for key, item in value.items())
    return quote(str(value), safe="/")


def for_html(value: Any) -> str:
    """Text whose signs mean nothing in HTML."""
    return html.escape(str(value)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def filled_in(value: Any, *given: Any, **named: Any) -> str:
    """Text in which `%s` stands for values."""
    return str(value) % (named or given)


def any_of(items: Sequence[Any]) -> Any:
    """One of them by chance."""
    return random.choice(items)


def as_size(value: float, binary: bool = False) -> str:
    """Bytes as people say it."""
    step, size = (1024 if binary else 1000), float(value)
    if size < step:
        return "1 Byte" if size == 1 else f"{int(size)} Bytes"
    power = next((power for power in range(2, 9) if size < step**power), 9)
    return f"{step * size / step**power:.1f} {'KMGTPEZY'[power - 2]}{'iB' if binary else 'B'}"
