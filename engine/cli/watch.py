"""Who watches a run in the terminal: lines of JSON, plain lines when piped, a live tree for a person."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from engine.cli.console import inert_json
from engine.cli.report import event_line

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.run.events import Event
    from engine.run.view import View


class Watcher(Protocol):
    """Something that follows a run. Used as a context: what it opened is closed at the end, however that comes."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, events: Sequence[Event], view: View) -> None:
        """Takes the events since the last call, already folded into the view; called some 12 times a second."""


class EventLines:
    """Every event as a line of JSON (`--events`).

    Args:
        target: a file's name, or `-` for stdout.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._out: TextIO = sys.stdout

    def __enter__(self) -> Self:
        from engine.base.errors import WrongUse

        if self._target != "-":
            try:
                self._out = Path(self._target).open("w", encoding="utf-8")
            except OSError as error:
                message = f"The events cannot be written to {self._target}: {error.strerror}."
                raise WrongUse(message, "Name another file.") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._target != "-":
            with suppress(OSError):  # each line was flushed or complained of before
                self._out.close()

    def show(self, events: Sequence[Event], view: View) -> None:
        """Writes them at once, so that a reader sees each as it happens.

        Raises:
            BatonError: they cannot be written, as on a full disk.
        """
        from engine.base.errors import BatonError

        try:
            self._out.writelines(inert_json(event.as_json(), self._out) + "\n" for event in events)
            if events:
                self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            message = f"The events cannot be written to {self._target}: {error.strerror}."
            raise BatonError(message, "The run was stopped; make room or name another file.") from None


class PlainLines:
    """A line when a node starts, ends, retries or waits: for pipes and logs."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.flush()

    def show(self, events: Sequence[Event], view: View) -> None:
        """Writes what is worth a line."""
        lines = [line for event in events if (line := event_line(event, view))]
        if lines:
            self._out.write("\n".join(lines) + "\n")
            self._out.flush()


def watcher_for(graph: Graph, out: TextIO, *, plain: bool = False) -> Watcher:
    """The live tree where a person sees it, else plain lines."""
    import os

    if out.isatty() and os.environ.get("TERM") != "dumb" and not plain:
        from engine.cli.live import LiveTree

        return LiveTree(graph, out)
    return PlainLines(out)
