"""What others install works, with nothing else there: the wheel by `uv tool install`, the folder of `make package`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.surroundings import running

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "baton.exe" if os.name == "nt" else "baton"
SAMPLE = "research_draft_review.baton.json"
PAINTED = "flushing dirty top level"
"""What Qt says when it has drawn a window for the first time, asked to by QT_LOGGING_RULES."""
CODE = "import csv, decimal\ndef run(value):\n    return str(decimal.Decimal(value) * 2)"

pytestmark = pytest.mark.slow


class Installed(NamedTuple):
    """A Baton that was installed: the program, and the graphs that came with it."""

    program: Path
    graphs: Path


def uv_environment(place: Path) -> dict[str, str]:
    """For uv: where its tools go, and the index that pip here uses."""
    code = "import json, sys; from packages import uv_environment as found; print(json.dumps(found(sys.executable)))"
    command = [sys.executable, "-c", code]
    found = json.loads(subprocess.run(command, cwd=ROOT / ".ci", capture_output=True, check=True).stdout)
    return {**found, "UV_TOOL_DIR": str(place / "tools"), "UV_TOOL_BIN_DIR": str(place / "bin")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of this tree, installed as a person would; skips where no package index is reached."""
    place = tmp_path_factory.mktemp("wheel")
    uv, environment = [sys.executable, "-m", "uv"], uv_environment(place)
    subprocess.run([*uv, "build", "--wheel", "--quiet", "-o", str(place)], cwd=ROOT, env=environment, check=True)
    lock = [*uv, "export", "--frozen", "--quiet", "--no-hashes", "--no-emit-project", "--all-extras"]
    subprocess.run([*lock, "-o", str(place / "locked.txt")], cwd=ROOT, env=environment, check=True)
    (built,) = place.glob("*.whl")
    command = [
        *uv,
        "tool",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "--constraints",
        str(place / "locked.txt"),
    ]
    done = subprocess.run([*command, f"{built}[studio]"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode and "Failed to fetch" in done.stderr:
        pytest.skip("offline: uv reaches no package index")
    assert done.returncode == 0, done.stderr
    (sample,) = (place / "tools").glob(f"**/site-packages/saved_graphs/{SAMPLE}")
    return Installed(place / "bin" / PROGRAM, sample.parent)


@pytest.fixture(scope="module", params=["wheel", "folder"])
def installed(request: pytest.FixtureRequest) -> Installed:
    if request.param == "wheel":
        found: Installed = request.getfixturevalue("wheel")
        return found
    if "BATON_BUNDLE" not in os.environ:
        pytest.skip("make package builds the folder and tests it")
    bundle = Path(os.environ["BATON_BUNDLE"])
    return Installed(bundle / PROGRAM, bundle / "_internal" / "saved_graphs")


@pytest.fixture
def bare(environment: dict[str, str]) -> dict[str, str]:
    """A user who has nothing but the system's own programs: no checkout on any path."""
    system = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}  # Windows needs them
    home = environment["BATON_HOME"]
    return {**system, "PATH": os.defpath, "HOME": home, "BATON_HOME": home}


def said(installed: Installed, words: list[str], bare: dict[str, str]) -> str:
    """What a command says on stdout; it has to work."""
    command = [str(installed.program), *words]
    done = subprocess.run(command, cwd="/", env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_says_its_version_and_lists_what_it_has(installed: Installed, bare: dict[str, str]) -> None:
    assert said(installed, ["--version"], bare).startswith("baton 0.")
    listed = said(installed, ["export", "--list"], bare)
    assert {"python", "png", "otlp"} <= {line.split()[0] for line in listed.splitlines()}
    assert len(json.loads(said(installed, ["kinds", "--json"], bare))["kinds"]) >= 17


def test_a_sample_that_came_with_it_runs(installed: Installed, bare: dict[str, str]) -> None:
    found = json.loads(said(installed, ["run", str(installed.graphs / SAMPLE), "--rehearse", "--json"], bare))
    assert found["status"].startswith("completed")
    assert found["outputs"]["report"]


def test_code_runs_in_a_process_of_its_own(installed: Installed, bare: dict[str, str], tmp_path: Path) -> None:
    nodes = [{"id": "number", "kind": "input"}, {"id": "double", "kind": "code", "config": {"source": CODE}}]
    edges = [{"from": "number.value", "to": "double.value"}, {"from": "double.value", "to": "out.value"}]
    graph = tmp_path / "code.baton.json"
    graph.write_text(json.dumps({"baton": 1, "nodes": [*nodes, {"id": "out", "kind": "output"}], "edges": edges}))
    found = json.loads(said(installed, ["run", str(graph), "-i", "number=21", "--trust", "--json"], bare))
    assert found["outputs"] == {"out": "42"}


@pytest.mark.skipif(os.name == "nt", reason="the process that watches servers needs POSIX")
def test_it_serves_and_calls_tools(installed: Installed, bare: dict[str, str], tmp_path: Path) -> None:
    """One Baton is the tool server of another: both ends of MCP, and the process that watches servers."""
    server = {
        "command": str(installed.program),
        "args": ["serve", str(installed.graphs / SAMPLE), "--mcp", "--rehearse"],
    }
    config = {"tool": "other.research_draft_review", "arguments": {"task": "Why do connection pools stall?"}}
    nodes = [{"id": "ask", "kind": "tool", "config": config}, {"id": "out", "kind": "output"}]
    edges = [{"from": "ask.result", "to": "out.value"}]
    graph = tmp_path / "tool.baton.json"
    graph.write_text(json.dumps({"baton": 1, "tool_servers": {"other": server}, "nodes": nodes, "edges": edges}))
    found = json.loads(said(installed, ["run", str(graph), "--trust", "--allow-writes", "--json"], bare))
    assert found["status"].startswith("completed")
    assert "pool" in json.dumps(found["outputs"]["out"])


def test_the_studio_opens(installed: Installed, bare: dict[str, str]) -> None:
    surroundings = {**bare, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "qt.widgets.painting=true"}
    command = [str(installed.program), str(installed.graphs / SAMPLE)]
    with running(command, cwd="/", env=surroundings, stderr=subprocess.PIPE) as studio:
        assert studio.stderr is not None
        lines: list[str] = []
        for line in studio.stderr:  # ends when it is painted, or with the process
            lines.append(line)
            if PAINTED in line:
                break
        assert PAINTED in lines[-1], "".join(lines)
