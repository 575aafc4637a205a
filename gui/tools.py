"""What the studio asks about tools: those that a node could be given here, without starting any server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.tools.known import KnownTool
    from gui.studio import Studio


def tools_here(studio: Studio) -> list[KnownTool]:
    """The tools for the graph that is shown: built-in ones, then those of its servers and of the user's own."""
    from engine.tools.known import known_tools
    from engine.tools.mcp.pins import Pins

    session, services = studio.session, studio.services
    own = {**_servers(session.whole.head), **_servers(session.graph.head)}
    folder = session.path.parent if session.path else None
    return known_tools(own, services.settings.tool_servers, Pins(services.home), folder)


def mark(tool: KnownTool) -> str:
    """Whether it changes something, in a word."""
    return "writes" if tool.writes else "reads"


def _servers(head: Mapping[str, Any]) -> Mapping[str, Any]:
    found = head.get("tool_servers")
    return found if isinstance(found, Mapping) else {}
