"""Whether the document may reach outside: when the person trusted exactly that, or made it here (trust.md T2)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.base.errors import BatonError
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.capabilities import Capabilities, capabilities, differ

if TYPE_CHECKING:
    from engine.plan.trust import TrustStore
    from gui.studio import Studio


class Trust(QObject):
    """Follows the document of one window. What a person draws here is theirs; what comes from elsewhere is not.

    Trust is stored only when the graph runs or is saved, so that no step of typing leaves a trace.
    """

    changed = Signal()
    """`could` or `restricted` changed."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._ours = True
        self.could = Capabilities()
        """What the document could do outside, as far as it is not trusted; a moment behind the document."""
        session = studio.session
        session.replaced.connect(self._opened)
        session.brought.connect(self._brought)
        session.problems_changed.connect(self._look)
        session.saved_changed.connect(self._saved)

    @property
    def restricted(self) -> bool:
        """Whether the document could do something outside that it may not do yet."""
        return bool(self.could)

    def needed(self) -> Capabilities:
        """What has to be trusted before the document can run; nothing (falsy) when it may run as it is.

        What the person made here is trusted by this.
        """
        could = self._of(self._studio.session.whole)
        if not could or self._store.trusts(could):
            return Capabilities()
        return Capabilities() if self._ours and self.give(could) else could

    def give(self, could: Capabilities) -> bool:
        """Trusts what was shown to the person, from now on. False when it cannot be stored; that was said then."""
        services, session = self._studio.services, self._studio.session
        try:
            self._store.trust(could, services.clock.wall(), str(session.path or ""))
        except BatonError as error:
            session.say_error(error)
            return False
        if any(one.what == "graph" for one in could.all):
            session.read_again()
        self._ours = self._ours or could == self._of(session.whole)
        self._look()
        return True

    @property
    def _store(self) -> TrustStore:
        return self._studio.services.trust

    def _of(self, graph: Graph) -> Capabilities:
        return capabilities(graph, *self._around)

    @property
    def _around(self) -> tuple[Kinds, Path | None]:
        """The kinds and the folder that names in the document count from."""
        path = self._studio.session.path
        folder = path.parent if path else None
        return self._studio.services.beside(folder).kinds, folder

    def _opened(self) -> None:
        self._ours = self._store.trusts(self._of(self._studio.session.whole))
        self._look()

    def _brought(self, before: Graph, after: Graph) -> None:
        """A step that no hand made: a paste, a drop, an undo. It must not carry anything in under the trust of others.

        What was trusted until now is written down, so that one can go back to it.
        """
        if not differ(before, after, *self._around):
            return
        was, is_now = self._of(before), self._of(after)
        if self._ours:
            if not self._store.trusts(was):
                self.give(was)
            self._ours = self._store.trusts(is_now)
        self._look()

    def _look(self) -> None:
        could = Capabilities() if self._ours else self._of(self._studio.session.whole)
        if could and self._store.trusts(could):
            self._ours, could = True, Capabilities()
        if could != self.could:
            self.could = could
            self.changed.emit()

    def _saved(self) -> None:
        session = self._studio.session
        if self._ours and session.clean and session.path is not None:
            could = self._of(session.whole)
            if could and not self._store.trusts(could):
                self.give(could)
