"""Kind `merge`: joins branches and makes one value of what they bring (semantics.md S3, S4)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from engine.agents import judging, reducing
from engine.agents.parts import Judge, room_for_parts
from engine.base.bounds import refuse_outgrown
from engine.base.values import Value, ValueType, as_text
from engine.kinds import templates
from engine.kinds.branches import parts_of, texts
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Call, Finding, Joining, Kind, Outputs, Port, Ports
from engine.kinds.file_merging import merge_files
from engine.kinds.merge_config import MergeConfig
from engine.kinds.merging import Conflict, Merged, Part, Resolve, Resolved, equal, merge_json
from engine.kinds.resolving import by_config, by_judge, by_person, contradiction
from engine.kinds.voting import vote

_TYPES: dict[str, ValueType] = {
    "concat": "text", "template": "text", "list": "list", "dict": "json", "json": "json", "files": "list",
    "reduce": "text",
}  # fmt: skip
_BASE = Port("base", required=False, help="what the branches began with, so that it shows who changed what")
_OF_NOTHING: dict[str, Value] = {
    "concat": "",
    "template": "",
    "list": [],
    "dict": {},
    "json": {},
    "files": [],
    "reduce": "",
}


class Merge(Kind[MergeConfig]):
    name: ClassVar[str] = "merge"
    title = "Merge"
    group = "flow"
    icon = "merge"
    hint = "several branches into one"
    Config = MergeConfig
    instant = True
    sees_sources = True
    starter: ClassVar[dict[str, Any]] = {"strategy": "concat"}

    def is_instant(self, config: MergeConfig) -> bool:
        return config.strategy not in ("judge", "reduce", "files") and not config.asks

    def ports(self, config: MergeConfig) -> Ports:
        written = config.strategy == "judge" and config.judge == "write"
        value = Port("value", "text" if written else _TYPES.get(config.strategy, "any"))
        return Ports((Port("items", many=True), _BASE), (value, Port("conflicts", "list"), ERROR))

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
        config = call.config
        if self.is_instant(config) or not call.has("items"):
            return self.run_now(call)
        parts = parts_of(call)
        refuse_outgrown([value for _, value in parts])
        if config.strategy == "reduce":
            value = await reducing.reduce(_judge(call), texts(parts))
            return _given(call, Merged(value, [], {"": [label for label, _ in parts]}))
        if config.strategy == "judge":
            return _given(call, await _judged(call, parts))
        if not config.asks:
            return _given(call, *await asyncio.to_thread(_ruled, call, parts))
        conflicts: list[Conflict] = []

        def found(conflict: Conflict) -> Resolved:
            conflicts.append(conflict)
            return Resolved(None)

        merged = _decided(call, parts, found)
        if conflicts:
            asking = by_judge(_judge(call), conflicts) if config.asks == "judge" else by_person(call, conflicts)
            answers = iter(await asking)  # a second look finds the same conflicts in the same order
            merged = _decided(call, parts, lambda _conflict: next(answers))
        return _given(call, merged)

    def run_now(self, call: Call[MergeConfig]) -> Outputs:
        config = call.config
        if not call.has("items"):
            return {"value": _OF_NOTHING.get(config.strategy), "conflicts": []}
        refuse_outgrown([arrival.value for arrival in call.arrivals("items")])
        if config.strategy == "first_success":
            label, value = parts_of(call)[0]
            return _given(call, Merged(value, [], {"": [label]}))
        if config.strategy in ("json", "vote"):
            return _given(call, *_ruled(call, parts_of(call)))
        return {"value": _made(call), "conflicts": []}


def _given(call: Call[MergeConfig], merged: Merged, clashes: Sequence[Conflict] = ()) -> Outputs:
    """The outputs of a merge; its conflicts and origins are told as events too.

    Raises:
        NodeError: `invalid_output`: there are conflicts that it is to fail for.
    """
    for record in merged.conflicts:
        call.emit("merge.conflict", record)
    if clashes:
        raise contradiction(clashes)
    call.emit("node.progress", {"origins": merged.origins})
    return {"value": merged.value, "conflicts": merged.conflicts}


def _ruled(call: Call[MergeConfig], parts: list[Part]) -> tuple[Merged, list[Conflict]]:
    """What comes of the rule of the config, and all conflicts that it says to fail for."""
    config, clashes = call.config, list[Conflict]()

    def clash(conflict: Conflict) -> Resolved:
        clashes.append(conflict)
        return Resolved(None)

    rule = clash if config.on_conflict == "fail" else partial(by_config, config.on_conflict, config.prefer)
    return _decided(call, parts, rule), clashes


def _decided(call: Call[MergeConfig], parts: list[Part], resolve: Resolve) -> Merged:
    """The strategies `json`, `files` and `vote`, with conflicts resolved as told."""
    config = call.config
    if config.strategy == "files":
        return merge_files(parts, resolve, call.value("base") if call.has("base") else None)
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


async def _judged(call: Call[MergeConfig], parts: list[Part]) -> Merged:
    """The strategy `judge`: one branch, or one text from all; what lost is told as a conflict with the reason (S4)."""
    values, write = dict(parts), call.config.judge == "write"
    if len(parts) == 1:
        [(label, value)] = parts
        return Merged(as_text(value) if write else value, [], {"": [label]})
    if write:
        text, reason = await judging.write(_judge(call), texts(parts))
        call.emit("node.progress", {"note": f"written from {len(parts)} branches: {reason}"})
        return Merged(text, [], {"": list(values)})
    label, reason = await judging.pick(_judge(call), texts(parts))
    call.emit("node.progress", {"note": f"picked {label}: {reason}"})
    picked = Resolved(values[label], label, "judge", reason)
    differ = not all(equal(value, picked.value) for value in values.values())
    return Merged(picked.value, [Conflict("", values).record(picked)] if differ else [], {"": [label]})


def _made(call: Call[MergeConfig]) -> Value:
    """The strategies that put the values together as they are."""
    items = [arrival.value for arrival in call.arrivals("items")]
    match call.config.strategy:
        case "concat":
            text = call.config.separator.join(map(as_text, items))
            refuse_outgrown(text)
            return text
        case "list":
            return items
        case "dict":
            return dict(parts_of(call))
    labels = [label for label, _ in parts_of(call)]
    seen = {"items": items, "missing": list(call.missing("items")), "labels": labels}
    return templates.render(call.config.template, seen)


KIND = Merge()
