"""One run of a map: items through its body, some at a time, and what becomes of them (semantics.md S5)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

from engine.base.bounds import refuse_outgrown
from engine.base.values import canonical
from engine.kinds.containers import arrived
from engine.kinds.contract import Call, Outputs, ScopeResult
from engine.kinds.spread import ITEMS, Spread
from engine.kinds.tally import Item, Tally

ITEM, INDEX = "item", "index"
"""Names of the body's inputs that differ from item to item."""
RUN_FAILED: Final = "run_failed"
"""Why items are interrupted under `fail_fast` (S1)."""


class Work:
    """Opens a window of items at a time and tallies what becomes of them.

    Args:
        call: of a map; its config is a `MapConfig`.
        spread: what to work on.
    """

    def __init__(self, call: Call[Any], spread: Spread) -> None:
        self.call, self.spread = call, spread
        config = call.config
        self.tally = Tally(len(spread.items), config.on_item_failure, config.max_failures)
        self.shared = arrived(call)
        self.twins = _twins(spread.items) if config.dedupe else {}
        """Of equal items the first one, with those that share its end."""

    async def perform(self) -> None:
        """Runs every item, the canaries first, and failed ones again; admits none once the tally says stop."""
        call, tally, total = self.call, self.tally, len(self.spread.items)
        call.emit("map.opened", {"total": total, "over": call.config.over, "concurrency": call.config.concurrency})
        first = list(self.twins) if call.config.dedupe else range(total)
        canaries, rest = first[: call.config.canary], first[call.config.canary :]
        await self._round(canaries, 1)
        if tally.failed_items and canaries and rest:
            tally.stop("breaker")  # a failed canary stops the rest: that is what it is sent ahead for
        await self._round(rest, 1)
        for number in range(2, 2 + call.config.item_retries):
            again = [index for index in tally.to_retry() if not self.twins or index in self.twins]
            if not again:
                break
            await self._round(again, number)
        left = tally.cancelled()
        for index, item in left:
            self._tell(index, item, 1)
        call.emit("map.closed", {**tally.counts(), "cancelled": len(left)})

    async def _round(self, indices: Sequence[int], number: int) -> None:
        """Works on items with as many workers as may be open at once: few tasks, however many items."""
        waiting = iter(indices)
        workers = [
            asyncio.create_task(self._worker(waiting, number))
            for _ in range(min(self.call.config.concurrency, len(indices)))
        ]
        if not workers:
            return
        why: str | None = RUN_FAILED
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError as stopped:
            why = stopped.args[0] if stopped.args else None
            raise
        finally:
            left = [worker for worker in workers if not worker.done()]
            for worker in left:
                worker.cancel(why)
            if left:
                await asyncio.wait(left)
        for worker in workers:
            if not worker.cancelled() and (error := worker.exception()) and not isinstance(error, _Stopped):
                raise error

    async def _worker(self, waiting: Iterator[int], number: int) -> None:
        for done, index in enumerate(waiting):
            if done:
                await asyncio.sleep(0)  # a body that never waits must not keep the loop to itself
            if not self.tally.admits:
                return
            await self._work(index, number)
            if self.tally.stopped == "fail_fast":
                raise _Stopped

    async def _work(self, index: int, number: int) -> None:
        item = self.spread.items[index]
        axes = {name: item[name] for name in self.spread.axes}
        place = f"{self.call.node}[{index}]" + (f".{number}" if number > 1 else "")
        ended = _ended(await self.call.body({**self.shared, **axes, ITEM: item, INDEX: index}, place))
        self._tell(index, self.tally.add(index, ended), number)
        for twin in self.twins.get(index, ()):  # the cost of what they share is counted once
            self._tell(twin, self.tally.add(twin, ended._replace(cost=0.0), shared=True), number, same_as=index)
        counts = self.tally.counts()
        failed = f"{counts['failed']} failed" if counts["failed"] else ""
        again = f"round {number}" if number > 1 else ""
        self.call.progress(counts["done"], counts["total"], ", ".join(filter(None, (failed, again))))

    def _tell(self, index: int, item: Item, number: int, **more: int) -> None:
        label = self.spread.label(index)
        told = {"index": index, "round": number, **({"label": label} if label else {}), **more}
        self.call.emit("map.item", {**told, **item.record()})

    def outputs(self) -> Outputs:
        """The ports of the map, once performed.

        Raises:
            NodeError: too many items failed, some were never worked on, or it would give too much.
        """
        error = self.tally.error()
        if error is not None:
            raise error
        if self.tally.failed_items:
            self.call.degraded(self.tally.told(self.spread.label))
        made = {ITEMS: self.tally.values(), "results": self.tally.records(), "errors": self.tally.errors()}
        refuse_outgrown(made)
        return made


class _Stopped(Exception):
    """An item failed under `fail_fast`: its worker ends the round."""


def _twins(items: Sequence[Any]) -> dict[int, list[int]]:
    """The first of each set of equal items, with the others; equal as JSON: true is not 1, but 1 is 1.0."""
    first: dict[str, int] = {}
    found: dict[int, list[int]] = {}
    for index, item in enumerate(items):
        leader = first.setdefault(canonical(item), index)
        if leader == index:
            found[index] = []
        else:
            found[leader].append(index)
    return found


def _ended(result: ScopeResult) -> Item:
    """What became of an item. One output is the item's value, several are an object (formats.md)."""
    cost, attempts = result.cost_usd, result.attempts
    if result.status == "failed":
        error = result.error or {"class": "internal", "message": "it failed"}
        return Item("failed", error=error, cost=cost, attempts=attempts)
    if not result.outputs:
        return Item("skipped", cost=cost, attempts=attempts)
    single = len(result.output_names) == 1
    value = next(iter(result.outputs.values())) if single else dict(result.outputs)
    return Item("ok", value=value, cost=cost, attempts=attempts)
