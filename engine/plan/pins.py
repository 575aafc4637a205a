"""When a pinned output was made of something else than what the graph says now (semantics.md S12). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.base.values import Value
from engine.graph.graph import Graph
from engine.kinds.identity import digest, identity
from engine.kinds.registry import Kinds
from engine.plan.facts import Facts, facts_of


def pin_key(graph: Graph, kinds: Kinds, node: str) -> str:
    """What a node's result follows from now, as one hash: to be stored as `key` beside a value that is pinned.

    It is that of the node's own settings and of all that stands before it; a pinned value before it counts as that
    value. What the run is given, and what tiers mean, is not part of it. "" when the node is not known or in a cycle.
    """
    return _keys(facts_of(graph, kinds), {node}).get(node, "")


def stale_pins(facts: Facts) -> Iterator[str]:
    """The nodes whose pin says what it was made of, and where that has changed since."""
    made_of = {
        node.id: key
        for node, _, config in facts.known
        if config.pinned is not None and isinstance(key := config.pinned.get("key"), str) and key
    }
    now = _keys(facts, made_of) if made_of else {}
    yield from (node for node, key in made_of.items() if now.get(node, key) != key)


def _keys(facts: Facts, wanted: Collection[str]) -> Mapping[str, str]:
    """The keys of some nodes and of what their results follow from."""
    needed, todo = set(wanted), list(wanted)
    while todo:
        for edge in facts.graph.incoming(todo.pop()):
            if edge.source not in needed and _pinned(facts, edge.source) is None:
                needed.add(edge.source)
                todo.append(edge.source)
    found: dict[str, str] = {}
    for node in facts.order:
        kind = facts.kinds.get(facts.graph.nodes[node].kind)
        if node in needed and node in facts.configs and kind is not None:
            arriving = [
                [edge.target_port, edge.source_port, _pinned(facts, edge.source) or found.get(edge.source, "")]
                for edge in facts.graph.incoming(node)
            ]
            found[node] = digest([identity(kind, facts.configs[node]), arriving])
    return found


def _pinned(facts: Facts, node: str) -> Value:
    """The value that a node is pinned to, or None."""
    config = facts.configs.get(node)
    if config is None or config.pinned is None:
        return None
    return {name: value for name, value in config.pinned.items() if name in ("value", "ports")}
