"""What the tests here share: one bench for all stories of a process, and services as every engine test has them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.conftest import invariants, services
from tests.torture.story import Bench

__all__ = ["bench", "invariants", "services"]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """See `Bench`."""
    with Bench.open(tmp_path_factory.mktemp("torture")) as bench:
        yield bench
