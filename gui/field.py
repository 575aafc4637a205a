"""The editor of one config field: its contract, what it may know of its node, and what all editors share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from engine.base import discover
from engine.base.errors import NodeError
from engine.kinds.fields import FormField
from engine.kinds.templates import names
from engine.plan.facts import facts_of
from gui.canvas.placing import upstream

if TYPE_CHECKING:
    from gui.studio import Studio


@dataclass(frozen=True, slots=True)
class Place:
    """Which field of which node an editor is for."""

    studio: Studio
    node: str
    field: FormField

    @property
    def config(self) -> Mapping[str, Any]:
        """The node's config as it stands."""
        found = self.studio.session.graph.nodes.get(self.node)
        return found.config if found else {}

    def names_in_scope(self) -> list[str]:
        """Names that a prompt of this node may use: those it uses, then the ids of nodes that can give it a value."""
        used: list[str] = []
        for value in self.config.values():
            if isinstance(value, str):
                try:
                    used += names(value)
                except NodeError:
                    continue
        session = self.studio.session
        after = upstream(session.graph, self.node, down=True)
        facts = facts_of(session.graph, session.kinds)
        others = [node for node, ports in facts.ports.items() if node not in after and ports.outputs]
        return list(dict.fromkeys([*used, *others]))


class FieldEditor(QWidget):
    """Edits one value. It never touches the document: it says what was wished, the form does it.

    Signals:
        edited: a new value, JSON.
        cleared: the field was emptied: back to its default.
        doubted: why what was typed is no value yet, in one sentence; "" when it is one again.
    """

    edited = Signal(object)
    cleared = Signal()
    doubted = Signal(str)
    compact: ClassVar[bool] = False
    """Whether two of them fit beside each other."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place

    def __init_subclass__(cls, **more: Any) -> None:
        """Refuses an editor without its own methods; Qt's classes take no notice of what is abstract."""
        super().__init_subclass__(**more)
        if lacking := [name for name in ("set_value", "editor") if getattr(cls, name) is getattr(FieldEditor, name)]:
            raise TypeError(f"the editor {cls.__name__} lacks {' and '.join(lacking)}")

    @abstractmethod
    def set_value(self, value: Any) -> None:
        """Shows a value; says nothing, and leaves the editor alone when it shows that value already."""

    @abstractmethod
    def editor(self) -> QWidget:
        """The widget that takes the keyboard."""

    def give_undo_away(self, widget: QWidget) -> None:
        """Lets Undo and Redo reach the document while `widget` has the keyboard: one undo for all there is."""
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes Undo and Redo from Qt's own text editors."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            for key in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo):
                if event.matches(key):
                    event.ignore()
                    return True
        return super().eventFilter(watched, event)


def load_fields() -> Mapping[str, type[FieldEditor]]:
    """Widget name -> editor, from every module of `gui.fields`."""
    found: dict[str, type[FieldEditor]] = {}
    for module in discover.modules("gui.fields"):
        found.update(module.FIELDS)
    return found
