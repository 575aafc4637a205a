"""One journal under several programs, two answers to one question, and a clock that jumps (S11, S13)."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.base.clock import SystemClock
from engine.base.errors import Refused
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.services import Services
from engine.run.view import View
from engine.testing import build
from tests.torture.story import ROOT

pytestmark = pytest.mark.slow

DAY_S = 86_400.0
SIGN = build(
    {"draft": ("input", {"default": "a draft"}), "sign": "review", "yes": "output", "no": "output"},
    "draft.value -> sign.value", "sign.approved -> yes.value", "sign.rejected -> no.value",
)  # fmt: skip
SEVERAL = """
import asyncio, engine
from engine.testing import build

nodes = {"x": ("input", {"default": "retry storms meet small limits"}), "each": ("agent", {"prompt": "Say: {{ x }}"})}
graph = build({**nodes, "end": "output"}, "x.value -> each.x", "each.text -> end.value", name="Several")

async def main():
    services = engine.Services.load()
    runs = [engine.Run(graph, None, engine.RunOptions(rehearse=True, pace=0), services=services) for _ in range(8)]
    results = await asyncio.gather(*(run.execute() for run in runs))
    assert [result.status for result in results] == ["completed"] * 8, results

asyncio.run(main())
"""
RESUME = "import sys; from engine.cli.main import main; sys.exit(main(['run', '--resume', *sys.argv[1:]]))"


def programs(*commands: Sequence[str], home: Path) -> list[subprocess.CompletedProcess[str]]:
    """Starts all at once, and waits until the last has ended."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.json").write_text('{"local_discovery": false}', "utf-8")
    pipe, around = subprocess.PIPE, {**os.environ, "BATON_HOME": str(home)}
    begun = [
        subprocess.Popen([sys.executable, *words], cwd=ROOT, env=around, stdout=pipe, stderr=pipe, text=True)
        for words in commands
    ]
    said = [each.communicate(timeout=100) for each in begun]
    return [
        subprocess.CompletedProcess(each.args, each.returncode, *heard) for each, heard in zip(begun, said, strict=True)
    ]


def test_two_programs_store_their_runs_in_one_journal(tmp_path: Path) -> None:
    for ended in programs(("-c", SEVERAL), ("-c", SEVERAL), home=tmp_path):
        assert ended.returncode == 0, ended.stderr
    journal = Journal(tmp_path / "runs")
    assert [row.status for row in journal.runs()] == ["completed"] * 16
    for row in journal.runs():
        events = journal.events(row.id)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert {event.run for event in events} == {row.id}
    with closing(sqlite3.connect(journal.path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def asked(services: Services) -> str:
    """A run that waits for a person."""
    result = await Run(SIGN, options=RunOptions(), services=services).execute()
    assert result.status == "paused"
    return result.run


async def test_two_programs_that_answer_one_review_take_one_answer(services: Services) -> None:
    run = await asked(services)
    answers = [json.dumps({"decision": "approved", "value": value}) for value in ("first", "second")]
    commands = [("-c", RESUME, run, "--json", "--answer", f"sign={answer}") for answer in answers]
    ended = programs(*commands, home=services.home.root)
    assert sorted(each.returncode for each in ended) == [0, 2], [each.stderr for each in ended]
    told = json.loads(next(each.stdout for each in ended if each.returncode == 0))
    events = Journal(services.home.runs).events(run)
    [resolved] = [event for event in events if event.kind == "human.resolved"]
    assert told["outputs"] == events[-1].data["outputs"] == {"yes": resolved.data["value"]}
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


async def test_what_was_read_before_another_went_on_does_not_go_on(services: Services) -> None:
    run = await asked(services)
    answers = ({"sign": {"decision": "approved", "value": value}} for value in ("first", "second"))
    first, second = [Run.resume(run, services=services, answers=answer) for answer in answers]
    assert (await first.execute()).outputs == {"yes": "first"}
    stored = Journal(services.home.runs).events(run)
    with pytest.raises(Refused, match="has gone on elsewhere"):
        await second.execute()
    assert Journal(services.home.runs).events(run) == stored
    assert Journal(services.home.runs).find(run).status == "completed"


class Jumping(SystemClock):
    """Its date goes back by a day after some looks at it, and what it counts starts anew, as after a restart."""

    def __init__(self, looks: int, mono: float = 0.0) -> None:
        self.looks, self._mono = looks, mono

    def wall(self) -> float:
        self.looks -= 1
        return SystemClock.wall() - (0 if self.looks > 0 else DAY_S)

    def mono(self) -> float:
        return SystemClock.mono() - self._mono


@pytest.mark.parametrize("looks", [4, 6, 9])
async def test_a_clock_that_goes_back_a_day_changes_nothing_but_dates(services: Services, looks: int) -> None:
    first = await Run(SIGN, options=RunOptions(), services=replace(services, clock=Jumping(looks))).execute()
    assert first.status == "paused"
    again = replace(services, clock=Jumping(looks, mono=SystemClock.mono()))  # the computer has been restarted
    run = Run.resume(first.run, services=again, answers={"sign": {"decision": "approved", "value": "signed"}})
    result = await run.execute()
    assert (result.status, result.outputs) == ("completed", {"yes": "signed"})
    journal = Journal(services.home.runs)
    events = journal.events(first.run)
    assert min(event.ts for event in events) < max(event.ts for event in events) - DAY_S / 2
    view = folded(events)
    assert all((node.seconds or 0) >= 0 for node in view.nodes.values())
    assert [row.status for row in journal.runs()] == ["completed"]


def folded(events: Sequence[Event]) -> View:
    view = View()
    for event in events:
        view.apply(event)
    return view
