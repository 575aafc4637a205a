"""Kind `map`: the same body for each item of a list, side by side (semantics.md S5)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.values import Value, type_of
from engine.kinds.builtin.subgraph import body_ports
from engine.kinds.contract import ERROR, Call, Finding, Kind, NodeConfig, Outputs, Port, Ports, ScopeResult
from engine.kinds.fields import Hint
from engine.kinds.tally import Item, Tally

ITEM, INDEX = "item", "index"
"""Names of the body's inputs that differ from item to item."""


class MapConfig(NodeConfig):
    """Settings of a map node (formats.md)."""

    body: Mapping[str, Any] | None = Field(None, title="Body", json_schema_extra=Hint("graph").extra())
    graph: str | None = Field(None, title="File", description="A graph beside this one, instead of a drawn body.")
    concurrency: int = Field(8, ge=1, title="At once")
    on_item_failure: Literal["collect", "drop", "null", "fail_fast"] = Field(
        "collect", title="When an item fails", description="collect: run all, then fail above the number below."
    )
    max_failures: int = Field(0, ge=0, title="Failures allowed")
    max_items: int = Field(1000, ge=1, title="Most items")
    canary: int = Field(0, ge=0, title="First", description="So many items first; the rest only when they went well.")
    dedupe: bool = Field(False, title="Equal items once", description="Items that are equal share one run of the body.")


class Map(Kind[MapConfig]):
    name: ClassVar[str] = "map"
    title = "Map"
    group = "flow"
    icon = "map"
    hint = "the same steps for each item"
    Config = MapConfig
    container = True
    starter: ClassVar[dict[str, Any]] = {
        "body": {
            "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, {"id": "result", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "result.value"}],
        }
    }

    def ports(self, config: MapConfig) -> Ports:
        inputs, _ = body_ports(config.body or {})
        others = (port for port in inputs if port.name not in (ITEM, INDEX))
        lists = (Port("items", "list"), Port("results", "list"), Port("errors", "list"))
        return Ports((Port("items", "list"), *others), (*lists, ERROR))

    def summary(self, config: MapConfig) -> str:
        return f"map · {config.concurrency} at once"

    def bodies(self, config: MapConfig) -> tuple[Mapping[str, Any] | str, ...]:
        found = config.graph or config.body
        return () if found is None else (found,)

    def check(self, config: MapConfig) -> Iterable[Finding]:
        inputs, outputs = body_ports(config.body or {})
        if config.body is not None and ITEM not in {port.name for port in inputs}:
            yield Finding("error", "map_without_item", "The body has no input named “item”.", "Add one to the body.")
        if config.body is not None and not outputs:
            yield Finding("error", "map_without_output", "The body has no output.", "Add one to the body.")

    async def run(self, call: Call[MapConfig]) -> Outputs:
        items = call.value("items")
        if not isinstance(items, list):
            raise NodeError("type", f"A map takes a list, but was given {type_of(items)}.")
        if len(items) > call.config.max_items:
            raise NodeError(
                "bad_request", f"The list has {len(items)} items, more than the {call.config.max_items} allowed.",
                "Raise “Most items”.",
            )  # fmt: skip
        work = _Work(call, items)
        await work.perform()
        return work.outputs()


class _Work:
    """One run of a map: opens a window of items at a time and tallies what becomes of them."""

    def __init__(self, call: Call[MapConfig], items: list[Value]) -> None:
        self.call, self.items = call, items
        config = call.config
        self.tally = Tally(len(items), config.on_item_failure, config.max_failures)
        self.shared = {name: value for name, value in call.values().items() if name != "items" and call.has(name)}
        self.window = asyncio.Semaphore(config.concurrency)
        self.twins: dict[str, asyncio.Task[Item]] = {}

    async def perform(self) -> None:
        """Runs every item, the canaries first; stops admitting when the tally says so."""
        self.call.emit("map.opened", {"total": len(self.items), "concurrency": self.call.config.concurrency})
        # A failed canary stops the rest: that is what it is sent ahead for.
        canaries = min(self.call.config.canary, len(self.items))
        await self._all(range(canaries))
        if self.tally.failed_items and canaries:
            self.tally.stop("breaker")
        await self._all(range(canaries, len(self.items)))
        counts = self.tally.counts()
        self.call.emit("map.closed", counts)

    async def _all(self, indices: range) -> None:
        tasks: set[asyncio.Task[None]] = set()
        try:
            for index in indices:
                await self.window.acquire()
                if self.tally.stopped:
                    self.window.release()
                    break
                task = asyncio.create_task(self._one(index))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            while tasks and self.tally.stopped != "fail_fast":
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left: list[asyncio.Task[Any]] = [*tasks, *self.twins.values()]
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)

    async def _one(self, index: int) -> None:
        try:
            item = await self._result(index)
        finally:
            self.window.release()
        self.tally.add(index, item)
        counts = self.tally.counts()
        self.call.emit("map.item", {"index": index, **item.record()})
        self.call.progress(counts["done"], len(self.items), f"{counts['failed']} failed" if counts["failed"] else "")

    async def _result(self, index: int) -> Item:
        given = {**self.shared, ITEM: self.items[index]}
        if not self.call.config.dedupe:
            return await self._body(index, given)
        import json

        key = json.dumps(self.items[index], sort_keys=True)
        twin = self.twins.get(key)
        if twin is None:
            twin = self.twins[key] = asyncio.create_task(self._body(index, given))
        return await asyncio.shield(twin)

    async def _body(self, index: int, given: Mapping[str, Value]) -> Item:
        result = await self.call.body({**given, INDEX: index}, f"{self.call.node}[{index}]")
        return _item(result)

    def outputs(self) -> Outputs:
        """The ports of the map, or its failure."""
        error = self.tally.error()
        if error is not None:
            raise error
        if self.tally.failed_items:
            self.call.degraded(self.tally.summary())
        return {"items": self.tally.values(), "results": self.tally.records(), "errors": self.tally.errors()}


def _item(result: ScopeResult) -> Item:
    """What became of an item. One output is the item's value, several are an object (formats.md)."""
    if result.status == "failed":
        return Item("failed", error=result.error or {"class": "internal", "message": "it failed"}, cost=result.cost_usd)
    if not result.outputs:
        return Item("skipped", cost=result.cost_usd)
    single = len(result.output_names) == 1
    value = next(iter(result.outputs.values())) if single else dict(result.outputs)
    return Item("ok", value=value, cost=result.cost_usd)


KIND = Map()
