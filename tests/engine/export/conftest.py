"""A stored run to export: an agent with a tool, a failed branch, a map; its texts are hostile and hold keys."""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.base.errors import NodeError
from engine.base.secrets import Redactor, Secrets
from engine.base.settings import Home, Settings
from engine.export.record import RunRecord, run_record
from engine.kinds.registry import Kinds
from engine.run.control import Run, RunOptions
from engine.run.journal import Journal
from engine.run.services import Services
from engine.testing import build
from tests.engine.scripted import Script

OWN = "correct horse battery"
"""A key of the user's that looks like none."""
PASTED = "sk-ant-api03-AbCdEfGhIjKlMnOpQrSt"
HOSTILE = '<script>alert(1)</script><img src="https://evil.example/x.png" onerror=alert(1)> {{ 7*7 }} ```\n# head'


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """A user without keys and local servers."""
    settings = Settings(local_discovery=False)
    return Services(Kinds.load(), Home(tmp_path / "home"), settings, Secrets({}, keyring=lambda: None), environ={})


@pytest.fixture
async def record(services: Services) -> RunRecord:
    """The run as exporters get it."""
    script = Script()
    script.says("good", f"An answer with {PASTED} and {OWN}. {HOSTILE}")
    script.says("bad", NodeError("refused", f"It refused {HOSTILE}"))
    body = {
        "nodes": [{"id": "item", "kind": "input"}, {"id": "t", "kind": "template", "config": {"template": "{{ x }}!"}},
                  {"id": "out", "kind": "output"}],
        "edges": [{"from": "item.value", "to": "t.x"}, {"from": "t.text", "to": "out.value"}],
    }  # fmt: skip
    graph = build(
        {
            "q": ("input", {"default": "evaluate the expression 2+3"}),
            "a": ("agent", {"model": "rehearsal", "prompt": "{{ q }}", "tools": ["calc.*"]}),
            "b": ("agent", {"model": "script/good", "prompt": "{{ q }}", "instructions": "Be brief."}),
            "c": ("agent", {"model": "script/bad", "prompt": "{{ q }}"}),
            "l": ("input", {"default": ["one", "two"]}),
            "m": ("map", {"body": body}),
            "o": "output", "p": "output", "f": "output", "z": "output",
        },
        "q.value -> a.q", "q.value -> b.q", "q.value -> c.q", "l.value -> m.items", "a.text -> o.value",
        "b.text -> p.value", "m.items -> f.value", "c.text -> z.value", name=f"Herons {HOSTILE}",
    )  # fmt: skip
    run = Run(graph, {}, RunOptions(pace=0), services=script.on(services))
    await run.execute()
    journal = Journal(services.home.runs)
    return run_record(journal, journal.runs()[0].id, Redactor([OWN]))


@pytest.fixture(scope="session")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Makes an environment of its own with some packages, and gives its Python; skips where they cannot be had."""

    def made(*packages: str) -> str:
        folder = tmp_path_factory.mktemp("apart")
        venv.create(folder, with_pip=True)
        python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no package index gives {', '.join(packages)}: {done.stderr[-200:]}")
        return str(python)

    return made
