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
from engine.plan import sizes
from engine.plan.amount import NOTHING, Amount, exactly, total
from engine.plan.facts import Facts, facts_of
from engine.plan.forecast_merges import merged
from engine.plan.forecast_teams import managed
from engine.plan.learnt import UNTAUGHT, Learnt
from engine.plan.manner import Manner, Manners

UNKNOWN_INPUT: Final = Amount(20, 2000)
OVERHEAD: Final = 8
"""Tokens that a request adds to its texts."""
DEEPEST: Final = 8
"""How far down bodies are looked into."""
MOST_FILES: Final = 1000
"""How often files are looked into, counted each time that a node names one."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A node's call of a model: how many tokens go in and come out, and how many such calls there are."""

    node: str
    model: str
    input: Amount
    output: Amount
    times: Amount


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do: its calls, seconds along the longest path, and the sizes of its outputs by name."""

    calls: tuple[ModelCall, ...]
    seconds: Amount
    outputs: Mapping[str, Amount]


class Walk:
    """One graph, node by node in the order of a run.

    Args:
        given: sizes of the inputs' values, by name.
        known: the inputs' values themselves where they are known.
    """

    def __init__(
        self, facts: Facts, given: Mapping[str, Amount], known: Mapping[str, Value], way: _Way, depth: int
    ) -> None:
        self.facts, self.given, self.known, self.way, self.depth = facts, given, known, way, depth
        self.sizes: dict[str, Amount] = {}
        self.values: dict[str, Value] = {}
        self.ends: dict[str, Amount] = {}
        self.sure: dict[str, bool] = {}
        self.calls: list[ModelCall] = []
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
            return (self.written(config, edges) if kind.name == "template" else arriving), NOTHING
        answer, seconds = self.asked(node_id, kind, config, self.written(config, edges), models[0])
        return arriving if kind.name == "router" else answer, seconds

    def asked(
        self, node_id: str, kind: AnyKind, config: NodeConfig, written: Amount, model: str, *,
        turns: int = 0, between: Amount = NOTHING,
    ) -> tuple[Amount, Amount]:  # fmt: skip
        """The tokens of the answer to what a node asks, and its seconds.

        Args:
            turns: how often it may ask; 0 goes by its config.
            between: tokens that it is told between two turns, beside its own answer.
        """
        place = self._place(node_id)
        manner = self.way.manners(model, place)
        answer, turns = _answer(kind, config, manner), turns or _turns(config)
        times = Amount(1 if self.sure[node_id] else 0, turns)
        read = written + Amount(OVERHEAD, OVERHEAD + (turns - 1) * (answer.high + between.high))
        self.calls.append(ModelCall(place, model, read, answer, times))
        return answer, manner.seconds(answer) * Amount(1, turns)

    def written(self, config: NodeConfig, edges: list[Edge]) -> Amount:
        """The tokens of a node's texts once they are filled in: exactly, where all that fills them in is known."""
        values = {edge.target_port: self.values[edge.source] for edge in edges if edge.source in self.values}
        arriving: dict[str, Amount] = {}
        for edge in edges:
            if edge.source_port != "error":
                arriving[edge.target_port] = arriving.get(edge.target_port, NOTHING) + self.sizes[edge.source]
        alone = len(values) == len(edges)  # a port with two values is filled in by both
        texts = [sizes.rendered(text, values) if alone else None for text in sizes.texts(config)]
        named = set(arriving)
        found = NOTHING
        for template, text in zip(sizes.texts(config), texts, strict=True):
            if text is not None:
                found += exactly(estimate_tokens(text))
                named -= set(sizes.names(template))
                continue
            size, uses = sizes.shape(template)
            found += exactly(size)
            for name, count in uses.items():
                found += arriving.get(name, NOTHING) * exactly(count)
                named.discard(name)
        return found + total(arriving[name] for name in named)

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
            return _walked(graph_from_json(body), kinds, given, {}, self.way, self._place(node_id), self.depth + 1)
        except (FileProblem, Refused):
            return Forecast((), NOTHING, {})

    def _often(self, node_id: str, config: Any, edges: list[Edge]) -> Amount | None:
        """How often a container runs its body, where the list is known or earlier runs say."""
        known = {edge.target_port: self.values[edge.source] for edge in edges if edge.source in self.values}
        over = getattr(config, "over", None)
        if over and all(port in known for port in sources(over, config.matrix)):
            with suppress(NodeError):
                return exactly(len(spread(node_id, over, config.matrix, config.exclude, known).items))
        return self.way.learnt.repeats.get(self._place(node_id))

    def _place(self, node_id: str) -> str:
        return f"{self.facts.inside}/{node_id}" if self.facts.inside else node_id


@dataclass(slots=True)
class _Way:
    """What is known of how models write and bodies repeat, the same in all of a graph.

    Attributes:
        files_left: how many more times a file is walked; files that name each other twice would never end.
    """

    manners: Manners
    learnt: Learnt
    files_left: int = MOST_FILES


def forecast(
    graph: Graph, kinds: Kinds, inputs: Mapping[str, Value], manners: Manners, learnt: Learnt = UNTAUGHT
) -> Forecast:
    """The calls that a run would make, without making one.

    Args:
        inputs: values by the names of inputs; else their defaults count, else `UNKNOWN_INPUT`.
        manners: how each model writes.
        learnt: what earlier runs of the graph took.
    """
    return _walked(graph, kinds, {}, inputs, _Way(manners, learnt), "", 0)


def _walked(
    graph: Graph, kinds: Kinds, given: Mapping[str, Amount], inputs: Mapping[str, Value], way: _Way, inside: str,
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


def _answer(kind: AnyKind, config: NodeConfig, manner: Manner) -> Amount:
    typed = getattr(config, "output_schema", None) is not None
    size = manner.route if kind.name == "router" else manner.data if typed else manner.answer
    cap = getattr(config, "max_tokens", None)
    return Amount(min(size.low, cap), min(size.high, cap)) if cap else size


def _turns(config: NodeConfig) -> int:
    """How often a node may ask: an agent with tools once for each turn."""
    return int(getattr(config, "max_turns", 1)) if getattr(config, "tools", ()) else 1


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
