"""Checks that no edges lead back to where they came from; what repeats belongs into a loop (S6)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.plan.facts import Facts
from engine.plan.problem import Problem, error

SHOWN = 8
"""How many nodes of a cycle are named in its message."""


def look(facts: Facts) -> Iterator[Problem]:
    """One problem for each set of nodes that wait for each other."""
    if len(facts.order) == len(facts.graph.nodes):
        return
    import networkx as nx

    settled = frozenset(facts.order)
    rest: nx.DiGraph[str] = nx.DiGraph()
    for edge in facts.graph.edges.values():
        inside = edge.source in facts.graph.nodes and edge.target in facts.graph.nodes
        if inside and edge.source not in settled and edge.target not in settled:
            rest.add_edge(edge.source, edge.target)
    place = {node: index for index, node in enumerate(facts.graph.nodes)}
    found = [
        sorted(group, key=place.__getitem__)
        for group in nx.strongly_connected_components(rest)
        if len(group) > 1 or rest.has_edge(*(next(iter(group)),) * 2)
    ]
    for group in sorted(found, key=lambda group: place[group[0]]):
        names = ", ".join(facts.graph.nodes[node].name for node in group[:SHOWN])
        more = f" and {len(group) - SHOWN} more" if len(group) > SHOWN else ""
        if any(edge.target in group for node in group for edge in facts.teams.get(node, ())):
            message = f"These nodes would delegate to each other in a circle: {names}{more}."
            yield error(
                "delegation_cycle", group[0], message, "Delete one of the edges.", place=" ".join(group[:SHOWN])
            )
            continue
        yield error(
            "cycle",
            group[0],
            f"These nodes wait for each other in a circle: {names}{more}.",
            "Wrap them in a loop, or delete one of the edges.",
            place=" ".join(group[:SHOWN]),
            offer="wrap_in_loop",
        )


CHECK = look
