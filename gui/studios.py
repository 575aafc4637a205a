"""All windows of one process: what they share, how the first one finds its graph, and what is recovered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.base.errors import BatonError
from engine.base.pasted import masked
from engine.base.secrets import Secrets
from engine.base.settings import Home, Settings
from engine.kinds.registry import Kinds
from engine.run.services import Services
from gui.action import Actions
from gui.frame import Frame
from gui.past import PastRuns
from gui.resuming import offer
from gui.saved import ENDING, first_sample
from gui.session import Session
from gui.state import WELCOMED, StudioState
from gui.studio import Studio
from gui.theme.icons import Icons
from gui.theme.theme import Theme
from gui.warm import warm_up
from gui.window import Window

if TYPE_CHECKING:
    from gui.crash import CrashLog

WARM_UP_MS = 300
"""How long after the first window what a run needs is imported: the window is painted by then."""


class Studios:
    """The windows. The first one opens the file given, else the last one, else the first sample.

    Args:
        settings: as read; they are not read again.
        crash: where what nobody expected is heard of; None in tests.
        kinds: those that there are, where they were found already.
    """

    def __init__(
        self,
        app: QApplication,
        home: Home,
        settings: Settings,
        crash: CrashLog | None = None,
        kinds: Kinds | None = None,
    ) -> None:
        self.theme = Theme(settings.appearance, settings.reduced_motion, settings.font_scale, home.look)
        self.theme.apply(app)
        self.icons = Icons(self.theme)
        app.setWindowIcon(self.icons.icon("baton", "accent", 64))
        self.services = Services(kinds or Kinds.load(), home, settings, Secrets(os.environ, home))
        self.state = StudioState(home)
        self._usual = Actions.load()
        self.actions = self._usual.with_keys(settings.keys)
        self.studios: list[Studio] = []
        self._later: list[BatonError] = []
        if crash is not None:
            crash.seen.connect(self._say_crash)
            crash.hide = lambda text: masked(self.services.secrets.redactor.text(text))

    @property
    def windows(self) -> list[Window]:
        """The windows, oldest first."""
        return [studio.window for studio in self.studios]

    def front(self) -> Studio | None:
        """The one whose window is in front, else the one opened last; None without any."""
        visible = [studio for studio in self.studios if studio.window.isVisible()]
        active = (studio for studio in visible if studio.window.isActiveWindow())
        return next(active, visible[-1] if visible else None)

    def say_later(self, error: BatonError) -> None:
        """Says something in the first window, once there is one."""
        self._later.append(error)

    def open_window(self) -> Studio:
        """Another window, with an empty graph."""
        studio = self._made()
        studio.window.show()
        return studio

    def open_tab(self, beside: Studio) -> Studio:
        """Another tab of a window, with an empty graph."""
        frame = beside.window.frame or self._framed(beside)
        studio = self._made()
        frame.add(studio.window)
        return studio

    def _framed(self, studio: Studio) -> Frame:
        frame = Frame(studio.window)
        frame.more_asked.connect(lambda: self.open_tab(next(s for s in self.studios if s.window.frame is frame)))
        return frame

    def _made(self) -> Studio:
        session = Session(self.services.kinds, self.services)
        studio = Studio(
            self.services, self.theme, self.icons, self.state, session, PastRuns(session, session), self.actions
        )
        studio.open_window = self.open_window
        studio.open_tab = lambda: self.open_tab(studio)
        studio.take_settings = self.take_settings
        studio.bring_forward = lambda path: self._bring_forward(studio, path)
        window = Window(studio)
        self.studios.append(studio)
        window.closed.connect(lambda: self._forget(studio))
        return studio

    def open_first(self, targets: Sequence[Path | str]) -> Studio:
        """The first window with its graph; recovery is offered once it can be seen.

        Args:
            targets: files, and https addresses as text; each gets a window.
        """
        studio = self.open_window()
        if not (targets and self._open(studio, targets[0])):
            self._open_usual(studio)
        for target in targets[1:]:
            self._open(self.open_window(), target)
        for error in self._later:
            studio.session.say_error(error)
        QTimer.singleShot(0, studio.filing.offer_recovery)
        QTimer.singleShot(0, lambda: offer(studio))
        QTimer.singleShot(WARM_UP_MS, warm_up)
        if not targets and not self.state.get(WELCOMED):
            QTimer.singleShot(WARM_UP_MS, lambda: self._welcome(studio))
        return studio

    def take_settings(self, settings: Settings) -> None:
        """Takes changed settings into use, in every window."""
        self.services = replace(self.services, settings=settings)
        self.theme.set_appearance(settings.appearance)
        self.theme.set_reduced_motion(settings.reduced_motion)
        self.theme.set_font_scale(settings.font_scale)
        self.actions = self._usual.with_keys(settings.keys)
        for window in self.windows:
            window.use(self.services, self.actions)

    def close(self) -> None:
        """Ends what windows that are still there left running."""
        for window in list(self.windows):
            window.close_now()

    def _open(self, studio: Studio, target: Path | str) -> bool:
        """Opens a file or an address. False when that takes a while, or cannot be done and was said."""
        if isinstance(target, str):
            QTimer.singleShot(0, lambda: studio.opening.address(target))
            return False
        if target.name.lower().endswith(ENDING):
            return studio.filing.load(target)
        QTimer.singleShot(0, lambda: _open_any(studio, target))
        return False

    def _welcome(self, studio: Studio) -> None:
        from gui.dialogs.welcome import show_welcome

        if studio in self.studios:
            show_welcome(studio)

    def _open_usual(self, studio: Studio) -> None:
        last = self.state.get("last")
        candidates = [Path(last)] if isinstance(last, str) else []
        sample = first_sample()
        if sample is not None:
            candidates.append(sample)
        for path in candidates:
            if path.is_file() and studio.filing.load(path):
                return

    def _bring_forward(self, asking: Studio, path: Path) -> bool:
        """Shows the window, another than the one that asks, that has a file open."""
        wanted = path.resolve()
        for studio in self.studios:
            session = studio.session
            if studio is not asking and session.path is not None and session.path.resolve() == wanted:
                studio.window.come_forward()
                session.said.emit("info", f"{path.name} is open here already.", "Each file is edited in one place.")
                return True
        return False

    def _say_crash(self, text: str, hint: str) -> None:
        for window in self.windows[-1:]:
            window.toasts.say("error", text, hint)

    def _forget(self, studio: Studio) -> None:
        if studio in self.studios:
            self.studios.remove(studio)


def _open_any(studio: Studio, path: Path) -> None:
    from gui.dropped import open_any

    open_any(studio, path)
