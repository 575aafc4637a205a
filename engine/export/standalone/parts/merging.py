"""Makes one value of what several branches brought."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from engine.export.standalone.parts.values import Failed, canonical

Parts = Sequence[tuple[str, Any]]
"""Labels and values, in the order of the edges."""


GONE: Any = object()
"""Stands for a field that a branch took away from what all started with."""
ABSENT: Any = object()
"""Stands for the base where there is none."""


@dataclass
class Conflict:
    """Branches that say different things at one path. `deleted` names those that took it away."""

    path: str
    values: Mapping[str, Any]
    deleted: Sequence[str] = ()

    def ended(self, value: Any, by: str, chosen: str = "", reason: str = "") -> tuple[Any, dict[str, Any]]:
        """The value that it ends with, and the record of that."""
        more = {"deleted": list(self.deleted), "chosen": chosen, "by": by, "reason": reason}
        record = {"path": self.path, "values": dict(self.values), **{key: each for key, each in more.items() if each}}
        return value, record

    def follow(self, label: str, by: str, reason: str = "") -> tuple[Any, dict[str, Any]]:
        """It ends with what one branch says."""
        return self.ended(self.values.get(label, GONE), by, label, reason)


Resolve = Callable[[Conflict], tuple[Any, dict[str, Any]]]
"""Ends a conflict; raises when there must be none."""


Decide = Callable[[Sequence[Conflict]], Awaitable[list[tuple[Any, dict[str, Any]]]]]
"""Ends all conflicts of a merge at once, as a model or a person does."""


async def settled(merge: Callable[[Resolve], dict[str, Any]], decide: Decide) -> dict[str, Any]:
    """A merge whose conflicts are found first and ended then; a second look finds the same ones in the same order."""
    found: list[Conflict] = []

    def note(conflict: Conflict) -> tuple[Any, dict[str, Any]]:
        found.append(conflict)
        return None, {}

    made = merge(note)
    if not found:
        return made
    ends = iter(await decide(found))
    return merge(lambda _conflict: next(ends))


def alternatives(conflict: Conflict) -> dict[str, str]:
    """The different things that are said, as text, each under the first branch that says it."""
    found: dict[str, tuple[str, str]] = {}
    for label, value in conflict.values.items():
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        found.setdefault(canonical(value), (label, said))
    return dict([*found.values(), *((label, "(takes it away)") for label in conflict.deleted[:1])])


def by_rule(on_conflict: str = "fail", prefer: Sequence[str] = ()) -> Resolve:
    """Ends conflicts by a preferred branch, by collecting what each one says, or by failing."""

    def resolve(conflict: Conflict) -> tuple[Any, dict[str, Any]]:
        there = [*conflict.values, *conflict.deleted]
        if on_conflict == "collect":
            said = [{"from": label, "value": value} for label, value in conflict.values.items()]
            return conflict.ended([*said, *({"from": label, "deleted": True} for label in conflict.deleted)], "collect")
        if on_conflict == "prefer":
            named = (label for wanted in prefer for label in there if wanted in (label, label.partition(".")[0]))
            return conflict.follow(next(named, there[0]), "prefer")
        raise Failed("invalid_output", f"The branches differ at “{conflict.path}”: {', '.join(there)}.")

    return resolve


def vote(
    parts: Parts, resolve: Resolve, *, unanimous: bool = False, weights: Mapping[str, float] | None = None,
    tie: str = "first",
) -> dict[str, Any]:  # fmt: skip
    """What most branches said, and the conflict when they differ."""
    ballots: dict[str, list[tuple[str, Any]]] = {}
    for label, value in parts:
        said = value.strip().casefold() if isinstance(value, str) else value
        ballots.setdefault(canonical(said), []).append((label, value))
    told = weights or {}
    counts = (
        [told.get(label, told.get(label.partition(".")[0], 1.0)) for label, _ in each] for each in ballots.values()
    )
    sums = [round(fsum(each), 9) for each in counts]
    label, value = list(ballots.values())[sums.index(max(sums))][0]
    if len(ballots) == 1:
        return {"value": value, "conflicts": []}
    conflict, tied = Conflict("", dict(parts)), sums.count(max(sums)) > 1
    if unanimous or (tied and tie == "conflict"):
        value, record = resolve(conflict)
    else:
        value, record = conflict.ended(value, "vote", label, "a tie: the first in edge order" if tied else "")
    return {"value": value, "conflicts": [record]}


def merge_json(
    parts: Parts, resolve: Resolve, *, arrays: str = "concat", key: str = "", base: Any = ABSENT
) -> dict[str, Any]:
    """Objects merged key by key, lists put together, and every contradiction found."""
    merger = Merger(resolve, arrays, key)
    value = merger.merge("", list(parts), base)
    return {"value": value, "conflicts": merger.conflicts}


class Merger:
    """One merge. With a base, a branch that left something as it was gives way to one that changed it."""

    def __init__(self, resolve: Resolve, arrays: str, key: str) -> None:
        self.conflicts: list[dict[str, Any]] = []
        self._resolve, self._arrays, self._key = resolve, arrays, key

    def merge(self, path: str, parts: list[tuple[str, Any]], base: Any) -> Any:
        """One value of several at a path."""
        if base is not ABSENT:
            parts = [part for part in parts if canonical(part[1]) != canonical(base)] or parts
        values = [value for _, value in parts]
        if len({canonical(value) for value in values}) == 1:
            return values[0]
        if all(isinstance(value, dict) for value in values):
            return self._objects(path, parts, base if isinstance(base, dict) else ABSENT)
        if all(isinstance(value, list) for value in values):
            return self._lists(path, parts, base if isinstance(base, list) else ABSENT)
        return self._ended(Conflict(path, dict(parts)))

    def _ended(self, conflict: Conflict) -> Any:
        value, record = self._resolve(conflict)
        self.conflicts.append(record)
        return value

    def _field(self, path: str, having: list[tuple[str, Any]], parts: Parts, base: Any) -> Any:
        """What some branches have; where it was there before, those that lack it took it away."""
        lacking = [label for label, _ in parts if label not in dict(having)]
        if base is ABSENT or not lacking:
            return self.merge(path, having, base)
        changed = {label: value for label, value in having if canonical(value) != canonical(base)}
        return self._ended(Conflict(path, changed, lacking)) if changed else GONE

    def _objects(self, path: str, parts: list[tuple[str, Any]], base: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in dict.fromkeys(name for _, value in parts for name in value):
            having = [(label, value[name]) for label, value in parts if name in value]
            below = base.get(name, ABSENT) if base is not ABSENT else ABSENT
            found[name] = self._field(_below(path, name), having, parts, below)
        return {name: value for name, value in found.items() if value is not GONE}

    def _lists(self, path: str, parts: list[tuple[str, Any]], base: Any) -> list[Any]:
        if base is ABSENT and self._arrays == "concat":
            return [item for _, value in parts for item in value]
        before = {} if base is ABSENT else {name: items[0] for name, items in self._named(base).items()}
        groups: dict[str, list[tuple[str, Any]]] = {name: [] for name in before}
        for label, value in parts:
            for name, items in self._named(value).items():
                apart = self._arrays == "concat" and name not in before
                same = groups.setdefault(f"{name} of {label}" if apart else name, [])
                same += [(label if not times else f"{label} #{times + 1}", item) for times, item in enumerate(items)]
        found: list[Any] = []
        for name, having in groups.items():
            if having:
                made = self._field(f"{path}[{len(found)}]", having, parts, before.get(name, ABSENT))
                found += [made] if made is not GONE else []
        return found

    def _named(self, items: list[Any]) -> dict[str, list[Any]]:
        """The items of a list by what makes them the same as another list's: their key, or their value."""
        found: dict[str, list[Any]] = {}
        times: dict[str, int] = {}
        for item in items:
            if self._arrays == "by_key" and isinstance(item, dict) and self._key in item:
                found.setdefault("key " + canonical(item[self._key]), []).append(item)
                continue
            name = canonical(item)
            times[name] = times.get(name, 0) + 1
            found[f"item {times[name] if self._arrays == 'concat' else 1} {name}"] = [item]
        return found


def _below(path: str, name: str) -> str:
    """The path of a field; names that would read as more than one step are quoted."""
    if not re.fullmatch(r"[^.\[\]\"]+", name):
        return f"{path}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{path}.{name}" if path else name
