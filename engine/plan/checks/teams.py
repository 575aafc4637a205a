"""Checks managers and their teams: somebody to delegate to, specialists that only a brief reaches, names that are
there, descriptions to choose by (semantics.md S7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.base.suggest import did_you_mean
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error, warning

NEVER = ("input", "output")
"""Kinds that cannot be specialists: they are the ends of a graph."""


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of managers and specialists."""
    for node, kind, config in facts.known:
        if kind.manages and node.id in facts.ports:
            yield from _manager(facts, node.id, config)
    for specialist in facts.specialists:
        if specialist in facts.graph.nodes:
            yield from _specialist(facts, specialist)
    yield from _deep(facts)


def _manager(facts: Facts, manager: str, config: Any) -> Iterator[Problem]:
    name = facts.graph.nodes[manager].name
    team = [edge.target for edge in facts.teams.get(manager, ())]
    if not team and any(port.delegates for port in facts.ports[manager].outputs):
        yield warning(
            "no_team",
            manager,
            f"The manager “{name}” has no team, so it does everything by itself.",
            "Draw an edge from “team” to each specialist, or turn “Swarm” on.",
            place="team",
        )
    named = [("config.default", config.default)] if getattr(config, "default", "") else []
    named += [("config.rules", rule.specialist) for rule in getattr(config, "rules", ())]
    for place, specialist in named:
        if team and specialist not in team:
            yield error(
                "unknown_specialist",
                manager,
                f"The manager “{name}” names “{specialist}”, which is not in its team.",
                did_you_mean(specialist, team) or f"Its team: {', '.join(team)}.",
                place=place,
            )


def _specialist(facts: Facts, specialist: str) -> Iterator[Problem]:
    node = facts.graph.nodes[specialist]
    if node.kind in NEVER:
        yield error(
            "bad_specialist", specialist, f"“{node.name}” is an {node.kind} and cannot be a specialist.",
            "Draw the edge to an agent, a sub-graph, or another node that works.",
            edge=facts.specialists[specialist][0].key, offer="delete_edge",
        )  # fmt: skip
        return
    for edge in facts.graph.incoming(specialist):
        if edge not in facts.specialists[specialist]:
            yield error(
                "specialist_with_inputs",
                specialist,
                f"“{node.name}” is a specialist: only its brief reaches it, but {edge.start} leads to it too.",
                "Delete that edge; the manager can say it in the brief.",
                edge=edge.key,
                offer="delete_edge",
            )
    config = facts.configs.get(specialist)
    kind = facts.kinds.get(node.kind)
    if config is not None and kind is not None and not kind.describe(config):
        yield warning(
            "no_description",
            specialist,
            f"Nothing says what “{node.name}” is good at: its manager knows only its title.",
            "Describe it in a sentence.",
            place="config.description",
        )


def _deep(facts: Facts) -> Iterator[Problem]:
    """Warns of managers that are too deep to delegate: one above the other, beyond what the highest allows."""
    depth: dict[str, int] = {}
    for node in facts.order if facts.teams else ():
        above = [depth.get(edge.source, 0) + 1 for edge in facts.specialists.get(node, ())]
        depth[node] = max(above, default=0)
        most = getattr(facts.configs.get(node), "max_depth", None)
        if most is not None and node in facts.teams and depth[node] >= most:
            name = facts.graph.nodes[node].name
            yield warning(
                "too_deep_team",
                node,
                f"“{name}” stands {depth[node]} managers deep and may delegate only above {most}: it works alone.",
                "Raise “Deepest”, or take a level away.",
                place="config.max_depth",
            )


CHECK = look
