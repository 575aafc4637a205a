"""The same graph for each item of a list, some at a time, results in the order of the items."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from engine.export.standalone.parts.flow import Flow, Outcome
from engine.export.standalone.parts.places import HERE
from engine.export.standalone.parts.values import Failed, canonical, kind_of


async def each(
    body: Flow, items: Any, shared: Mapping[str, Any], *, concurrency: int = 8, on_item_failure: str = "collect",
    max_failures: int = 0, item_retries: int = 0, canary: int = 0, dedupe: bool = False, max_items: int = 1000,
) -> dict[str, Any]:  # fmt: skip
    """Runs the body for each item, and says what became of each."""
    if not isinstance(items, list):
        name = HERE.get()[-1].step
        said = f"The map “{name}” takes a list, but was given {kind_of(items)}. Give it a list, if need be []."
        raise Failed("type", said)
    if len(items) > max_items:
        raise Failed("bad_request", f"{len(items)} items came, more than {max_items}.")
    ends: list[Outcome | None] = [None] * len(items)
    names = [canonical(item) for item in items] if dedupe else []
    first = {name: i for i, name in reversed(list(enumerate(names)))}
    work = sorted(first.values()) if dedupe else list(range(len(items)))

    async def run(index: int) -> None:
        axes = items[index] if isinstance(items[index], dict) else {}
        given = {**shared, **{name: axes[name] for name in body.inputs if name in axes and name not in shared}}
        ends[index] = await body.run({**given, "item": items[index], "index": index}, ("item", index))

    stopped = not await _some(run, work[:canary], ends, concurrency, on_item_failure)
    stopped = stopped or any(end is not None and end.error for end in ends) or not await _some(
        run, work[canary:], ends, concurrency, on_item_failure)  # fmt: skip
    for _ in range(0 if on_item_failure == "fail_fast" or stopped else item_retries):
        await _some(run, [i for i, end in enumerate(ends) if end and _again(end)], ends, concurrency, on_item_failure)
    if dedupe:
        ends = [ends[first[name]] for name in names]
    return _gave(ends, on_item_failure, max_failures)


def combinations(lists: Mapping[str, Any], leave_out: Callable[[Any], bool] = lambda _: False) -> list[Any]:
    """Every combination of the values of several lists, the last one changing fastest."""
    for name, values in lists.items():
        if not isinstance(values, list):
            raise Failed("type", f"A list is needed for “{name}”, but {kind_of(values)} came.")
    made = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    return [item for item in made if not leave_out(item)]


async def _some(
    run: Callable[[int], Any], indices: Sequence[int], ends: Sequence[Outcome | None], at_once: int, policy: str
) -> bool:
    """Works on some items. False when the rest must not begin: three failed alike in a row, or the first did."""
    waiting, row = list(indices), [("", 0)]

    async def worker() -> None:
        while waiting and not _stop(row[0], policy):
            index = waiting.pop(0)
            await run(index)
            error = (ends[index] or Outcome({})).error
            said = f"{error.get('class')} {error.get('message')}" if error is not None else ""
            row[0] = (said, row[0][1] + 1 if said and said == row[0][0] else int(bool(said)))

    await asyncio.gather(*(worker() for _ in range(min(at_once, len(waiting)))))
    return not _stop(row[0], policy)


def _stop(row: tuple[str, int], policy: str) -> bool:
    said, times = row
    return bool(said) and (policy == "fail_fast" or times >= 3 or said.startswith("credentials "))


def _again(end: Outcome) -> bool:
    return end.error is not None and end.error.get("class") not in ("credentials", "bad_request", "refused", "type")


def _gave(ends: Sequence[Outcome | None], policy: str, max_failures: int) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    for end in ends:
        if end is None:
            results.append({"status": "cancelled"})
        elif end.error is not None:
            results.append({"status": "failed", "error": end.error})
        elif not end.outputs:
            results.append({"status": "skipped"})
        else:
            one = len(end.names) == 1
            results.append({"status": "ok", "value": next(iter(end.outputs.values())) if one else dict(end.outputs)})
    failed = [row for row in results if row["status"] == "failed"]
    allowed = {"collect": max_failures, "fail_fast": 0}.get(policy, len(results))
    if len(failed) > allowed or any(row["status"] == "cancelled" for row in results):
        first = failed[0]["error"] if failed else {}
        said = f"{len(failed)} of {len(results)} items failed; the first said: {first.get('message', '')}"
        raise Failed(first.get("class", "internal"), said)
    kept = ("ok", "failed") if policy == "null" else ("ok",)
    errors = [{"index": i, **row["error"]} for i, row in enumerate(results) if row["status"] == "failed"]
    return {
        "items": [row.get("value") for row in results if row["status"] in kept],
        "results": results,
        "errors": errors,
    }
