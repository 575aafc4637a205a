"""Checks where edges meet: joins that can never fire, nodes that can never run, values that would collide (S1, S3)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.plan.exclusive import Exclusive
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error, warning

SHOWN = 50
"""How many nodes that can never run are named one by one."""


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of joins and of what follows from them."""
    short = list(_quorums(facts))
    yield from short
    exclusive = Exclusive(facts)
    for node, chooser in exclusive.never.items():
        names = facts.graph.nodes
        yield warning(
            "join_never_fires",
            node,
            f"“{names[node].name}” never runs: it waits for two ways out of “{names[chooser].name}”, "
            "of which only one is ever taken.",
            "Lead both ways into one port, or mark one port as optional.",
            offer="make_optional",
        )
    yield from _collisions(facts, exclusive)
    yield from _cut_off(facts, {problem.node for problem in short} | exclusive.never.keys())


def _quorums(facts: Facts) -> Iterator[Problem]:
    for node, kind, config in facts.known:
        joining = kind.joins(config)
        if joining is None or joining.k is None:
            continue
        wanted, there = joining.k, len(facts.wired.get((node.id, joining.port), ()))
        if there and wanted > there:
            yield error(
                "join_never_fires",
                node.id,
                f"“{node.name}” waits for {wanted} values, but {there} can come: it never fires.",
                f"Set k to {there} or less, or draw more edges.",
                place="config.k",
            )


def _collisions(facts: Facts, exclusive: Exclusive) -> Iterator[Problem]:
    """Warns of ports for one value that may get two (S1: the node would fail with `port_conflict`)."""
    for (node, name), edges in facts.wired.items():
        if len(edges) < 2:
            continue
        port = facts.target_port(edges[0])
        if port is None or port.many or all(map(facts.delegates, edges)) or exclusive.apart(edges):
            continue
        starts = " and ".join(edge.start for edge in edges[:3])
        yield warning(
            "port_conflict",
            node,
            f"{starts} both lead to “{name}” of “{facts.graph.nodes[node].name}”, which takes one value: "
            "the node fails when two arrive.",
            "Join them with a merge, or lead only exclusive routes there.",
            edge=edges[1].key,
            place=name,
            offer="insert_merge",
        )


def _cut_off(facts: Facts, never: set[str]) -> Iterator[Problem]:
    """Warns of nodes behind something that can never run; the culprit itself has its own problem."""
    aside = {node.id for node in facts.graph.nodes.values() if node.aside}
    dead = never - aside
    found: list[Problem] = []
    for node in facts.order:
        ports = facts.ports.get(node)
        if ports is None or node in dead or node in aside:
            continue
        for port in ports.inputs:
            edges = facts.wired.get((node, port.name), ())
            if (edges and edges[0].source not in dead) or not facts.required(node, port):
                continue
            if any(edge.source not in dead for edge in edges):
                continue
            dead.add(node)
            if edges:
                name, culprit = facts.graph.nodes[node].name, facts.graph.nodes[edges[0].source].name
                message = f"“{name}” can never run: it waits for “{culprit}”."
                found.append(warning("unreachable", node, message, f"Mend “{culprit}” first.", place=port.name))
            break
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        message = f"{len(found) - SHOWN:,} more nodes behind these can never run."
        yield warning("unreachable", found[SHOWN].node, message, "Mend the nodes that they wait for first.")


CHECK = look
