"""Merges files that several branches changed, line by line where it is known what they were before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from engine.export.standalone.parts.merging import Conflict, Parts, Resolve
from engine.export.standalone.parts.values import Failed, kind_of

UNKNOWN: Any = object()
"""Stands for what nobody said a file was before."""


@dataclass
class Sides:
    """One path: what it was, and what each branch made of it, by label."""

    base: Any = UNKNOWN
    texts: dict[str, str] = field(default_factory=dict)


def merge_files(parts: Parts, resolve: Resolve, base: Any = None) -> dict[str, Any]:
    """The changed files of all branches; where two differ at the same lines, that is a conflict."""
    value: list[dict[str, Any]] = []
    conflicts: list[dict[str, Any]] = []
    for path, file in _by_path(parts, base).items():
        text = ""
        for line, texts in _pieces(file):
            if len(set(texts.values())) == 1:
                text += next(iter(texts.values()))
                continue
            decided, record = resolve(Conflict(f"{path}:{line + 1}", texts))
            conflicts.append(record)
            text += decided if isinstance(decided, str) else _marked(texts)
        if text != file.base:
            value.append({"path": path, "text": text})
    return {"value": value, "conflicts": conflicts}


def _by_path(parts: Parts, base: Any) -> dict[str, Sides]:
    before = {file["path"]: file["text"] for file in _files_of("base", base)} if base is not None else {}
    alone = next(iter(before)) if len(before) == 1 else ""
    found: dict[str, Sides] = {}
    for label, value in parts:
        for file in _files_of(label, value, alone):
            entry = found.setdefault(file["path"], Sides())
            own = file.get("base", UNKNOWN) if file["path"] not in before else before[file["path"]]
            if not entry.texts:
                entry.base = own
            elif entry.base != own:  # they began with different files: nobody can say who changed what
                entry.base = UNKNOWN
            again = entry.texts.get(label, file["text"]) != file["text"]
            entry.texts[f"{label} #{len(entry.texts) + 1}" if again else label] = file["text"]
    return found


def _files_of(label: str, value: Any, alone: str = "") -> Iterator[dict[str, Any]]:
    if alone and isinstance(value, str):
        fenced = re.fullmatch(r"\s*```[^\n`]*\n(.*?\n)```\s*", value, re.DOTALL)
        value = {"path": alone, "text": fenced[1] if fenced else value}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list):
            yield from _files_of(label, item)
        elif isinstance(item, dict) and isinstance(item.get("path"), str) and isinstance(item.get("text"), str):
            yield item
        else:
            raise Failed("type", f"It merges files, as {{path, text}}, but “{label}” brought {kind_of(item)}.")


def _pieces(file: Sides) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The line where each piece begins, and what it becomes: one text, or what several branches make of it."""
    texts = list(file.texts.values())
    if file.base is UNKNOWN or any(text.count("\n") > 20_000 for text in (file.base or "", *texts)):
        yield 0, {label: text for label, text in file.texts.items() if text != file.base} or {"": texts[0]}
        return
    lines = (file.base or "").splitlines(keepends=True)
    edits = sorted(edit for label, text in file.texts.items() for edit in _edits(label, lines, text))
    done = 0
    while edits:
        start, end, *_ = edits[0]
        region = [edits.pop(0)]
        while edits and (edits[0][0] < end or (edits[0][0] == end and (start == end or edits[0][1] == end))):
            end = max(end, edits[0][1])
            region.append(edits.pop(0))
        yield done, {"": "".join(lines[done:start])}
        yield start, {label: _applied(lines, start, end, region, label) for _, _, label, _ in region}
        done = end
    yield done, {"": "".join(lines[done:])}


def _edits(label: str, lines: list[str], text: str) -> Iterator[tuple[int, int, str, str]]:
    now = text.splitlines(keepends=True)
    for what, start, end, first, last in SequenceMatcher(None, lines, now, autojunk=False).get_opcodes():
        if what != "equal":
            yield start, end, label, "".join(now[first:last])


def _applied(lines: list[str], start: int, end: int, region: list[tuple[int, int, str, str]], label: str) -> str:
    made: list[str] = []
    for first, last, by, text in region:
        if by == label:
            made += [*lines[start:first], text]
            start = last
    return "".join([*made, *lines[start:end]])


def _marked(texts: Mapping[str, str]) -> str:
    """All sides behind each other, between the marks that editors know."""
    whole = {label: text if text.endswith("\n") or not text else f"{text}\n" for label, text in texts.items()}
    first, *_, last = whole
    return f"<<<<<<< {first}\n" + "=======\n".join(whole.values()) + f">>>>>>> {last}\n"
