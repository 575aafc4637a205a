"""The command line in this process: a home of its own, no keys of the user, what it says on both channels."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TextIO

import pytest

from engine.cli.main import main
from tests.said import Said


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A BATON_HOME of its own, and no key or local server from outside."""
    place = tmp_path / "home"
    place.mkdir()
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL", "_HOST")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("BATON_HOME", str(place))
    (place / "settings.json").write_text('{"local_discovery": false}', "utf-8")
    return place


@pytest.fixture
def baton(home: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command line and returns what it said."""

    def run(*args: object) -> Said:
        capfd.readouterr()
        code = main([str(arg) for arg in args])
        said = capfd.readouterr()
        assert "Traceback" not in said.err + said.out
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def unread() -> Generator[TextIO, None, None]:
    """A channel whose reader has gone, as stdout is behind `| head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as channel:
        yield channel


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a graph file and returns its path."""

    def make(nodes: list[dict[str, Any]], edges: list[str] = [], name: str = "g", **head: Any) -> Path:  # noqa: B006 - never changed
        drawn = [dict(zip(("from", "to"), edge.split(" > "), strict=True)) for edge in edges]
        path = tmp_path / f"{name}.baton.json"
        path.write_text(json.dumps({"baton": 1, "name": name, **head, "nodes": nodes, "edges": drawn}), "utf-8")
        return path

    return make


@pytest.fixture
def echo(write: Callable[..., Path]) -> Path:
    """A graph without a model: an input of each type and what becomes of it."""
    types = ("text", "number", "boolean", "json", "list", "file")
    inputs = [{"id": kind, "kind": "input", "config": {"type": kind, "default": None}} for kind in types]
    outputs = [{"id": f"out_{kind}", "kind": "output", "config": {"name": kind}} for kind in types]
    return write(inputs + outputs, [f"{kind}.value > out_{kind}.value" for kind in types], name="echo")
