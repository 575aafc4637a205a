"""Finds problems of a graph before it runs: pure, quick, and inert whatever the file says (trust.md T1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from engine.base import discover
from engine.base.garbage import uncollected
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.bodies import Level, inner_levels
from engine.plan.facts import Facts, ModelsInfo, facts_of
from engine.plan.problem import Problem

__all__ = ["Check", "ModelsInfo", "Problem", "check"]

Check = Callable[[Facts], Iterable[Problem]]
"""One check: looks at the facts of one graph. Each module of `engine.plan.checks` offers one as `CHECK`."""


def check(
    graph: Graph,
    kinds: Kinds,
    *,
    folder: Path | None = None,
    models: ModelsInfo | None = None,
    inputs: Collection[str] | None = None,
    servers: Collection[str] = (),
    private_hosts: Collection[str] | None = None,
) -> list[Problem]:
    """All problems of a graph and of the graphs inside it, errors first, else in file order.

    Args:
        folder: where the graph's file lies, to find sub-graphs beside it; None when it was never saved, or when the
            kinds read them already (`Services.beside`).
        models: what is known of models and keys; None leaves keys out.
        inputs: names of the values given for a run; None when no run is meant yet.
        servers: names of the tool servers in the settings.
        private_hosts: hosts that the settings allow although their address is not public; None leaves them out.
    """
    given = None if inputs is None else frozenset(inputs)
    found: list[Problem] = []
    todo = [Level(graph, _reading(kinds, folder))]
    with uncollected():
        while todo:
            level = todo.pop()
            there = level.servers.union(servers)
            facts = facts_of(
                level.graph, level.kinds, inside=level.inside, models=models, inputs=given, servers=there,
                private_hosts=private_hosts,
            )  # fmt: skip
            facts, deeper, problems = inner_levels(facts, level)
            todo.extend(inner for inner in reversed(deeper) if not level.graph.nodes[inner.node].aside)
            found.extend(_placed(_heard(problems, level.graph), level.inside))
            for look in _checks():
                found.extend(_placed(_heard(look(facts), level.graph), level.inside))
    return sorted(found, key=lambda problem: problem.severity != "error")


def _reading(kinds: Kinds, folder: Path | None) -> Kinds:
    if folder is None or kinds.reads_files:
        return kinds
    from engine.files.beside import Beside

    return kinds.reading(Beside(folder))


@cache
def _checks() -> tuple[Check, ...]:
    return tuple(module.CHECK for module in discover.modules("engine.plan.checks"))


def _heard(problems: Iterable[Problem], graph: Graph) -> Iterator[Problem]:
    """Problems but those of the set-up of a node that is muted or bypassed: nothing of it will run."""
    for problem in problems:
        node = graph.nodes.get(problem.node)
        if node is None or not node.aside or problem.edge or problem.code in ("cycle", "bypass"):
            yield problem


def _placed(problems: Iterable[Problem], inside: str) -> Iterator[Problem]:
    """Problems of a body, with the containers around it before node and edge."""
    for problem in problems:
        if not inside:
            yield problem
        else:
            node = f"{inside}/{problem.node}" if problem.node else inside
            yield replace(problem, node=node, edge=f"{inside}/{problem.edge}" if problem.edge else "")
