"""The real command, killed beside writes to the journal and at any moment, comes to the end it would have had."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.torture.story import Bench, Kill, Tally

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are held and found as on Linux"),
]


@pytest.mark.parametrize("tenth", range(1, 6))
def test_a_run_killed_beside_a_write_loses_nothing(bench: Bench, tmp_path: Path, tenth: int) -> None:
    point = bench.points * tenth // 10
    tally = bench.tell(tmp_path / "story", [Kill(point), Kill(bench.points // 3)])
    assert tally.kills


def test_a_run_killed_before_anything_is_stored_has_paid_for_nothing(bench: Bench, tmp_path: Path) -> None:
    assert bench.tell(tmp_path / "story", [Kill(1), Kill(9), Kill(20)]).kills == 3


@pytest.mark.parametrize("seed", range(12))
def test_a_run_killed_again_and_again_at_any_moment_loses_nothing(bench: Bench, tmp_path: Path, seed: int) -> None:
    chance, whole = random.Random(seed), Tally()
    for count in range(20):
        whole.add(bench.tell(tmp_path / str(count), bench.kills(chance)))
        if whole.kills >= 5:
            return
    raise AssertionError(f"only {whole.kills} kills in {whole.stories} stories")
