"""JSON values of several branches made into one, with every contradiction found and each field's origin kept (S4).

Pure: values go in with the labels of their branches, in edge order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.base.values import Value

Arrays = Literal["concat", "union", "by_key"]
Part = tuple[str, Value]
"""The label of a branch and what it brought."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Branches that say different things at one path. `path` is dotted, "" for the whole value."""

    path: str
    values: Mapping[str, Value]
    """What each branch says, by label."""

    def record(self, chosen: str = "") -> dict[str, Any]:
        """The conflict as a line of the port `conflicts`; `chosen` is the branch that was preferred, if one was."""
        found: dict[str, Any] = {"path": self.path, "values": dict(self.values)}
        return {**found, "chosen": chosen} if chosen else found


@dataclass(slots=True)
class Merged:
    """One value, what contradicted itself on the way, and which branches each path came from."""

    value: Value = None
    conflicts: list[Conflict] = field(default_factory=list)
    origins: dict[str, list[str]] = field(default_factory=dict)


Resolve = Callable[[Conflict], Value]
"""Gives the value for a conflict; raises when there must be none."""


def merge_json(
    parts: Sequence[Part], resolve: Resolve, *, arrays: Arrays = "concat", key: str = "", base: Value = None,
    has_base: bool = False,
) -> Merged:  # fmt: skip
    """Merges objects key by key, arrays as told, and scalars when they agree.

    Args:
        resolve: asked for each conflict.
        arrays: `concat` in edge order, `union` without repetition, `by_key` joins objects with the same `key`.
        base: what all branches started from; a branch that left a value as in `base` gives way to one that changed
            it (three-way), when `has_base`.
    """
    merged = Merged()
    merged.value = _merge("", list(parts), _Rules(resolve, arrays, key, merged), base if has_base else _ABSENT)
    return merged


_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class _Rules:
    resolve: Resolve
    arrays: Arrays
    key: str
    merged: Merged


def _merge(path: str, parts: list[Part], rules: _Rules, base: Value) -> Value:
    if base is not _ABSENT:
        # An empty list means that nobody changed it: then all say the same.
        parts = [part for part in parts if not _equal(part[1], base)] or parts
    values = [value for _, value in parts]
    if all(isinstance(value, dict) for value in values):
        return _merge_objects(path, parts, rules, base)
    if all(isinstance(value, list) for value in values) and not all(_equal(values[0], value) for value in values):
        return _merge_arrays(path, parts, rules)
    rules.merged.origins[path] = [label for label, _ in parts]
    if all(_equal(values[0], value) for value in values):
        return values[0]
    conflict = Conflict(path, dict(parts))
    rules.merged.conflicts.append(conflict)
    return rules.resolve(conflict)


def _merge_objects(path: str, parts: list[Part], rules: _Rules, base: Value) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in dict.fromkeys(name for _, value in parts for name in value):
        having = [(label, value[name]) for label, value in parts if name in value]
        below = base.get(name, _ABSENT) if isinstance(base, dict) else _ABSENT
        if below is not _ABSENT and len(having) < len(parts) and all(_equal(value, below) for _, value in having):
            continue  # one branch took it away and no other changed it
        found[name] = _merge(f"{path}.{name}" if path else name, having, rules, below)
    return found


def _merge_arrays(path: str, parts: list[Part], rules: _Rules) -> list[Value]:
    rules.merged.origins[path] = [label for label, _ in parts]
    if rules.arrays == "concat":
        return [item for _, value in parts for item in value]
    if rules.arrays == "union":
        found: dict[str, Value] = {}
        for _, value in parts:
            for item in value:
                found.setdefault(_canonical(item), item)
        return list(found.values())
    return _merge_by_key(path, parts, rules)


def _merge_by_key(path: str, parts: list[Part], rules: _Rules) -> list[Value]:
    groups: dict[str, list[Part]] = {}
    for label, value in parts:
        for item in value:
            # What has no key is never joined with anything but its equal.
            named = isinstance(item, dict) and rules.key in item
            name = "key " + _canonical(item[rules.key]) if named else "item " + _canonical(item)
            groups.setdefault(name, []).append((label, item))
    return [_merge(f"{path}[{index}]", group, rules, _ABSENT) for index, group in enumerate(groups.values())]


def _equal(left: Value, right: Value) -> bool:
    """Equality of JSON: true is not 1, but 1 and 1.0 are one number."""
    return _canonical(left) == _canonical(right)


def _canonical(value: Value) -> str:
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Value) -> Value:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


Rule = Literal["majority", "unanimous"]


def vote(parts: Sequence[Part], rule: Rule) -> Merged:
    """The value that most branches gave; a tie goes to the one that came first in edge order.

    With `unanimous` any disagreement is a conflict. What the minority said stands in the conflicts either way.
    """
    votes: dict[str, list[Part]] = {}
    for part in parts:
        votes.setdefault(_canonical(part[1]), []).append(part)
    winners = max(votes.values(), key=len)
    agreed = len(votes) == 1
    conflicts = [] if agreed else [Conflict("", dict(parts))]
    unanimous_failed = rule == "unanimous" and not agreed
    value = None if unanimous_failed else winners[0][1]
    return Merged(value, conflicts, {"": [label for label, _ in winners]})
