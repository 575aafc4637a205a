"""What differs between two runs: prompts as sent, routes, outputs, ends, time and money; the first one named. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from engine.archive.durations import ordered
from engine.base.values import Value, as_text
from engine.graph.graph import Graph
from engine.run.places import place as place_of
from engine.run.view import NodeView, View

What = Literal["presence", "model", "prompt", "sampling", "route", "status", "error", "output"]
_NUMBERS: Final = re.compile(r"\d+")
_SHOWN: Final = 60
_BEFORE: Final = 16
"""Letters that stand before the first one that differs, where a text is shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a node did otherwise: what, as it was in the first run, and in the second; None is nothing."""

    what: What
    one: Value
    two: Value

    def sentence(self) -> str:
        """It for people, cut to what differs."""
        if self.what == "presence":
            return "only in the first run" if self.two is None else "only in the second run"
        one, two = _excerpts(as_text(self.one), as_text(self.two))
        return f"{self.what} “{one}” became “{two}”"


@dataclass(frozen=True, slots=True)
class NodeDifference:
    """What a node did otherwise, in the order of cause and effect; and its time (seconds) and money in both runs."""

    key: str
    changes: tuple[Change, ...]
    seconds: tuple[float | None, float | None] = (None, None)
    cost_usd: tuple[float | None, float | None] = (0.0, 0.0)

    def as_json(self) -> dict[str, Any]:
        """It as JSON, whole."""
        changes = [{"what": each.what, "one": each.one, "two": each.two} for each in self.changes]
        return {"node": self.key, "changes": changes, "seconds": self.seconds, "cost_usd": self.cost_usd}


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs held against each other.

    Attributes:
        nodes: what differs, in topological order, what stands inside a container before the container itself.
        outputs: names of outputs whose values differ.
        seconds, cost_usd, tokens: of both runs; None is unknown.
    """

    runs: tuple[str, str]
    status: tuple[str, str]
    nodes: tuple[NodeDifference, ...]
    outputs: tuple[str, ...]
    seconds: tuple[float | None, float | None]
    cost_usd: tuple[float | None, float | None]
    tokens: tuple[int, int]

    @property
    def first(self) -> NodeDifference | None:
        """The first node that did otherwise: what follows it may differ only because of it."""
        return self.nodes[0] if self.nodes else None

    @property
    def same(self) -> bool:
        """Whether the runs said and did the same; time and money may differ."""
        return not self.nodes and not self.outputs and self.status[0] == self.status[1]

    def as_json(self) -> dict[str, Any]:
        """The comparison as one JSON object."""
        return {
            "runs": self.runs, "same": self.same, "status": self.status,
            "first": self.first.key if self.first else None,
            "nodes": [node.as_json() for node in self.nodes], "outputs": self.outputs,
            "seconds": self.seconds, "cost_usd": self.cost_usd, "tokens": self.tokens,
        }  # fmt: skip


def compare(one: View, two: View, order: Sequence[str] = ()) -> RunComparison:
    """Holds two runs against each other.

    Args:
        order: nodes by place (`map1/draft`) in topological order, as `run_order` gives; what is not in it comes last,
            as the runs first spoke of it.
    """
    ranks = {
        place: rank for rank, place in enumerate(dict.fromkeys([*order, *map(place_of, [*one.nodes, *two.nodes])]))
    }
    keys = sorted(dict.fromkeys([*one.nodes, *two.nodes]), key=partial(_position, ranks))
    found = (_difference(key, one.nodes.get(key), two.nodes.get(key)) for key in keys)
    names = dict.fromkeys([*one.outputs, *two.outputs])
    return RunComparison(
        (one.run, two.run),
        (one.status, two.status),
        tuple(each for each in found if each is not None),
        tuple(name for name in names if not _equal(one.outputs, two.outputs, name)),
        (_lasted(one), _lasted(two)),
        (one.cost, two.cost),
        (one.input_tokens + one.output_tokens, two.input_tokens + two.output_tokens),
    )


def run_order(*graphs: Graph) -> list[str]:
    """The places of all nodes in topological order, ties in file order; those inside a container before it.

    Args:
        graphs: of the runs to compare; the nodes that only later ones have stand behind.
    """
    return list(dict.fromkeys(place for graph in graphs for place in _places(graph, "")))


