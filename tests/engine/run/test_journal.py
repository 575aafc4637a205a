"""The journal: stored before shown, read back as it was, and a disk that does not take it (S11, S15)."""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from engine.base.errors import FileProblem, Refused, WrongUse
from engine.files import dumps, loads
from engine.graph.graph import Graph
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.past import Past
from engine.run.services import Services
from engine.run.thread import RunThread
from engine.run.view import View
from engine.run.writer import Writer
from engine.testing import build

GRAPH = build(
    {"x": ("input", {"default": "connection pools stall when a retry storm meets a small limit"}),
     "a": ("agent", {"prompt": "Summarise: {{ x }}"}), "end": "output"},
    "x.value -> a.x", "a.text -> end.value", name="Tiny",
)  # fmt: skip


async def test_a_stored_run_reads_back_as_it_was_shown(services: Services) -> None:
    shown: list[Event] = []
    result = await Run(GRAPH, options=RunOptions(pace=0), services=services).execute(shown.extend)
    journal = Journal(services.home.runs)
    stored = journal.events(result.run)
    assert stored == shown
    view = View()
    for event in stored:
        view.apply(event)
    assert view == result.view
    text = journal.graph(result.run)
    assert text is not None
    assert dumps(loads(text)) == dumps(GRAPH)
    [row] = journal.runs()
    assert (row.id, row.name, row.status, row.cost_usd) == (result.run, "Tiny", "completed", 0.0)


async def test_events_are_stored_before_they_are_shown(services: Services) -> None:
    journal = Journal(services.home.runs)
    missing: list[int] = []

    def watch(batch: Sequence[Event]) -> None:
        stored = {event.seq for event in journal.events(batch[0].run)}
        missing.extend(event.seq for event in batch if event.seq not in stored)

    await Run(GRAPH, options=RunOptions(pace=0), services=services).execute(watch)
    assert missing == []


async def test_the_end_of_a_run_never_stops_the_loop_while_another_program_writes(services: Services) -> None:
    journal, shown = Journal(services.home.runs), list[Event]()
    with closing(journal.connect()) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(
            Run(build({"x": ("input", {"default": "a"})}), services=services).execute(shown.extend)
        )
        await asyncio.wait({task}, timeout=0.1)
        assert not task.done() and shown == []
        other.execute("ROLLBACK")
    result = await task
    assert result.status == "completed" and journal.events(result.run) == shown


async def test_what_nobody_else_writes_is_stored_before_the_call_returns(services: Services) -> None:
    shown: list[Event] = []
    first = Event(1, "run1", 1, 1.0, 1.0, "run.created", "", "", "", 0, {})
    entry = services.journal.open(
        ("run1", "Tiny", "", 1.0, "{}"), shown.extend, lambda problem: pytest.fail(str(problem))
    )
    assert entry.at_once([first]) and shown == [first]
    journal = Journal(services.home.runs)
    assert journal.events("run1") == shown
    with closing(journal.connect()) as other:
        other.execute("BEGIN IMMEDIATE")
        second = first._replace(seq=2)
        assert not entry.at_once([second]) and shown == [first]
        entry.put([second])
        assert not entry.at_once([first._replace(seq=3)])  # what was put comes first
        other.execute("ROLLBACK")
    over = threading.Event()
    entry.barrier(over.set)
    assert over.wait(20) and journal.events("run1") == shown == [first, second]
    entry.close()


