"""Checks routers: a value that fits no route must have somewhere to go, and every route must lead somewhere (S2)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.plan.facts import Facts
from engine.plan.problem import Problem, warning

PLAIN = ("default", "error")
"""The ports of a router that are no routes."""


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of routers without a default and of routes without an edge."""
    for node, kind, config in facts.known:
        if kind.name != "router" or node.id not in facts.ports:
            continue
        wired = {edge.source_port for edge in facts.graph.outgoing(node.id)}
        none_is_fine = getattr(config, "multi", False) and getattr(config, "allow_none", False)
        if "default" not in wired and not none_is_fine:
            yield warning(
                "router_no_default",
                node.id,
                f"The router “{node.name}” has no edge from “default”: a value that fits no route is lost.",
                "Draw an edge from “default”.",
                place="default",
            )
        for port in facts.ports[node.id].outputs:
            if port.name not in wired and port.name not in PLAIN:
                yield warning(
                    "route_unwired",
                    node.id,
                    f"The route “{port.label or port.name}” of “{node.name}” leads nowhere.",
                    "Draw an edge from it, or remove the route.",
                    place=port.name,
                )


CHECK = look
