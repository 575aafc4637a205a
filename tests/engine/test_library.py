"""`import engine`: what Python users get, as the pages show it: load, check, run and watch, stop, export, save."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine.run.services import Services
from engine.testing import build

ROOT = Path(__file__).resolve().parents[2]
SLOW = build({"i": "input", "a": ("agent", {"model": "rehearsal", "prompt": "Repeat: {{ i }}"}), "o": "output"},
             "i.value -> a.i", "a.text -> o.value")  # fmt: skip
STORY = " ".join(f"Sentence {number} tells of herons." for number in range(400))


def test_every_name_is_there() -> None:
    assert [name for name in engine.__all__ if getattr(engine, name).__name__ != name] == []
    assert set(engine.__all__) <= set(dir(engine)), "completion offers them"


async def test_a_run_is_an_iterator_of_its_events(services: Services) -> None:
    stream = engine.Stream(engine.Run(SLOW, {"i": "One. Two."}, engine.RunOptions(pace=0), services=services))
    events = [event async for event in stream]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert (events[0].kind, events[-1].kind) == ("run.created", "run.finished")
    assert stream.result and stream.result.status == "completed" and stream.result.outputs["o"]


async def test_leaving_the_iteration_stops_the_run(services: Services) -> None:
    stream = engine.Stream(engine.Run(SLOW, {"i": STORY}, services=services))
    events = aiter(stream)
    async for event in events:
        if event.kind == "text":
            break
    await events.aclose()  # type: ignore[attr-defined]  # an async generator, promised as an iterator only
    assert stream.result and stream.result.status == "cancelled"


@pytest.mark.slow
def test_the_example_of_the_pages_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    environment = {"BATON_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    (tmp_path / "settings.json").write_text('{"local_discovery": false}', "utf-8")
    command = [sys.executable, "-c", example.replace('"copy', f'"{tmp_path}/copy')]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "completed" in done.stdout and "node.ok review" in done.stdout
    copy = engine.open_graph(tmp_path / "copy.baton.json")
    assert copy == engine.open_graph(ROOT / "saved_graphs" / "research_draft_review.baton.json")
