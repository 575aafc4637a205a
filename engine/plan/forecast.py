"""Walks a graph as a run would, with sizes of texts instead of texts: which calls, how large, how long."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.base.errors import FileProblem, NodeError, Refused
from engine.base.values import Value, as_text
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.contract import NodeConfig
from engine.kinds.merge_config import MergeConfig
from engine.kinds.registry import AnyKind, Kinds
from engine.kinds.spread import sources, spread
from engine.models.tokens import estimate_tokens
from engine.plan.amount import NOTHING, Amount, exactly, total
from engine.plan.facts import Facts, facts_of
from engine.plan.forecast_calls import Asking, ModelCall, Way
from engine.plan.forecast_merges import merged
from engine.plan.forecast_teams import managed
from engine.plan.learnt import UNTAUGHT, Learnt
from engine.plan.manner import Manners

UNKNOWN_INPUT: Final = Amount(20, 2000)
DEEPEST: Final = 8
"""How far down bodies are looked into."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do: its calls, seconds along the longest path, and the sizes of its outputs by name."""

    calls: tuple[ModelCall, ...]
    seconds: Amount
    outputs: Mapping[str, Amount]


class Walk(Asking):
    """One graph, node by node in the order of a run.

    Args:
        given: sizes of the inputs' values, by name.
        known: the inputs' values themselves where they are known.
    """

    def __init__(
        self, facts: Facts, given: Mapping[str, Amount], known: Mapping[str, Value], way: Way, depth: int
    ) -> None:
        super().__init__(facts, way)
        self.given, self.known, self.depth = given, known, depth
        self.ends: dict[str, Amount] = {}
        self.outputs: dict[str, Amount] = {}

    def take(self, node_id: str) -> None:
        """Works one node out; those that it waits for are done."""
        if node_id in self.facts.specialists:  # worked out with its manager, and over when that is
            self.sizes.setdefault(node_id, NOTHING)
            self.ends[node_id] = self.ends[self.facts.specialists[node_id][0].source]
            self.sure[node_id] = False
            return
        facts = self.facts
        node, config = facts.graph.nodes[node_id], facts.configs.get(node_id)
        edges = [edge for edge in facts.graph.incoming(node_id) if edge.source in self.sizes]
        begin = Amount(*(max((self.ends[e.source][side] for e in edges), default=0.0) for side in (0, 1)))
        self.sure[node_id] = all(self._reached(node_id, edge) for edge in edges)
        kind = facts.kinds.get(node.kind)
        size, taken = NOTHING, NOTHING
        if node.aside:
            passed = node.aside == "bypassed"
            size = total(self.sizes[edge.source] for edge in edges[:1]) if passed else NOTHING
        elif config is not None and kind is not None and node.config.get("pinned") is None:
            size, taken = self.worked(node_id, kind, config, edges)
        self.sizes[node_id] = size
        low = taken.low if self.sure[node_id] else 0.0
        self.ends[node_id] = begin + Amount(low, taken.high)

    def _reached(self, node_id: str, edge: Edge) -> bool:
        """Whether an edge is live in every run; a join with several edges may need only one, which is not counted."""
        choosing = self.facts.graph.nodes[edge.source].kind in ("router", "review")
        return self.sure[edge.source] and not choosing and edge.source_port != "error"

    def worked(self, node_id: str, kind: AnyKind, config: NodeConfig, edges: list[Edge]) -> tuple[Amount, Amount]:
        """The size of what a node gives, in tokens, and the seconds that it takes."""
        arriving = total(self.sizes[edge.source] for edge in edges if edge.source_port != "error")
        name = str(getattr(config, "name", "") or node_id)
        if kind.name == "input":
            if name in self.known:
                self.values[node_id] = self.known[name]
            return self.given.get(name, UNKNOWN_INPUT), NOTHING
        if kind.name == "output":
            self.outputs[name] = arriving
            return arriving, NOTHING
        if kind.container:
            return self._container(node_id, kind, config, edges)
        if kind.manages:
            return managed(self, node_id, kind, config, edges)
        models = kind.models(config)
        if models and isinstance(config, MergeConfig):
            return merged(self, node_id, kind, config, edges)
        if not models:
            if kind.needs_trust:  # what it brings from outside, nobody knows before
                return arriving + UNKNOWN_INPUT, NOTHING
            return (self.written(config, edges) if kind.name == "template" else arriving), NOTHING
        answer, seconds = self.asked(node_id, kind, config, self.written(config, edges), models[0])
        return arriving if kind.name == "router" else answer, seconds

    def _container(self, node_id: str, kind: AnyKind, config: Any, edges: list[Edge]) -> tuple[Amount, Amount]:
        body = getattr(config, "body", None)
        if not isinstance(body, Mapping) or self.depth >= DEEPEST:
            return NOTHING, NOTHING
        given: dict[str, Amount] = {}
        for edge in edges:
            given[edge.target_port] = given.get(edge.target_port, NOTHING) + self.sizes[edge.source]
        over = getattr(config, "over", None)
        if over:  # a map: each item is a part of its lists, of whatever size
            parts = {port: Amount(0, given.pop(port).high) for port in sources(over, config.matrix) if port in given}
            given |= {**parts, "item": total(parts.values())}
        file = getattr(config, "graph", None)
        if file:
            self.way.files_left -= 1
            if self.way.files_left < 0:
                return NOTHING, NOTHING
        inner = self.inside(node_id, body, given, file or "")
        times, rounds = _repeats(config, self._often(node_id, config, edges))
        here = times * Amount(1 if self.sure[node_id] else 0, 1)
        self.calls += [replace(call, times=call.times * here) for call in inner.calls]
        given_back = total(inner.outputs.values())
        seconds = inner.seconds
        for model in kind.models(config)[:1]:  # a loop asks after each pass whether that will do
            _, waited = self.asked(node_id, kind, config, given_back, model)
            self.calls[-1] = replace(self.calls[-1], times=self.calls[-1].times * times)
            seconds += waited
        return given_back * times if times.low == 0 else given_back, seconds * rounds

    def inside(self, node_id: str, body: Mapping[str, Any], given: Mapping[str, Amount], file: str = "") -> Forecast:
        """One run of a body; nothing where it cannot be read."""
        from engine.files.format import graph_from_json

        try:
            kinds = self.facts.kinds.inside(file) if file else self.facts.kinds
            return _walked(graph_from_json(body), kinds, given, {}, self.way, self.place(node_id), self.depth + 1)
        except (FileProblem, Refused):
            return Forecast((), NOTHING, {})

    def _often(self, node_id: str, config: Any, edges: list[Edge]) -> Amount | None:
        """How often a container runs its body, where the list is known or earlier runs say."""
        known = {edge.target_port: self.values[edge.source] for edge in edges if edge.source in self.values}
        over = getattr(config, "over", None)
        if over and all(port in known for port in sources(over, config.matrix)):
            with suppress(NodeError):
                return exactly(len(spread(node_id, over, config.matrix, config.exclude, known).items))
        return self.way.learnt.repeats.get(self.place(node_id))


