"""Tool `reject`: a specialist says that a brief is not for it (semantics.md S7)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.base.values import Value
from engine.tools.contract import REJECT_TOOL, Tool, ToolContext, ToolError

TOLD: Final = (
    "Turns this task down because it lies outside what you do, so that somebody else gets it. Call it before you begin "
    "with the work; it ends your part."
)
_PARAMETERS = {
    "type": "object",
    "properties": {"reason": {"type": "string", "description": "Why it is not for you, and for whom it may be."}},
    "required": ["reason"],
    "additionalProperties": False,
}


class TeamSource:
    """Offers specialists the way to say no. An agent that a manager delegates to has it without listing it; one inside
    a sub-graph that is a specialist lists it."""

    name = "team"

    def tools(self) -> Sequence[Tool]:
        return (Tool(REJECT_TOOL, TOLD, self._reject, _PARAMETERS, writes=False, outside=False),)

    async def _reject(self, arguments: Mapping[str, Any], context: ToolContext) -> Value:
        if not context.reject(str(arguments["reason"])):
            raise ToolError("Nobody has delegated this to you.", "Answer without this tool.")
        return await asyncio.get_running_loop().create_future()  # its work ends here: it is being cancelled


SOURCE = TeamSource()
