"""A bundle runs straight from its `.zip`: unpacked once, untrusted, and what runs is what was sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.files.bundle import Bundle, write_bundle
from engine.files.format import dumps
from engine.graph.graph import Graph
from engine.testing import build

INNER = build({"i": ("input", {"name": "x"}), "t": ("template", {"template": "{{ x }}!"}), "o": "output"},
              "i.value -> t.x", "t.text -> o.value")  # fmt: skip
INSIDE = ("subgraph", {"graph": "parts/inner.baton.json"})
OUTER = build({"q": ("input", {"default": "hi"}), "s": INSIDE, "o": "output"},
              "q.value -> s.x", "s.o -> o.value")  # fmt: skip
CODE = build({"c": ("code", {"source": "def run():\n    return open('mark').read()"}), "o": "output"},
             "c.value -> o.value")  # fmt: skip


def zipped(folder: Path, main: Graph, **files: Graph) -> Path:
    """A bundle of some graphs."""
    named = {"g.baton.json": main, **{name.replace("__", "/") + ".baton.json": each for name, each in files.items()}}
    place = folder / "desk.zip"
    place.write_bytes(write_bundle(Bundle("g.baton.json", {name: dumps(g).encode() for name, g in named.items()})))
    return place


def test_it_runs_with_all_that_is_in_it_and_is_unpacked_once(
    baton: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    file = zipped(tmp_path, OUTER, parts__inner=INNER)
    for _ in range(2):
        said = baton("run", file, "--json")
        assert said.code == 0 and said.json["outputs"] == {"o": "hi!"}
    [folder] = (home / "bundles").iterdir()
    (folder / "g.baton.json").write_text(dumps(INNER))
    assert baton("run", file, "--json").json["outputs"] == {"o": "hi!"}, "what was changed there does not run"
    assert len(list((home / "bundles").iterdir())) == 2


def test_it_is_trusted_by_nobody_until_it_is(baton: Callable[..., Any], tmp_path: Path) -> None:
    file = zipped(tmp_path, CODE)
    assert baton("run", file).code == 4
    assert baton("check", file).code == 0
    assert baton("run", file, "--trust").code == 1, "it ran, and found no mark to read"
    assert baton("run", file).code == 1


@pytest.mark.parametrize("data", [b"PK\3\4 nothing", b"", b"{}"])
def test_what_is_no_bundle_leaves_nothing_behind(
    data: bytes, baton: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(data)
    said = baton("run", file)
    assert said.code != 0 and "bundle" in said.err
    assert not (home / "bundles").exists()


def test_what_is_beside_it_can_be_tested_and_forecast(
    baton: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "g.baton.json").write_text(dumps(INNER))
    assert baton("test", inside / "g.baton.json", "--record", "tea", "-i", "x=tea").code == 0
    assert baton("export", inside / "g.baton.json", "--to", "bundle", "-o", tmp_path / "g.zip").code == 0
    assert baton("test", tmp_path / "g.zip", "--json").json["passed"] == 1
    assert baton("estimate", tmp_path / "g.zip", "--json").json["plans"]
    monkeypatch.setenv("BATON_SERVE_TOKEN", "two\nlines")
    said = baton("serve", tmp_path / "g.zip", "--mcp", "--http", "--port", "0")
    assert said.code == 2 and "BATON_SERVE_TOKEN" in said.err, "it was opened, and no caller could send that"
