"""JSON values of several branches made into one, with every contradiction found and each field's origin kept (S4).

Pure: values go in with the labels of their branches, in edge order.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from engine.base.errors import NodeError
from engine.base.values import Value, canonical

Arrays = Literal["concat", "union", "by_key"]
Part = tuple[str, Value]
"""The label of a branch and what it brought."""
GONE: Final[Any] = object()
"""Stands for a field that a branch took away from what all started with; never part of a merged value."""
_ABSENT: Final[Any] = object()
_PLAIN_KEY: Final = re.compile(r"[^.\[\]\"]+")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Branches that say different things at one path. `path` is dotted, "" for the whole value."""

    path: str
    values: Mapping[str, Value]
    """What each branch says, by label."""
    deleted: tuple[str, ...] = ()
    """Labels of the branches that took the field away, while others changed it (three-way)."""

    def record(self, resolved: Resolved) -> dict[str, Any]:
        """The conflict as a line of the port `conflicts`: where, who said what, and who decided for whom, and why."""
        more = {"deleted": list(self.deleted), "chosen": resolved.chosen, "by": resolved.by, "reason": resolved.reason}
        return {"path": self.path, "values": dict(self.values), **{key: value for key, value in more.items() if value}}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The value that a conflict ends with.

    Attributes:
        chosen: the branch that was followed; "" when the value is no branch's alone.
        by: who decided: prefer, collect, vote, judge, person.
    """

    value: Value
    chosen: str = ""
    by: str = ""
    reason: str = ""


@dataclass(slots=True)
class Merged:
    """One value, what contradicted itself on the way, and which branches each path came from."""

    value: Value = None
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    origins: dict[str, list[str]] = field(default_factory=dict)


Resolve = Callable[[Conflict], Resolved]
"""Gives the value for a conflict; raises when there must be none."""


def merge_json(
    parts: Sequence[Part], resolve: Resolve, *, arrays: Arrays = "concat", key: str = "", base: Value = None,
    has_base: bool = False,
) -> Merged:  # fmt: skip
    """Merges objects key by key, arrays as told, and scalars when they agree.

    Args:
        resolve: asked for each conflict, in the order in which a reader of the result meets them.
        arrays: `concat` in edge order, `union` without repetition, `by_key` joins objects with the same `key`.
        base: what all branches started from, when `has_base` (three-way): a branch that left something as it was
            gives way to one that changed it, what one took away and nobody changed is gone, and lists keep what
            was there and take in what was added.

    Raises:
        NodeError: `invalid_output`: a value is nested too deeply.
    """
    rules = _Rules(resolve, arrays, key, Merged())
    try:
        rules.merged.value = _merge("", list(parts), rules, base if has_base else _ABSENT)
    except RecursionError:
        raise NodeError(
            "invalid_output", "The branches' values are nested too deeply to be merged.", "Merge them as a list."
        ) from None
    return rules.merged


@dataclass(frozen=True, slots=True)
class _Rules:
    resolve: Resolve
    arrays: Arrays
    key: str
    merged: Merged


def _merge(path: str, parts: list[Part], rules: _Rules, base: Value) -> Value:
    if base is not _ABSENT:
        # An empty list means that nobody changed it: then all say the same.
        parts = [part for part in parts if not equal(part[1], base)] or parts
    values = [value for _, value in parts]
    if all(equal(values[0], value) for value in values[1:]):
        rules.merged.origins[path] = [label for label, _ in parts]
        return values[0]
    if all(isinstance(value, dict) for value in values):
        return _merge_objects(path, parts, rules, base if isinstance(base, dict) else _ABSENT)
    if all(isinstance(value, list) for value in values):
        return _merge_arrays(path, parts, rules, base if isinstance(base, list) else _ABSENT)
    return _resolved(Conflict(path, dict(parts)), rules)


def _resolved(conflict: Conflict, rules: _Rules) -> Value:
    resolved = rules.resolve(conflict)
    rules.merged.conflicts.append(conflict.record(resolved))
    if resolved.value is not GONE:
        rules.merged.origins[conflict.path] = [resolved.chosen] if resolved.chosen else list(conflict.values)
    return resolved.value


def _merge_objects(path: str, parts: list[Part], rules: _Rules, base: Value) -> dict[str, Value]:
    named: dict[str, list[Part]] = {}
    for label, value in parts:
        for name, item in value.items():
            named.setdefault(name, []).append((label, item))
    found: dict[str, Value] = {}
    for name, having in named.items():
        below = base.get(name, _ABSENT) if base is not _ABSENT else _ABSENT
        value = _merge_field(_inside(path, name), having, parts, rules, below)
        if value is not GONE:
            found[name] = value
    if not found:
        rules.merged.origins[path] = [label for label, _ in parts]
    return found


def _merge_field(path: str, having: list[Part], parts: list[Part], rules: _Rules, base: Value) -> Value:
    """A field or item that some branches have; where it was there before, those that lack it took it away."""
    if base is _ABSENT:  # then nobody took anything away; looking at all branches for each field would be quadratic
        return _merge(path, having, rules, base)
    there = {label for label, _ in having}
    lacking = [label for label, _ in parts if label not in there]
    if not lacking:
        return _merge(path, having, rules, base)
    changed = [part for part in having if not equal(part[1], base)]
    return _resolved(Conflict(path, dict(changed), tuple(lacking)), rules) if changed else GONE


def _merge_arrays(path: str, parts: list[Part], rules: _Rules, base: Value) -> list[Value]:
    found: list[Value] = []
    for having, below in _grouped(parts, rules, base):
        value = _merge_field(f"{path}[{len(found)}]", having, parts, rules, below)
        if value is not GONE:
            found.append(value)
    if not found:
        rules.merged.origins[path] = [label for label, _ in parts]
    return found


def _grouped(parts: list[Part], rules: _Rules, base: Value) -> Iterable[tuple[list[Part], Value]]:
    """The items that become one item of the merged list, with who brought them; and what it was before, if it was."""
    if base is _ABSENT and rules.arrays == "concat":
        return (([(label, item)], _ABSENT) for label, value in parts for item in value)
    before = {} if base is _ABSENT else {name: items[0] for name, items in _named(base, rules).items()}
    groups: dict[str, list[Part]] = {name: [] for name in before}
    for label, value in parts:
        for name, items in _named(value, rules).items():
            apart = rules.arrays == "concat" and name not in before
            group = groups.setdefault(f"{name} of {label}" if apart else name, [])
            group += [(label if not times else f"{label} #{times + 1}", item) for times, item in enumerate(items)]
    return ((having, before.get(name, _ABSENT)) for name, having in groups.items() if having)


def _named(items: list[Value], rules: _Rules) -> dict[str, list[Value]]:
    """The items of one list by what makes them the same as another list's: their key, or their value.

    When lists are put behind each other, equal items stay several: the second `a` is another one than the first.
    """
    found: dict[str, list[Value]] = {}
    times: Counter[str] = Counter()
    for item in items:
        if rules.arrays == "by_key" and isinstance(item, dict) and rules.key in item:
            found.setdefault("key " + canonical(item[rules.key]), []).append(item)
            continue
        name = canonical(item)
        times[name] += 1
        found[f"item {times[name] if rules.arrays == 'concat' else 1} {name}"] = [item]
    return found


def _inside(path: str, name: str) -> str:
    """The path of a field; names that would read as more than one step are quoted, so that no two paths are alike."""
    if not _PLAIN_KEY.fullmatch(name):
        return f"{path}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{path}.{name}" if path else name


def equal(left: Value, right: Value) -> bool:
    """Equality of JSON: true is not 1, but 1 and 1.0 are one number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[name]) for name, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right)
