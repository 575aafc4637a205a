"""A bundle comes back as it was written; tricks and bombs are refused before anything is written."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import FileProblem
from engine.files import bundle as bundles
from engine.files.bundle import Bundle, read_bundle, unpack, write_bundle
from engine.files.format import dumps
from engine.graph.graph import Graph
from engine.graph.records import Node

GRAPH = dumps(Graph({"name": "One"}, {"i": Node("i", "input")})).encode()
GOOD = Bundle("one.baton.json", {"one.baton.json": GRAPH, "data/a.txt": b"a\n"}, ("a key",), "One",
              {"one.baton.json": "graph", "data/a.txt": "data"})  # fmt: skip


def zipped(files: dict[str, bytes], *, mode: int = 0) -> bytes:
    """A .zip of these files as somebody else may write it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return made.getvalue()


def test_a_bundle_comes_back_and_is_always_the_same_bytes(tmp_path: Path) -> None:
    data = write_bundle(GOOD)
    assert data == write_bundle(GOOD)
    again = read_bundle(data)
    assert again == GOOD
    assert again.graph.name == "One"
    place = unpack(again, tmp_path / "new")
    assert place.read_bytes() == GRAPH
    assert (tmp_path / "new/data/a.txt").read_bytes() == b"a\n"
    with pytest.raises(FileProblem, match="already"):
        unpack(again, tmp_path / "new")


@pytest.mark.parametrize(
    "name",
    ["../up.txt", "/etc/x", "a/../../x", "C:x", "a\\..\\b", "a//b", "./a", "nul", "a/CON.txt", "x ", "x.", "a\x01b",
     "n" * 500],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    assert not bundles.safe_name(name)
    with pytest.raises(FileProblem):
        read_bundle(zipped({name: b"x"}))


def test_links_and_doubles_are_refused() -> None:
    with pytest.raises(FileProblem, match="no plain file"):
        read_bundle(zipped({"link": b"/etc/passwd"}, mode=0o120777))
    with pytest.raises(FileProblem, match="two files"):
        read_bundle(zipped({"a.txt": b"x", "A.TXT": b"y"}))


def test_bombs_are_refused_by_what_comes_out_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "FILE_CAP", 1000)
    bomb = bytearray(zipped({"a.txt": b"\0" * 5000}))
    with pytest.raises(FileProblem, match="larger"):
        read_bundle(bytes(bomb))
    claim, truth = (10).to_bytes(4, "little"), (5000).to_bytes(4, "little")
    with pytest.raises(FileProblem):
        read_bundle(bytes(bomb).replace(truth, claim))  # says that it is small
    monkeypatch.setattr(bundles, "MOST_FILES", 3)
    with pytest.raises(FileProblem, match="at most 3"):
        read_bundle(zipped({f"{n}.txt": b"" for n in range(4)}))


def test_what_the_manifest_does_not_say_is_refused() -> None:
    with pytest.raises(FileProblem, match="no manifest"):
        read_bundle(zipped({"x.baton.json": GRAPH}))
    with zipfile.ZipFile(io.BytesIO(write_bundle(GOOD))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with pytest.raises(FileProblem, match="not what its manifest says"):
        read_bundle(zipped({**files, "data/a.txt": b"b\n"}))
    with pytest.raises(FileProblem, match="differ at"):
        read_bundle(zipped({**files, "more.txt": b""}))
    newer = json.loads(files["manifest.json"]) | {"baton_bundle": 99}
    with pytest.raises(FileProblem, match="newer Baton"):
        read_bundle(zipped({**files, "manifest.json": json.dumps(newer).encode()}))


@settings(max_examples=150)
@given(st.data())
def test_damaged_bundles_give_a_sentence_or_the_truth(data: st.DataObject) -> None:
    raw = bytearray(write_bundle(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_bundle(bytes(raw))
    except FileProblem as problem:
        assert problem.hint
    else:
        assert found.files == GOOD.files
