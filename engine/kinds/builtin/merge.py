"""Kind `merge`: joins branches and makes one value of what they bring (semantics.md S3, S4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from engine.agents import judging, reducing
from engine.agents.parts import LEAST_ROOM, Judge, room_for_parts
from engine.base.values import Value, ValueType, as_text
from engine.kinds import templates
from engine.kinds.branches import labels, parts_of, texts
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Arrival, Call, Finding, Joining, Kind, Outputs, Port, Ports, SpendingConfig
from engine.kinds.fields import Hint
from engine.kinds.merging import Conflict, Merged, Resolve, Resolved, equal, merge_json
from engine.kinds.resolving import ASKING, OnConflict, by_config, by_judge, by_person
from engine.kinds.voting import vote

Strategy = Literal["concat", "template", "list", "dict", "json", "vote", "judge", "reduce", "first_success"]
_TYPES: dict[str, ValueType] = {
    "concat": "text", "template": "text", "list": "list", "dict": "json", "json": "json", "reduce": "text",
}  # fmt: skip
_OF_NOTHING: dict[str, Value] = {"concat": "", "template": "", "list": [], "dict": {}, "json": {}, "reduce": ""}
_JOINED = (*_TYPES, "vote", "judge")
"""All strategies but the race."""
_DECIDED = {"strategy": ("json", "vote")}
"""When there may be conflicts."""
_BY_MODEL = {"strategy": ("judge", "reduce", "json", "vote")}
"""When a model may be asked."""


class MergeConfig(SpendingConfig):
    """Settings of a merge node (formats.md)."""

    strategy: Strategy = Field("concat", title="Makes")
    join: Literal["wait_all", "first", "quorum"] = Field(
        "wait_all", title="Waits for", description="All branches, the first that brings a value, or k of them.",
        json_schema_extra=Hint("choice", when={"strategy": _JOINED}).extra(),
    )  # fmt: skip
    k: int = Field(
        2, ge=1, title="How many", description="Branches that a quorum waits for.",
        json_schema_extra=Hint("integer", when={"join": ("quorum",)}).extra(),
    )  # fmt: skip
    cancel_losers: bool = Field(
        False, title="Stop the others", description="For first and quorum: cancels the branches that come too late."
    )
    tolerate_failures: bool = Field(
        False, title="Go on when a branch failed", description="A failed branch counts as missing.",
        json_schema_extra=Hint("switch", when={"join": ("wait_all",)}).extra(),
    )  # fmt: skip
    separator: str = Field(
        "\n\n", title="Between texts", json_schema_extra=Hint("text", when={"strategy": ("concat",)}).extra()
    )
    template: str = Field(
        "", title="Template", description="Sees items, missing and labels.",
        json_schema_extra=Hint("prompt", when={"strategy": ("template",)}).extra(),
    )  # fmt: skip
    judge: Literal["pick", "write"] = Field(
        "pick", title="The judge", description="Picks the best branch, or writes one text from all.",
        json_schema_extra=Hint("choice", when={"strategy": ("judge",)}).extra(),
    )  # fmt: skip
    vote: Literal["majority", "weighted", "unanimous"] = Field(
        "majority", title="Vote", json_schema_extra=Hint("choice", when={"strategy": ("vote",)}).extra(),
        description="Texts that differ only in case, or in blanks around them, are one vote.",
    )  # fmt: skip
    weights: Mapping[str, float] = Field(
        {}, title="Weights", description='By the id of the branch\'s node, as {"a": 2}; others weigh 1.',
        json_schema_extra=Hint("json", when={"strategy": ("vote",), "vote": ("weighted",)}).extra(),
    )  # fmt: skip
    tie: Literal["first", "conflict"] = Field(
        "first", title="In a tie", description="The first branch in edge order wins, or it is a conflict.",
        json_schema_extra=Hint("choice", when={"strategy": ("vote",), "vote": ("majority", "weighted")}).extra(),
    )  # fmt: skip
    arrays: Literal["concat", "union", "by_key"] = Field(
        "concat", title="Lists", json_schema_extra=Hint("choice", when={"strategy": ("json",)}).extra(),
        description="Put one behind the other, keep each item once, or join objects by a key.",
    )  # fmt: skip
    array_key: str | None = Field(
        None, title="Key of list items", description="The field that tells which items are the same.",
        json_schema_extra=Hint("line", when={"strategy": ("json",), "arrays": ("by_key",)}).extra(),
    )  # fmt: skip
    on_conflict: OnConflict = Field(
        "fail", title="When branches differ", json_schema_extra=Hint("choice", "Conflicts", _DECIDED).extra(),
        description="Fail, prefer a branch, collect what each says, or let a model judge or a person decide.",
    )  # fmt: skip
    prefer: tuple[str, ...] = Field(
        (), title="Preferred", description="Ids of the branches' nodes, the best one first.",
        json_schema_extra=Hint("list", "Conflicts", {**_DECIDED, "on_conflict": ("prefer",)}).extra(),
    )  # fmt: skip
    model: str = Field("best", title="Model", json_schema_extra=Hint("model", "Model", _BY_MODEL).extra())
    fallback: tuple[str, ...] = Field((), title="Then", json_schema_extra=Hint("models", "Model", _BY_MODEL).extra())
    instructions: str = Field(
        "", title="Instructions", description="What the model should look at when it judges or writes.",
        json_schema_extra=Hint("text", "Model", _BY_MODEL).extra(),
    )  # fmt: skip
    max_input_tokens: int | None = Field(
        None, ge=LEAST_ROOM, title="Tokens at once", json_schema_extra=Hint("integer", "Model", _BY_MODEL).extra(),
        description="More than this is merged level by level; by default, what the model can read.",
    )  # fmt: skip
    timeout_s: float | None = Field(
        120, gt=0, title="Time limit", description="Seconds for one attempt.",
        json_schema_extra=Hint("seconds", "Limits").extra(),
    )  # fmt: skip

    @field_validator("join", mode="before")
    @classmethod
    def _other_name(cls, join: Any) -> Any:
        return "first" if join == "first_success" else join

    @field_validator("weights")
    @classmethod
    def _no_debts(cls, weights: Mapping[str, float]) -> Mapping[str, float]:
        if any(not 0 <= weight < 1e9 for weight in weights.values()):
            raise ValueError("a weight is a number from 0 up")
        return weights

    @property
    def waits_for(self) -> str:
        """The join that holds: the strategy `first_success` is the join `first` (S3)."""
        return "first" if self.strategy == "first_success" else self.join

    @property
    def asks(self) -> str:
        """Who may be asked about conflicts: `judge`, `ask`, or "" for nobody."""
        by_rule = self.strategy == "vote" and self.vote != "unanimous" and self.tie == "first"
        return (
            self.on_conflict if self.strategy in ("json", "vote") and not by_rule and self.on_conflict in ASKING else ""
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

    def is_instant(self, config: MergeConfig) -> bool:
        return config.strategy not in ("judge", "reduce") and not config.asks

    def ports(self, config: MergeConfig) -> Ports:
        written = config.strategy == "judge" and config.judge == "write"
        value = Port("value", "text" if written else _TYPES.get(config.strategy, "any"))
        return Ports(
            (Port("items", many=True), Port("base", required=False)), (value, Port("conflicts", "list"), ERROR)
        )

    def summary(self, config: MergeConfig) -> str:
        waits = {"wait_all": "all", "first": "first", "quorum": f"{config.k} of many"}[config.waits_for]
        makes = "" if config.strategy == "first_success" else f" · {config.strategy}"
        return f"{waits}{makes}{f' · {config.model}' if self.models(config) else ''}"

    def joins(self, config: MergeConfig) -> Joining:
        if config.waits_for == "wait_all":
            return Joining("items", tolerates=config.tolerate_failures)
        k = 1 if config.waits_for == "first" else config.k
        return Joining("items", k, tolerates=True, cancel_losers=config.cancel_losers)

    def models(self, config: MergeConfig) -> tuple[str, ...]:
        asked = config.strategy in ("judge", "reduce") or config.asks == "judge"
        return (config.model, *config.fallback) if asked else ()

    def check(self, config: MergeConfig) -> Iterable[Finding]:
        if config.strategy == "template":
            yield from template_findings("template", config.template)
        if config.strategy == "json" and config.arrays == "by_key" and not config.array_key:
            yield Finding("error", "no_array_key", "Lists are joined by a key, but none is named.", "Name it.")

    async def run(self, call: Call[MergeConfig]) -> Outputs:
        config, arrivals = call.config, list(call.arrivals("items"))
        if self.is_instant(config) or not arrivals:
            return self.run_now(call)
        if config.strategy == "reduce":
            value = await reducing.reduce(_judge(call), texts(arrivals))
            return _given(call, Merged(value, [], {"": labels(arrivals)}))
        if config.strategy == "judge":
            return _given(call, await _judged(call, arrivals))
        conflicts: list[Conflict] = []

        def found(conflict: Conflict) -> Resolved:
            conflicts.append(conflict)
            return Resolved(None)

        merged = _decided(call, arrivals, found)
        if conflicts:
            asking = by_judge(_judge(call), conflicts) if config.asks == "judge" else by_person(call, conflicts)
            answers = iter(await asking)  # a second look finds the same conflicts in the same order
            merged = _decided(call, arrivals, lambda _conflict: next(answers))
        return _given(call, merged)

    def run_now(self, call: Call[MergeConfig]) -> Outputs:
        config, arrivals = call.config, list(call.arrivals("items"))
        if not arrivals:
            return {"value": _OF_NOTHING.get(config.strategy), "conflicts": []}
        if config.strategy == "first_success":
            return _given(call, Merged(arrivals[0].value, [], {"": labels(arrivals)[:1]}))
        if config.strategy in ("json", "vote"):
            rule = partial(by_config, config.on_conflict, config.prefer)
            return _given(call, _decided(call, arrivals, rule))
        return {"value": _made(call, arrivals), "conflicts": []}


def _given(call: Call[MergeConfig], merged: Merged) -> Outputs:
    """The outputs of a merge; its conflicts and origins are told as events too."""
    for record in merged.conflicts:
        call.emit("merge.conflict", record)
    call.emit("node.progress", {"origins": merged.origins})
    return {"value": merged.value, "conflicts": merged.conflicts}


def _decided(call: Call[MergeConfig], arrivals: list[Arrival], resolve: Resolve) -> Merged:
    """The strategies `json` and `vote`, with conflicts resolved as told."""
    config, parts = call.config, parts_of(arrivals)
    if config.strategy == "json":
        return merge_json(
            parts, resolve, arrays=config.arrays, key=config.array_key or "", base=call.value("base"),
            has_base=call.has("base"),
        )  # fmt: skip
    weights = config.weights if config.vote == "weighted" else {}
    return vote(parts, resolve, unanimous=config.vote == "unanimous", weights=weights, tie=config.tie)


def _judge(call: Call[MergeConfig]) -> Judge:
    config = call.config
    room = config.max_input_tokens or room_for_parts(call.context_tokens(config.model), config.instructions)
    return Judge(call.chat, config.model, config.fallback, config.instructions, room, call.progress)


async def _judged(call: Call[MergeConfig], arrivals: list[Arrival]) -> Merged:
    """The strategy `judge`: one branch, or one text from all; what lost is told as a conflict with the reason (S4)."""
    named, write = labels(arrivals), call.config.judge == "write"
    if len(arrivals) == 1:
        value = arrivals[0].value
        return Merged(as_text(value) if write else value, [], {"": named})
    if write:
        text, reason = await judging.write(_judge(call), texts(arrivals))
        call.emit("node.progress", {"note": f"written from {len(named)} branches: {reason}"})
        return Merged(text, [], {"": named})
    label, reason = await judging.pick(_judge(call), texts(arrivals))
    call.emit("node.progress", {"note": f"picked {label}: {reason}"})
    values = dict(parts_of(arrivals))
    picked = Resolved(values[label], label, "judge", reason)
    differ = not all(equal(value, picked.value) for value in values.values())
    return Merged(picked.value, [Conflict("", values).record(picked)] if differ else [], {"": [label]})


def _made(call: Call[MergeConfig], arrivals: list[Arrival]) -> Value:
    match call.config.strategy:
        case "concat":
            return call.config.separator.join(as_text(arrival.value) for arrival in arrivals)
        case "list":
            return [arrival.value for arrival in arrivals]
        case "dict":
            return dict(parts_of(arrivals))
    items, missing = [arrival.value for arrival in arrivals], list(call.missing("items"))
    return templates.render(call.config.template, {"items": items, "missing": missing, "labels": labels(arrivals)})


KIND = Merge()
