"""The file of the stored runs: older versions, damage, owners, large texts, room (semantics.md S11)."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import FileProblem, Refused, WrongUse
from engine.base.process import lives, own_mark, pid_of
from engine.run.control import Run, RunOptions
from engine.run.journal import FIND, LIST, Journal
from engine.run.past import Past
from engine.run.schema import VERSION
from engine.run.services import Services
from engine.run.texts import LARGE, MARK, with_large, without_large
from engine.run.view import View
from engine.testing import build
from tests.surroundings import running

GOLDEN = Path(__file__).parents[2] / "golden" / "journal"
GRAPH = build({"x": ("input", {"default": "q"}), "end": "output"}, "x.value -> end.value", name="Tiny")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["y" * LARGE, "z" * (LARGE + 1)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([MARK, "a", "b"]), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("version_*.sqlite")), ids=lambda file: file.stem)
async def test_a_journal_of_every_version_is_read_and_gone_on_with(services: Services, file: Path) -> None:
    journal = Journal(services.home.runs)
    journal.path.parent.mkdir(parents=True)
    shutil.copy(file, journal.path)
    waits, whole = journal.runs()
    with closing(journal.connect()) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert (whole.name, whole.status, waits.status) == ("Version one", "completed", "paused")
    assert whole.bytes > 1_000
    view = Past.load(journal, whole.id).view()
    assert view.outputs == {"end": '[\n  "one.",\n  "two."\n]', "other": "connection pools stall"}
    assert view.nodes["m"].status == "ok"
    answers = {"m": {"decision": "approved"}}
    again = await Run.resume(waits.id, services=services, answers=answers).execute()
    assert (again.status, again.outputs) == ("completed", {"end": [1, 2, 3]})
    second = await Run(Past.load(journal, whole.id).graph, services=services, base=whole.id, from_node="l",
                       options=RunOptions(rehearse=True)).execute()  # fmt: skip
    assert second.outputs == view.outputs


def test_the_list_of_runs_passes_by_their_graphs(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    told: list[str] = []
    with closing(journal.connect()) as database:
        for sql, values in ((LIST, (10,)), (FIND, (2, "1m"))):
            told += [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert told == ["SCAN runs USING COVERING INDEX runs_listed"] * 2


async def test_a_damaged_file_is_moved_aside_once_and_nothing_crashes(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(services.home.runs)
    first = await Run(GRAPH, services=services).execute()
    services.journal._desk._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # it is open
    raw = bytearray(journal.path.read_bytes())
    raw[100:] = os.urandom(len(raw) - 100)
    journal.path.write_bytes(raw)
    with caplog.at_level(logging.WARNING):
        assert journal.runs() == []
        assert journal.runs() == []
    assert [record.message for record in caplog.records if "damaged" in record.message] == [caplog.records[0].message]
    [aside] = services.home.runs.glob("damaged-*.sqlite")
    assert aside.read_bytes()[:16] == raw[:16]
    second = await Run(GRAPH, services=services).execute()
    assert [run.id for run in journal.runs()] == [second.run]
    with pytest.raises(WrongUse, match="no stored run"):
        journal.find(first.run)


def owned(journal: Journal, run: str, owner: str) -> None:
    with closing(sqlite3.connect(journal.path)) as database:
        database.execute("UPDATE runs SET status='running', ended=NULL, owner=? WHERE id=?", (owner, run))
        database.commit()


async def test_a_run_that_goes_on_elsewhere_is_refused_and_a_dead_owner_is_not_asked(services: Services) -> None:
    journal = Journal(services.home.runs)
    result = await Run(GRAPH, services=services).execute()
    with running([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        stat = Path(f"/proc/{other.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        owned(journal, result.run, f"{other.pid}:{stat[19]}")
        assert journal.find(result.run).status == "running"
        with pytest.raises(Refused, match=f"another window \\(process {other.pid}\\)"):
            await Run.resume(result.run, services=services).execute()
        owned(journal, result.run, f"{other.pid}:{int(stat[19]) + 1}")
        assert journal.find(result.run).status == "interrupted"  # the number was given to another process
        owned(journal, result.run, f"{other.pid}:{stat[19]}")
        other.communicate("\n")
    assert journal.find(result.run).status == "interrupted"
    again = await Run.resume(result.run, services=services).execute()
    assert again.status == "completed"
    assert journal.find(result.run).status == "completed"


def test_a_process_knows_itself() -> None:
    assert lives(own_mark())
    assert pid_of(own_mark()) == os.getpid()
    assert not lives("")
    assert not lives(f"{os.getpid()}:1")


@pytest.mark.skipif(sys.platform != "linux", reason="only there is it told apart")
def test_a_process_that_has_ended_lives_no_more_though_nobody_has_waited_for_it() -> None:
    with running([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not lives(f"{process.pid}:")


@given(JSON)
def test_large_texts_come_back_as_they_were(value: object) -> None:
    texts: dict[str, str] = {}
    kept = without_large(value, texts)
    assert with_large(kept, texts.get) == value
    assert all(len(text) >= LARGE for text in texts.values())


async def test_a_large_text_is_stored_once_and_goes_with_its_last_run(services: Services) -> None:
    text = "long " * 20_000
    graph = build(
        {"x": ("input", {"default": text}), "t": ("template", {"template": "{{ x }}"}), "end": "output"},
        "x.value -> t.x", "t.text -> end.value",
    )  # fmt: skip
    journal = Journal(services.home.runs)
    runs = [await Run(graph, services=services).execute() for _ in range(2)]
    assert runs[0].outputs == {"end": text}

    def stored() -> int:
        with closing(journal.connect()) as database:
            return int(database.execute("SELECT COUNT(*) FROM texts").fetchone()[0])

    assert stored() == 1
    view = View()
    for event in journal.events(runs[0].run):
        view.apply(event)
    assert view == runs[0].view
    assert len(text) < journal.find(runs[0].run).bytes < 2 * len(text), "its texts count, each once"
    journal.delete(runs[0].run)
    assert stored() == 1
    journal.delete(runs[1].run)
    assert stored() == 0


async def test_the_room_of_deleted_runs_is_given_back_and_large_texts_count_in_the_limit(services: Services) -> None:
    journal, runs = Journal(services.home.runs), []
    for mark in "abcd":
        graph = build({"x": ("input", {"default": f"{mark} long " * 150_000}), "end": "output"}, "x.value -> end.value")
        runs.append((await Run(graph, services=services).execute()).run)

    def size() -> int:
        with closing(journal.connect()) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return journal.path.stat().st_size

    full = size()
    assert full > sum(run.bytes for run in journal.runs()) > 4 * 1_000_000
    assert journal.delete(runs[1]) and size() < full - 1_000_000
    assert journal.trim(None, 3) == [runs[0]] and size() < full - 2_000_000
    with closing(journal.connect()) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [run.id for run in journal.runs()] == [runs[3], runs[2]]
    assert journal.events(runs[3])[-1].data["outputs"]["end"].startswith("d long")


@pytest.mark.parametrize("change", [lambda runs, run: runs.delete(run), lambda runs, run: runs.trim(0, None),
                                    lambda runs, run: runs.claim(run, 1)])  # fmt: skip
async def test_a_damaged_page_is_said_to_who_changes_runs_and_new_ones_begin(
    services: Services, tmp_path: Path, change: Callable[[Journal, str], object]
) -> None:
    result = await Run(GRAPH, services=services).execute()
    journal = Journal(tmp_path / "runs")
    journal.path.parent.mkdir()
    with closing(services.journal.journal.connect()) as database, closing(sqlite3.connect(journal.path)) as copy:
        database.backup(copy)
        roots = database.execute("SELECT rootpage FROM sqlite_master WHERE name IN ('uses', 'events')").fetchall()
    with journal.path.open("r+b") as file:
        for (root,) in roots:
            file.seek((root - 1) * 4096)
            file.write(b"\xff" * 4096)
    with pytest.raises(FileProblem, match="damaged"):
        change(journal, result.run)
    assert len(list(journal.path.parent.glob("damaged-*.sqlite"))) == 1 and journal.runs() == []


async def test_old_runs_go_only_where_the_settings_say_so(services: Services) -> None:
    journal = Journal(services.home.runs)
    for _ in range(4):
        await Run(GRAPH, services=services).execute()
    assert len(journal.runs()) == 4
    oldest = journal.runs()[-1]
    owned(journal, oldest.id, "")  # it was cut off: it can go on
    services.__dict__["settings"] = services.settings.model_copy(update={"keep_runs": 2})
    last = await Run(GRAPH, services=services).execute()
    kept = journal.runs()
    assert kept[0].id == last.run
    assert len(kept) == 3
    assert kept[-1].id == oldest.id
