"""Files that several branches changed, merged line by line, with every contradiction found (S4, S14). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.base.errors import NodeError
from engine.base.values import Value, type_of
from engine.kinds.merging import Conflict, Merged, Part, Resolve

MOST_LINES: Final = 20_000
"""Lines up to which a file is compared line by line; a longer one is compared as a whole."""
_FENCED: Final = re.compile(r"\s*```[^\n`]*\n(.*?\n)```\s*", re.DOTALL)
_UNKNOWN: Final[Any] = object()
"""Stands for what nobody said the file was before."""


@dataclass(slots=True)
class _File:
    """One path: what it was, and what each branch made of it, by label."""

    base: Any = _UNKNOWN
    sides: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a merged text: one side's, or (`clash`) what several sides make of the same lines of the base."""

    line: int
    texts: Mapping[str, str]

    @property
    def clash(self) -> bool:
        return len(set(self.texts.values())) > 1


def merge_files(parts: Sequence[Part], resolve: Resolve, base: Value = None) -> Merged:
    """Merges lists of files, three-way where it is known what a file was before.

    Args:
        parts: each branch's files, `{"path", "text"}`, perhaps with the `base` that it began with (null: not there);
            lists of such lists, as a map gives them, count as one list. A path that a branch lacks it left as it was.
            Where `base` is one file, a plain text is that file as a branch leaves it.
        resolve: asked for each place where branches differ; its path is `a.py:12`, the line in the file as it was.
        base: the files as all branches began with them; counts before their own.

    Returns:
        The changed files as `{"path", "text"}`, in the order in which they first come, and the branches of each.

    Raises:
        NodeError: `type`: a branch brought something else.
    """
    merged, value = Merged(), []
    for path, file in _by_path(parts, base).items():
        text = "".join(_settled(path, piece, resolve, merged) for piece in _pieces(file))
        merged.origins[path] = [label for label, side in file.sides.items() if side != file.base]
        if text != file.base:
            value.append({"path": path, "text": text})
    merged.value = value
    return merged


def merge_text(base: str, sides: Mapping[str, str]) -> Iterator[Piece]:
    """The pieces of a text that several sides changed, in order; lines that nobody changed have no side."""
    lines = base.splitlines(keepends=True)
    edits = sorted(edit for label, text in sides.items() for edit in _edits(label, lines, text))
    done = 0
    while edits:
        start, end, *_ = edits[0]
        region = [edits.pop(0)]
        while edits and (edits[0][0] < end or (edits[0][0] == end and (start == end or edits[0][1] == end))):
            end = max(end, edits[0][1])
            region.append(edits.pop(0))
        yield Piece(done, {"": "".join(lines[done:start])})
        labels = dict.fromkeys(edit[2] for edit in region)
        yield Piece(start, {label: _applied(lines, start, end, region, label) for label in labels})
        done = end
    yield Piece(done, {"": "".join(lines[done:])})


_Edit = tuple[int, int, str, str]
"""First line of the base that is replaced, the one after the last, whose edit, and by what."""


def _edits(label: str, lines: list[str], text: str) -> Iterator[_Edit]:
    from difflib import SequenceMatcher

    now = text.splitlines(keepends=True)
    for what, start, end, first, last in SequenceMatcher(None, lines, now, autojunk=False).get_opcodes():
        if what != "equal":
            yield start, end, label, "".join(now[first:last])


def _applied(lines: list[str], start: int, end: int, region: list[_Edit], label: str) -> str:
    """What one side makes of some lines of the base."""
    made, at = [], start
    for first, last, by, text in region:
        if by == label:
            made += [*lines[at:first], text]
            at = last
    return "".join([*made, *lines[at:end]])


def _by_path(parts: Sequence[Part], base: Value) -> dict[str, _File]:
    before = {file["path"]: file["text"] for file in _files("base", base)} if base is not None else {}
    alone = next(iter(before)) if len(before) == 1 else ""
    found: dict[str, _File] = {}
    for label, value in parts:
        for file in _files(label, value, alone):
            entry = found.setdefault(file["path"], _File())
            own = file.get("base", _UNKNOWN) if file["path"] not in before else before[file["path"]]
            if not entry.sides:
                entry.base = own
            elif entry.base != own:  # they began with different files: nobody can say who changed what
                entry.base = _UNKNOWN
            if entry.sides.get(label, file["text"]) != file["text"]:
                entry.sides[f"{label} #{len(entry.sides) + 1}"] = file["text"]
            else:
                entry.sides[label] = file["text"]
    return found


def _files(label: str, value: Value, alone: str = "") -> Iterator[dict[str, Any]]:
    if alone and isinstance(value, str):
        value = {"path": alone, "text": _unfenced(value)}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list):
            yield from _files(label, item)
        elif isinstance(item, dict) and isinstance(item.get("path"), str) and isinstance(item.get("text"), str):
            yield item
        else:
            raise NodeError("type", f"It merges files, as {{path, text}}, but “{label}” brought {type_of(item)}.")


def _unfenced(text: str) -> str:
    """A text without the fence of Markdown that models put around files."""
    found = _FENCED.fullmatch(text)
    return found[1] if found else text


def _pieces(file: _File) -> Iterator[Piece]:
    texts = list(file.sides.values())
    known = file.base is not _UNKNOWN
    if not known or any(text.count("\n") > MOST_LINES for text in (file.base or "", *texts)):
        changed = {label: text for label, text in file.sides.items() if text != file.base}
        yield Piece(0, changed or {"": texts[0]})
        return
    yield from merge_text(file.base or "", file.sides)


def _settled(path: str, piece: Piece, resolve: Resolve, merged: Merged) -> str:
    if not piece.clash:
        return next(iter(piece.texts.values()))
    conflict = Conflict(f"{path}:{piece.line + 1}", piece.texts)
    resolved = resolve(conflict)
    merged.conflicts.append(conflict.record(resolved))
    return resolved.value if isinstance(resolved.value, str) else _marked(piece.texts)


def _marked(texts: Mapping[str, str]) -> str:
    """All sides behind each other, between the marks that editors know (policy `collect`)."""
    whole = {label: text if text.endswith("\n") or not text else f"{text}\n" for label, text in texts.items()}
    first, *_, last = whole
    return f"<<<<<<< {first}\n" + "=======\n".join(whole.values()) + f">>>>>>> {last}\n"
