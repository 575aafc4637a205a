"""Services for runs in tests: a home in a temporary folder, no keys, no local servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base.secrets import Secrets
from engine.base.settings import Home, Settings
from engine.kinds.registry import Kinds
from engine.run.services import Services
from engine.testing import probing
from tests.invariants import invariants

__all__ = ["invariants", "services"]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """What a run needs, with the probe among the kinds."""
    settings = Settings(local_discovery=False)
    secrets = Secrets({}, keyring=lambda: None)
    return probing(Services(Kinds.load(), Home(tmp_path / "home"), settings, secrets, environ={}))
