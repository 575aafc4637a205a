"""Checks tools and their servers: each name means a tool, or one of a server that there is. Starts nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from engine.base.errors import WrongUse
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error
from engine.tools.mcp.description import Description
from engine.tools.registry import Tools


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of `tool_servers`, of `tools`, and of the tool that a node calls by itself."""
    known = Tools.load()
    yield from _servers(facts, known)
    for node, _, config in facts.known:
        own = vars(config)  # an attribute that a pydantic model does not have takes long to miss
        tool = own.get("tool")
        patterns = [*own.get("tools", ()), *([tool] if isinstance(tool, str) and tool.strip() else [])]
        if not patterns:
            continue
        for missing, near in known.unknown(patterns):
            if _served(missing, facts):
                continue
            place = "config.tool" if missing == tool else "config.tools"
            yield error("unknown_tool", node.id, f"“{node.name}”: there is no tool “{missing}”.",
                        _fix(near, facts, known), place=place)  # fmt: skip


def _servers(facts: Facts, known: Tools) -> Iterator[Problem]:
    servers = facts.graph.head.get("tool_servers", {})
    if not isinstance(servers, Mapping):
        yield error("bad_server", "", "The tool servers (tool_servers) are not an object.", "Write them by name.")
        return
    for name, server in servers.items():
        if name in known.sources:
            message = f"The tool server “{name}” has the name of built-in tools."
            yield error("bad_server", "", message, "Rename it.", place=f"tool_servers.{name}")
            continue
        try:
            Description.read(name, server)
        except WrongUse as wrong:
            yield error("bad_server", "", wrong.message, wrong.hint, place=f"tool_servers.{name}")


def _served(pattern: str, facts: Facts) -> bool:
    """Whether a server may have it: what a server offers is known only once it runs."""
    head, dot, _ = pattern.strip().partition(".")
    return any(fnmatchcase(server, head) for server in facts.servers) and bool(dot or head.endswith("*"))


def _fix(near: str, facts: Facts, known: Tools) -> str:
    if near:
        return f"Did you mean “{near}”?"
    servers = f" Servers: {', '.join(sorted(facts.servers))}." if facts.servers else ""
    return f"There are: {', '.join(tool.name for tool in known)}.{servers}"


CHECK = look
