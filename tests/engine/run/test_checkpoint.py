"""What a long run came to, kept beside its events: the same view without them, and never one that is behind them."""

from __future__ import annotations

import asyncio
import shutil
import threading
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import pytest

from engine.files.open import open_graph
from engine.run import checkpoint, writer
from engine.run.checkpoint import keep, kept, kept_course, packed, unpacked
from engine.run.control import Run, RunOptions
from engine.run.journal import Journal
from engine.run.past import Past
from engine.run.services import Services
from engine.run.view import View
from engine.testing import build

TREE = Path(__file__).parents[3]
GRAPH = build({"x": ("input", {"default": "q"}), "end": "output"}, "x.value -> end.value", name="Tiny")
SHOWN = {3: "73da09a843ec2d39"}
"""By the number of the fold, what it makes of the stored run that has been there since version one."""


async def ran(services: Services) -> Past:
    result = await Run(GRAPH, services=services).execute()
    return Past.load(services.journal.journal, result.run)


SAMPLES = ("development_team", "announcement_matrix", "revise_until_good", "refactor_with_conflicts", "quality_gate")


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_view_that_was_kept_is_the_same_and_goes_on_the_same(services: Services, name: str) -> None:
    folder, options = TREE / "saved_graphs", RunOptions(rehearse=True, pace=0)
    run = Run(open_graph(folder / f"{name}.baton.json"), options=options, folder=folder, services=services)
    await run.execute()
    events = Journal(services.home.runs).events(run.id)
    end = View()
    end.take(events)
    for moment in range(0, len(events) + 1, max(1, len(events) // 25)):
        view = View()
        view.take(events[:moment])
        again = unpacked(packed(view))
        assert again == view
        again.take(events[moment:])
        assert again == end


async def test_only_the_end_of_a_long_run_is_kept_and_it_goes_with_the_run(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, journal = await ran(services), services.journal.journal
    keep(journal, past.view())
    assert kept(journal, past.id) is None, "a short run is folded in no time"
    monkeypatch.setattr(checkpoint, "LONG", 0)
    keep(journal, past.view())
    assert kept(journal, past.id) == past.view()
    journal.delete(past.id)
    with closing(journal.connect()) as database:
        assert database.execute("SELECT COUNT(*) FROM folds").fetchone() == (0,)


async def test_a_long_run_keeps_its_own_end_wherever_it_ran_and_a_new_end_when_it_goes_on(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "LONG", 0)
    monkeypatch.setattr(writer, "IDLE_S", 0.01)
    asks = build({"x": ("input", {"default": "q"}), "ask": "review", "end": "output"},
                 "x.value -> ask.value", "ask.approved -> end.value")  # fmt: skip
    journal = services.journal.journal
    run = Run(asks, services=services)
    for work in (run, None):
        answers = {"ask": {"decision": "approved"}}
        work = work or Run.resume(run.id, services=services, answers=answers)
        result = await work.execute()
        for thread in threading.enumerate():
            if thread.name == "journal":
                await asyncio.to_thread(thread.join)
        assert kept(journal, run.id) == result.view == Past.load(journal, run.id).view()
    assert result.status == "completed"


async def test_a_fold_that_is_behind_its_run_or_of_another_form_is_not_used(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, journal = await ran(services), services.journal.journal
    monkeypatch.setattr(checkpoint, "LONG", 0)
    keep(journal, past.view())
    with closing(journal.connect()) as database:
        last = past.events[-1].seq
        database.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (past.id, last + 1, last + 1, b"[]"))
        assert kept(journal, past.id) is None
        database.execute("DELETE FROM events WHERE run=? AND seq>?", (past.id, last))
        assert kept(journal, past.id) is not None
        database.execute("UPDATE folds SET form='an older one'")
    assert kept(journal, past.id) is None


@pytest.mark.parametrize(
    "fold", [b"[[", b"[]", b"7", b'[{}, [["a"], [], [], [], [], [], []], [[], []], {}, {}, {}]', "x"]
)
async def test_a_damaged_fold_is_as_good_as_none(
    fold: object, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, journal = await ran(services), services.journal.journal
    monkeypatch.setattr(checkpoint, "LONG", 0)
    keep(journal, past.view())
    assert kept_course(journal, past.id) is not None
    with closing(journal.connect()) as database:
        database.execute("UPDATE folds SET fold=?", (fold,))
    assert kept(journal, past.id) is None and kept_course(journal, past.id) is None


def test_who_changes_what_a_fold_makes_gives_it_another_number(services: Services) -> None:
    journal = Journal(services.home.runs)
    journal.path.parent.mkdir(parents=True)
    shutil.copy(TREE / "tests" / "golden" / "journal" / "version_1.sqlite", journal.path)
    folds = b"".join(packed(Past.load(journal, run.id).view()) for run in journal.runs())
    assert {checkpoint.FOLD: blake2b(folds, digest_size=8).hexdigest()} == SHOWN, "raise FOLD, and write the new digest"
