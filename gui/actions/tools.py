"""The Tools menu: tool servers, and the graph as a tool of others."""

from __future__ import annotations

from gui.action import Action
from gui.studio import Studio

ORDER = 45


def _named(studio: Studio) -> bool:
    return bool(studio.session.whole.nodes)


def _servers(studio: Studio) -> None:
    from gui.dialogs.servers import show_servers

    show_servers(studio)


def _serve(studio: Studio) -> None:
    from gui.dialogs.serve import show_serve

    show_serve(studio)


ACTIONS = [
    Action("tools.servers", "Tool servers…", _servers, ("Ctrl+Shift+M",), menu="Tools", section=1, icon="tool"),
    Action("tools.serve", "Serve this graph to other programs…", _serve, when=_named, menu="Tools", section=2,
           icon="share"),
]  # fmt: skip
