"""What runs need from outside, put together once for a process and passed on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.base.clock import Clock, SystemClock
from engine.base.secrets import Secrets
from engine.base.settings import Home, Settings
from engine.files.beside import Beside
from engine.kinds.registry import Kinds
from engine.models.catalog import PACE, Models


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
        return cls(Kinds.load(), place, place.load_settings(), Secrets(os.environ))

    def models(self, pace: float | None = None) -> Models:
        """The models of one run. `pace` is the rehearsal model's, in words a second; 0 is at once."""
        return Models(self.settings, self.secrets, self.environ, pace=PACE if pace is None else pace)

    def beside(self, folder: Path | None) -> Services:
        """The same services for a graph that stands in `folder`: its sub-graph files are found there."""
        return self if folder is None else replace(self, kinds=self.kinds.reading(Beside(folder)))
