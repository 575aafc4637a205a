"""The real command in a process of its own with little memory, and files of graphs for it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.said import Said
from tests.scale.shapes import Baton, Nodes, Write

BATON = [sys.executable, "-c", "import sys; from engine.cli.main import main; sys.exit(main())"]
MEMORY = 4 * 1024**3
"""Bytes of address space that a command may take."""


@pytest.fixture
def baton(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Baton:
    """Runs a command in a process of its own with little memory; a traceback is never right."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.json").write_text('{"local_discovery": false}', "utf-8")
    monkeypatch.setenv("BATON_HOME", str(home))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    def run(*args: object) -> Said:
        command = [*BATON, *(str(arg) for arg in args)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500, preexec_fn=limit, check=False)
        assert "Traceback" not in done.stderr, done.stderr[-3000:]
        assert "bug of its own" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a graph's file: edges as `a.out > b.in`; `raw` replaces texts of the file by others."""

    def make(nodes: Nodes, edges: list[str], name: str = "g", raw: dict[str, str] | None = None, **head: Any) -> Path:
        joined = [dict(zip(("from", "to"), edge.split(" > "), strict=True)) for edge in edges]
        text = json.dumps({"baton": 1, **head, "nodes": nodes, "edges": joined})
        for old, new in (raw or {}).items():
            text = text.replace(old, new)
        path = tmp_path / f"{name}.baton.json"
        path.write_text(text, "utf-8")
        return path

    return make
