"""What a merge of JSON comes to: fields and lists joined, against what they started from, and contradictions (S4)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
NOTHING: Any = object()
"""No base, or a field that is gone."""


class Contradiction(Exception):
    """The policy is to fail."""


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON."""
    return canonical(one) == canonical(other)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


class Joining:
    """One merge. `records` are its contradictions in the order in which the result is read.

    Raises:
        Contradiction: from `join`, when there is one and nothing decides.
    """

    def __init__(self, config: Json) -> None:
        self.config = config
        self.records: list[dict[str, Any]] = []

    def join(self, said: Json, base: Any, path: str = "") -> Any:
        """One value of what branches say; who left something as it was gives way to who changed it."""
        changed = {label: value for label, value in said.items() if base is NOTHING or not same(value, base)} or said
        values = list(changed.values())
        if all(same(value, values[0]) for value in values):
            return values[0]
        if all(isinstance(value, dict) for value in values):
            return self._fields(changed, base, path)
        if all(isinstance(value, list) for value in values):
            return self._items(changed, base)
        return self.decide(path, changed)

    def _fields(self, said: Json, base: Any, path: str) -> dict[str, Any]:
        found = {}
        for name in dict.fromkeys(name for value in said.values() for name in value):
            having = {label: value[name] for label, value in said.items() if name in value}
            before = base[name] if isinstance(base, dict) and base is not NOTHING and name in base else NOTHING
            value = self._field(inside(path, name), having, [label for label in said if label not in having], before)
            if value is not NOTHING:
                found[name] = value
        return found

    def _field(self, path: str, having: Json, lacking: list[str], before: Any) -> Any:
        """A field that was there and that some lack was taken away: gone, unless others changed it."""
        if before is NOTHING or not lacking:
            return self.join(having, before, path)
        changed = {label: value for label, value in having.items() if not same(value, before)}
        return self.decide(path, changed, lacking) if changed else NOTHING

    def _items(self, said: Json, base: Any) -> list[Any]:
        """What was there and nobody took away, then what each added; in a union once."""
        before = dict(self._marked(base)) if isinstance(base, list) else {}
        lists = [dict(self._marked(value)) for value in said.values()]
        found = [item for mark, item in before.items() if all(mark in each for each in lists)]
        taken = set(before)
        for each in lists:
            found += [item for mark, item in each.items() if mark not in taken]
            taken |= set(each) if self.config["arrays"] == "union" else set()
        return found

    def _marked(self, items: list[Any]) -> Iterator[tuple[tuple[str, int], Any]]:
        """Items with what tells them apart: where lists are put behind each other, the second `a` is another one."""
        times: Counter[str] = Counter()
        for item in items:
            text = canonical(item)
            yield (text, 0 if self.config["arrays"] == "union" else times[text]), item
            times[text] += 1

    def decide(self, path: str, said: Json, lacking: list[str] | None = None) -> Any:
        """The value of a contradiction, under the policies that ask nobody."""
        gone = {"deleted": lacking} if lacking else {}
        match self.config.get("on_conflict", "fail"):
            case "fail":
                raise Contradiction
            case "collect":
                self.records.append({"path": path, "values": dict(said), **gone, "by": "collect"})
                lost = [{"from": label, "deleted": True} for label in lacking or ()]
                return [*({"from": label, "value": value} for label, value in said.items()), *lost]
        there = [*said, *(lacking or ())]
        chosen = next((label for node in self.config["prefer"] for label in there if node_of(label) == node), there[0])
        self.records.append({"path": path, "values": dict(said), **gone, "chosen": chosen, "by": "prefer"})
        return said.get(chosen, NOTHING)


def node_of(label: str) -> str:
    """The node that a branch comes from; a label says the port too where a node has several edges to the merge."""
    return label.partition(".")[0]


def inside(path: str, name: str) -> str:
    """The path of a field; a name that would read as several steps is quoted."""
    if not re.fullmatch(r'[^.\[\]"]+', name):
        return f"{path}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{path}.{name}" if path else name
