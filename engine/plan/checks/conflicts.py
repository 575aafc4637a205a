"""Checks what a merge left open: each thing that two people changed differently is told until somebody has chosen."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.conflicts import conflicts_of
from engine.plan.facts import Facts
from engine.plan.problem import Problem, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Conflicts of a merge that nobody has settled."""
    for conflict in conflicts_of(facts.graph):
        place = ".".join(conflict.at)
        node = conflict.node if conflict.node.partition("/")[0] in facts.graph.nodes else ""
        yield warning(
            "merge_conflict",
            node,
            f"Two people changed this differently: {conflict.what}; for now it is as in {conflict.chosen}.",
            "Choose under Conflicts in the studio, or set it and take it out of “merge_conflicts”.",
            place=place,
        )


CHECK = look
