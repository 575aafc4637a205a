"""Pages of which one is shown: each is made when it is first needed, since most are never looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QStackedWidget, QWidget


class Pages(QStackedWidget):
    """A stack by name.

    Args:
        makers: name -> what makes the page in the widget that it is given; called once, or never.
    """

    def __init__(self, makers: Mapping[str, Callable[[QWidget], QWidget]]) -> None:
        super().__init__()
        self._makers = makers
        self._made: dict[str, QWidget] = {}
        self.front = ""
        """The name of the page that is shown; "" before the first."""

    def show_page(self, name: str) -> None:
        """Shows a page, and makes it first where there is none yet."""
        page = self._made.get(name)
        if page is None:
            page = self._made[name] = self._makers[name](self)
            self.addWidget(page)
        self.front = name
        self.setCurrentWidget(page)
