"""Two screens of different scale: a window that is moved to the other one is as sharp as one that opens there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "saved_graphs" / "fan_out_research.baton.json"


@pytest.mark.slow
def test_a_window_is_drawn_anew_for_the_screen_it_is_moved_to(tmp_path: Path) -> None:
    screen = {"y": 0, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    low = {**screen, "name": "low", "x": 0, "width": 1600, "height": 1000}
    high = {**screen, "name": "high", "x": 1600, "width": 3200, "height": 2000}
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({"screens": [low, high]}))
    env = {
        **os.environ, "BATON_HOME": str(tmp_path / "home"), "PYTHONPATH": str(HERE.parents[1]),
        "QT_QPA_PLATFORM": f"offscreen:configfile={screens}", "QT_SCREEN_SCALE_FACTORS": "low=1;high=2",
    }  # fmt: skip
    command = [sys.executable, str(HERE / "two_screens.py"), str(SAMPLE)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["sizes"] == [[900, 600, 1], [1800, 1200, 2], [1800, 1200, 2], [900, 600, 1]]
    assert seen["as_fresh"] and seen["as_before"]
