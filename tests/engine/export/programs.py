"""Graphs as programs in tests: exported, run where Baton cannot be imported, and compared with the run of the app."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from llmock.pytest_plugin import LLMock

from engine.base.secrets import Secrets
from engine.base.settings import Home, Settings
from engine.export.registry import exporter
from engine.export.share import Export, exported
from engine.files.beside import Beside
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.capabilities import capabilities
from engine.run.control import Run, RunOptions
from engine.run.services import Services

SAVED = Path(__file__).resolve().parents[3] / "saved_graphs"
KINDS = Kinds.load()
NONE: Mapping[str, str] = {}


def as_program(graph: Graph, form: str = "python", folder: Path | None = None) -> Export:
    """The export."""
    kinds = KINDS.reading(Beside(folder)) if folder else KINDS
    return exported(graph, exporter(form), kinds, folder=folder)


def run_program(
    graph: Graph, folder: Path, environ: dict[str, str], form: str = "python", python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """The exported program in a folder of its own, where Baton cannot be imported."""
    file = folder / "program.py"
    file.write_bytes(as_program(graph, form, folder).data)
    command = [python, "-P", str(file)]
    env = {**kept(), **environ}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=folder, check=False)


def kept() -> dict[str, str]:
    """What a program needs of the surroundings, and no more."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}


def keyed(llmock: LLMock, provider: str) -> dict[str, str]:
    """An environment in which one provider's server is the mock."""
    name = provider.upper()
    return {f"{name}_BASE_URL": llmock.base_url(provider), f"{name}_API_KEY": "test-key-123456"}


async def run_app(graph: Graph, environ: dict[str, str], home: Path, folder: Path = SAVED, hosts: str = "") -> Any:
    """The run of the app, trusted, for a graph in a folder."""
    settings = Settings(local_discovery=False, allow_private_addresses=(hosts,) if hosts else ())
    services = Services(KINDS, Home(home), settings, Secrets(environ, keyring=lambda: None), environ=environ)
    services.trust.trust(capabilities(graph, services.beside(folder).kinds, folder), 0.0)
    options = RunOptions(journal=False, pace=0, allow_writes=("*",))
    return await Run(graph, {}, options, folder=folder, services=services).execute()


def bodies(requests: Sequence[Any]) -> list[str]:
    """What was asked, in an order of its own, since branches run side by side; ids of calls are the server's."""
    texts = (json.dumps(request.body, sort_keys=True) for request in requests)
    return sorted(re.sub(r"\b(call|toolu)_\w{12,}", "ID", text) for text in texts)


async def both(
    graph: Graph, llmock: LLMock, folder: Path, *script: Callable[[], object], files: Mapping[str, str] = NONE,
    hosts: str = "", environ: Mapping[str, str] = NONE, provider: str = "openai",
) -> tuple[Any, Any, list[list[str]]]:  # fmt: skip
    """What app and program give for a graph while the server does as scripted, and what each asked.

    Args:
        files: what stands beside the graph, and beside the program.
        hosts: of this machine, which both may reach.
    """
    known, asked, ends = {**keyed(llmock, provider), **environ}, [], []
    for name in ("app", "program"):
        llmock.reset()
        for act in script:
            act()
        place = folder / name
        place.mkdir(exist_ok=True)
        for path, text in files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text, "utf-8")
        if name == "app":
            ends.append(await run_app(graph, known, folder / "home", place, hosts))
        else:
            reached = {**known, "BATON_ALLOW_PRIVATE": hosts}
            ends.append(await asyncio.to_thread(run_program, graph, place, reached))
        asked.append(bodies(llmock.requests))
    return ends[0], ends[1], asked
