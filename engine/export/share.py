"""The whole way of an export: clean, write, open again in memory and compare (architecture.md, An export)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import BatonError
from engine.base.secrets import Redactor
from engine.export.clean import Cleaned, clean
from engine.export.contract import Exporter, Format, Packing, Reporting, RunExporter, Verifying, VerifyingRuns
from engine.export.record import RunRecord
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written.

    Attributes:
        needs: what a teammate needs to run it, in short phrases.
        inexact: what the format cannot say, or says otherwise, one sentence each.
    """

    data: bytes
    needs: tuple[str, ...] = ()
    inexact: tuple[str, ...] = ()


def exported(
    graph: Graph, exporter: Exporter, kinds: Kinds, *, folder: Path | None = None, redactor: Redactor | None = None,
    file: Path | None = None, trusted: bool = False,
) -> Export:  # fmt: skip
    """A graph in a format, checked against the graph before anybody says that it is done.

    Args:
        folder: where the graph's file stands.
        redactor: knows the user's keys, so that none of them leaves.
        file: the graph's file itself, for what is packed with all that stands beside it.
        trusted: the person trusts the graph, so that the data it reads may be packed too.

    Raises:
        Refused: it contains a key.
        BatonError: it cannot be made, or what was made does not hold the graph.
    """
    ready = clean(graph, kinds, folder=folder, redactor=redactor)
    made = _made(ready, exporter, kinds, file, trusted, redactor)
    data = made.encode("utf-8") if isinstance(made, str) else bytes(made)
    wrong = exporter.verify(data, ready.graph, kinds) if isinstance(exporter, Verifying) else _empty(data)
    _refuse_wrong(exporter, wrong)
    inexact = exporter.inexact(ready.graph, kinds) if isinstance(exporter, Reporting) else ()
    return Export(data, ready.needs, inexact)


def exported_run(record: RunRecord, exporter: RunExporter, kinds: Kinds) -> Export:
    """A run in a format, read again before anybody says that it is done.

    Raises:
        BatonError: what was made does not hold the run.
    """
    made = exporter.export_run(record, kinds)
    data = made.encode("utf-8") if isinstance(made, str) else bytes(made)
    _refuse_wrong(exporter, exporter.verify_run(data, record) if isinstance(exporter, VerifyingRuns) else _empty(data))
    return Export(data)


def _made(
    ready: Cleaned, exporter: Exporter, kinds: Kinds, file: Path | None, trusted: bool, redactor: Redactor | None
) -> bytes | str:
    if not isinstance(exporter, Packing) or file is None:  # what was never saved has nothing beside it
        return exporter.export(ready.graph, kinds)
    from engine.export.gather import gather

    return exporter.pack(ready.graph, gather(ready, kinds, file, trusted=trusted, redactor=redactor))


def _refuse_wrong(exporter: Format, wrong: str) -> None:
    if wrong:
        raise BatonError(f"The export to {exporter.title} failed its own check: {wrong}", "Nothing was written.")


def _empty(data: bytes) -> str:
    return "" if data else "it is empty."
