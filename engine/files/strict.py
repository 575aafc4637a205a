"""Bytes to JSON, strictly: size and depth are judged before parsing, and what JSON leaves open is an error (T8)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from engine.base.errors import FileProblem
from engine.base.values import TEXT_CAP, repair

FILE_CAP = 64 * 1024 * 1024
"""Bytes of a file."""
VALUE_CAP = 8_000_000
"""Values in a file: enough for every graph within the other caps, and a bound for the memory."""
DEPTH_CAP = 64
"""How deep graphs may be nested in each other, and how deep values may be nested inside one graph."""
RAW_DEPTH_CAP = 4 * DEPTH_CAP + DEPTH_CAP + 4
"""Brackets inside brackets: a graph in a graph takes four (config, body, nodes, node)."""

_NOT_STRUCTURE = bytes(set(range(256)) - set(b'"[]{},'))
_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_STRING = re.compile(rb'"[^"]*+"')
_LONG_STRING = re.compile(rb'"[^"]{%d}' % (TEXT_CAP - 1))
"""A text that may be over the cap: none is longer than what stands for it in the file."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BODIES = ("body", "graph")


def parse(data: bytes) -> Any:
    """Reads JSON as the graph file allows it.

    Args:
        data: the file's bytes: UTF-8, with or without a byte order mark.

    Returns:
        The JSON value, lone surrogates replaced.

    Raises:
        FileProblem: not UTF-8, not JSON, over a cap (formats.md), a key twice in one object, NaN or infinity, an
            integer beyond 64 bits.
    """
    if len(data) > FILE_CAP:
        raise FileProblem(f"The file has {len(data):,} bytes, more than the 64 MB that are read.", _SMALLER)
    clean = data.replace(b"\\\\", b"xx").replace(b'\\"', b"xx")  # each quote that is left begins or ends a text
    depth = _check_structure(clean)
    value = _Reader().read(_decoded(data))
    if depth > DEPTH_CAP or _LONG_STRING.search(clean):
        _check_values(value)
    return value


def read_text(text: str) -> Any:
    """`parse` of what somebody typed, to be kept in a graph.

    Raises:
        FileProblem: as `parse`.
    """
    return parse(text.encode("utf-8", "replace"))


_SMALLER = "Keep large texts in files of their own, or split the graph into sub-graphs."
_PNG = b"\x89PNG"
_DRAWN = "If Baton drew it, the graph is inside: baton import FILE writes it as a file."


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        kind = _known_content(data)
        message = (
            f"This is {kind}, not a graph file." if kind else f"The text is not UTF-8 (line {line}, byte {column})."
        )
        hint = _DRAWN if data.startswith(_PNG) else "Open a file that ends with .baton.json."
        hint = hint if kind else "Save the file as UTF-8."
        raise FileProblem(message, hint, place=f"line {line}, column {column}") from error
    if not text.strip():
        raise FileProblem("The file is empty.", "Open another file, or an older generation of this one.")
    return text


def _known_content(data: bytes) -> str:
    """What binary content is, by its first bytes."""
    starts = {
        b"\x1f\x8b": "a gzip archive", b"PK\x03\x04": "a zip archive", _PNG: "a PNG picture",
        b"\xff\xd8\xff": "a JPEG picture", b"\xff\xfe": "UTF-16 text", b"\xfe\xff": "UTF-16 text",
        b"%PDF": "a PDF document", b"\x7fELF": "a program", b"SQLite format 3": "a database",
    }  # fmt: skip
    return next((word for start, word in starts.items() if data.startswith(start)), "")


def _check_structure(clean: bytes) -> int:
    """Judges depth and number of values without parsing, in linear time. Returns the depth.

    Strings are taken out; then each round removes the innermost brackets, so the rounds count the depth.

    Args:
        clean: the file's bytes without quotes inside texts.
    """
    bare = clean.translate(None, _NOT_STRUCTURE)
    quotes = bare.count(b'"')
    if quotes <= 4 * VALUE_CAP:
        bare = _STRING.sub(b"", bare.replace(b'""', b""))  # two quotes side by side may go whatever they are
    if quotes > 4 * VALUE_CAP or len(bare) > VALUE_CAP:
        raise FileProblem(f"The file holds more than {VALUE_CAP:,} values.", _SMALLER)
    brackets = bare.translate(_TO_SQUARE, b",")
    depth, runaway = 0, b"[" * (RAW_DEPTH_CAP + 1)
    while brackets and runaway not in brackets:
        inner = brackets.replace(b"[]", b"")
        if len(inner) == len(brackets):
            break
        brackets, depth = inner, depth + 1
    depth += brackets.count(b"[")
    if depth > RAW_DEPTH_CAP:
        hint = "Move the inner graphs into files of their own."
        raise FileProblem(f"The file nests more deeply than {DEPTH_CAP} graphs in each other.", hint)
    return depth


