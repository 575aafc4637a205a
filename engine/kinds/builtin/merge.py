"""Kind `merge`: joins branches and makes one value of what they bring (semantics.md S3, S4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.base.values import as_text
from engine.kinds import templates
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Arrival, Call, Finding, Joining, Kind, NodeConfig, Outputs, Port, Ports
from engine.kinds.fields import Hint


class MergeConfig(NodeConfig):
    """Settings of a merge node (formats.md)."""

    join: Literal["wait_all", "first", "quorum"] = Field("wait_all", title="Waits for")
    k: int = Field(2, ge=1, title="How many", description="For a quorum.")
    cancel_losers: bool = Field(False, title="Stop the others", description="For first and quorum.")
    tolerate_failures: bool = Field(False, title="Go on when a branch failed")
    strategy: Literal["concat", "template", "list", "dict"] = Field("concat", title="Makes")
    separator: str = Field("\n\n", title="Between texts", json_schema_extra=Hint("text").extra())
    template: str = Field(
        "", title="Template", description="Sees items, missing and labels.", json_schema_extra=Hint("prompt").extra()
    )


class Merge(Kind[MergeConfig]):
    name: ClassVar[str] = "merge"
    title = "Merge"
    group = "flow"
    icon = "merge"
    hint = "several branches into one"
    Config = MergeConfig
    instant = True
    starter: ClassVar[dict[str, Any]] = {"strategy": "concat"}

    def ports(self, config: MergeConfig) -> Ports:
        value = Port("value", {"list": "list", "dict": "json"}.get(config.strategy, "text"))  # type: ignore[arg-type]  # the table holds value types only
        return Ports(
            (Port("items", many=True), Port("base", required=False)), (value, Port("conflicts", "list"), ERROR)
        )

    def summary(self, config: MergeConfig) -> str:
        waits = {"wait_all": "all", "first": "first", "quorum": f"{config.k} of many"}[config.join]
        return f"{waits} · {config.strategy}"

    def joins(self, config: MergeConfig) -> Joining:
        if config.join == "wait_all":
            return Joining("items", tolerates=config.tolerate_failures)
        k = 1 if config.join == "first" else config.k
        return Joining("items", k, tolerates=True, cancel_losers=config.cancel_losers)

    def check(self, config: MergeConfig) -> Iterable[Finding]:
        if config.strategy == "template":
            yield from template_findings("template", config.template)

    def run_now(self, call: Call[MergeConfig]) -> Outputs:
        arrivals = call.arrivals("items")
        return {"value": _made(call, list(arrivals)), "conflicts": []}


def labels(arrivals: list[Arrival]) -> list[str]:
    """Labels of what arrived: the source's id, with the port behind it where a source has several edges here (S4)."""
    sources = [arrival.source for arrival in arrivals]
    return [a.source if sources.count(a.source) == 1 else f"{a.source}.{a.port}" for a in arrivals]


def _made(call: Call[MergeConfig], arrivals: list[Arrival]) -> Any:
    match call.config.strategy:
        case "concat":
            return call.config.separator.join(as_text(arrival.value) for arrival in arrivals)
        case "list":
            return [arrival.value for arrival in arrivals]
        case "dict":
            return dict(zip(labels(arrivals), (arrival.value for arrival in arrivals), strict=True))
        case "template":
            items, missing = [arrival.value for arrival in arrivals], list(call.missing("items"))
            seen = {"items": items, "missing": missing, "labels": labels(arrivals)}
            return templates.render(call.config.template, seen)


KIND = Merge()