def forecast(
    graph: Graph, kinds: Kinds, inputs: Mapping[str, Value], manners: Manners, learnt: Learnt = UNTAUGHT
) -> Forecast:
    """The calls that a run would make, without making one.

    Args:
        inputs: values by the names of inputs; else their defaults count, else `UNKNOWN_INPUT`.
        manners: how each model writes.
        learnt: what earlier runs of the graph took.
    """
    return _walked(graph, kinds, {}, inputs, Way(manners, learnt), "", 0)


def _walked(
    graph: Graph, kinds: Kinds, given: Mapping[str, Amount], inputs: Mapping[str, Value], way: Way, inside: str,
    depth: int,
) -> Forecast:  # fmt: skip
    known = dict(inputs)
    for node in graph.nodes.values():
        if node.kind == "input" and "default" in node.config:
            name = str(node.config.get("name") or node.id)
            if name not in given:
                known.setdefault(name, node.config["default"])
    facts = facts_of(graph, kinds, inside=inside)
    walk = Walk(facts, {**given, **{name: _size(value) for name, value in known.items()}}, known, way, depth)
    for node_id in facts.order:
        walk.take(node_id)
    seconds = Amount(*(max((end[side] for end in walk.ends.values()), default=0.0) for side in (0, 1)))
    return Forecast(tuple(walk.calls), seconds, walk.outputs)


def _repeats(config: NodeConfig, often: Amount | None) -> tuple[Amount, Amount]:
    """How often a container runs its body, and how many of these come one after another."""
    passes, items = getattr(config, "max_passes", None), getattr(config, "max_items", None)
    if passes:
        times = often or Amount(1, passes)
        return times, times
    if items:
        times, width = often or Amount(0, items), max(1, getattr(config, "concurrency", 1))
        times = Amount(times.low, times.high * (1 + getattr(config, "item_retries", 0)))
        return times, Amount(-(-times.low // width), -(-times.high // width))
    return Amount(1, 1), Amount(1, 1)


def _size(value: Value) -> Amount:
    return exactly(estimate_tokens(as_text(value)))
