"""What became of the items of a map, and what follows from it: the failure policies of semantics.md S5, pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

from engine.base.errors import ERROR_CLASSES, ErrorClass, NodeError
from engine.base.values import Value

BREAKER: Final = 3
"""Identical errors in a row of completion that stop a map from admitting more items."""
FINAL: Final = frozenset({"credentials", "bad_request", "refused", "context", "type", "port_conflict", "budget"})
"""Errors that another try would meet again (S8): items that failed so are not tried once more."""
NAMED: Final = 3
"""Failed items that are named; the others are counted."""


class Item(NamedTuple):
    """One item that is over.

    Attributes:
        status: ok, failed, skipped (the body gave nothing) or cancelled.
        reason: why it was cancelled.
        cost: US dollars; None when a price was unknown.
        attempts: how often it was tried, in all rounds.
    """

    status: str
    value: Value = None
    error: Mapping[str, Value] | None = None
    reason: str = ""
    cost: float | None = 0.0
    attempts: int = 1

    def after(self, earlier: Item) -> Item:
        """The same end, with what an earlier round took."""
        cost = None if self.cost is None or earlier.cost is None else self.cost + earlier.cost
        return self._replace(cost=cost, attempts=self.attempts + earlier.attempts)

    def record(self) -> dict[str, Any]:
        """The item's line in `results`."""
        found: dict[str, Any] = {"status": self.status, "cost_usd": self.cost, "attempts": self.attempts}
        if self.status == "ok":
            found["value"] = self.value
        if self.error is not None:
            found["error"] = dict(self.error)
        if self.reason:
            found["reason"] = self.reason
        return found


class Tally:
    """Counts items as they end and says when to stop. Each call takes the same time however many items there are.

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
        self._ended = 0
        self.stopped = ""
        """Why no more items are admitted: `breaker`, `fail_fast`, or "" while they are."""
        self.failed_items = 0

    @property
    def admits(self) -> bool:
        """Whether another item may start."""
        return not self.stopped

    def add(self, index: int, item: Item, *, shared: bool = False) -> Item:
        """An item ended, perhaps once more than before.

        Args:
            shared: it has the end of an equal item, so it says nothing new about what goes wrong in a row.

        Returns:
            The item with what its earlier rounds took.
        """
        earlier = self._items[index]
        if earlier is None:
            self._ended += 1
        else:
            item = item.after(earlier)
            self.failed_items -= earlier.status == "failed"
        self._items[index] = item
        self.failed_items += item.status == "failed"
        if not shared:
            self._watch(item)
        return item

    def _watch(self, item: Item) -> None:
        if item.status != "failed":
            self._row = 0
            return
        error = item.error or {}
        cause = (error.get("class"), error.get("message"))
        self._row = self._row + 1 if self._row and cause == self._last else 1
        self._last = cause
        if self._policy == "fail_fast":
            self.stop("fail_fast")
        elif self._row >= BREAKER or error.get("class") == "credentials":
            self.stop("breaker")

    def stop(self, why: str) -> None:
        """No more items are admitted; those that never started are cancelled."""
        self.stopped = self.stopped or why

    def to_retry(self) -> list[int]:
        """The items that another round may help, in order; it begins without errors in a row."""
        self._row = 0
        if self.stopped:
            return []
        failed = (
            (index, item.error or {}) for index, item in enumerate(self._items) if item and item.status == "failed"
        )
        return [index for index, error in failed if error.get("class") not in FINAL]

    def counts(self) -> dict[str, int]:
        """How many items are done, failed, and in all."""
        return {"done": self._ended, "failed": self.failed_items, "total": len(self._items)}

    def values(self) -> list[Value]:
        """The port `items`: values in input order; failed ones absent, or null with that policy."""
        kept = ("ok", "failed") if self._policy == "null" else ("ok",)
        return [item.value for item in self.items() if item.status in kept]

    def records(self) -> list[dict[str, Any]]:
        """The port `results`: one record for each item, aligned with the input."""
        return [item.record() for item in self.items()]

    def errors(self) -> list[dict[str, Any]]:
        """The port `errors`: the errors of failed items, with their index."""
        return [{"index": i, **(item.error or {})} for i, item in enumerate(self.items()) if item.status == "failed"]

    def cancelled(self) -> list[tuple[int, Item]]:
        """The items that have no end of their own, by index; once the work is over."""
        return [(index, item) for index, item in enumerate(self.items()) if item.status == "cancelled"]

    def error(self) -> NodeError | None:
        """The failure of the whole map: too many items failed, or some were never worked on.

        Under `drop` and `null` any number may fail, but an item that was left out is never passed over.
        """
        allowed = {"collect": self._max_failures, "fail_fast": 0}.get(self._policy, len(self._items))
        if self.failed_items <= allowed and self._ended == len(self._items):
            return None
        first = next(iter(self.errors()), {})
        error_class = cast("ErrorClass", first["class"]) if first.get("class") in ERROR_CLASSES else "internal"
        return NodeError(error_class, f"{self.summary()}; the first said: {first.get('message', '')}")

    def told(self, label: Callable[[int], str]) -> str:
        """How many failed, where some did, which, and why the first one did.

        Args:
            label: what people call an item by its index, such as the path of a file; "" for one without a name.
        """
        errors = self.errors()
        names = [label(error["index"]) or f"item {error['index'] + 1}" for error in errors[:NAMED]]
        more = f" and {len(errors) - NAMED} more" if len(errors) > NAMED else ""
        return f"{self.summary()}: {', '.join(names)}{more}; the first said: {errors[0].get('message', '')}"

    def summary(self) -> str:
        """How many failed, in words."""
        total = len(self._items)
        never = total - self._ended
        more = (
            f" and {never} {'was' if never == 1 else 'were'} not finished"
            if self.stopped == "fail_fast"
            else (f" and {never} {'was' if never == 1 else 'were'} not started")
        )
        return f"{self.failed_items} of {total} items failed{more if never else ''}"

    def items(self) -> list[Item]:
        """Every item, in input order; those that never ended are cancelled."""
        never = Item("cancelled", reason="run_failed" if self.stopped == "fail_fast" else "breaker", attempts=0)
        return [item if item is not None else never for item in self._items]
