"""Stored runs that Baton did not write, or that are damaged: told in a sentence, and no other run is hidden by them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.archive.durations import earlier_views
from engine.archive.inbox import inbox
from engine.archive.learning import learnt_of
from engine.archive.replay import Replay
from engine.base.errors import FileProblem
from engine.export.record import run_record
from engine.run.journal import Journal
from engine.run.past import Past
from engine.run.view import View

GOLDEN = Path(__file__).parents[2] / "golden" / "journal" / "version_3.sqlite"

Events = list[Any]
Change = Callable[[Events], object]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Two runs: one waits for an answer, one is complete."""
    journal = Journal(tmp_path)
    shutil.copy(GOLDEN, journal.path)
    journal.runs()
    return journal


def changed(journal: Journal, run: str, change: Change) -> None:
    """Rewrites the first batch of events of a run."""
    with closing(sqlite3.connect(journal.path)) as database, database:
        seq, batch = database.execute("SELECT seq, batch FROM events WHERE run=? ORDER BY seq", (run,)).fetchone()
        events = orjson.loads(batch)
        change(events)
        database.execute("UPDATE events SET batch=? WHERE run=? AND seq=?", (orjson.dumps(events), run, seq))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda events: events.append(5), id="no list"),
        pytest.param(lambda events: events.append([1, "x"]), id="too short"),
        pytest.param(lambda events: events[0].__setitem__(10, "data"), id="no object"),
        pytest.param(lambda events: events[0].__setitem__(5, ["node.ok"]), id="no kind"),
        pytest.param(
            lambda events: events.append([*events[-1][:5], "text", "n", "n", "", 1, {"text": 5}]), id="no text"
        ),
        pytest.param(lambda events: events.append([*events[-1][:5], "edge.live", "", "", "", 0, {}]), id="no edge"),
    ],
)
def test_events_that_no_run_speaks_are_damage_and_no_bug(journal: Journal, change: Change) -> None:
    damaged = journal.runs()[-1].id
    changed(journal, damaged, change)
    readers: tuple[Callable[[], object], ...] = (
        lambda: View.of(journal.events(damaged)),
        lambda: Past.load(journal, damaged).view(),
        lambda: Past.load(journal, damaged).memory,
        lambda: run_record(journal, damaged).view,
        lambda: Replay(events := journal.events(damaged)).view_at(len(events)),
    )
    problems = []
    for read in readers:
        try:
            read()
        except FileProblem as problem:
            problems.append(problem.message)
    assert len(problems) >= len(readers) - 1  # what a run is gone on with needs no texts
    assert all("damaged" in message for message in problems)


def test_a_damaged_run_hides_no_other_one(journal: Journal) -> None:
    waits, whole = journal.runs()
    learnt = learnt_of(journal, whole.file).runs
    assert [each.run for each in inbox(journal)] == [waits.id]
    with closing(sqlite3.connect(journal.path)) as database, database:
        for name, batch in (("not json", b"[[1,"), ("a number", 7)):
            database.execute(
                "INSERT INTO runs SELECT ?, name, file, created + 1, ended, status, cost_usd, graph, owner, bytes"
                " FROM runs WHERE id=?", (name, waits.id),
            )  # fmt: skip
            database.execute("INSERT INTO events VALUES (?, 1, 1, ?)", (name, batch))
            database.execute("INSERT INTO asked VALUES (?, 1)", (name,))
        database.execute("UPDATE runs SET bytes='many', created='once' WHERE id='a number'")
    assert [run.id for run in journal.runs()] == ["not json", waits.id, whole.id]
    assert [each.run for each in inbox(journal)] == [waits.id]
    assert learnt_of(journal, whole.file).runs == learnt
    assert earlier_views(journal, whole.file, whole.name, rehearsal=True) is not None


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER t BEFORE UPDATE ON runs BEGIN DELETE FROM events; END",
        "ALTER TABLE runs RENAME TO kept; CREATE VIEW runs AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1"
        " FROM c) SELECT 'a' id, '' name, '' file, 1.0 created, 2.0 ended, 'completed' status, 0.0 cost_usd, 1 bytes,"
        " '' owner FROM c",
    ],
    ids=["trigger", "endless view"],
)
def test_what_acts_by_itself_in_the_file_is_never_asked(journal: Journal, sql: str) -> None:
    with closing(sqlite3.connect(journal.path)) as database:
        database.executescript(sql)
        before = database.execute("SELECT count(*) FROM events").fetchone()
    with pytest.raises(FileProblem, match="did not write"):
        journal.runs()
    with pytest.raises(FileProblem, match="did not write"):
        journal.delete("x")
    with closing(sqlite3.connect(journal.path)) as database:
        assert database.execute("SELECT count(*) FROM events").fetchone() == before
