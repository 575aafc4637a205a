"""Makes one value of what several branches brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

from engine.export.standalone.parts.values import Failed, canonical

Parts = Sequence[tuple[str, Any]]
"""Labels and values, in the order of the edges."""


def vote(parts: Parts, *, unanimous: bool = False, weights: Mapping[str, float] | None = None, **how: Any) -> Any:
    """What most branches said, and the conflict when they differ."""
    ballots: dict[str, list[tuple[str, Any]]] = {}
    for label, value in parts:
        said = value.strip().casefold() if isinstance(value, str) else value
        ballots.setdefault(canonical(said), []).append((label, value))
    sums = [round(fsum((weights or {}).get(label, 1.0) for label, _ in each), 9) for each in ballots.values()]
    won = list(ballots.values())[sums.index(max(sums))]
    if len(ballots) == 1:
        return {"value": won[0][1], "conflicts": []}
    tied = sums.count(max(sums)) > 1
    if unanimous or (tied and how.get("tie") == "conflict"):
        return _decided(parts, **how)
    reason = {"reason": "a tie: the first in edge order"} if tied else {}
    record = {"path": "", "values": dict(parts), "chosen": won[0][0], "by": "vote", **reason}
    return {"value": won[0][1], "conflicts": [record]}


def _decided(parts: Parts, *, on_conflict: str = "fail", prefer: Sequence[str] = (), **_: Any) -> dict[str, Any]:
    values = dict(parts)
    if on_conflict == "collect":
        said = [{"from": label, "value": value} for label, value in parts]
        return {"value": said, "conflicts": [{"path": "", "values": values, "by": "collect"}]}
    if on_conflict == "prefer":
        label = next((label for label in prefer if label in values), parts[0][0])
        record = {"path": "", "values": values, "chosen": label, "by": "prefer"}
        return {"value": values[label], "conflicts": [record]}
    raise Failed("invalid_output", f"The branches differ: {', '.join(values)}.")


def merge_json(parts: Parts, *, arrays: str = "concat", on_conflict: str = "fail", prefer: Sequence[str] = ()) -> Any:
    """Objects merged key by key, lists put together, and every contradiction found."""
    conflicts: list[dict[str, Any]] = []

    def merge(path: str, here: list[tuple[str, Any]]) -> Any:
        values = [value for _, value in here]
        if len({canonical(value) for value in values}) == 1:
            return values[0]
        if all(isinstance(value, dict) for value in values):
            names = dict.fromkeys(name for value in values for name in value)
            return {
                name: merge(f"{path}.{name}".lstrip("."), [(label, v[name]) for label, v in here if name in v])
                for name in names
            }
        if all(isinstance(value, list) for value in values):
            items = [item for value in values for item in value]
            return (
                items
                if arrays == "concat"
                else list({canonical(item): item for item in reversed(items)}.values())[::-1]
            )
        found = _decided(here, on_conflict=on_conflict, prefer=prefer)
        conflicts.extend({**record, "path": path} for record in found["conflicts"])
        return found["value"]

    return {"value": merge("", list(parts)), "conflicts": conflicts}
