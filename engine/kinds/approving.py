"""The tools that a node lists, with a person asked before one writes, and when one wants to know something (S13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.agents.tool_loop import Ruling, Workbench
from engine.kinds.contract import Call, Review
from engine.kinds.tool_sharing import Sharing
from engine.tools.contract import Tool


async def workbench(
    call: Call[Any], patterns: Sequence[str], limit_s: float, sharing: Sharing | None = None
) -> Workbench:
    """The tools that a list of names and patterns means, for one run of a node; they take turns with those of others.

    Args:
        limit_s: longest time of one call, in seconds.
        sharing: how they share with others; made for the node when it is absent (S14).

    Raises:
        NodeError: there is no such tool, or its server cannot be used.
    """
    sharing = sharing or Sharing(call)
    tools = sharing.tools(await call.tools(patterns))

    async def approve(tool: Tool, arguments: Mapping[str, Any]) -> Ruling:
        if call.may_write(tool.name):
            return Ruling(arguments)
        asked = f"“{call.title or call.node}” wants to use {tool.name}, which may change something. Let it?"
        schema = {"type": "object", **tool.parameters}
        verdict = await call.review(Review("tool", asked, schema, dict(arguments), tool=tool.name))
        if verdict.decision == "rejected":
            said = f" and said: {verdict.value}" if isinstance(verdict.value, str) and verdict.value else ""
            return Ruling(arguments, f"a person did not allow this call{said}. Go on without it.")
        given: Any = verdict.form or verdict.value  # an object, since it fits the schema
        return Ruling(dict(given))

    async def ask(question: str, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        verdict = await call.review(Review("elicitation", question, schema))
        if verdict.decision == "rejected":
            return None
        given: Any = verdict.form or verdict.value
        return dict(given) if isinstance(given, Mapping) else {}

    return Workbench(call, tools, approve, limit_s, ask, sharing)