def _places(graph: Graph, prefix: str) -> Iterator[str]:
    from engine.files.format import graph_from_json

    for node in dict.fromkeys([*ordered(graph), *graph.nodes]):  # those of a circle, which have no order, come last
        body = graph.nodes[node].config.get("body")
        if isinstance(body, Mapping):
            yield from _places(graph_from_json(body), f"{prefix}{node}/")
        yield prefix + node


def _position(ranks: Mapping[str, int], key: str) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    """Where a node stands in the order: item by item inside a container, and before the container itself."""
    parts, found, place = key.split("/"), [], ""
    for depth, part in enumerate(parts):
        place = f"{place}/{place_of(part)}" if place else place_of(part)
        turns = tuple(int(number) for number in _NUMBERS.findall(part[len(place_of(part)) :]))
        found.append((ranks.get(place, len(ranks)), int(depth == len(parts) - 1), turns))
    return tuple(found)


def _difference(key: str, one: NodeView | None, two: NodeView | None) -> NodeDifference | None:
    if one is None or two is None:
        there = Change("presence", one.status if one else None, two.status if two else None)
        return NodeDifference(key, (there,), (one.seconds if one else None, two.seconds if two else None))
    changes = tuple(_changes(one, two))
    if not changes:
        return None
    return NodeDifference(key, changes, (one.seconds, two.seconds), (one.cost, two.cost))


def _changes(one: NodeView, two: NodeView) -> Iterator[Change]:
    if one.sent is not None and two.sent is not None:  # else one did not ask a model, as when its value was stored
        if one.model != two.model:
            yield Change("model", one.model, two.model)
        if one.sent["messages"] != two.sent["messages"]:
            yield Change("prompt", *_first_apart(one.sent["messages"], two.sent["messages"]))
        if _sampling(one.sent) != _sampling(two.sent):
            yield Change("sampling", _sampling(one.sent), _sampling(two.sent))
    if one.route != two.route:
        yield Change("route", ", ".join(one.route), ", ".join(two.route))
    if one.status != two.status:
        yield Change("status", one.status, two.status)
    if _error(one) != _error(two):
        yield Change("error", _error(one), _error(two))
    ports = dict.fromkeys([*one.outputs, *two.outputs])
    for port in ports if one.status == two.status else ():
        if not _equal(one.outputs, two.outputs, port):
            yield Change("output", one.outputs.get(port), two.outputs.get(port))


def _first_apart(first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> tuple[Value, Value]:
    """The texts of the first message in which two conversations part."""
    for a, b in zip(first, second, strict=False):
        if a != b:
            return a.get("text"), b.get("text")
    shorter = min(len(first), len(second))
    return _text_at(first, shorter), _text_at(second, shorter)


def _text_at(messages: Sequence[Mapping[str, Any]], place: int) -> Value:
    return messages[place].get("text") if place < len(messages) else None


def _sampling(sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked beside the words: temperature, tools, schema and the like."""
    return {name: value for name, value in sent.items() if name in
            ("temperature", "top_p", "max_tokens", "tools", "output_schema")}  # fmt: skip


def _error(node: NodeView) -> Value:
    return dict(node.error).get("message") if node.error else None


def _equal(one: Mapping[str, Value], two: Mapping[str, Value], name: str) -> bool:
    """Whether both have the same value, or none, under a name; true is not 1."""
    if (name in one) != (name in two):
        return False
    return json.dumps(one.get(name), sort_keys=True) == json.dumps(two.get(name), sort_keys=True)


def _lasted(view: View) -> float | None:
    return None if view.started is None or view.ended is None else view.ended - view.started


def _excerpts(one: str, two: str) -> tuple[str, str]:
    """Both texts on one line, cut to where they part."""
    one, two = " ".join(one.split()), " ".join(two.split())
    apart = next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    start = max(0, apart - _BEFORE) if max(len(one), len(two)) > _SHOWN else 0
    return _cut(one, start), _cut(two, start)


def _cut(text: str, start: int) -> str:
    end = start + _SHOWN
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"
