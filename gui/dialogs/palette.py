"""The command palette: every verb, every node, every saved graph, by a few letters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QPoint

from engine.files.inside import Inside, every
from engine.graph.records import Node
from gui.action import Action
from gui.dialogs.finder import Finder, Found
from gui.saved import saved_graphs, title_of
from gui.studio import Studio

WIDTH = 560


def show_palette(studio: Studio) -> Finder:
    """Opens it over the middle of the window."""
    things = [*_verbs(studio), *_nodes(studio), *_graphs(studio)]
    finder = Finder(studio.window, studio.icons, "Do, find, open…", things, WIDTH)
    middle = studio.window.mapToGlobal(QPoint(studio.window.width() // 2, studio.window.height() // 6))
    finder.left.connect(studio.canvas.setFocus)
    finder.popup(middle - QPoint(finder.sizeHint().width() // 2, 0))
    return finder


def _verbs(studio: Studio) -> Iterator[Found]:
    for action in studio.actions:
        if not action.when(studio):
            continue
        if action.choices is None:
            yield _verb(studio, action, action.menu)
        else:
            yield from (_verb(studio, choice, action.words(studio)) for choice in action.choices(studio))


def _verb(studio: Studio, action: Action, hint: str) -> Found:
    key = studio.window.key_text(action)
    return Found(action.words(studio), lambda: action.trigger(studio), hint, key, action.icon or "chevron_right")


def _nodes(studio: Studio) -> Iterator[Found]:
    """Every node of the document, those inside containers too."""
    for inside, graph in every(studio.session.whole):
        for node in graph.nodes.values():
            yield _node(studio, inside, node)


def _node(studio: Studio, inside: Inside, node: Node) -> Found:
    kind = studio.session.kinds.get(node.kind)
    icon, title = (kind.icon, kind.title) if kind else ("unknown", node.kind)
    hint = " › ".join((title, *inside)) if inside else title
    key = "/".join((*inside, node.id))
    return Found(node.name, lambda: _show(studio, key), hint, "", icon, f"kind:{icon}", node.id)


def _show(studio: Studio, key: str) -> None:
    studio.session.show_node(key)
    studio.canvas.frame_selection()
    studio.canvas.setFocus()


def _graphs(studio: Studio) -> Iterator[Found]:
    for path in dict.fromkeys([*studio.state.recent, *saved_graphs()]):
        yield _graph(studio, path)


def _graph(studio: Studio, path: Path) -> Found:
    return Found(title_of(path), lambda: studio.filing.open(path), "graph", "", "graph")
