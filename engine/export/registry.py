"""All formats that a graph or a run can be exported to: the scanned folder and what is offered as `baton.exporters`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

from engine.base import discover
from engine.base.errors import WrongUse
from engine.base.extras import install
from engine.base.suggest import did_you_mean
from engine.export.contract import Exporter, RunExporter

GROUP = "baton.exporters"


def names() -> list[str]:
    """Formats for graphs. Loads no exporter of other distributions."""
    ours = {offer.name for offer in _ours() if isinstance(offer, Exporter)}
    return sorted(ours | {point.name for point in entry_points(group=GROUP)})


def run_names() -> list[str]:
    """Formats for runs."""
    return sorted(offer.name for offer in _ours() if isinstance(offer, RunExporter))


def exporter(name: str) -> Exporter:
    """The exporter of graphs of a name.

    Raises:
        WrongUse: there is none of that name, or what it needs is not installed.
    """
    for offer in _ours():
        if offer.name == name and isinstance(offer, Exporter):
            return offer
    for point in entry_points(group=GROUP, name=name):
        try:
            found = point.load()
        except ImportError as error:
            raise WrongUse(
                f"The format {name} needs {error.name or 'a package'}, which is not installed.",
                f"Install the studio: {install('studio')}.",
            ) from error
        if isinstance(found, Exporter):
            return found
    if name in run_names():
        raise WrongUse(f"The format “{name}” is for runs, not for graphs.", "Name a run: see baton runs list.")
    raise _unknown(name, names())


def run_exporter(name: str) -> RunExporter:
    """The exporter of runs of a name.

    Raises:
        WrongUse: there is none of that name.
    """
    for offer in _ours():
        if offer.name == name and isinstance(offer, RunExporter):
            return offer
    if name in names():
        raise WrongUse(f"The format “{name}” is for graphs, not for runs.", f"For runs: {', '.join(run_names())}.")
    raise _unknown(name, run_names())


def _ours() -> Iterator[Any]:
    return (module.EXPORTER for module in discover.modules("engine.export.formats"))


def _unknown(name: str, known: list[str]) -> WrongUse:
    return WrongUse(f"There is no format “{name}”.", did_you_mean(name, known) or f"There are {', '.join(known)}.")
