"""Kinds `files` and `write_files`: what a glob means, what is never followed, what is never overwritten unseen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP
from engine.kinds.desk import NodeDesk
from engine.kinds.globbing import glob_parts, matches
from engine.kinds.outside import Outside
from engine.kinds.registry import Kinds
from engine.kinds.writing import checked_path, files_of
from engine.testing import Played, build
from engine.tools.contract import ToolError
from tests.engine.kinds.conftest import Trusted

FILE = {"path": "a.md", "text": "A"}


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_md", ".md").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


async def read(trusted: Trusted, **config: Any) -> Played:
    return await trusted(build({"f": ("files", config), "o": "output"}, "f.files -> o.value"))


async def paths(trusted: Trusted, **config: Any) -> list[str]:
    played = await read(trusted, **config)
    assert played.result.status == "completed", played.result.reason
    return [file["path"] for file in played.result.outputs["o"]]


async def write(trusted: Trusted, files: Any, answers: dict[str, Any] | None = None, **config: Any) -> Played:
    graph = build(
        {"i": ("input", {"type": "json"}), "w": ("write_files", config), "o": "output", "c": "output"},
        "i.value -> w.files", "w.written -> o.value", "w.conflicts -> c.value",
    )  # fmt: skip
    return await trusted(graph, {"i": files}, answers=answers or {})


def fits(glob: str, path: str) -> bool:
    parts, states = glob_parts(glob), frozenset({0})
    for name in path.split("/"):
        states = matches(parts, states, name)
    return len(parts) in states


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("*.md", "a.md", True), ("*.md", "a/b.md", False), ("**/*.md", "a.md", True), ("**/*.md", "a/b/c.md", True),
        ("a/**/c", "a/c", True), ("a/**/c", "a/b/b/c", True), ("a/**/c", "b/c", False), ("a/**", "a/b/c", True),
        ("**", "a", True), ("*", ".env", False), ("**/*", ".git/config", False), (".*", ".env", True),
        (".git/**", ".git/config", True), ("[ab].t?t", "a.txt", True), ("[!a].txt", "a.txt", False), ("./a", "a", True),
        ("a/**/**/b", "a/b", True), ("**/**", "x/y", True), ("A.md", "a.md", False),
    ],
)  # fmt: skip
def test_what_a_glob_means(glob: str, path: str, expected: bool) -> None:
    assert fits(glob, path) is expected


@pytest.mark.parametrize("glob", ["", "/etc/*", "../x", "a/../b", "a\0b", "C:/x", "\\\\host\\share", "x/" * 100])
def test_a_glob_that_leads_out_is_refused_before_a_run(glob: str) -> None:
    kind = Kinds.load().get("files")
    assert kind is not None
    assert [finding.code for finding in kind.check(kind.Config(glob=glob))] == ["bad_glob"]  # type: ignore[call-arg]  # its own Config


@given(st.lists(st.text("ab*?", min_size=1, max_size=6), min_size=1, max_size=4), st.text("ab/", max_size=12))
def test_a_glob_fits_the_path_that_it_spells_out(parts: list[str], path: str) -> None:
    literal = "/".join(part.replace("*", "x").replace("?", "x") for part in parts)
    assert fits("/".join(parts), literal)
    fits("/".join(parts), path or "a")


async def test_files_come_sorted_by_path_with_their_text(trusted: Trusted, place: Path) -> None:
    put(place, b__z_md="Z\r\n", a_md="Ä", b__a_md="", c_py="no")
    played = await read(trusted, glob="**/*.md")
    assert played.result.outputs["o"] == [
        {"path": "a.md", "text": "Ä"}, {"path": "b/a.md", "text": ""}, {"path": "b/z.md", "text": "Z\r\n"},
    ]  # fmt: skip
    assert await paths(trusted, root="b", glob="*.md") == ["a.md", "z.md"]
    assert await paths(trusted, glob="*.nothing") == []


async def test_more_files_than_allowed_fail_and_none_is_cut(trusted: Trusted, place: Path) -> None:
    put(place, a_md="", b_md="", c_md="")
    assert len(await paths(trusted, glob="*.md", max_files=3)) == 3
    played = await read(trusted, glob="*.md", max_files=2)
    assert "More than 2 files" in played.result.reason


async def test_no_link_leads_out(trusted: Trusted, place: Path, tmp_path: Path) -> None:
    put(tmp_path, outside__secret_md="S")
    put(place, in__real_md="R")
    (place / "file.md").symlink_to(tmp_path / "outside" / "secret.md")
    (place / "folder").symlink_to(tmp_path / "outside")
    (place / "etc").symlink_to("/etc")
    (place / "up").symlink_to("..")
    (place / "self").symlink_to(place)
    (place / "dangling.md").symlink_to(place / "nowhere")
    (place / "loop.md").symlink_to(place / "loop.md")
    (place / "alias.md").symlink_to(place / "in" / "real.md")
    (place / "again").symlink_to(place / "in")
    assert await paths(trusted, glob="**/*.md") == ["again/real.md", "alias.md", "in/real.md"]


async def test_what_is_no_text_is_named_and_left_out_or_fails(trusted: Trusted, place: Path) -> None:
    put(place, good_md="g")
    (place / "image.md").write_bytes(b"\x89PNG\0")
    (place / "latin.md").write_bytes("é".encode("latin-1"))
    os.mkfifo(place / "pipe.md")
    played = await read(trusted, glob="*.md")
    assert [file["path"] for file in played.result.outputs["o"]] == ["good.md"]
    notes = [event.data["note"] for event in played.of("node.progress")]
    assert notes == ["left out, since they are no text in UTF-8: image.md, latin.md, pipe.md"]
    assert played.result.status == "completed_with_warnings"
    assert played.result.warnings == (f"f: 3 of 4 files {notes[0]}",)
    failed = await read(trusted, glob="*.md", binary="fail")
    assert "“image.md” is no text" in failed.result.reason


async def test_a_folder_that_is_not_there_and_a_file_too_large_are_said(trusted: Trusted, place: Path) -> None:
    assert "“nowhere” cannot be read" in (await read(trusted, root="nowhere", glob="*")).result.reason
    (place / "big.md").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    assert "“big.md” is larger than 4 MB" in (await read(trusted, glob="*")).result.reason
    (place / os.fsdecode(b"bad\xff.md")).write_text("x")
    assert await paths(trusted, glob="bad*") == []


async def test_files_are_written_with_their_folders(trusted: Trusted, place: Path) -> None:
    played = await write(trusted, [FILE, {"path": "b/c/d.txt", "text": "Ü\n"}], root="out")
    assert played.result.outputs == {"o": ["a.md", "b/c/d.txt"], "c": []}
    assert (place / "out/b/c/d.txt").read_text("utf-8") == "Ü\n"
    again = await write(trusted, FILE, root="out")
    assert again.result.outputs["o"] == ["a.md"]  # the same text overwrites nothing


@pytest.mark.parametrize("policy", ["fail", "skip", "overwrite"])
async def test_a_file_that_the_run_has_not_seen_is_a_conflict(trusted: Trusted, place: Path, policy: str) -> None:
    put(place, out__a_md="mine")
    played = await write(trusted, [FILE, {"path": "b.md", "text": "B"}], on_conflict=policy)
    assert played.of("conflict.detected")[0].data["path"] == "a.md"
    assert (place / "out/a.md").read_text() == ("A" if policy == "overwrite" else "mine")
    assert (place / "out/b.md").exists() is (policy != "fail")
    if policy == "fail":
        assert played.result.nodes["w"]["error"]["class"] == "tool"
    else:
        assert played.result.outputs["o"] == (["a.md", "b.md"] if policy == "overwrite" else ["b.md"])
        assert played.result.outputs["c"][0]["path"] == "a.md"


@pytest.mark.parametrize(
    ("value", "left"),
    [({"take": "left"}, "mine"), ({"take": "right"}, "A"), ({"take": "edit", "text": "ours"}, "ours")],
)
async def test_a_person_decides_about_each_file_that_differs(
    trusted: Trusted, place: Path, value: dict[str, str], left: str
) -> None:
    put(place, out__a_md="mine")
    files = [FILE, {"path": "b.md", "text": "B"}]
    waits = await write(trusted, files, on_conflict="ask")
    [asked] = [event.data for event in waits.of("human.requested")]
    assert asked["kind"] == "conflict" and not (place / "out/b.md").exists()
    assert [asked["value"][side]["text"] for side in ("left", "right")] == ["mine", "A"]
    answers = {"w": {"decision": "approved", "value": value}}
    played = await write(trusted, files, answers=answers, on_conflict="ask")
    assert (place / "out/a.md").read_text() == left and (place / "out/b.md").read_text() == "B"
    [conflict] = played.result.outputs["c"]
    assert conflict["path"] == "a.md" and conflict["outcome"].endswith("by a person")


async def test_what_the_run_has_read_it_may_write_unless_somebody_changed_it(trusted: Trusted, place: Path) -> None:
    put(place, notes__a_md="old")

    def graph(between: str) -> Any:
        result = "[{'path': f['path'], 'text': 'new'} for f in files]"
        code = f"import pathlib\ndef run(files):\n {between}\n return {result}"
        return build(
            {"f": ("files", {"root": "notes", "glob": "*"}), "c": ("code", {"source": code}),
             "w": ("write_files", {"root": "notes"}), "o": "output"},
            "f.files -> c.files", "c.value -> w.files", "w.written -> o.value",
        )  # fmt: skip

    played = await trusted(graph(f"pathlib.Path({str(place / 'notes/a.md')!r}).write_text('theirs')"))
    assert "has not seen: a.md" in played.result.reason
    assert (place / "notes/a.md").read_text() == "theirs"
    played = await trusted(graph("pass"))
    assert played.result.outputs["o"] == ["a.md"]
    assert (place / "notes/a.md").read_text() == "new"


async def test_of_two_nodes_that_write_one_file_the_second_is_told(trusted: Trusted, place: Path) -> None:
    texts = [{"path": "same.md", "text": text} for text in ("one", "two")]
    graph = build(
        {"i": ("input", {"type": "json"}), "j": ("input", {"type": "json"}), "v": "write_files", "w": "write_files",
         "o": "output", "p": "output"},
        "i.value -> v.files", "j.value -> w.files", "v.written -> o.value", "w.written -> p.value",
    )  # fmt: skip
    played = await trusted(graph, {"i": texts[0], "j": texts[1]})
    assert sorted(node["status"] for key, node in played.result.nodes.items() if key in "vw") == ["failed", "ok"]
    assert len(played.of("conflict.detected")) == 1


async def test_no_write_leads_out_by_a_link(trusted: Trusted, place: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (place / "out").mkdir()
    (place / "out/link").symlink_to(tmp_path / "elsewhere")
    (place / "out/file.md").symlink_to(tmp_path / "elsewhere/target.md")
    for path in ("link/x.md", "file.md"):
        played = await write(trusted, {"path": path, "text": "X"}, on_conflict="overwrite")
        assert played.result.status == "failed"
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    "path", ["", "/etc/x", "../x", "a/../../x", "a\\b", "C:x", "a\0b", "a/", "x" * 2000, "a\nb", "..", "a\x1bb", "a*b"]
)
def test_a_path_that_leads_out_or_is_odd_is_refused(path: str) -> None:
    with pytest.raises(NodeError):
        checked_path(path)


@given(st.text(max_size=40))
def test_a_checked_path_stays_inside(path: str) -> None:
    try:
        safe = checked_path(path)
    except NodeError:
        return
    assert Path(os.path.normpath(Path("/root") / safe)).is_relative_to("/root")
    assert checked_path(safe) == safe


@pytest.mark.parametrize("value", [None, "text", 3, {"path": "a"}, [{"path": "a", "text": 3}], [["a"]]])
def test_only_files_are_written(value: Any) -> None:
    with pytest.raises(NodeError) as failed:
        files_of(value)
    assert failed.value.error_class == "type"


def test_two_texts_for_one_path_are_refused() -> None:
    assert files_of([FILE, {"path": "./a.md", "text": "A"}]) == {"a.md": "A"}
    with pytest.raises(NodeError, match="Two different files"):
        files_of([FILE, {"path": "a.md", "text": "B"}])


async def test_how_large_a_text_may_be_is_counted_in_bytes(tmp_path: Path) -> None:
    fits = "ä" * (TEXT_CAP // 2)
    assert files_of({"path": "a.md", "text": fits}) == {"a.md": fits}
    with pytest.raises(NodeError, match="is larger than 4 MB"):
        files_of({"path": "a.md", "text": f"{fits}a"})
    desk = NodeDesk(Outside(tmp_path), ".")
    with pytest.raises(ToolError, match="is larger than 4 MB"):
        await desk.write("a.md", f"{fits}a")
    await desk.write("a.md", fits)
    assert await desk.read("a.md") == fits
