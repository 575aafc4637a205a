"""A disk that fills while a run works: the run ends with a sentence, and goes on once there is room (S11)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.torture.story import Bench, Kill

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="a file's size is limited as on Linux"),
]


@pytest.mark.parametrize("kilobytes", [30, 50, 70, 90, 110])
def test_a_full_disk_loses_nothing_and_the_run_goes_on_when_there_is_room(
    bench: Bench, tmp_path: Path, kilobytes: int
) -> None:
    tally = bench.tell(
        tmp_path / "story", [Kill(file_bytes=kilobytes * 1024), Kill(file_bytes=(kilobytes + 20) * 1024)]
    )
    assert tally.full
