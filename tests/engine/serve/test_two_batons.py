"""Two Batons on one machine: the saved two-vendor team, and a manager whose specialist is the other one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.engine.serve.conftest import BATON, TOKEN, Serving, written

GRAPHS = Path(__file__).resolve().parents[3] / "saved_graphs"

pytestmark = pytest.mark.slow


def ran(file: Path, environment: dict[str, str], *options: str) -> dict[str, Any]:
    command = [*BATON, "run", str(file), "--trust", "--json", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_saved_team_works_with_the_second_baton(serving: Serving, environment: dict[str, str]) -> None:
    served = serving(GRAPHS / "fan_out_research.baton.json", "--a2a", "--rehearse")
    card = f"theirs.card={served.base}"
    result = ran(
        GRAPHS / "two_vendors.baton.json", environment, "--rehearse", "--set", card, "-i", "question=Why herons?"
    )
    assert result["status"] == "completed", result
    assert result["outputs"]["report"]
    assert result["nodes"]["theirs"]["status"] == "ok"
    assert {run["status"] for run in served.runs()} == {"completed"}
    assert len(served.runs()) == 2


def test_a_question_travels_from_one_baton_to_the_other_and_back(
    serving: Serving, environment: dict[str, str], reviewed: Path, tmp_path: Path
) -> None:
    served = serving(reviewed, "--a2a")
    asks = written(
        tmp_path, "asks",
        {"i": ("input", {}), "o": ("output", {}),
         "r": ("remote_agent", {"card": served.base, "headers": {"Authorization": "Bearer secret://BATON_SERVE_TOKEN"}})},
        "i.value -> r.message", "r.text -> o.value",
    )  # fmt: skip
    paused = ran(asks, environment, "-i", "i=My draft")
    assert paused["status"] == "paused"
    assert "Publish this?" in paused["waiting"][0]["question"]
    answer = 'r={"decision": "approved", "value": {"decision": "approved", "value": "Theirs"}}'
    again = [*BATON, "run", "--resume", paused["run"], "--json", "--answer", answer]
    done = subprocess.run(again, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert json.loads(done.stdout)["outputs"] == {"o": "Theirs"}
    assert TOKEN not in done.stdout + done.stderr
