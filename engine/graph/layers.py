"""Sorts a graph into columns for drawing: which column each node is in, and an order in it with few crossings."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 6
_LONGEST_BEND = 24
"""Columns that an edge may cross with a bend in each; longer edges are drawn straight, or bends would outgrow nodes."""


@dataclass(frozen=True, slots=True)
class Layered:
    """One joined part of a graph. Beside its nodes, columns hold bends (`/N`) where an edge passes through them.

    Attributes:
        columns: the nodes and bends of each column, top to bottom.
        before: node or bend -> its neighbours one column to the left; `after` to the right.
    """

    columns: list[list[str]]
    before: dict[str, list[str]]
    after: dict[str, list[str]]


def is_bend(name: str) -> bool:
    """Whether a name in a column is no node but a bend of an edge."""
    return name.startswith("/")


def layered(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> list[Layered]:
    """Each joined part of a graph in columns, in the order of the file. Cycles are tolerated.

    Args:
        nodes: ids; their order breaks ties.
        edges: pairs of such ids.
    """
    import networkx as nx

    whole: nx.DiGraph[str] = nx.DiGraph()
    whole.add_nodes_from(nodes)
    whole.add_edges_from((source, target) for source, target in edges if source != target)
    rank = {node: index for index, node in enumerate(nodes)}
    parts = [sorted(part, key=rank.__getitem__) for part in nx.weakly_connected_components(whole)]
    parts.sort(key=lambda part: rank[part[0]])
    return [_layered_part(part, {node: list(whole.successors(node)) for node in part}) for part in parts]


def _layered_part(nodes: list[str], successors: dict[str, list[str]]) -> Layered:
    forward = _without_cycles(nodes, successors)
    columns, before, after = _with_bends(nodes, forward, _column_of(nodes, forward))
    best, fewest = columns, _crossings(columns, after)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        neighbours = before if sweep % 2 == 0 else after
        columns = _swept(columns, neighbours, reverse=bool(sweep % 2))
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = columns, crossings
    return Layered(best, before, after)


def _without_cycles(nodes: list[str], successors: dict[str, list[str]]) -> dict[str, list[str]]:
    """The edges but those that lead back to where a walk in the order of the file came from."""
    forward: dict[str, list[str]] = {node: [] for node in nodes}
    seen: set[str] = set()
    on_path: set[str] = set()
    ways_in = {target for targets in successors.values() for target in targets}
    for root in sorted(nodes, key=lambda node: node in ways_in):
        if root in seen:
            continue
        seen.add(root)
        on_path.add(root)
        stack = [(root, iter(successors[root]))]
        while stack:
            node, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                on_path.discard(node)
                stack.pop()
            elif target not in on_path:
                forward[node].append(target)
                if target not in seen:
                    seen.add(target)
                    on_path.add(target)
                    stack.append((target, iter(successors[target])))
    return forward


def _column_of(nodes: list[str], forward: dict[str, list[str]]) -> dict[str, int]:
    """The longest way from a start; a start itself stands just before what it leads to."""
    waiting = dict.fromkeys(nodes, 0)
    for targets in forward.values():
        for target in targets:
            waiting[target] += 1
    starts = [node for node in nodes if not waiting[node]]
    column = dict.fromkeys(nodes, 0)
    ready = list(starts)
    for node in ready:
        for target in forward[node]:
            column[target] = max(column[target], column[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for node in starts:
        column[node] = min((column[target] for target in forward[node]), default=1) - 1
    return column


def _with_bends(
    nodes: list[str], forward: dict[str, list[str]], column: dict[str, int]
) -> tuple[list[list[str]], dict[str, list[str]], dict[str, list[str]]]:
    """The columns in the order of a walk along the edges, with a bend where an edge passes through a column."""
    columns: list[list[str]] = [[] for _ in range(max(column.values()) + 1)]
    before: dict[str, list[str]] = {node: [] for node in nodes}
    after: dict[str, list[str]] = {node: [] for node in nodes}
    bends = 0
    for node in _walk(nodes, forward, column):
        columns[column[node]].append(node)
        for target in forward[node]:
            last, span = node, column[target] - column[node]
            if span > _LONGEST_BEND:
                continue
            for step in range(1, span):
                bends += 1
                bend = f"/{bends}"
                columns[column[node] + step].append(bend)
                before[bend], after[bend] = [last], []
                after[last].append(bend)
                last = bend
            after[last].append(target)
            before[target].append(last)
    return columns, before, after


def _walk(nodes: list[str], forward: dict[str, list[str]], column: dict[str, int]) -> list[str]:
    """The nodes, what follows a node right after it: a first order that keeps branches together."""
    found: dict[str, None] = {}
    for root in sorted(nodes, key=column.__getitem__):
        stack = [root]
        while stack:
            node = stack.pop()
            if node not in found:
                found[node] = None
                stack.extend(reversed(forward[node]))
    return list(found)


def _swept(columns: list[list[str]], neighbours: dict[str, list[str]], *, reverse: bool) -> list[list[str]]:
    """The columns one after the other ordered by the mean place of their neighbours (barycentres)."""
    result = list(columns)
    order = range(len(columns) - 2, -1, -1) if reverse else range(1, len(columns))
    for index in order:
        fixed = result[index + 1 if reverse else index - 1]
        place = {node: at for at, node in enumerate(fixed)}
        own = {node: float(at) for at, node in enumerate(result[index])}
        weight = {
            node: sum(place[other] for other in neighbours[node]) / len(neighbours[node])
            if neighbours[node]
            else own[node]
            for node in own
        }
        result[index] = sorted(own, key=weight.__getitem__)
    return result


def _crossings(columns: list[list[str]], after: dict[str, list[str]]) -> int:
    """How many pairs of edges between neighbouring columns cross."""
    total = 0
    for left, right in pairwise(columns):
        place = {node: at for at, node in enumerate(right)}
        ends: list[int] = []
        for node in left:
            targets = sorted(place[target] for target in after[node])
            total += sum(len(ends) - bisect_left(ends, target + 1) for target in targets)
            for target in targets:
                insort(ends, target)
    return total
