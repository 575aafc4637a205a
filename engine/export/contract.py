"""What an exporter is: a name, a file ending, and a pure function from a graph, or a run, to what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from engine.export.record import RunRecord
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds


class Format(Protocol):
    """What every exporter has, of graphs or of runs.

    Attributes:
        name: what stands behind `--to`, such as `mermaid`.
        title: what people read in a menu.
        suffix: the file's ending with its dot, such as `.png`.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def suffix(self) -> str: ...


@runtime_checkable
class Exporter(Format, Protocol):
    """A format for graphs. Each file of `engine.export.formats` offers one as `EXPORTER`; others `baton.exporters`."""

    def export(self, graph: Graph, kinds: Kinds) -> bytes | str:
        """What the file will hold; text is written as UTF-8. The graph is clean already. Contacts nothing.

        Raises:
            BatonError: it cannot be made here, such as a picture without Qt.
        """


@runtime_checkable
class RunExporter(Format, Protocol):
    """A format for runs; it may be one for graphs too."""

    def export_run(self, record: RunRecord, kinds: Kinds) -> bytes | str:
        """What the file will hold; text is written as UTF-8. Keys are out of the record already."""


@runtime_checkable
class Verifying(Protocol):
    """An exporter that can read back what it wrote."""

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """Opens `data` in memory and compares: what is missing or different in one sentence, "" when all is there."""


@runtime_checkable
class VerifyingRuns(Protocol):
    """An exporter of runs that can read back what it wrote."""

    def verify_run(self, data: bytes, record: RunRecord) -> str:
        """As `Verifying.verify`, of a run."""


@runtime_checkable
class Reporting(Protocol):
    """An exporter whose format cannot say all that a graph says."""

    def inexact(self, graph: Graph, kinds: Kinds) -> tuple[str, ...]:
        """What the export does otherwise than the graph, or leaves out, one sentence each; () when it is exact."""


@runtime_checkable
class WindowBound(Protocol):
    """An exporter that draws with what only the thread of the windows may touch; all others work beside it."""

    window_bound: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What belongs to a graph and stands beside it: files by their names below its folder, and what they are for."""

    main: str
    needs: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Packing(Protocol):
    """An exporter that takes along what stands beside the graph."""

    def pack(self, graph: Graph, around: Around) -> bytes:
        """What the file will hold."""
