"""The search at the pointer that adds a node: every kind that fits, by a few letters."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF

from engine.graph.graph import Graph
from engine.kinds.registry import AnyKind
from gui.adding import fitting
from gui.canvas.placing import WireEnd, tips
from gui.dialogs.finder import Finder, Found
from gui.studio import Studio

WIDTH = 320


def show_add(
    studio: Studio, at: QPoint, scene: QPointF, wire: WireEnd | None = None, *, covering: bool = True
) -> Finder:
    """Opens it.

    Args:
        at: where on the screen.
        scene: where the node will stand, in canvas units.
        wire: what hangs from the pointer; only kinds that fit it are offered.
        covering: the node may cover others there.
    """
    session = studio.session
    before = [] if wire else tips(session.graph, session.selection)
    things = [_found(studio, kind, scene, wire, before, covering) for kind in fitting(session, wire)]
    placeholder = f"Add to “{wire.port}”…" if wire else "Add a node…"
    finder = Finder(studio.window, studio.icons, placeholder, things, WIDTH, below=_told(session.graph, before))
    finder.left.connect(studio.canvas.setFocus)
    finder.gone.connect(lambda: studio.canvas.hang(None))
    finder.popup(at)
    return finder


def _told(graph: Graph, before: list[str]) -> str:
    """What Shift+Enter does, where something is selected."""
    after = f"“{graph.nodes[before[0]].name}”" if len(before) == 1 else f"the {len(before)} selected"
    return f"Shift+Enter joins it to {after}" if before else ""


def _found(
    studio: Studio, kind: AnyKind, scene: QPointF, wire: WireEnd | None, before: list[str], covering: bool
) -> Found:
    canvas = studio.canvas

    def take() -> None:
        canvas.add_kind(kind.name, scene, wire, covering=covering)

    also = (lambda: canvas.add_behind(kind.name, before)) if before else None
    return Found(kind.title, take, kind.hint, "", kind.icon, f"kind:{kind.icon}", kind.name, also)
