"""`baton serve` as a process, with small graphs to serve."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.surroundings import running, without_keys

BATON = [sys.executable, "-c", "import sys; from engine.cli.main import main; sys.exit(main())"]
TOKEN = "a-token-of-the-tests"
LONG = " ".join(f"Sentence {number} tells of herons, tides and harbours in some detail." for number in range(300))


def written(folder: Path, file: str, nodes: dict[str, tuple[str, dict[str, Any]]], *edges: str, **head: Any) -> Path:
    """A graph's file from short words, as `engine.testing.build` has them."""
    path = folder / f"{file}.baton.json"
    ends = [dict(zip(("from", "to"), (end.strip() for end in edge.split("->")), strict=True)) for edge in edges]
    records = [{"id": node, "kind": kind, "config": config} for node, (kind, config) in nodes.items()]
    path.write_text(json.dumps({"baton": 1, **head, "nodes": records, "edges": ends}), "utf-8")
    return path


@pytest.fixture
def greeting(tmp_path: Path) -> Path:
    """Two inputs, two outputs, no model."""
    return written(
        tmp_path, "greeting",
        {"name": ("input", {"type": "text", "description": "Who is greeted"}),
         "times": ("input", {"type": "number", "default": 2}),
         "t": ("template", {"template": "Hello {{ name }}, {{ times }} times"}),
         "text": ("output", {}), "times_out": ("output", {"name": "times"})},
        "name.value -> t.name", "times.value -> t.times", "t.text -> text.value", "times.value -> times_out.value",
        name="Greeting", description="Greets somebody.",
    )  # fmt: skip


@pytest.fixture
def reviewed(tmp_path: Path) -> Path:
    """A person decides about what is given."""
    return written(
        tmp_path, "reviewed",
        {"draft": ("input", {"type": "text"}), "r": ("review", {"question": "Publish this?"}),
         "yes": ("output", {}), "no": ("output", {})},
        "draft.value -> r.value", "r.approved -> yes.value", "r.rejected -> no.value",
    )  # fmt: skip


@pytest.fixture
def writer(tmp_path: Path) -> Path:
    """An agent that writes for many seconds, and then others."""
    agent = {"model": "rehearsal", "prompt": "Repeat: {{ x }}"}
    chain = {f"b{n}": ("agent", agent) for n in range(20)}
    edges = [f"b{n}.text -> b{n + 1}.x" for n in range(19)]
    return written(
        tmp_path, "writer", {"task": ("input", {"default": LONG}), **chain, "text": ("output", {})},
        "task.value -> b0.x", *edges, "b19.text -> text.value",
    )  # fmt: skip


@pytest.fixture
def one_writer(tmp_path: Path) -> Path:
    """One agent whose text is the output."""
    agent = {"model": "rehearsal", "prompt": "Repeat: {{ task }}"}
    return written(
        tmp_path, "one_writer", {"task": ("input", {}), "a": ("agent", agent), "text": ("output", {})},
        "task.value -> a.task", "a.text -> text.value",
    )  # fmt: skip


@dataclass
class Served:
    """A running `baton serve` over HTTP."""

    base: str
    process: subprocess.Popen[str]
    environment: dict[str, str]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode

    def runs(self) -> list[dict[str, Any]]:
        """The stored runs, as `baton runs list` tells of them."""
        told = subprocess.run([*BATON, "runs", "list", "--json"], env=self.environment, capture_output=True, check=True)
        found: list[dict[str, Any]] = json.loads(told.stdout)["runs"]
        return found


Serving = Callable[..., Served]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user without keys and local servers."""
    found = without_keys(tmp_path / "home", allow_private_addresses=["127.0.0.1"])
    return {**found, "BATON_SERVE_TOKEN": TOKEN}


@pytest.fixture
def serving(environment: dict[str, str]) -> Iterator[Serving]:
    """Starts `baton serve FILE ...` over HTTP on a free port, and ends it after the test."""
    with ExitStack() as programs:

        def serve(file: Path, *options: str) -> Served:
            command = [*BATON, "serve", str(file), *options, "--port", "0"]
            pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = programs.enter_context(running(command, env=environment, **pipes))
            assert process.stderr is not None
            told = process.stderr.readline()
            base = next((word for word in told.split() if word.startswith("http://")), told)
            return Served(base, process, environment)

        yield serve
