"""Baton: agents side by side, each piece of text an event, every event stored before it is shown."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contest.server import TEXT
from benchmarks.contest.shapes import Run
from engine.base.settings import Home
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.run import control
from engine.run.services import Services

PACKAGE = "baton-studio"


def build(shape: str, n: int, url: str) -> Run:
    os.environ["OPENAI_COMPATIBLE_BASE_URL"] = url
    services = Services.load(Home(Path(tempfile.mkdtemp())))
    asked = {f"a{number}": {"model": "openai_compatible/m", "prompt": f"Question {number}"} for number in range(n)}
    nodes = {name: Node(name, "agent", config=config) for name, config in asked.items()}
    graph = Graph({"name": "bench", "settings": {"concurrency": n}}, nodes)

    async def run() -> Any:
        texts: list[str] = []

        def watch(batch: Any) -> None:
            texts.extend(event.data["outputs"]["text"] for event in batch if event.kind == "node.ok")

        result = await control.Run(graph, services=services).execute(watch)
        assert result.status == "completed", result.reason
        assert texts == [TEXT] * n
        return n

    return run
