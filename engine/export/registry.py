"""All formats that a graph can be exported to: the scanned folder and what is offered as `baton.exporters`."""

from __future__ import annotations

from importlib.metadata import entry_points

from engine.base import discover
from engine.base.errors import WrongUse
from engine.base.suggest import did_you_mean
from engine.export.contract import Exporter

GROUP = "baton.exporters"


def names() -> list[str]:
    """What may stand behind `--to`. Loads no exporter of other distributions."""
    offered = {point.name for point in entry_points(group=GROUP)}
    return sorted({module.EXPORTER.name for module in discover.modules("engine.export.formats")} | offered)


def exporter(name: str) -> Exporter:
    """The exporter of a name.

    Raises:
        WrongUse: there is none of that name, or what it needs is not installed.
    """
    for module in discover.modules("engine.export.formats"):
        if module.EXPORTER.name == name:
            found: Exporter = module.EXPORTER
            return found
    for point in entry_points(group=GROUP, name=name):
        try:
            offer = point.load()
        except ImportError as error:
            raise WrongUse(
                f"The format {name} needs {error.name or 'a package'}, which is not installed.",
                "Install the studio: pip install 'baton-studio[studio]'.",
            ) from error
        if isinstance(offer, Exporter):
            return offer
    known = names()
    raise WrongUse(f"There is no format “{name}”.", did_you_mean(name, known) or f"There are {', '.join(known)}.")
