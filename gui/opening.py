"""Opens what is no graph file of ours yet: files of other tools, with a report, and addresses, shown first (T1, T5)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject

from engine.base.errors import BatonError, FileProblem
from engine.graph.graph import Graph
from gui.background import Background
from gui.dialogs.ask import ask
from gui.leaving import before_leaving
from gui.saved import ENDING

if TYPE_CHECKING:
    from engine.export.address import Fetched
    from engine.export.importing import Imported
    from gui.studio import Studio

T = TypeVar("T")
REPORT = "Show the report"
LINES = 12
"""Capabilities that a question names; the rest are counted."""


class Opening(QObject):
    """What one window opens from elsewhere. Reading and fetching happen off the window's thread."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._background = Background(self)

    def file(self, path: Path, otherwise: Callable[[], object] | None = None) -> None:
        """Opens a file of any tool; one of ours stays the file that is edited.

        Args:
            otherwise: done instead of an error when it is a plain text that no tool drew.
        """
        if path.name.lower().endswith(ENDING):
            self._studio.filing.open(path)
            return

        def read() -> Imported | None:
            from engine.export.imported import imported
            from engine.files.open import read_file

            data = read_file(path)[0]
            try:
                return imported(data, path.name)
            except FileProblem:
                if otherwise is None or not is_text(data):
                    raise
                return None

        def then(found: Imported | None) -> None:
            if found is None:
                if otherwise is not None:
                    otherwise()
            elif found.source == "Baton":
                self._studio.filing.open(path)
            else:
                self._take(found)

        self._background.do(read, then, self._wrong)

    def text(self, text: str) -> bool:
        """Opens a graph of another tool that came as text. False when it is none."""
        from engine.export.imported import imported

        try:
            found = imported(text.encode("utf-8", "replace"))
        except BatonError:
            return False
        self._take(found)
        return True

    def address(self, url: str) -> None:
        """Fetches a graph and shows where it came from and what it could do, before it is opened."""
        hosts = self._studio.services.settings.allow_private_addresses

        def fetch() -> tuple[Fetched, Imported]:
            import asyncio

            from engine.export.address import fetched
            from engine.export.imported import imported

            got = asyncio.run(fetched(url, private_hosts=hosts))
            return got, imported(got.data, got.name)

        self._studio.session.said.emit("info", f"Looking at {url[:120]}.", "")
        self._background.do(fetch, lambda both: self._ask(*both), self._wrong)

    def away(self, work: Callable[[], T], then: Callable[[T], object]) -> None:
        """Does `work` off the window's thread, then `then` with what it gave; what goes wrong is said."""
        self._background.do(work, then, self._wrong)

    def close(self) -> None:
        """Ends what goes on."""
        self._background.close()

    def _ask(self, got: Fetched, found: Imported) -> None:
        from engine.plan.capabilities import capabilities
        from engine.plan.trust import listed

        could = list(listed(capabilities(found.graph, self._studio.services.kinds)))
        lines = [f"• {line}" for line in could[:LINES]] + [f"… and {len(could) - LINES} more"] * (len(could) > LINES)
        what = "Once you trust it, it could:\n" + "\n".join(lines) if could else "It could do nothing outside Baton."
        text = f"{got.origin()}\n\n{what}\n\nOpening it does none of this."
        title = f"Open “{found.graph.name or got.name}”, {len(found.graph.nodes)} nodes?"

        def answered(words: str) -> None:
            if words == "Open":
                self._take(found)

        ask(self._studio.window, title, text, ["Open", "Cancel"], answered)

    def _take(self, found: Imported) -> None:
        """Shows it as a new graph that stands in no file yet, with the report at hand."""
        before_leaving(self._studio, lambda: self._show(found.graph, found))

    def _show(self, graph: Graph, found: Imported) -> None:
        self._studio.filing.restore(graph, None)
        if found.source == "Baton":
            return

        def chosen(words: str) -> None:
            if words == REPORT:
                from gui.dialogs.report import show_report

                show_report(self._studio, found)

        hard = found.counts().keys() - {"exact", "approximated"}
        self._studio.window.bar.ask("warning" if hard else "info", found.sentence(), (REPORT,), chosen)

    def _wrong(self, error: BatonError) -> None:
        self._studio.session.say_error(error)


def is_text(data: bytes) -> bool:
    """Whether a file holds text that people read."""
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False
