"""The Tools menu: tool servers, and the graph as a tool of others."""

from __future__ import annotations

from gui.action import Action
from gui.dialogs.serve import show_serve
from gui.dialogs.servers import show_servers
from gui.studio import Studio

ORDER = 45


def _named(studio: Studio) -> bool:
    return bool(studio.session.whole.nodes)


ACTIONS = [
    Action("tools.servers", "Tool servers…", show_servers, ("Ctrl+Shift+M",), menu="Tools", section=1, icon="tool"),
    Action("tools.serve", "Serve this graph to other programs…", show_serve, when=_named, menu="Tools", section=2,
           icon="share"),
]  # fmt: skip
