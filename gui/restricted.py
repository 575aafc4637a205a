"""The bar over a graph from elsewhere: what it could do, in words and literally, and the way to trust it (T1, T2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.plan.capabilities import Capabilities
from engine.plan.trust import in_words
from gui.dialogs.trust import TRUST, ask_trust
from gui.widgets.info_bar import InfoBar

if TYPE_CHECKING:
    from gui.studio import Studio

LOOK: Final = "Look at all of it"
NAMED: Final = 2
"""Things that the bar names; the others are counted."""
SHOWN: Final = 100
_FIRST: Final = ("command", "code", "folder", "file", "agent", "host", "tool", "graph", "secret")
"""What people want to know first."""


class RestrictedBar(InfoBar):
    """There as long as the document could reach outside and is not trusted; the cross hides it until that changes."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.icons)
        self._studio = studio
        self._closed: Capabilities | None = None
        self.chosen.connect(lambda _: self._ask())
        self.closed.connect(self._put_away)
        studio.trust.changed.connect(self._follow)
        studio.session.replaced.connect(self._follow)

    def _follow(self) -> None:
        could = self._studio.trust.could
        if not could:
            self._closed = None
            self.hide()
        elif could != self._closed:
            self.say("warning", sentence(could), (LOOK,))

    def _put_away(self) -> None:
        self._closed = self._studio.trust.could

    def _ask(self) -> None:
        trust = self._studio.trust
        could = trust.could

        def answered(answer: str) -> None:
            if answer == TRUST:
                trust.give(could)
            self._follow()

        ask_trust(self._studio, could, answered, to_run=False)


def sentence(could: Capabilities) -> str:
    """What a graph that is not trusted could do, the gravest things by name."""
    graver = sorted(could.all, key=lambda one: (_FIRST.index(one.what), not one.writes))
    named = [in_words(one, SHOWN) for one in graver[:NAMED]]
    more = len(graver) - len(named)
    told = "; ".join([*named, *([f"and {more} thing{'' if more == 1 else 's'} more"] if more else [])])
    return f"Restricted: this graph is not trusted. Once it is, it could {told}. None of this was done."
