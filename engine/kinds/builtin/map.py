"""Kind `map`: the same body for each item, side by side (semantics.md S5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from engine.base.errors import NodeError
from engine.base.ids import is_id
from engine.base.rules import Rule
from engine.kinds.containers import bodies_of, body_ports
from engine.kinds.contract import ERROR, Call, Finding, Kind, Outputs, Port, Ports, Review, SpendingConfig
from engine.kinds.fields import Hint
from engine.kinds.mapped import INDEX, ITEM, Work
from engine.kinds.spread import ITEMS, Over, sources, spread


class MapConfig(SpendingConfig):
    """Settings of a map node (formats.md)."""

    body: Mapping[str, Any] | None = Field(
        None,
        title="Body",
        description="The graph that runs once for each item.",
        json_schema_extra=Hint("graph").extra(),
    )
    graph: str | None = Field(None, title="File", description="A graph beside this one, instead of a drawn body.")
    over: Over = Field(
        "list", title="Over",
        description="list: each item of a list. rows: each row of a table, the text of a CSV or JSON lines file. "
        "matrix: each combination of several lists.",
    )  # fmt: skip
    matrix: tuple[str, ...] = Field(
        (), title="Lists of the matrix", json_schema_extra=Hint("list").extra(),
        description="Names, such as python and os: each becomes a port for a list. An item is an object with one value "
        "of each; an input of the body with such a name gets the value alone.",
    )  # fmt: skip
    exclude: Rule | None = Field(
        None, title="Leave out", json_schema_extra=Hint("rule").extra(),
        description="Combinations of the matrix for which this holds.",
    )  # fmt: skip
    concurrency: int = Field(8, ge=1, title="At once", description="Items that run side by side.")
    on_item_failure: Literal["collect", "drop", "null", "fail_fast"] = Field(
        "collect", title="When an item fails",
        description="collect: run all, then fail above the number below. drop: leave it out. null: put null in its "
        "place. fail_fast: stop at once.",
    )  # fmt: skip
    max_failures: int = Field(0, ge=0, title="Failures allowed", description="With collect.")
    item_retries: int = Field(
        0, ge=0, le=20, title="Rounds for failed items",
        description="When all others are done, failed items are tried again so many times: those that may end "
        "otherwise, so not after wrong keys, refusals or requests that a server calls bad. Not with fail_fast.",
    )  # fmt: skip
    max_items: int = Field(1000, ge=1, title="Most items", description="With more, the run asks before it begins.")
    canary: int = Field(0, ge=0, title="First", description="So many items first; the rest only when they went well.")
    dedupe: bool = Field(False, title="Equal items once", description="Items that are equal share one run of the body.")

    @field_validator("matrix")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not is_id(name) or name in (ITEM, INDEX):
                raise ValueError(f"“{name}” cannot be the name of a list; use small letters, digits and _")
            if names.count(name) > 1:
                raise ValueError(f"two lists have the name “{name}”")
        return names


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
        ports = {
            "list": (Port(ITEMS, "list", help="one item after the other"),),
            "rows": (Port(ITEMS, "text", help="CSV with a line of names at its head, or JSON lines"),),
            "matrix": tuple(Port(name, "list") for name in config.matrix),
        }[config.over]
        taken = {ITEM, INDEX, *(port.name for port in ports)}
        others = (port for port in body_ports(config.body or {})[0] if port.name not in taken)
        lists = (Port(ITEMS, "list"), Port("results", "list"), Port("errors", "list"))
        return Ports((*ports, *others), (*lists, ERROR))

    def summary(self, config: MapConfig) -> str:
        what = {"list": "map", "rows": "map · rows", "matrix": " × ".join(config.matrix)}[config.over]
        return f"{what} · {config.concurrency} at once"

    def bodies(self, config: MapConfig) -> tuple[Mapping[str, Any] | str, ...]:
        return bodies_of(config)

    def check(self, config: MapConfig) -> Iterable[Finding]:
        yield from _check_settings(config)
        if config.body is None:
            return
        inputs, outputs = body_ports(config.body)
        names = {port.name for port in inputs}
        if not names & {ITEM, *(config.matrix if config.over == "matrix" else ())}:
            yield Finding("error", "map_without_item", "The body has no input named “item”.", "Add one to the body.")
        if not outputs:
            yield Finding("error", "map_without_output", "The body has no output.", "Add one to the body.")
        if config.dedupe and INDEX in names:
            yield Finding("warning", "dedupe_with_index", "Equal items share one run, but the body asks for the index.",
                          "Turn “Equal items once” off, or remove the input “index”.")  # fmt: skip

    async def run(self, call: Call[MapConfig]) -> Outputs:
        config = call.config
        given = {port: call.value(port) for port in sources(config.over, config.matrix)}
        found = spread(call.node, config.over, config.matrix, config.exclude, given)
        await _allow(call, len(found.items))
        work = Work(call, found)
        await work.perform()
        return work.outputs()


def _check_settings(config: MapConfig) -> Iterable[Finding]:
    if config.over == "matrix" and not config.matrix:
        yield Finding("error", "matrix_without_lists", "The matrix names no lists.", "Name them, or map over a list.")
    if config.over != "matrix" and (config.matrix or config.exclude):
        yield Finding("warning", "matrix_unused", f"It maps over a {config.over}, so its matrix does nothing.",
                      "Choose “matrix” under Over, or empty the lists and what to leave out.")  # fmt: skip
    if config.item_retries and config.on_item_failure == "fail_fast":
        yield Finding("warning", "retries_unused", "It stops at the first failed item, so none is tried again.",
                      "Choose another way under “When an item fails”.")  # fmt: skip


async def _allow(call: Call[MapConfig], count: int) -> None:
    """Asks a person before more than `max_items` are worked on; a rehearsal costs nothing and does not ask (S5)."""
    most = call.config.max_items
    if count <= most or call.rehearsal:
        return
    question = f"The map “{call.title}” has {count:,} items; without asking it takes {most:,}. Work on all of them?"
    verdict = await call.review(Review("map", question, value={ITEMS: count, "max_items": most}))
    if verdict.decision == "rejected":
        raise NodeError(
            "bad_request", f"The map “{call.node}” has {count:,} items, more than {most:,}, and a person said no.",
            "Raise “Most items”, or give it fewer.",
        )  # fmt: skip


KIND = Map()
