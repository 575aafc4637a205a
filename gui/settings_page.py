"""A page of the settings: its contract, the rows that all pages are made of, and what asks the network for them."""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QSizePolicy, QWidget
from shiboken6 import isValid

from engine.base import discover
from engine.base.errors import BatonError
from gui.theme.wear import wear
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from engine.base.settings import Settings
    from gui.studio import Studio

T = TypeVar("T")


class SettingsPage(QWidget):
    """Edits some keys of `Settings`. What it does beside them (a key stored, room made) happens at once."""

    name: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]
    order: ClassVar[int]

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__()
        self.studio, self.settings = studio, settings

    def changes(self) -> Mapping[str, Any]:
        """What is to be another in the settings, by name. Raises ValueError with a sentence when something is wrong."""
        return {}

    def leave(self) -> None:
        """The settings are closed: what goes on is ended."""


def load_pages() -> list[type[SettingsPage]]:
    """Every page, in order."""
    return sorted((module.PAGE for module in discover.modules("gui.settings")), key=lambda page: page.order)


def form(page: QWidget) -> QFormLayout:
    """The layout of a page of rows."""
    made = QFormLayout(page)
    made.setContentsMargins(0, 0, 8, 0)
    made.setHorizontalSpacing(20)
    made.setVerticalSpacing(10)
    made.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    made.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return made


def note(text: str) -> QLabel:
    """Quiet words below a row, as wide as it."""
    made = plain_label(text, "muted")
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made


def read_amount(line: QLineEdit, what: str, least: float = 0.0) -> float | None:
    """A number that was typed, None for none. Raises ValueError, and marks the line, when it is none."""
    text = line.text().strip().replace(",", ".")
    try:
        amount = float(text) if text else None
    except ValueError:
        amount = math.nan
    wrong = amount is not None and not least <= amount < math.inf
    wear(line, invalid=wrong)
    if wrong:
        raise ValueError(f"{what}: a number of {least:g} or more is expected.")
    return amount


class Asking(QObject):
    """One question to the network at a time, on a loop and a thread of its own; ended at once by `close`."""

    _ended = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._lock = threading.Lock()
        self._going: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self._ended.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def ask(
        self, question: Callable[[], Awaitable[T]], then: Callable[[T], object], wrong: Callable[[BatonError], object]
    ) -> None:
        """Awaits `question` elsewhere; then calls `then` or `wrong` here. An earlier question is given up."""
        self.close()
        work = (self._number, question, then, wrong)
        threading.Thread(target=self._main, args=work, name="settings", daemon=True).start()

    def close(self) -> None:
        """Gives up what is asked; nothing is called for it any more."""
        with self._lock:
            self._number += 1
            going, self._going = self._going, None
        if going is not None:
            with contextlib.suppress(RuntimeError):  # its loop is closed: it has ended
                going[0].call_soon_threadsafe(going[1].cancel)

    def _main(
        self, number: int, question: Callable[[], Awaitable[T]], then: Callable[[T], object],
        wrong: Callable[[BatonError], object],
    ) -> None:  # fmt: skip
        async def asked() -> T:
            task = asyncio.current_task()
            with self._lock:
                if number != self._number or task is None:  # given up before it began
                    raise asyncio.CancelledError
                self._going = asyncio.get_running_loop(), task
            return await question()

        call: Any = then
        try:
            found: Any = asyncio.run(asked())
        except BatonError as error:
            call, found = wrong, error
        except asyncio.CancelledError:
            return
        if isValid(self):
            self._ended.emit(number, call, found)

    def _take(self, number: int, call: Callable[[object], object], found: object) -> None:
        if number == self._number:
            call(found)
