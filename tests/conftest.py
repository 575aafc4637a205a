"""For every test: nothing of the user's own is read or touched, and properties draw the same examples each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("baton", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)  # --hypothesis-profile search: other examples each time
settings.load_profile("baton")


@pytest.fixture(autouse=True)
def nothing_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home of its own, and no key, address or server of whoever runs the tests."""
    monkeypatch.setenv("BATON_HOME", str(tmp_path / "baton-home"))
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL")) or name == "OLLAMA_HOST":
            monkeypatch.delenv(name)
    yield
