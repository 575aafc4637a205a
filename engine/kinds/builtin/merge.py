"""Kind `merge`: joins branches and makes one value of what they bring (semantics.md S3, S4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.values import Value, ValueType, as_text
from engine.kinds import templates
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Arrival, Call, Finding, Joining, Kind, NodeConfig, Outputs, Port, Ports
from engine.kinds.fields import Hint
from engine.kinds.merging import Conflict, merge_json, vote

_TYPES: dict[str, ValueType] = {
    "concat": "text", "template": "text", "list": "list", "dict": "json", "json": "json", "vote": "any",
}  # fmt: skip


class MergeConfig(NodeConfig):
    """Settings of a merge node (formats.md)."""

    join: Literal["wait_all", "first", "quorum"] = Field("wait_all", title="Waits for")
    k: int = Field(2, ge=1, title="How many", description="For a quorum.")
    cancel_losers: bool = Field(False, title="Stop the others", description="For first and quorum.")
    tolerate_failures: bool = Field(False, title="Go on when a branch failed")
    strategy: Literal["concat", "template", "list", "dict", "json", "vote"] = Field("concat", title="Makes")
    on_conflict: Literal["fail", "prefer", "collect"] = Field(
        "fail", title="When branches differ", json_schema_extra={"group": "Conflicts"},
        description="For json and a unanimous vote: fail, prefer a branch, or collect what each one says.",
    )  # fmt: skip
    prefer: tuple[str, ...] = Field(
        (), title="Preferred", description="Ids of the branches' nodes, the best one first.",
        json_schema_extra=Hint("list", "Conflicts").extra(),
    )  # fmt: skip
    arrays: Literal["concat", "union", "by_key"] = Field("concat", title="Lists", json_schema_extra={"group": "JSON"})
    array_key: str | None = Field(
        None, title="Key of list items", description="For by_key.", json_schema_extra=Hint("line", "JSON").extra()
    )
    vote: Literal["majority", "unanimous"] = Field("majority", title="Vote", json_schema_extra={"group": "Conflicts"})
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
        value = Port("value", _TYPES[config.strategy])
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
        if config.strategy == "json" and config.arrays == "by_key" and not config.array_key:
            yield Finding("error", "no_array_key", "Lists are joined by a key, but none is named.", "Name it.")

    def run_now(self, call: Call[MergeConfig]) -> Outputs:
        config, arrivals = call.config, list(call.arrivals("items"))
        if config.strategy not in ("json", "vote"):
            return {"value": _made(call, arrivals), "conflicts": []}
        parts = list(zip(labels(arrivals), (arrival.value for arrival in arrivals), strict=True))
        records: list[dict[str, Any]] = []

        def resolve(conflict: Conflict) -> Value:
            value, chosen = _resolved(config, conflict)
            records.append(conflict.record(chosen))
            return value

        if config.strategy == "json":
            given = {"base": call.value("base"), "has_base": call.has("base")}
            merged = merge_json(parts, resolve, arrays=config.arrays, key=config.array_key or "", **given)
        else:
            merged = vote(parts, config.vote)
            if merged.conflicts and config.vote == "unanimous":
                merged.value = resolve(merged.conflicts[0])
            else:
                records.extend(conflict.record() for conflict in merged.conflicts)
        for record in records:
            call.emit("merge.conflict", record)
        call.emit("node.progress", {"origins": merged.origins})
        return {"value": merged.value, "conflicts": records}


def _resolved(config: MergeConfig, conflict: Conflict) -> tuple[Value, str]:
    """The value for a conflict and the branch it was taken from, by the policy.

    Raises:
        NodeError: the policy is to fail.
    """
    if config.on_conflict == "collect":
        return [{"from": label, "value": value} for label, value in conflict.values.items()], ""
    if config.on_conflict == "prefer":
        order = [label for label in config.prefer if label in conflict.values] or list(conflict.values)
        return conflict.values[order[0]], order[0]
    said = "; ".join(f"{label} says {as_text(value)[:80]}" for label, value in conflict.values.items())
    place = f"at “{conflict.path}” " if conflict.path else ""
    raise NodeError("invalid_output", f"The branches differ {place}({said}).", "Prefer a branch or collect them.")


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
