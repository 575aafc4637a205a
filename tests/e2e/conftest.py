"""What end-to-end tests share: the surroundings of a user who has nothing set up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user without keys, screen and local servers."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.json").write_text('{"local_discovery": false}', "utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    return {**kept, "BATON_HOME": str(home)}
