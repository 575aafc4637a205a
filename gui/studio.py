"""What verbs, panels and dialogs of one window work with: made by the window and handed to each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from engine.base.settings import Settings
    from engine.run.services import Services
    from gui.action import Actions
    from gui.batching import Batching
    from gui.canvas.view import Canvas
    from gui.filing import Filing
    from gui.inbox import Inbox
    from gui.launch import Launch
    from gui.opening import Opening
    from gui.panel import Panels
    from gui.past import PastRuns
    from gui.servers import Servers
    from gui.session import Session
    from gui.state import StudioState
    from gui.theme.icons import Icons
    from gui.theme.theme import Theme
    from gui.trust import Trust
    from gui.window import Window


@dataclass
class Studio:
    """The parts of one window, by name.

    Attributes:
        filing: opens, saves and recovers the document.
        opening: opens files of other tools, and addresses.
        launch: asks what a run needs and starts it.
        batching: runs the graph for each row of a table.
        trust: knows whether the document may reach outside.
        servers: the tool servers of the document and of the settings.
        inbox: the open questions of stored runs.
        open_window: makes another window.
        open_tab: makes another tab of this window.
        bring_forward: shows the other window that has a file open; False when there is none.
        take_settings: takes changed settings into use, in every window.
    """

    services: Services
    theme: Theme
    icons: Icons
    state: StudioState
    session: Session
    past: PastRuns
    actions: Actions
    window: Window = field(init=False)
    canvas: Canvas = field(init=False)
    panels: Panels = field(init=False)
    filing: Filing = field(init=False)
    opening: Opening = field(init=False)
    launch: Launch = field(init=False)
    batching: Batching = field(init=False)
    trust: Trust = field(init=False)
    servers: Servers = field(init=False)
    inbox: Inbox = field(init=False)
    open_window: Callable[[], Studio | None] = lambda: None
    open_tab: Callable[[], Studio | None] = lambda: None
    bring_forward: Callable[[Path], bool] = lambda _path: False
    take_settings: Callable[[Settings], object] = lambda _settings: None
