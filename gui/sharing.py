"""The Share menu: a graph as text on the clipboard, or as a file in any format that there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from engine.base.errors import BatonError
from gui.action import Action
from gui.theme.wear import wear_completions

if TYPE_CHECKING:
    from gui.studio import Studio

FORMATS = {"json": "Graph file", "png": "Picture (PNG)", "svg": "Picture (SVG)", "mermaid": "Mermaid diagram"}
"""Formats offered, by the names that `baton export --to` knows."""


def choices(_studio: Studio) -> list[Action]:
    """What the menu holds."""
    files = [_export(name, title) for name, title in FORMATS.items()]
    return [Action("share.copy", "Copy as text", copy_text, icon="copy"), *files]


def copy_text(studio: Studio) -> None:
    """Puts the whole graph on the clipboard as text that can be pasted into a window or a chat; never with a key."""
    from engine.export.clean import clean
    from engine.files import clip

    session = studio.session
    folder = session.path.parent if session.path else None
    try:
        ready = clean(
            session.whole, studio.services.kinds, folder=folder, redactor=studio.services.secrets.redactor
        ).graph
    except BatonError as error:
        session.say_error(error)
        return
    QGuiApplication.clipboard().setText(clip.copy(ready, (*ready.nodes, *ready.frames, *ready.notes)))
    session.said.emit("info", "The graph is on the clipboard.", "Paste it into another window, or into a chat.")


def _export(name: str, title: str) -> Action:
    return Action(f"share.{name}", f"{title}…", lambda studio: _ask_place(studio, name, title), icon="external")


def _ask_place(studio: Studio, name: str, title: str) -> None:
    from engine.export.registry import exporter

    ending = exporter(name).suffix
    dialog = QFileDialog(studio.window, f"Share as {title}", str(Path.home()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.selectFile(studio.filing.name.lower().replace(" ", "_") + ending)
    wear_completions(dialog)
    dialog.fileSelected.connect(lambda chosen: write(studio, name, Path(chosen)))
    dialog.open()


def write(studio: Studio, name: str, path: Path) -> None:
    """Writes the graph in a format; what hinders it is said, and so is what a teammate needs."""
    from engine.export.registry import exporter
    from engine.export.share import exported

    session = studio.session
    folder = session.path.parent if session.path else None
    redactor = studio.services.secrets.redactor
    try:
        made = exported(session.whole, exporter(name), studio.services.kinds, folder=folder, redactor=redactor)
        path.write_bytes(made.data)
    except BatonError as error:
        session.say_error(error)
    except OSError as error:
        reason = error.strerror or str(error)
        session.say_error(BatonError(f"{path.name} could not be written: {reason}.", "Choose another folder."))
    else:
        needs = f"Whoever runs it needs: {', '.join(made.needs)}." if made.needs else ""
        session.said.emit("info", f"Written to {path}.", needs)
