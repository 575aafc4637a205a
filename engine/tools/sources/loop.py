"""Tool `loop.exit`: an agent in a loop says that it is done (semantics.md S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.base.values import Value
from engine.tools.contract import EXIT_TOOL, Tool, ToolContext, ToolError

TOLD: Final = "Ends the loop that you work in, once this pass is over. Call it when nothing is left to improve."
_PARAMETERS = {
    "type": "object",
    "properties": {"reason": {"type": "string", "description": "Why it is done, in one sentence."}},
    "additionalProperties": False,
}


class LoopSource:
    """Offers the way out of a loop."""

    name = "loop"

    def tools(self) -> Sequence[Tool]:
        return (Tool(EXIT_TOOL, TOLD, self._exit, _PARAMETERS, writes=False, outside=False),)

    async def _exit(self, arguments: Mapping[str, Any], context: ToolContext) -> Value:
        if not context.leave(str(arguments.get("reason", ""))):
            raise ToolError("You do not work in a loop.", "Answer without this tool.")
        return "The loop ends after this pass."


SOURCE = LoopSource()
