"""What end-to-end tests share: the surroundings of a user who has nothing set up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.surroundings import without_keys


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user without keys, screen and local servers."""
    return without_keys(tmp_path / "home")
