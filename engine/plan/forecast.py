"""Walks a graph as a run would, with sizes of texts instead of texts: which calls, how large, how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from engine.base.errors import FileProblem, NodeError, Refused
from engine.base.values import Value, as_text
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds import templates
from engine.kinds.contract import NodeConfig
from engine.kinds.registry import AnyKind, Kinds
from engine.models.tokens import estimate_tokens
from engine.plan.facts import Facts, facts_of


class Amount(NamedTuple):
    """From so much to so much."""

    low: float
    high: float

    def __add__(self, other: Any) -> Amount:  # a tuple's own + would join them
        return Amount(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Any) -> Amount:  # as above
        return Amount(self.low * other.low, self.high * other.high)

    def as_json(self) -> dict[str, float]:
        """The range as a JSON object."""
        return {"low": _short(self.low), "high": _short(self.high)}


NOTHING: Final = Amount(0, 0)
UNKNOWN_INPUT: Final = Amount(20, 2000)
OVERHEAD: Final = 8
"""Tokens that a request adds to its texts."""
DEEPEST: Final = 8
"""How far down bodies are looked into."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a model is expected to write: tokens of an answer, of JSON and of a route; seconds until the first token;
    tokens a second."""

    answer: Amount
    data: Amount
    route: Amount
    first_s: Amount
    per_s: Amount


VENDOR: Final = Manner(Amount(30, 1000), Amount(20, 500), Amount(10, 60), Amount(0.3, 2.0), Amount(40, 150))
REHEARSAL: Final = Manner(Amount(5, 500), Amount(2, 500), Amount(2, 60), Amount(0, 0.3), Amount(50, 300))
"""Extracts of what the model was given, at a natural pace."""

Manners = Callable[[str], Manner]
"""How the model of a name (a tier, or provider/model) writes."""


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


class _Walk:
    """One graph, node by node in the order of a run."""

    def __init__(self, facts: Facts, given: Mapping[str, Amount], manners: Manners, depth: int) -> None:
        self.facts, self.given, self.inside, self.depth = facts, given, facts.inside, depth
        self.manners = manners
        self.sizes: dict[str, Amount] = {}
        self.ends: dict[str, Amount] = {}
        self.sure: dict[str, bool] = {}
        self.calls: list[ModelCall] = []
        self.outputs: dict[str, Amount] = {}

    def take(self, node_id: str) -> None:
        """Works one node out; those that it waits for are done."""
        facts = self.facts
        node, config = facts.graph.nodes[node_id], facts.configs.get(node_id)
        edges = [edge for edge in facts.graph.incoming(node_id) if edge.source in self.sizes]
        begin = Amount(*(max((self.ends[e.source][side] for e in edges), default=0.0) for side in (0, 1)))
        self.sure[node_id] = all(self._reached(node_id, edge) for edge in edges)
        kind = facts.kinds.get(node.kind)
        size, taken = NOTHING, NOTHING
        if config is not None and kind is not None and node.config.get("pinned") is None:
            size, taken = self._worked(node_id, kind, config, edges)
        self.sizes[node_id] = size
        low = taken.low if self.sure[node_id] else 0.0
        self.ends[node_id] = begin + Amount(low, taken.high)

    def _reached(self, node_id: str, edge: Edge) -> bool:
        """Whether an edge is live in every run; a join with several edges may need only one, which is not counted."""
        choosing = self.facts.graph.nodes[edge.source].kind in ("router", "review")
        return self.sure[edge.source] and not choosing and edge.source_port != "error"

    def _worked(self, node_id: str, kind: AnyKind, config: NodeConfig, edges: list[Edge]) -> tuple[Amount, Amount]:
        """The size of what a node gives, in tokens, and the seconds that it takes."""
        arriving = _sum(self.sizes[edge.source] for edge in edges if edge.source_port != "error")
        name = str(getattr(config, "name", "") or node_id)
        if kind.name == "input":
            return self.given.get(name, UNKNOWN_INPUT), NOTHING
        if kind.name == "output":
            self.outputs[name] = arriving
            return arriving, NOTHING
        if kind.container:
            return self._container(node_id, config, edges)
        written = _sum(_plain(text) for text in _texts(config))
        models = kind.models(config)
        if not models:
            return arriving + (written if kind.name == "template" else NOTHING), NOTHING
        manner = self.manners(models[0])
        answer = _answer(kind, config, manner)
        place = f"{self.inside}/{node_id}" if self.inside else node_id
        read = arriving + written + Amount(OVERHEAD, OVERHEAD)
        times = Amount(1 if self.sure[node_id] else 0, 1)
        self.calls.append(ModelCall(place, models[0], read, answer, times))
        seconds = Amount(answer.low / manner.per_s.high, answer.high / manner.per_s.low) + manner.first_s
        return arriving if kind.name == "router" else answer, seconds

    def _container(self, node_id: str, config: NodeConfig, edges: list[Edge]) -> tuple[Amount, Amount]:
        body = getattr(config, "body", None)
        if not isinstance(body, Mapping) or self.depth >= DEEPEST:
            return NOTHING, NOTHING
        from engine.files.format import graph_from_json

        given: dict[str, Amount] = {}
        for edge in edges:
            given[edge.target_port] = given.get(edge.target_port, NOTHING) + self.sizes[edge.source]
        if "items" in given:  # of a map: each item is a part of the list, of whatever size
            given["item"] = Amount(0, given.pop("items").high)
        place = f"{self.inside}/{node_id}" if self.inside else node_id
        file = getattr(config, "graph", None)
        try:
            kinds = self.facts.kinds.inside(file) if file else self.facts.kinds
            inner = _walked(graph_from_json(body), kinds, given, self.manners, place, self.depth + 1)
        except (FileProblem, Refused):
            return NOTHING, NOTHING
        times, rounds = _repeats(config)
        here = times * Amount(1 if self.sure[node_id] else 0, 1)
        self.calls += [ModelCall(c.node, c.model, c.input, c.output, c.times * here) for c in inner.calls]
        given_back = _sum(inner.outputs.values())
        return given_back * times if times.low == 0 else given_back, inner.seconds * rounds


def forecast(graph: Graph, kinds: Kinds, inputs: Mapping[str, Value], manners: Manners) -> Forecast:
    """The calls that a run would make, without making one.

    Args:
        inputs: values by the names of inputs; else their defaults count, else `UNKNOWN_INPUT`.
        manners: how each model writes.
    """
    return _walked(graph, kinds, {name: _size(value) for name, value in inputs.items()}, manners, "", 0)


def _walked(
    graph: Graph, kinds: Kinds, given: Mapping[str, Amount], manners: Manners, inside: str, depth: int
) -> Forecast:
    known = dict(given)
    for node in graph.nodes.values():
        if node.kind == "input" and "default" in node.config:
            known.setdefault(str(node.config.get("name") or node.id), _size(node.config["default"]))
    facts = facts_of(graph, kinds, inside=inside)
    walk = _Walk(facts, known, manners, depth)
    for node_id in facts.order:
        walk.take(node_id)
    seconds = Amount(*(max((end[side] for end in walk.ends.values()), default=0.0) for side in (0, 1)))
    return Forecast(tuple(walk.calls), seconds, walk.outputs)


def _answer(kind: AnyKind, config: NodeConfig, manner: Manner) -> Amount:
    typed = getattr(config, "output_schema", None) is not None
    size = manner.route if kind.name == "router" else manner.data if typed else manner.answer
    cap = getattr(config, "max_tokens", None)
    return Amount(min(size.low, cap), min(size.high, cap)) if cap else size


def _repeats(config: NodeConfig) -> tuple[Amount, Amount]:
    """How often a container runs its body, and how many of these come one after another."""
    passes, items = getattr(config, "max_passes", None), getattr(config, "max_items", None)
    if passes:
        return Amount(1, passes), Amount(1, passes)
    if items:
        return Amount(0, items), Amount(0, -(-items // max(1, getattr(config, "concurrency", 1))))
    return Amount(1, 1), Amount(1, 1)


def _texts(config: NodeConfig) -> list[str]:
    """What of a config is sent to a model, beside the values that fill it in."""
    found = [getattr(config, key, "") for key in ("instructions", "prompt", "template")]
    found += [f"{route.id} {route.label} {route.description}" for route in getattr(config, "routes", ())]
    return [text for text in found if isinstance(text, str) and text]


def _plain(text: str) -> Amount:
    """The size of a template without what fills it in."""
    try:
        names = templates.names(text)
        size = estimate_tokens(templates.render(text, dict.fromkeys(names, "")))
    except NodeError:
        size = estimate_tokens(text)
    return Amount(size, size)


def _size(value: Value) -> Amount:
    size = estimate_tokens(as_text(value))
    return Amount(size, size)


def _sum(amounts: Any) -> Amount:
    total = NOTHING
    for amount in amounts:
        total = total + amount
    return total


def _short(number: float) -> float:
    return int(number) if number == int(number) else round(number, 6)
