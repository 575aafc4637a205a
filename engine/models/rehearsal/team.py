"""How the rehearsal model leads a team: it delegates to whoever fits, and turns no task down (semantics.md S7)."""

from __future__ import annotations

import re
from typing import Any, Final

from engine.models.contract import ToolSpec
from engine.models.rehearsal.choose import choose

DELEGATE: Final = "delegate"
NEVER: Final = ("reject",)
"""Tools that a rehearsal does not call: it is there to see the work being done."""
_MOST: Final = 3
_LINE: Final = re.compile(r"(?m)^- ([\w.-]+): (.*)$")


def delegations(tool: ToolSpec, task: str) -> list[dict[str, Any]]:
    """The arguments of a call for each specialist whose description shares the most words with the task."""
    schema = tool.parameters.get("properties", {}).get("specialist", {})
    described = dict(_LINE.findall(str(schema.get("description", ""))))
    team = {name: described.get(name, "") for name in schema.get("enum", ()) if isinstance(name, str)}
    if not team:
        return []
    choice = choose(task, team)
    told = {"brief": task, "expected": "", "reason": choice.reason, "confidence": choice.confidence}
    return [{"specialist": name, **told} for name in (choice.near or (choice.route,))[:_MOST]]
