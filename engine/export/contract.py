"""What an exporter is: a name, a file ending, and a pure function from a graph to what is written."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from engine.graph.graph import Graph
from engine.kinds.registry import Kinds


@runtime_checkable
class Exporter(Protocol):
    """One format. Each file of `engine.export.formats` offers one as `EXPORTER`; others come from `baton.exporters`.

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

    def export(self, graph: Graph, kinds: Kinds) -> bytes | str:
        """What the file will hold; text is written as UTF-8. The graph is clean already. Contacts nothing.

        Raises:
            BatonError: it cannot be made here, such as a picture without Qt.
        """


@runtime_checkable
class Verifying(Protocol):
    """An exporter that can read back what it wrote."""

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """Opens `data` in memory and compares: what is missing or different in one sentence, "" when all is there."""
