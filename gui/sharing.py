"""The Share menu: a graph as text on the clipboard, or a graph or a run as a file in any format that there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from engine.base.errors import BatonError
from gui.action import Action
from gui.filing import file_name
from gui.widgets.file_dialog import file_dialog

if TYPE_CHECKING:
    from engine.export.share import Export
    from gui.studio import Studio

FIRST = ("json", "bundle", "png", "svg")
"""Formats that stand first, since Baton opens them again; the others follow by their titles."""


def choices(_studio: Studio) -> list[Action]:
    """What the menu holds: the formats that there are, those of other distributions too."""
    from engine.export.registry import exporter, names

    found = {name: exporter(name) for name in names()}
    later = sorted(found.keys() - set(FIRST), key=lambda name: found[name].title)
    files = [
        _export(name, found[name].title, section)
        for section, group in ((1, FIRST), (2, later))
        for name in group
        if name in found
    ]
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
    QGuiApplication.clipboard().setText(clip.copy(ready, ready.nodes, (*ready.frames, *ready.notes)))
    session.said.emit("info", "The graph is on the clipboard.", "Paste it into another window, or into a chat.")


def run_choices(run: str) -> list[tuple[str, Callable[[Studio], None]]]:
    """What a stored run can be saved as, with what does it."""
    from engine.export.registry import run_exporter, run_names

    found = [run_exporter(name) for name in run_names()]

    def asking(name: str, title: str, ending: str) -> Callable[[Studio], None]:
        return lambda studio: _ask_place(
            studio, title, f"run-{run[:8]}{ending}", lambda path: write_run(studio, run, name, path)
        )

    return [(f"Save as {each.title}…", asking(each.name, each.title, each.suffix)) for each in found]


def write(studio: Studio, name: str, path: Path) -> None:
    """Writes the graph in a format; what hinders it is said, and so is what a teammate needs."""
    from engine.export.registry import exporter
    from engine.export.share import exported

    session, services, chosen = studio.session, studio.services, exporter(name)
    whole, file, trusted = session.whole, session.path, not studio.trust.restricted
    folder = file.parent if file else None

    def made() -> Export:
        return exported(
            whole, chosen, services.beside(folder).kinds, folder=folder, file=file,
            redactor=services.secrets.redactor, trusted=trusted,
        )  # fmt: skip

    _perform(studio, chosen, made, path, lambda export: _tell(studio, path, export))


def write_run(studio: Studio, run: str, name: str, path: Path) -> None:
    """Writes a stored run in a format; what hinders it is said."""
    from engine.export.record import run_record
    from engine.export.registry import run_exporter
    from engine.export.share import exported_run
    from gui.stored import journal

    services, stored, chosen = studio.services, journal(studio), run_exporter(name)

    def made() -> Export:
        return exported_run(run_record(stored, run, services.secrets.redactor), chosen, services.kinds)

    _perform(studio, chosen, made, path, lambda _: studio.session.said.emit("info", f"Written to {path}.", ""))


def _perform(
    studio: Studio, exporter: object, make: Callable[[], Export], path: Path, then: Callable[[Export], object]
) -> None:
    """Makes and writes an export, beside the window's thread unless the exporter is bound to it."""
    from engine.export.contract import WindowBound

    def written() -> Export:
        export = make()
        _write(path, export)
        return export

    if not isinstance(exporter, WindowBound):
        studio.opening.away(written, then)
        return
    try:
        then(written())
    except BatonError as error:
        studio.session.say_error(error)


def _write(path: Path, made: Export) -> None:
    try:
        path.write_bytes(made.data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BatonError(f"{path.name} could not be written: {reason}.", "Choose another folder.") from None


def _export(name: str, title: str, section: int) -> Action:
    def ask(studio: Studio) -> None:
        from engine.export.registry import exporter

        file = file_name(studio.filing.name) + exporter(name).suffix
        _ask_place(studio, title, file, lambda path: write(studio, name, path))

    return Action(f"share.{name}", f"{title}…", ask, icon="external", section=section)


def _ask_place(studio: Studio, title: str, file: str, then: Callable[[Path], None]) -> None:
    dialog = file_dialog(studio.window, studio.icons, f"Share as {title}", studio.filing.near(), save_as=file)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def _tell(studio: Studio, path: Path, made: Export) -> None:
    """What a teammate needs, and what is not exactly as in the graph; a line is enough where there is neither."""
    from engine.export.needs import expected_cost
    from gui.dialogs.shared import show_shared

    if not made.needs and not made.inexact:
        studio.session.said.emit("info", f"Written to {path}.", "")
        return
    services, session = studio.services, studio.session
    kinds = services.beside(session.path.parent if session.path else None).kinds
    cost = expected_cost(session.whole, kinds, services.models(), services.clock.wall())
    show_shared(studio, path, (*made.needs, *([cost] if cost else [])), made.inexact)
