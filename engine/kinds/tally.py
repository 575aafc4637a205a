"""What became of the items of a map, and what follows from it: the failure policies of semantics.md S5, pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from engine.base.errors import ERROR_CLASSES, ErrorClass, NodeError
from engine.base.values import Value

BREAKER: Final = 3
"""Identical errors in a row of completion that stop a map from admitting more items."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item that is over. `status`: ok, failed, skipped (the body gave nothing) or cancelled."""

    status: str
    value: Value = None
    error: Mapping[str, Value] | None = None
    reason: str = ""
    cost: float | None = 0.0

    def record(self) -> dict[str, Any]:
        """The item's line in `results`."""
        found: dict[str, Any] = {"status": self.status, "cost_usd": self.cost}
        if self.status == "ok":
            found["value"] = self.value
        if self.error is not None:
            found["error"] = dict(self.error)
            found["attempts"] = self.error.get("attempts", 1)
        if self.reason:
            found["reason"] = self.reason
        return found


class Tally:
    """Counts items as they end and says when to stop.

    Args:
        total: how many items there are.
        policy: `collect`, `drop`, `null` or `fail_fast`.
        max_failures: with `collect`, so many may fail.
    """

    def __init__(self, total: int, policy: str, max_failures: int) -> None:
        self._items: list[Item | None] = [None] * total
        self._policy, self._max_failures = policy, max_failures
        self._last: tuple[Any, Any] | None = None
        self._row = 0
        self.stopped = ""
        """Why no more items are admitted: `breaker`, `fail_fast`, or "" while they are."""
        self.failed_items = 0

    def add(self, index: int, item: Item) -> None:
        """An item ended."""
        self._items[index] = item
        if item.status != "failed":
            self._row = 0
            return
        self.failed_items += 1
        error = item.error or {}
        cause = (error.get("class"), error.get("message"))
        self._row = self._row + 1 if cause == self._last else 1
        self._last = cause
        if self._policy == "fail_fast":
            self.stop("fail_fast")
        elif self._row >= BREAKER or error.get("class") == "credentials":
            self.stop("breaker")

    def stop(self, why: str) -> None:
        """No more items are admitted; those that never started are cancelled."""
        self.stopped = self.stopped or why

    def counts(self) -> dict[str, int]:
        """How many items are done, failed, and in all."""
        done = sum(item is not None for item in self._items)
        return {"done": done, "failed": self.failed_items, "total": len(self._items)}

    def values(self) -> list[Value]:
        """The port `items`: values in input order; failed ones absent, or null with that policy."""
        kept = ("ok", "failed") if self._policy == "null" else ("ok",)
        return [item.value for item in self._ended() if item.status in kept]

    def records(self) -> list[dict[str, Any]]:
        """The port `results`: one record for each item, aligned with the input."""
        return [item.record() for item in self._ended()]

    def errors(self) -> list[dict[str, Any]]:
        """The port `errors`: the errors of failed items, with their index."""
        return [{"index": i, **(item.error or {})} for i, item in enumerate(self._ended()) if item.status == "failed"]

    def error(self) -> NodeError | None:
        """The failure of the whole map, when the policy makes one of it."""
        allowed = self._max_failures if self._policy == "collect" else len(self._items)
        too_many = self.failed_items > (0 if self._policy == "fail_fast" else allowed)
        if not too_many and not self.stopped:
            return None
        first = self.errors()[0] if self.errors() else {}
        error_class = cast("ErrorClass", first["class"]) if first.get("class") in ERROR_CLASSES else "internal"
        return NodeError(error_class, f"{self.summary()}; the first said: {first.get('message', '')}")

    def summary(self) -> str:
        """How many failed, in words."""
        cancelled = sum(item.status == "cancelled" for item in self._ended())
        more = f" and {cancelled} were not started" if cancelled else ""
        return f"{self.failed_items} of {len(self._items)} items failed{more}"

    def _ended(self) -> list[Item]:
        never = Item("cancelled", reason="breaker" if self.stopped != "fail_fast" else "run_failed")
        return [item if item is not None else never for item in self._items]
