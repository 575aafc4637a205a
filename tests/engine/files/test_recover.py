"""Recovery: what reached the disk comes back after kill -9 at any moment; the original file is never touched."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.base.errors import FileProblem
from engine.base.settings import Home
from engine.files import Recovery, RecoveryLog, open_graph, save_graph
from engine.files.save import Disk
from engine.graph import commands
from engine.graph.document import Document
from engine.graph.graph import Graph
from tests.edits import edits
from tests.graphs import exact
from tests.surroundings import running

KILLS = 20


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def logged(recovery: Recovery, path: Path | None = None, graph: Graph | None = None) -> tuple[Document, RecoveryLog]:
    document, log = Document(graph), recovery.log(path)
    document.listen(lambda difference, _, after: log.record(difference, after))
    return document, log


def edit(document: Document, name: str) -> None:
    document.commit(commands.set_head(document.graph, "name", name), "Rename")


def test_what_was_not_saved_is_listed_and_comes_back(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "my.baton.json"
    save_graph(Graph(head={"name": "saved"}), path, home=home)
    content = path.read_bytes()
    recovery = Recovery(home)
    document, log = logged(recovery, path, open_graph(path))
    assert recovery.pending() == []
    edit(document, "one")
    assert log.flush()
    edit(document, "two")
    assert log.flush()
    (entry,) = recovery.pending()
    assert (entry.path, entry.name, entry.edits, entry.pid, entry.alive) == (path, "two", 2, os.getpid(), True)
    log.close(keep=True)
    (entry,) = Recovery(home).pending()
    assert not entry.alive
    assert exact(recovery.restore(entry)) == exact(document.graph)
    assert path.read_bytes() == content
    recovery.discard(entry)
    recovery.discard(entry)
    assert recovery.pending() == []
    assert path.read_bytes() == content


def test_of_several_documents_the_one_edited_last_comes_first(home: Home) -> None:
    recovery = Recovery(home)
    (first, log), (second, other) = logged(recovery), logged(recovery)
    for document, edited, name in ((first, log, "first"), (second, other, "second"), (first, log, "first again")):
        edit(document, name)
        assert edited.flush()
    assert [entry.name for entry in recovery.pending()] == ["first again", "second"]
    log.close()
    other.close()


def test_a_log_that_holds_nothing_goes_once_it_cannot_be_one_that_is_just_begun(home: Home) -> None:
    home.recovery.mkdir(parents=True)
    begun = home.recovery / "begun.jsonl"
    begun.write_text('{"recovery": 1, "path": "", "name": "", "pid": 1}\n')
    assert Recovery(home).pending() == []
    assert begun.exists(), "another window may be writing it now"
    os.utime(begun, (1, 1))
    assert Recovery(home).pending() == []
    assert not begun.exists()


def test_saving_and_closing_leave_nothing_to_recover(home: Home) -> None:
    recovery = Recovery(home)
    document, log = logged(recovery)
    edit(document, "one")
    log.flush()
    log.saved(Path("/elsewhere/new.baton.json"))
    log.flush()
    assert recovery.pending() == []
    edit(document, "two")
    log.flush()
    (entry,) = recovery.pending()
    assert (entry.edits, entry.path) == (1, Path("/elsewhere/new.baton.json"))
    log.close()
    assert list(home.recovery.iterdir()) == []


def test_nothing_is_written_before_the_first_edit(home: Home) -> None:
    _, log = logged(Recovery(home))
    log.flush()
    log.close()
    assert not home.recovery.exists()


@pytest.mark.slow
def test_a_log_cut_at_any_byte_gives_a_state_that_was(home: Home) -> None:
    recovery = Recovery(home)
    document, log = logged(recovery)
    states = []
    for graph in edits(random.Random(5), 6):
        document.commit(graph, "edit")
        assert log.flush()
        states.append(exact(document.graph))
    log.close(keep=True)
    (entry,) = recovery.pending()
    data = entry.log.read_bytes()
    seen: list[int] = []
    for length in range(len(data) + 1):
        entry.log.write_bytes(data[:length])
        try:
            seen.append(states.index(exact(recovery.restore(entry))))
        except FileProblem:
            assert not seen, "a state that could be restored cannot be any more"
        if length % 50 == 0:
            assert len(recovery.pending()) == bool(seen)
    assert seen == sorted(seen)
    assert set(seen) == set(range(len(states)))


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_log_gives_an_earlier_state_or_a_problem(seed: int, home: Home) -> None:
    chance = random.Random(seed)
    recovery = Recovery(home)
    document, log = logged(recovery)
    for graph in edits(chance, 8):
        document.commit(graph, "edit")
        log.flush()
    log.close(keep=True)
    (entry,) = recovery.pending()
    data = bytearray(entry.log.read_bytes())
    for _ in range(5):
        data[chance.randrange(len(data))] = chance.randrange(256)
    entry.log.write_bytes(data)
    for found in recovery.pending():
        try:
            assert isinstance(recovery.restore(found), Graph)
        except FileProblem as problem:
            assert "cannot be read" in problem.message


def test_a_long_log_is_begun_anew_and_stays_small(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.files.recovery_log._SMALLEST", 2000)
    recovery = Recovery(home)
    document, log = logged(recovery)
    for number in range(300):
        edit(document, f"name {number}")
        assert log.flush()
    (entry,) = recovery.pending()
    assert entry.log.stat().st_size < 6000
    assert entry.edits == 300
    assert recovery.restore(entry).name == "name 299"
    log.close()


class SlowDisk(Disk):
    """Takes as long over its first wait for the disk as one wants."""

    def __init__(self) -> None:
        self.asked, self.done = threading.Event(), threading.Event()

    def sync(self, descriptor: int) -> None:
        self.asked.set()
        assert self.done.wait(60)
        super().sync(descriptor)


def test_what_is_edited_after_a_save_is_kept_however_slow_the_disk_is(home: Home) -> None:
    disk = SlowDisk()
    recovery = Recovery(home, disk)
    document, log = logged(recovery)
    edit(document, "one")
    assert disk.asked.wait(60), "no edit is on the disk before that was waited for"
    log.saved()
    edit(document, "two")
    disk.done.set()
    assert log.flush()
    (entry,) = recovery.pending()
    assert (entry.edits, recovery.restore(entry).name) == (1, "two")
    log.close()


class FullDisk(Disk):
    """Has no room until it is made; half of the first write still fits."""

    full = False

    def write(self, descriptor: int, data: memoryview) -> int:
        if self.full:
            super().write(descriptor, data[: len(data) // 2])
            raise OSError(28, "No space left on device")
        return super().write(descriptor, data)


def test_a_full_disk_is_said_and_healed_by_the_next_edit(home: Home) -> None:
    disk = FullDisk()
    recovery = Recovery(home, disk)
    document, log = logged(recovery)
    edit(document, "one")
    assert log.flush()
    disk.full = True
    edit(document, "two")
    assert not log.flush()
    assert log.problem is not None
    assert "No space left" in log.problem.message
    assert recovery.restore(recovery.pending()[0]).name == "one"
    disk.full = False
    edit(document, "three")
    assert log.flush()
    assert log.problem is None
    (entry,) = recovery.pending()
    assert recovery.restore(entry).name == "three"
    log.close()


CHILD = """
import random, sys
from pathlib import Path
from engine.base.settings import Home
from engine.files import Recovery
from engine.graph.document import Document
from tests.edits import edits
document, log = Document(), Recovery(Home(Path(sys.argv[1]))).log(Path(sys.argv[2]))
document.listen(lambda difference, _, after: log.record(difference, after))
for number, graph in enumerate(edits(random.Random(int(sys.argv[3])), 100_000)):
    document.commit(graph, "edit")
    if number % 3 == 0:
        log.flush()
        print(number, flush=True)
"""


@pytest.mark.slow
def test_kill_9_at_random_edits_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    original = tmp_path / "my.baton.json"
    original.write_text("never touched")
    chance = random.Random(9)
    for seed in range(KILLS):
        home = tmp_path / f"home_{seed}"
        arguments = [sys.executable, "-c", CHILD, str(home), str(original), str(seed)]
        with running(arguments, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 40)):
                assert child.stdout.readline()
            child.kill()
            rest = child.stdout.read().split()
        recovery = Recovery(Home(home))
        (entry,) = recovery.pending()
        assert not entry.alive
        states = [exact(graph) for graph in edits(random.Random(seed), entry.edits)]
        assert exact(recovery.restore(entry)) == states[-1]
        assert entry.edits > (int(rest[-1]) if rest else 0)
        assert original.read_text() == "never touched"
