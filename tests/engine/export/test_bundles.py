"""A bundle holds what stands beside a graph, opens elsewhere, and takes no key and no unasked file along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.base.errors import FileProblem, Refused
from engine.base.secrets import Redactor
from engine.export.registry import exporter
from engine.export.share import exported
from engine.files.beside import Beside
from engine.files.bundle import read_bundle, unpack
from engine.files.format import dumps
from engine.files.open import loads, open_graph
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.kinds.registry import Kinds
from engine.plan.check import check

INNER = Graph({}, {"i": Node("i", "input"), "d": Node("d", "subgraph", "", {"graph": "deep.baton.json"})})
DEEP = Graph({}, {"o": Node("o", "output")})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A graph with a sub-graph, one in that, a cassette, prepared inputs, and data that it reads."""
    folder = tmp_path / "mine"
    (folder / "parts").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "parts/inner.baton.json").write_text(dumps(INNER))
    (folder / "parts/deep.baton.json").write_text(dumps(DEEP))
    (folder / "data/a.csv").write_text("a,b\n")
    (folder / "private.txt").write_text("not asked for")
    (folder / "g.tea.cassette.json").write_text('{"inputs": {"task": "tea"}}')
    (folder / "g.inputs.json").write_text('{"task": "tea"}')
    nodes = [Node("s", "subgraph", "", {"graph": "parts/inner.baton.json"}),
             Node("f", "files", "", {"root": "data", "glob": "*.csv"})]  # fmt: skip
    (folder / "g.baton.json").write_text(dumps(Graph({"name": "G"}, {node.id: node for node in nodes})))
    return folder / "g.baton.json"


def bundled(file: Path, *, trusted: bool = True, redactor: Redactor | None = None) -> bytes:
    """The graph of a file as a bundle."""
    kinds = Kinds.load().reading(Beside(file.parent))
    made = exported(open_graph(file), exporter("bundle"), kinds, folder=file.parent, file=file, trusted=trusted,
                    redactor=redactor)  # fmt: skip
    return made.data


def test_it_holds_all_that_belongs_to_the_graph_and_opens_elsewhere(file: Path, tmp_path: Path) -> None:
    found = read_bundle(bundled(file))
    assert dict(found.roles) == {
        "g.baton.json": "graph", "parts/inner.baton.json": "subgraph", "parts/deep.baton.json": "subgraph",
        "g.tea.cassette.json": "cassette", "g.inputs.json": "inputs", "data/a.csv": "data",
    }  # fmt: skip
    assert "the folder data/*.csv" in found.needs
    elsewhere = unpack(found, tmp_path / "theirs")
    there = Kinds.load().reading(Beside(elsewhere.parent))
    codes = [problem.code for problem in check(open_graph(elsewhere), there, folder=elsewhere.parent)]
    assert codes == [problem.code for problem in check(open_graph(file), Kinds.load().reading(Beside(file.parent)))]
    assert bundled(elsewhere) == bundled(file), "a bundle of a bundle is the same"


def test_data_is_only_followed_in_a_graph_that_is_trusted(file: Path) -> None:
    assert "data/a.csv" not in read_bundle(bundled(file, trusted=False)).files


def test_nothing_outside_the_folder_of_the_graph_is_taken_along(file: Path) -> None:
    (file.parent.with_name("theirs.txt")).write_text("not asked for")
    reader = Node("f", "files", "", {"root": "..", "glob": "*.txt"})
    file.write_text(dumps(Graph({"name": "G"}, {"f": reader})))
    assert set(read_bundle(bundled(file)).files) == {"g.baton.json", "g.tea.cassette.json", "g.inputs.json"}


def test_paths_in_a_sub_graph_count_from_its_own_folder(file: Path) -> None:
    parts = file.parent / "parts"
    inner = Graph({}, {"f": Node("f", "files", "", {"root": str(parts / "data"), "glob": "*"})})
    (parts / "inner.baton.json").write_text(dumps(inner))
    packed = loads(read_bundle(bundled(file)).files["parts/inner.baton.json"])
    assert packed.nodes["f"].config["root"] == "data"


@pytest.mark.parametrize("name", ["parts/deep.baton.json", "g.tea.cassette.json", "data/a.csv"])
def test_a_key_in_any_part_refuses_the_whole(name: str, file: Path) -> None:
    def holding(key: str) -> None:
        said = {"baton": 1, "nodes": [], "edges": [], "description": f"Use {key}"}
        (file.parent / name).write_text(json.dumps(said))

    holding("my own words")
    with pytest.raises(Refused, match=name.rpartition("/")[2]):
        bundled(file, redactor=Redactor(["my own words"]))
    holding("ghp_abcdefghijklmnopqrst")
    with pytest.raises(Refused, match=name.rpartition("/")[2]):
        bundled(file)


@pytest.mark.parametrize(
    ("stem", "there"),
    [('a "b" <c>:*?|', "a _b_ _c_____"), ("new\nline", "new_line"), ("lat\udce9", "lat_"), ("con", "graphcon"),
     ("x" * 244, "x" * 244)],
)  # fmt: skip
def test_a_graph_of_any_name_is_packed_under_one_that_every_system_knows(tmp_path: Path, stem: str, there: str) -> None:
    file = tmp_path / f"{stem}.baton.json"
    file.write_text(dumps(DEEP))
    if len(stem) < 100:
        (tmp_path / f"{stem}.inputs.json").write_text("{}")
    found = read_bundle(bundled(file))
    assert found.main == f"{there}.baton.json"
    assert len(stem) > 100 or found.roles[f"{there}.inputs.json"] == "inputs"


def test_data_that_no_bundle_can_hold_is_named(file: Path) -> None:
    (file.parent / "data/a?.csv").write_text("a\n")
    with pytest.raises(FileProblem, match=r"No bundle can hold a file named 'data/a\?.csv'"):
        bundled(file)


def test_data_never_takes_the_place_of_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    reader = Node("f", "files", "", {"root": ".", "glob": "m*.json"})
    (tmp_path / "g.baton.json").write_text(dumps(Graph({}, {"f": reader})))
    with pytest.raises(FileProblem, match=r"manifest\.json"):
        bundled(tmp_path / "g.baton.json")
