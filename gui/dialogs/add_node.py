"""The search at the pointer that adds a node: every kind that fits, by a few letters."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF

from engine.kinds.registry import AnyKind
from gui.adding import fitting
from gui.canvas.placing import WireEnd
from gui.dialogs.finder import Finder, Found
from gui.studio import Studio

WIDTH = 320


def show_add(studio: Studio, at: QPoint, scene: QPointF, wire: WireEnd | None = None) -> Finder:
    """Opens it.

    Args:
        at: where on the screen.
        scene: where the node will stand, in canvas units.
        wire: what hangs from the pointer; only kinds that fit it are offered.
    """
    things = [_found(studio, kind, scene, wire) for kind in fitting(studio.session, wire)]
    placeholder = f"Add to “{wire.port}”…" if wire else "Add a node…"
    finder = Finder(studio.window, studio.icons, placeholder, things, WIDTH)
    finder.left.connect(studio.canvas.setFocus)
    finder.gone.connect(lambda: studio.canvas.hang(None))
    finder.popup(at)
    return finder


def _found(studio: Studio, kind: AnyKind, scene: QPointF, wire: WireEnd | None) -> Found:
    def take() -> None:
        studio.canvas.add_kind(kind.name, scene, wire)

    return Found(kind.title, take, kind.hint, "", kind.icon, f"kind:{kind.icon}", kind.name)
