"""Services for the runs of the oracle: no keys, no local servers, nothing stored."""

from __future__ import annotations

import pytest

from engine.base.secrets import Secrets
from engine.base.settings import Home, Settings
from engine.kinds.registry import Kinds
from engine.run.services import Services
from tests.invariants import invariants

__all__ = ["invariants", "services"]


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """What a run needs; the kinds are found once."""
    home = Home(tmp_path_factory.mktemp("oracle"))
    return Services(Kinds.load(), home, Settings(local_discovery=False), Secrets({}, keyring=lambda: None), environ={})
