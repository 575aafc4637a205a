"""The command where its channels are closed, full or interrupted twice: one sentence, the right exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.surroundings import running

pytestmark = pytest.mark.slow

BATON = [sys.executable, "-c", "import sys; from engine.cli.main import main; sys.exit(main())"]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A graph whose agent writes for some seconds."""
    story = " ".join(f"Sentence {number} tells of herons and tides." for number in range(400))
    nodes: list[dict[str, Any]] = [
        {"id": "i", "kind": "input", "config": {"default": story}},
        {"id": "a", "kind": "agent", "config": {"model": "rehearsal", "prompt": "Repeat: {{ i }}"}},
        {"id": "o", "kind": "output"},
    ]
    edges = [{"from": "i.value", "to": "a.i"}, {"from": "a.text", "to": "o.value"}]
    path = tmp_path / "g.baton.json"
    path.write_text(json.dumps({"baton": 1, "nodes": nodes, "edges": edges}), "utf-8")
    return path


@needs_full
@pytest.mark.parametrize("args", [["--help"], ["schema"], ["kinds"], ["run", "--help"], ["check", "{}", "--json"]])
def test_output_that_is_lost_is_said_and_is_no_success(
    args: list[str], graph: Path, environment: dict[str, str]
) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [*BATON, *(arg.format(graph) for arg in args)], env=environment, stdout=full, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "No space left" in done.stderr


@needs_full
def test_events_that_cannot_be_written_end_the_run_with_a_sentence(graph: Path, environment: dict[str, str]) -> None:
    command = [*BATON, "run", str(graph), "--json", "--events", str(FULL)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "The events cannot be written" in done.stderr


def test_a_channel_that_knows_few_letters_gets_a_whole_run(tmp_path: Path, environment: dict[str, str]) -> None:
    nodes = [{"id": "i", "kind": "input", "config": {"default": "Grüße"}}, {"id": "o", "kind": "output"}]
    path = tmp_path / "g.baton.json"
    path.write_text(json.dumps({"baton": 1, "nodes": nodes, "edges": [{"from": "i.value", "to": "o.value"}]}), "utf-8")
    few = {**environment, "PYTHONIOENCODING": "ascii"}
    plain, events = (
        subprocess.run([*BATON, "run", str(path), *args], env=few, capture_output=True, text=True)
        for args in ([], ["--events", "-"])
    )
    assert plain.returncode == events.returncode == 0
    assert "Gr??e" in plain.stdout
    assert json.loads(events.stdout.splitlines()[-1])["kind"] == "run.finished"
    assert any("Grüße" in str(json.loads(line)["data"]) for line in events.stdout.splitlines())


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_channels_do_no_harm(closed: str, graph: Path, environment: dict[str, str]) -> None:
    script = f'exec "$@" {closed}'
    command = ["sh", "-c", script, "sh", *BATON, "check", str(graph), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) == (" >&-" not in f" {closed}")
    assert not (Path(environment["BATON_HOME"]) / "logs").exists()


def test_many_signals_end_a_run_as_one_does(graph: Path, environment: dict[str, str]) -> None:
    command = [*BATON, "run", str(graph), "--json", "--events", "/dev/stderr"]
    with running(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr and process.stdout
        for line in process.stderr:
            if '"kind": "text"' in line:
                break
        process.send_signal(signal.SIGINT)
        for _line in process.stderr:  # until the process has closed it, which is as late as can be
            process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        out = process.stdout.read()
        code = process.wait(60)
    assert (code, json.loads(out)["status"]) == (130, "cancelled")