async def test_the_intent_is_stored_before_a_model_is_called(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.models.rehearsal.model import Rehearsal

    journal = Journal(services.home.runs)
    stored: list[str] = []
    complete = Rehearsal.complete

    async def spying(self, request, on_text):  # type: ignore[no-untyped-def]  # stands in for one method
        stored.extend(event.kind for event in journal.events(journal.runs()[0].id))
        return await complete(self, request, on_text)

    monkeypatch.setattr(Rehearsal, "complete", spying)
    await Run(GRAPH, options=RunOptions(pace=0), services=services).execute()
    assert "model.request" in stored
    assert "model.response" not in stored


def full_disk(path: Path) -> None:
    """Makes the next write to the journal fail as on a full disk: its file may not grow any more."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE events")
        database.execute("CREATE TABLE events (run, seq, last, batch CHECK (length(batch) < 0))")


async def test_a_disk_that_takes_no_more_ends_the_run_with_a_sentence(services: Services) -> None:
    journal = Journal(services.home.runs)
    journal.connect().close()
    full_disk(journal.path)
    shown: list[Event] = []
    result = await Run(GRAPH, options=RunOptions(), services=services).execute(shown.extend)
    assert result.status == "failed"
    assert "cannot be stored" in result.reason
    assert "Free some space" in result.reason
    assert shown[-1].kind == "run.finished"
    assert [event.seq for event in shown] == list(range(1, len(shown) + 1))


def test_what_no_database_can_hold_fails_its_run_alone_and_nobody_waits_for_ever(services: Services) -> None:
    writer, over = Writer(Journal(services.home.runs)), threading.Event()
    problems, shown = list[str](), list[Event]()
    event = Event(1, "r", 1, 0.0, 0.0, "run.created", "", "", "", 0, {})
    no_moment = 2.0**70, 2**70
    for run, created in zip("rs", no_moment, strict=True):
        entry = writer.open((run, "name", "", created, "{}"), shown.extend, lambda why: problems.append(str(why)))
        entry.put([event._replace(run=run)])
        entry.barrier(over.set)
        assert over.wait(30)
        over.clear()
        entry.close()
    assert [event.run for event in shown] == ["r", "s"]
    assert len(problems) == 1 and "cannot be stored" in problems[0]
    assert [event.run for event in writer.journal.events("r")] == ["r"]


async def test_a_home_that_cannot_be_written_is_told_before_anything_starts(services: Services) -> None:
    services.home.root.parent.mkdir(parents=True, exist_ok=True)
    services.home.root.write_text("a file where the folder should be")
    with pytest.raises(FileProblem, match="cannot be opened"):
        await Run(GRAPH, services=services).execute()


async def test_secrets_never_reach_an_event_or_the_file(services: Services) -> None:
    services.secrets.redactor.add("sk-canary-1234567890")
    text = "my key is sk-canary-1234567890, keep it"
    graph = build({"x": ("input", {"default": text}), "end": "output"}, "x.value -> end.value")
    shown: list[Event] = []
    await Run(graph, services=services).execute(shown.extend)
    assert "sk-canary" not in str(shown)
    for file in services.home.runs.iterdir():
        assert b"sk-canary" not in file.read_bytes()


async def test_two_runs_at_once_share_the_journal(services: Services) -> None:
    runs = [Run(GRAPH, options=RunOptions(pace=0), services=services) for _ in range(5)]
    await asyncio.gather(*(run.execute() for run in runs))
    journal = Journal(services.home.runs)
    assert {row.id for row in journal.runs()} == {run.id for run in runs}
    assert all(row.status == "completed" for row in journal.runs())
    assert journal.delete(runs[0].id)
    assert journal.events(runs[0].id) == []
    assert not journal.delete(runs[0].id)


async def test_a_file_whose_name_is_no_text_has_runs_like_any_other(services: Services) -> None:
    name = os.fsdecode(b"/graphs/caf\xe9.baton.json")
    result = await Run(GRAPH, options=RunOptions(pace=0), services=services, file=name).execute()
    assert result.status == "completed"
    journal = Journal(services.home.runs)
    assert [row.file for row in journal.runs()] == ["/graphs/caf\ufffd.baton.json"]
    assert Past.newest(journal, name, rehearsal=True).id == result.run
    with pytest.raises(WrongUse, match="no stored run"):
        journal.find(name)


async def test_a_run_that_goes_on_is_not_deleted(services: Services) -> None:
    journal = Journal(services.home.runs)
    run = Run(GRAPH, options=RunOptions(pace=0), services=services)
    refused: list[str] = []

    def shown(events: Sequence[Event]) -> None:
        if any(event.kind == "node.started" for event in events) and not refused:
            with pytest.raises(Refused, match="goes on here") as caught:
                journal.delete(run.id)
            refused.append(str(caught.value))

    await run.execute(shown)
    assert refused
    assert journal.delete(run.id)


def test_a_newer_journal_is_left_alone(services: Services) -> None:
    journal = Journal(services.home.runs)
    with closing(journal.connect()) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(FileProblem, match="newer Baton"):
        journal.runs()


def test_a_run_on_a_thread_of_its_own_can_be_polled_to_the_end(services: Services) -> None:
    thread = RunThread(Run(GRAPH, options=RunOptions(pace=0), services=services))
    thread.start()
    thread.join(20)
    assert thread.result is not None
    assert thread.result.status == "completed"
    events = thread.poll()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert thread.poll() == []
    thread.stop()  # after the end: nothing to stop, and no harm


def test_an_empty_graph_completes(services: Services) -> None:
    thread = RunThread(Run(Graph(), services=services))
    thread.start()
    thread.join(20)
    assert thread.result is not None
    assert thread.result.status == "completed"


async def test_a_run_that_has_ended_is_let_go_at_once(services: Services) -> None:
    for _ in range(50):
        await Run(GRAPH, options=RunOptions(pace=0), services=services).execute()
        desk = services.journal._desk
        assert desk is not None
        assert not desk.runs


async def test_runs_in_a_row_share_one_connection_and_one_thread(services: Services) -> None:
    desks = set()
    for _ in range(3):
        await Run(GRAPH, options=RunOptions(pace=0), services=services).execute()
        desks.add(services.journal._desk)
    assert len(desks) == 1


async def test_a_journal_whose_file_was_taken_away_is_made_anew(services: Services) -> None:
    await Run(GRAPH, options=RunOptions(pace=0), services=services).execute()
    for file in services.home.runs.iterdir():
        file.unlink()
    result = await Run(GRAPH, options=RunOptions(pace=0), services=services).execute()
    assert [row.id for row in Journal(services.home.runs).runs()] == [result.run]


async def test_a_watcher_that_breaks_does_not_take_the_journal_from_the_run(services: Services) -> None:
    def broken(_batch: Sequence[Event]) -> None:
        raise ZeroDivisionError

    result = await Run(GRAPH, options=RunOptions(pace=0), services=services).execute(broken)
    assert result.status == "completed"
    assert Journal(services.home.runs).runs()[0].status == "completed"


async def test_the_same_graph_is_made_ready_once_and_another_one_anew(services: Services) -> None:
    kinds = services.kinds
    first = services.preparations.of(GRAPH, kinds, None)
    assert services.preparations.of(GRAPH, kinds, None) is first
    other = build({"x": ("input", {"default": "a"}), "end": "output"}, "x.value -> end.value")
    assert services.preparations.of(other, kinds, None) is not first
    assert services.preparations.of(GRAPH, kinds, None) is not first


@pytest.mark.slow
def test_a_program_that_ends_while_the_journal_is_open_leaves_nothing_unclosed(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from engine.base.settings import Home\n"
        "from engine.run.control import Run; from engine.run.services import Services\n"
        "from engine.testing import build\n"
        "graph = build({'x': ('input', {'default': 'a'}), 'end': 'output'}, 'x.value -> end.value')\n"
        "print(asyncio.run(Run(graph, services=Services.load(Home(Path(sys.argv[1])))).execute()).status)\n"
    )
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "completed"
    assert said.stderr == ""
    assert not list(tmp_path.rglob("*-wal"))


def test_of_what_long_runs_in_a_row_put_off_the_last_is_done_and_nothing_else_is_held(services: Services) -> None:
    writer, done = Writer(Journal(services.home.runs)), queue.SimpleQueue[str]()
    for run in ("first", "second", "last"):
        writer.when_idle(partial(done.put, run))
    assert done.get(timeout=30) == "last"
    assert done.empty()


def test_a_new_journal_can_be_opened_from_many_sides_at_once(tmp_path: Path) -> None:
    for number in range(40):
        journal = Journal(tmp_path / str(number))
        with ThreadPoolExecutor(4) as pool:
            opened = [pool.submit(journal.connect) for _ in range(4)]
            for each in opened:
                with closing(each.result()) as made:
                    assert made.execute("SELECT count(*) FROM runs").fetchone() == (0,)