class _Wrong:
    """Stands in parsed JSON where something is not allowed, until its place is found."""

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint


class _Reader:
    """One reading of one text: notes the first thing that JSON allows and we do not."""

    def __init__(self) -> None:
        self._wrong: _Wrong | None = None

    def read(self, text: str) -> Any:
        decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_float=self._float,
            parse_int=self._int,
            parse_constant=self._constant,
        )
        try:
            value = decoder.decode(text)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            reason = error.msg[:1].lower() + error.msg[1:]
            message = f"The file is not valid JSON: {reason} at {place}."
            raise FileProblem(message, "Correct it there; it may have been cut off.", place=place) from error
        if self._wrong:
            place = next((path for path, item in _walk(value) if item is self._wrong), "")
            raise FileProblem(f"{_shown(place)}: {self._wrong.message}", self._wrong.hint, place=place)
        return repair(value) if _SURROGATE.search(text) else value

    def _object(self, pairs: list[tuple[str, Any]]) -> Any:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add gives None
        return self._refuse(f"the key “{twice[:60]}” stands there twice.", "Remove one of the two.")

    def _float(self, text: str) -> Any:
        number = float(text)
        return number if abs(number) != float("inf") else self._refuse(f"{text[:60]} is too large.", _FINITE)

    def _int(self, text: str) -> Any:
        number = int(text) if len(text) <= 20 else 1 << 64
        return number if -(1 << 63) <= number < 1 << 63 else self._refuse(f"{text[:60]} is too large.", _FINITE)

    def _constant(self, text: str) -> Any:
        return self._refuse(f"{text} is not a number that JSON knows.", _FINITE)

    def _refuse(self, message: str, hint: str) -> _Wrong:
        self._wrong = self._wrong or _Wrong(message, hint)
        return self._wrong


_LONG = TEXT_CAP // 4
"""Signs of a text that may be too long in bytes; most texts need no closer look."""
_FINITE = "Write a finite number, at most 64 bits long."


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value with its place, in the order of the file."""
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        place, item = stack.pop()
        yield place, item
        if isinstance(item, dict):
            stack.extend((f"{place}.{key[:60]}".lstrip("."), inner) for key, inner in reversed(item.items()))
        elif isinstance(item, list):
            stack.extend((f"{place}[{index}]", item[index]) for index in range(len(item) - 1, -1, -1))


def _check_values(value: Any) -> None:
    """Judges the size of texts, and the depth of values: it counts from the innermost graph that holds them."""
    stack: list[tuple[Any, int]] = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if depth > DEPTH_CAP:
            place = _place_of(value, item)
            raise FileProblem(f"{_shown(place)}: values are nested more than {DEPTH_CAP} deep.", _SMALLER, place=place)
        if isinstance(item, dict):
            for key, inner in item.items():
                nested = key in _BODIES and isinstance(inner, dict) and isinstance(inner.get("nodes"), list)
                stack.append((inner, 0 if nested else depth + 1))
                if len(key) > _LONG:
                    _check_text(value, item, key)
        elif isinstance(item, list):
            stack.extend((inner, depth + 1) for inner in item if isinstance(inner, dict | list | str))
        elif isinstance(item, str) and len(item) > _LONG:
            _check_text(value, item, item)


def _check_text(whole: Any, holder: Any, text: str) -> None:
    if len(text) > TEXT_CAP or len(text.encode()) > TEXT_CAP:
        place = _place_of(whole, holder)
        hint = "Keep it in a file and read it with a files node."
        raise FileProblem(f"{_shown(place)}: a text of more than 4 MB.", hint, place=place)


def _shown(place: str) -> str:
    """A place short enough for a sentence."""
    return (place or "the file") if len(place) <= 120 else f"{place[:50]}...{place[-60:]}"


def _place_of(whole: Any, wanted: Any) -> str:
    return next((place for place, item in _walk(whole) if item is wanted), "")
