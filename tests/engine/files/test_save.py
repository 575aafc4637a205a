"""Saving: whole or not at all, whatever call fails; older states kept; foreign changes noticed."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import FileProblem
from engine.base.settings import Home
from engine.files import ChangedOnDisk, changed_on_disk, dumps, generations_of, open_graph, open_stamped, save_graph
from engine.files.save import Disk
from engine.graph.graph import Graph
from engine.graph.records import Node


def graph(name: str) -> Graph:
    return Graph(head={"name": name}, nodes={"a": Node("a", "agent", name * 20)})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work" / "my.baton.json"


class FailingDisk(Disk):
    """Fails at one call, counted over all of them, after letting half of a write through."""

    def __init__(self, at: int, number: int) -> None:
        self.calls: list[str] = []
        self._at = at
        self._number = number

    def _maybe(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self._at:
            raise OSError(self._number, os.strerror(self._number))

    def create(self, path: Path, mode: int) -> int:
        self._maybe("create")
        return super().create(path, mode)

    def write(self, descriptor: int, data: memoryview) -> int:
        self._maybe("write")
        return super().write(descriptor, data[: max(1, len(data) // 2)])

    def set_mode(self, descriptor: int, mode: int) -> None:
        self._maybe("set_mode")
        super().set_mode(descriptor, mode)

    def sync(self, descriptor: int) -> None:
        self._maybe("sync")
        super().sync(descriptor)

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        self._maybe("close")

    def rename(self, old: Path, new: Path) -> None:
        self._maybe("rename")
        super().rename(old, new)

    def sync_folder(self, folder: Path) -> None:
        self._maybe("sync_folder")
        super().sync_folder(folder)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EDQUOT])
def test_every_call_that_fails_in_turn_leaves_a_whole_file(path: Path, home: Home, number: int) -> None:
    old, new = graph("old"), graph("new")
    save_graph(old, path, home=home)
    expected_calls = FailingDisk(0, number)
    save_graph(new, path, home=home, disk=expected_calls)
    assert {"create", "set_mode", "write", "sync", "close", "rename", "sync_folder"} == set(expected_calls.calls)
    for at in range(1, len(expected_calls.calls) + 1):
        save_graph(old, path, home=home)
        backups = len(generations_of(home, path))
        try:
            save_graph(new, path, home=home, disk=FailingDisk(at, number))
        except FileProblem as problem:
            assert open_graph(path) == old
            assert problem.message.endswith("The old file is as it was.")
            assert problem.hint
        else:
            assert open_graph(path) == new
        assert [each.name for each in path.parent.iterdir()] == [path.name], "a temporary file was left"
        assert all(open_graph(each) in (old, new) for each in generations_of(home, path))
        assert len(generations_of(home, path)) >= min(backups, 9)


def test_a_new_file_that_fails_leaves_nothing(path: Path, home: Home) -> None:
    with pytest.raises(FileProblem, match="the disk is full"):
        save_graph(graph("new"), path, home=home, disk=FailingDisk(2, errno.ENOSPC))
    assert list(path.parent.iterdir()) == []


def test_a_real_limit_of_the_system_leaves_the_old_file(path: Path, home: Home) -> None:
    save_graph(graph("old"), path, home=home)
    script = """
import resource, sys
from pathlib import Path
from engine.base.errors import FileProblem
from engine.base.settings import Home
from engine.files import open_graph, save_graph
from engine.graph.commands import set_head
path = Path(sys.argv[1])
new = set_head(open_graph(path), "description", "long " * 2000)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    save_graph(new, path, home=Home(Path(sys.argv[2])))
except FileProblem as problem:
    print(problem.message)
