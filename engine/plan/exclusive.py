"""Which edges can never be live together: those behind different routes of one router, or behind a failure (S1, S2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.graph.records import Edge
from engine.plan.facts import Facts

Terms = Mapping[str, frozenset[str]]
"""Node -> the ports of it of which one must have been chosen. What is not named does not matter."""

REMEMBERED: Final = 32
"""Choices followed at once, the latest ones: beyond them a node that never runs may be missed, and edges that are
apart may be taken for ones that are not. Keeps the work in proportion to the graph."""

PAIRS: Final = 40
"""Edges of one port that are compared one with another; more are only compared by one common choice."""


class Exclusive:
    """Under which choices each node can run.

    Attributes:
        never: nodes that wait for choices that exclude each other, with the node that chooses.
    """

    def __init__(self, facts: Facts) -> None:
        self.never: dict[str, str] = {}
        self._facts = facts
        self._terms: dict[str, Terms] = {}
        nodes, edges = facts.graph.nodes, facts.graph.edges.values()
        self._choosers = {edge.source for edge in edges if edge.source_port == "error"}
        self._choosers |= {node for node in nodes if self._chooses_one(node)}
        for node in facts.order if self._choosers else ():  # where nothing chooses, nothing excludes
            self._terms[node] = self._needs(node)

    def apart(self, edges: list[Edge]) -> bool:
        """Whether at most one of these edges can ever be live."""
        terms = [self._along(edge) for edge in edges]
        if any(_parted(terms, chooser) for chooser in terms[0]):
            return True
        if len(edges) > PAIRS:
            return False
        return all(_exclude(a, b) for index, a in enumerate(terms) for b in terms[:index])

    def never_both(self, one: str, two: str) -> bool:
        """Whether no run has both nodes run."""
        return _exclude(self._terms.get(one, {}), self._terms.get(two, {}))

    def _along(self, edge: Edge) -> Terms:
        """What must hold for an edge to be live."""
        terms = self._terms.get(edge.source, {})
        alike = self._alike(edge) if edge.source in self._choosers else None
        if alike is None:
            return terms
        own = {edge.source: alike}
        return {**dict(list(terms.items())[-REMEMBERED + 1 :]), **own}

    def _alike(self, edge: Edge) -> frozenset[str] | None:
        """The ports that may be live when this edge's port is; None when its port says nothing about others."""
        facts, node = self._facts, self._facts.graph.nodes[edge.source]
        ports = facts.ports.get(node.id)
        if ports is None or len(ports.outputs) < 2:
            return None
        if edge.source_port == "error" or self._chooses_one(node.id):
            return frozenset((edge.source_port,))
        if any(out.source_port == "error" for out in facts.graph.outgoing(node.id)):
            return frozenset(port.name for port in ports.outputs if port.name != "error")
        return None

    def _chooses_one(self, node: str) -> bool:
        kind = self._facts.graph.nodes[node].kind
        config = self._facts.configs.get(node)
        return kind == "review" or (kind == "router" and not getattr(config, "multi", False))

    def _needs(self, node: str) -> Terms:
        """What must hold for a node to run: any edge of each required port (OR inside a port, AND across ports)."""
        facts, ports = self._facts, self._facts.ports.get(node)
        needs: Terms = {}
        for port in ports.inputs if ports else ():
            if not facts.required(node, port):
                continue
            edges = facts.wired.get((node, port.name))
            if edges:
                needs = self._both(node, needs, _either(self._along(edge) for edge in edges))
        return needs

    def _both(self, node: str, one: Terms, two: Terms) -> Terms:
        if not one or not two:
            return one or two
        merged = dict(one)
        for chooser, chosen in two.items():
            merged[chooser] = merged[chooser] & chosen if chooser in merged else chosen
            if not merged[chooser]:
                self.never.setdefault(node, chooser)
                del merged[chooser]  # said once, here; what follows is not blamed again
        return dict(list(merged.items())[-REMEMBERED:])


def _either(terms: Iterable[Terms]) -> Terms:
    """What holds when one of several holds."""
    result: Terms | None = None
    for each in terms:
        if result is None:
            result = each
        else:
            result = {chooser: result[chooser] | each[chooser] for chooser in result if chooser in each}
        if not result:
            break
    return result or {}


def _exclude(one: Terms, two: Terms) -> bool:
    return any(chooser in two and not (chosen & two[chooser]) for chooser, chosen in one.items())


def _parted(terms: list[Terms], chooser: str) -> bool:
    """Whether one choice alone keeps all of them apart."""
    seen: set[str] = set()
    for each in terms:
        chosen = each.get(chooser)
        if chosen is None or not seen.isdisjoint(chosen):
            return False
        seen |= chosen
    return True
