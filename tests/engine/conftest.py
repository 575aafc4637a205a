"""Services for runs in tests: a home in a temporary folder, no keys, no local servers."""

from __future__ import annotations

import fcntl
import subprocess
import sys
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


@pytest.fixture(scope="session")
def commands() -> Path:
    """The folder with the commands of tool servers that others wrote, and `node`; beside it stands `node_modules`.

    For slow tests only: workers of one session install them once. Skips where they cannot be had.
    """
    set_up = Path(__file__).resolve().parents[2] / ".ci" / "tool_servers.py"
    with set_up.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([sys.executable, "-B", str(set_up)], capture_output=True, text=True, check=False)
    if "could not be installed from" in done.stderr:
        pytest.skip(f"no package index gives them: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1])
