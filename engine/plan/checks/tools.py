"""Checks the tools that nodes list: each name or pattern means one that there is."""

from __future__ import annotations

from collections.abc import Iterator

from engine.plan.facts import Facts
from engine.plan.problem import Problem, error
from engine.tools.registry import Tools


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of `tools`."""
    servers = facts.graph.head.get("tool_servers")
    servers = servers if isinstance(servers, dict) else {}
    for node, _, config in facts.known():
        patterns = getattr(config, "tools", ())
        if not patterns:
            continue
        known = Tools.load()
        for missing, near in known.unknown(patterns):
            fix = f"Did you mean “{near}”?" if near else f"There are: {', '.join(tool.name for tool in known)}."
            if missing.partition(".")[0] in servers:
                fix = "Take it out of the list: this version of Baton does not start tool servers yet."
            yield error(
                "unknown_tool", node.id, f"“{node.name}”: there is no tool “{missing}”.", fix, place="config.tools"
            )


CHECK = look
