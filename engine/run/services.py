"""What runs need from outside, put together once for a process and passed on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from engine.base.clock import Clock, SystemClock
from engine.base.secrets import Secrets
from engine.base.settings import Home, Settings
from engine.files.beside import Beside
from engine.kinds.registry import Kinds
from engine.models.catalog import PACE, Models, Offers
from engine.models.http import Certificates
from engine.plan.trust import TrustStore
from engine.run.guard import Guards
from engine.run.journal import Journal
from engine.run.prepared import Preparations
from engine.run.results import Results
from engine.run.writer import Writer
from engine.tools.mcp.pins import Pins
from engine.tools.mcp.pool import ToolServers
from engine.tools.mcp.server import Surroundings


@dataclass(frozen=True)
class Services:
    """The composition that the studio, the command line and Python users start runs with."""

    kinds: Kinds
    home: Home
    settings: Settings
    secrets: Secrets
    clock: Clock = field(default_factory=SystemClock)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @classmethod
    def load(cls, home: Home | None = None) -> Services:
        """Reads the settings and finds the kinds.

        Raises:
            WrongUse: the stored settings are not valid.
        """
        place = home or Home()
        return cls(Kinds.load(), place, place.load_settings(), Secrets(os.environ, place))

    @cached_property
    def guards(self) -> Guards:
        """The guards around nodes."""
        return Guards()

    @cached_property
    def trust(self) -> TrustStore:
        """What this user has trusted."""
        return TrustStore(self.home)

    @cached_property
    def journal(self) -> Writer:
        """Stores the runs; those of one process share its thread and its connection."""
        return Writer(Journal(self.home.runs))

    @cached_property
    def results(self) -> Results:
        """Results of nodes that later runs may use again (S12)."""
        return Results(self.home.runs, self.settings.cache_mb)

    @cached_property
    def preparations(self) -> Preparations:
        """What is known of the graph that ran last."""
        return Preparations()

    @cached_property
    def tool_servers(self) -> ToolServers:
        """The tool servers of this process; none runs before a run needs it, or after the last one that does."""
        return ToolServers(Surroundings(self.secrets, Pins(self.home), self.secrets.redactor.text, self.clock.wall))

    @cached_property
    def _offers(self) -> Offers:
        return Offers()

    @cached_property
    def _certificates(self) -> Certificates:
        return Certificates()

    def models(self, pace: float | None = None) -> Models:
        """The models of one run. `pace` is the rehearsal model's, in words a second; 0 is at once."""
        speed = PACE if pace is None else pace
        return Models(
            self.settings, self.secrets, self.environ, pace=speed, offers=self._offers, certificates=self._certificates
        )

    def beside(self, folder: Path | None, kept: Mapping[str, str] = {}) -> Services:
        """The same services for a graph that stands in `folder`: its sub-graph files are found there.

        Args:
            kept: the files as a stored run found them: see `Beside`.
        """
        if folder is None:
            return self
        near = replace(self, kinds=self.kinds.reading(Beside(folder, allowed=self.trust.allows, kept=kept)))
        shared = (
            "guards", "trust", "journal", "results", "preparations", "tool_servers", "_offers", "_certificates"
        )  # fmt: skip
        near.__dict__.update((name, getattr(self, name)) for name in shared)
        return near
