"""Opens, saves and recovers the document of a window, and asks before anything could be lost."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from engine.base.errors import BatonError, FileProblem
from engine.files.open import Stamp, open_stamped, read_file
from engine.files.recover import Entry, Recovery
from engine.files.save import ChangedOnDisk, save_graph
from engine.graph.changes import Difference, between
from engine.graph.conflicts import with_conflicts
from engine.graph.graph import Graph
from engine.graph.merge import merge
from gui.changes import compare, offer_conflicts
from gui.dialogs.ask import ask
from gui.disk_watch import DiskWatch
from gui.leaving import Then, before_leaving
from gui.saved import ENDING, is_shipped
from gui.widgets.file_dialog import file_dialog

if TYPE_CHECKING:
    from gui.studio import Studio

FILTERS = (f"Baton graphs (*{ENDING})", "All files (*)")
COMPARE, MERGE, AGAIN = "Compare", "Merge both", "Open it again"
UNKNOWN = Stamp(0, 0, "")
"""As no file is: whatever stands there is of somebody else."""


class _Joined(NamedTuple):
    """A merge with the file: once it is undone, the document knows of the file what it knew before."""

    difference: Difference
    before: tuple[Stamp | None, Graph]
    after: tuple[Stamp | None, Graph]


class Filing(QObject):
    """The way between a window's document and the disk. Every method returns at once; questions come as windows."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._stamp: Stamp | None = None
        self._base = Graph()
        """The document as it stood in its file last."""
        self._joined: _Joined | None = None
        self.sample: Path | None = None
        """The sample that the document is a copy of, until it is saved."""
        self._recovery = Recovery(studio.services.home)
        self._log = self._recovery.log(None)
        self._keep = self._told = False
        self._watch = DiskWatch(self)
        self._watch.changed.connect(self._changed_on_disk)
        self._watch.gone.connect(self._gone_from_disk)
        self._watch.back.connect(lambda path: studio.window.bar.take_back(_gone(path)))
        studio.session.edited.connect(self._edited)

    @property
    def gone(self) -> bool:
        """Whether the file was taken away: then the document stands nowhere but here."""
        return self._watch.missing

    @property
    def name(self) -> str:
        """What the document is called on screen."""
        session = self._studio.session
        file = session.path.name.removesuffix(ENDING) if session.path else ""
        return session.whole.name or file or "Untitled"

    def new(self) -> None:
        """An empty graph, once nothing unsaved would be lost."""
        before_leaving(self._studio, lambda: self._show(Graph(), None))

    def start(self, graph: Graph) -> None:
        """A graph that stands in no file yet, once nothing unsaved would be lost."""
        before_leaving(self._studio, lambda: self._show(graph, None))

    def open(self, path: Path) -> None:
        """Opens a file beside what is there: in a tab of its own, unless nothing would be put away. One of Baton's own
        is opened as a copy; one that another window shows is brought to the front there."""
        if self._studio.bring_forward(path):
            return
        here = self._studio.session.path
        if here is not None and here.resolve() == path.resolve():
            before_leaving(self._studio, lambda: self.load(path))
        elif self._vacant:
            self.load(path)
        elif (found := self._read(path)) is not None:
            beside = self._studio.open_tab()
            (beside.filing if beside is not None else self)._take(path.absolute(), *found)

    def load(self, path: Path) -> bool:
        """Opens a file here and now. False when it cannot be opened; the reason has been said then."""
        found = self._read(path)
        if found is not None:
            self._take(path.absolute(), *found)
        return found is not None

    @property
    def _vacant(self) -> bool:
        """Whether there is nothing here that anybody would look for: an empty document, or a sample as it came."""
        session = self._studio.session
        return session.clean and session.path is None and not session.running

    def _read(self, path: Path) -> tuple[Graph, Stamp] | None:
        try:
            return open_stamped(path.absolute())
        except BatonError as error:
            self._studio.session.say_error(BatonError(f"{path.name} was not opened. {error.message}", error.hint))
            return None

    def _take(self, path: Path, graph: Graph, stamp: Stamp) -> None:
        """Shows what was read from a file; a sample as a copy."""
        if is_shipped(path):
            self._show(graph, None)
            self._studio.state.put("last", str(path))
            self.sample = path
            self._studio.session.saved_changed.emit()
            return
        self._show(graph, path)
        self._stamp = stamp
        self._watch.follow(path, stamp)
        self._remember(path)
        if graph.read_only:
            self._studio.window.bar.ask("warning", f"This file opens for reading only: {graph.read_only}", ())
        offer_conflicts(self._studio)

    def restore(self, graph: Graph, path: Path | None) -> None:
        """Shows a recovered graph as unsaved work; its file is not touched."""
        self._show(graph, path, unsaved=True)

    def save(self, then: Then | None = None) -> None:
        """Saves to the document's file; asks for one when it has none. `then` is called once it is saved."""
        path = self._studio.session.path
        if path is None:
            self.ask_save(then)
        else:
            self._write(path, None if self.gone and not path.exists() else self._stamp, then)

    def ask_open(self) -> None:
        """Lets the person choose a file to open."""
        from gui.dropped import open_any

        dialog = self._dialog("Open a graph")
        dialog.fileSelected.connect(lambda chosen: open_any(self._studio, Path(chosen)))
        dialog.open()

    def ask_save(self, then: Then | None = None) -> None:
        """Lets the person choose where to save."""
        path = self._studio.session.path
        dialog = self._dialog("Save the graph", path.name if path else f"{file_name(self.name)}{ENDING}")
        dialog.fileSelected.connect(lambda chosen: self._write(Path(chosen), None, then))
        dialog.open()

    # Recovery

    def offer_recovery(self) -> None:
        """Asks about each piece of unsaved work that an earlier session left behind."""
        for entry in self._recovery.pending():
            if not entry.alive:
                self._offer(entry)

    def keep(self) -> None:
        """From now on closing leaves unsaved work to be recovered."""
        self._keep = not self._studio.session.clean

    def close(self) -> None:
        """Ends the recovery log."""
        self._log.close(keep=self._keep)

    def _offer(self, entry: Entry) -> None:
        def chosen(words: str) -> None:
            if words == "Recover":
                before_leaving(self._studio, lambda: self._recover(entry))
            elif words == "Discard":
                self._recovery.discard(entry)

        edits = "1 edit" if entry.edits == 1 else f"{entry.edits} edits"
        name = entry.name or (entry.path.name.removesuffix(ENDING) if entry.path else "Untitled")
        when = time.strftime("%H:%M", time.localtime(entry.at))
        text = f"“{name}” was not saved when Baton ended: {edits}, the last one at {when}."
        self._studio.window.bar.ask("warning", text, ("Recover", "Discard"), chosen)

    def _recover(self, entry: Entry) -> None:
        try:
            graph = self._recovery.restore(entry)
        except BatonError as error:
            self._studio.session.say_error(error)
            return
        path = entry.path if entry.path and entry.path.is_file() else None
        self.restore(graph, path)
        if path is not None:
            self._know(path, entry.at)
        self._log.record(between(Graph(), graph), graph)
        if self._log.flush():
            self._recovery.discard(entry)

    def _know(self, path: Path, at: float) -> None:
        """The file is known as it is, unless somebody wrote it after the last edit, `at`: then a save asks first."""
        with contextlib.suppress(FileProblem):  # the save will tell
            now = read_file(path)[1]
            self._stamp = now if now.mtime_ns <= at * 1e9 else UNKNOWN
            self._watch.follow(path, self._stamp)

    def _edited(self, difference: Difference, after: Graph) -> None:
        joined = self._joined
        if joined and difference in (joined.difference, joined.difference.inverse()):
            self._stamp, self._base = joined.after if difference == joined.difference else joined.before
        self._log.record(difference, after)
        if self._log.problem is not None and not self._told:
            self._told = True
            self._studio.session.say_error(self._log.problem)

    def _write(self, path: Path, expected: Stamp | None, then: Then | None) -> None:
        session = self._studio.session
        session.seal()
        if path != session.path and self._studio.bring_forward(path):
            return
        try:
            self._stamp = save_graph(session.whole, path, expected=expected, home=self._studio.services.home)
        except ChangedOnDisk as problem:
            self._ask_about_change(path, problem, then)
            return
        except BatonError as error:
            session.say_error(error)
            return
        self.sample, self._base, self._joined = None, session.whole, None
        self._watch.follow(path, self._stamp)
        self._studio.window.bar.take_back(_gone(path))
        self._log.saved(path)
        session.mark_saved(path)
        self._remember(path)
        if then is not None:
            then()

    def _ask_about_change(self, path: Path, problem: ChangedOnDisk, then: Then | None) -> None:
        ways = [MERGE, COMPARE, "Overwrite", AGAIN] if problem.now else ["Save"]

        def answered(answer: str) -> None:
            if answer == "Save as…":
                self.ask_save(then)
            elif answer in ("Overwrite", "Save"):
                self._write(path, problem.now, then)
            elif answer == AGAIN:
                before_leaving(self._studio, lambda: self.load(path))
            elif answer in (MERGE, COMPARE):
                self._with_theirs(path, answer)

        text = "Overwriting keeps what is there as an older generation."
        ask(self._studio.window, problem.message, text, ["Save as…", *ways, "Cancel"], answered, "Overwrite")

    def _changed_on_disk(self, path: Path) -> None:
        """Another program wrote the file: nothing of either version is lost unasked."""
        session = self._studio.session

        def answered(answer: str) -> None:
            if session.path != path:
                return
            if answer == AGAIN:
                before_leaving(self._studio, lambda: self.load(path))
            elif answer in (MERGE, COMPARE):
                self._with_theirs(path, answer)

        ways = (AGAIN, COMPARE) if session.clean else (MERGE, COMPARE, AGAIN)
        self._studio.window.bar.ask("warning", f"{path.name} was changed by another program.", ways, answered)

    def _gone_from_disk(self, path: Path) -> None:
        """Somebody deleted or moved the file: it is not lost while it is open here."""

        def answered(answer: str) -> None:
            if self._studio.session.path == path and answer:
                self.ask_save() if answer == "Save as…" else self.save()

        self._studio.window.bar.ask("warning", _gone(path), ("Save again", "Save as…"), answered)

    def _with_theirs(self, path: Path, answer: str) -> None:
        """Holds the file as it is now against the document, or joins both into it."""
        session = self._studio.session
        try:
            theirs, stamp = open_stamped(path)
            if answer == COMPARE:
                compare(self._studio, theirs, session.whole, (f"{path.name} on disk", "yours"))
                return
            merged = merge(self._base, session.whole, theirs)
        except BatonError as error:
            session.say_error(error)
            return
        session.enter(())
        mine, known = session.whole, (self._stamp, self._base)
        if session.commit(with_conflicts(merged.graph, merged.conflicts), "Merge with the file", foreign=True):
            self._stamp, self._base = stamp, theirs
            self._joined = _Joined(between(mine, session.whole), known, (stamp, theirs))
            self._watch.follow(path, stamp)
            offer_conflicts(self._studio)

    def _show(self, graph: Graph, path: Path | None, *, unsaved: bool = False) -> None:
        self._watch.follow(None, None)
        self._stamp, self.sample, self._base = None, None, Graph() if unsaved else graph
        self._joined = None
        self._log.close()
        self._log = self._recovery.log(path)
        self._studio.session.show(graph, path, unsaved=unsaved)

    def near(self) -> Path:
        """The folder where dialogs begin: the graph's, else that of the last one that was open."""
        session, recent = self._studio.session, self._studio.state.recent
        return session.path.parent if session.path else recent[0].parent if recent else Path.home()

    def _remember(self, path: Path) -> None:
        self._studio.state.add_recent(path)
        self._studio.state.put("last", str(path.resolve()))

    def _dialog(self, title: str, save_as: str = "") -> QFileDialog:
        dialog = file_dialog(self._studio.window, self._studio.icons, title, self.near(), save_as=save_as)
        dialog.setNameFilters(FILTERS)
        return dialog


def _gone(path: Path) -> str:
    return f"{path.name} is gone from its folder: what you see stands nowhere but here."


def file_name(title: str) -> str:
    """A name for the file of a graph called so, without its ending."""
    kept = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in title.lower())
    return "_".join(filter(None, kept.split("_")))[:60] or "graph"