"""
    done = subprocess.run([sys.executable, "-c", script, str(path), str(home.root)], capture_output=True, text=True)
    assert "files may not become that large here" in done.stdout, done.stderr
    assert open_graph(path) == graph("old")
    assert len(list(path.parent.iterdir())) == 1


def _file_as_folder(folder: Path) -> Path:
    (folder / "file").write_text("x")
    return folder / "file" / "my.baton.json"


def _protected(folder: Path) -> Path:
    path = folder / "protected.baton.json"
    path.write_text("precious")
    path.chmod(0o444)
    return path


def _circle(folder: Path) -> Path:
    (folder / "circle").symlink_to(folder / "circle")
    return folder / "circle"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "gone" / "my.baton.json", "the folder is not there any more"),
        (_file_as_folder, "its folder is not a folder"),
        (lambda folder: folder, "this is the name of a folder"),
        (lambda folder: folder / ("x" * 300), "the name is too long"),
        (_protected, "you may not write there"),
        (_circle, "could not be saved"),
        (lambda folder: Path("/proc/my.baton.json"), "could not be saved"),
        (lambda folder: Path("/dev/full"), "not an ordinary file"),
        (lambda folder: folder / "a\0b", "could not be saved"),
    ],
)
def test_places_that_cannot_be_written_are_said(
    make: Callable[[Path], Path], says: str, tmp_path: Path, home: Home
) -> None:
    target = make(tmp_path)
    before = {each: each.read_text() for each in tmp_path.iterdir() if each.is_file()}
    with pytest.raises(FileProblem, match=says) as caught:
        save_graph(graph("new"), target, home=home)
    assert caught.value.hint
    assert {each: each.read_text() for each in tmp_path.iterdir() if each.is_file()} == before


def test_older_states_are_kept_newest_first_and_not_beside_the_file(path: Path, home: Home) -> None:
    for number in range(6):
        save_graph(graph(f"v{number}"), path, home=home, generations=3)
    save_graph(graph("v5"), path, home=home, generations=3)  # the same again is no new state
    assert [open_graph(each).name for each in generations_of(home, path)] == ["v4", "v3", "v2"]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_files_of_one_name_in_two_folders_have_generations_of_their_own(tmp_path: Path, home: Home) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        save_graph(graph(folder), tmp_path / folder / "my.baton.json", home=home)
        save_graph(graph("now"), tmp_path / folder / "my.baton.json", home=home)
    names = [[open_graph(g).name for g in generations_of(home, tmp_path / f / "my.baton.json")] for f in ("one", "two")]
    assert names == [["one"], ["two"]]


def test_no_room_for_backups_does_not_keep_from_saving(path: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    save_graph(graph("old"), path, home=Home(tmp_path / "home"))
    save_graph(graph("new"), path, home=Home(tmp_path / "home"))
    assert open_graph(path).name == "new"


def test_a_foreign_change_is_noticed_and_kept(path: Path, home: Home) -> None:
    stamp = save_graph(graph("mine"), path, home=home)
    path.write_text(dumps(graph("theirs")))
    assert changed_on_disk(path, stamp)
    with pytest.raises(ChangedOnDisk, match="changed by another program") as caught:
        save_graph(graph("mine too"), path, expected=stamp, home=home)
    assert open_graph(path).name == "theirs"
    save_graph(graph("mine too"), path, expected=caught.value.now, home=home)
    assert open_graph(path).name == "mine too"
    assert open_graph(generations_of(home, path)[0]).name == "theirs"


def test_a_file_that_is_gone_is_noticed_and_can_be_written_again(path: Path, home: Home) -> None:
    stamp = save_graph(graph("mine"), path, home=home)
    path.unlink()
    with pytest.raises(ChangedOnDisk, match="moved or deleted") as caught:
        save_graph(graph("mine"), path, expected=stamp, home=home)
    assert caught.value.now is None
    save_graph(graph("mine"), path, expected=caught.value.now, home=home)
    assert path.exists()


def test_touching_a_file_is_no_change(path: Path, home: Home) -> None:
    save_graph(graph("mine"), path, home=home)
    _, stamp = open_stamped(path)
    os.utime(path, (1, 1))
    assert not changed_on_disk(path, stamp)
    stamp = save_graph(graph("again"), path, expected=stamp, home=home)
    assert not changed_on_disk(path, stamp)
    assert stamp == open_stamped(path)[1]


def test_rights_and_links_stay(path: Path, home: Home) -> None:
    save_graph(graph("old"), path, home=home)
    path.chmod(0o640)
    link = path.parent / "link.baton.json"
    link.symlink_to(path.name)
    save_graph(graph("new"), link, home=home)
    assert link.is_symlink()
    assert open_graph(path).name == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_read_only_graph_is_not_saved(path: Path, home: Home) -> None:
    newer = replace(graph("x"), read_only="it was saved by a newer Baton.")
    with pytest.raises(FileProblem, match="newer Baton"):
        save_graph(newer, path, home=home)
    assert not path.exists()


@pytest.mark.parametrize("config", [{"x": "y" * 4_200_000}, {"x": 2**70}, {"x": float("nan")}])
def test_what_could_not_be_opened_again_does_not_replace_a_file(config: dict[str, Any], path: Path, home: Home) -> None:
    save_graph(graph("old"), path, home=home)
    with pytest.raises(FileProblem):
        save_graph(Graph(nodes={"a": Node("a", "agent", "", config)}), path, home=home)
    assert open_graph(path).name == "old"
