"""Check goes down into bodies and into files beside the graph, opens nothing else, and is quick on huge graphs."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import WrongUse
from engine.base.secrets import Secrets
from engine.base.settings import Settings
from engine.files.beside import Beside
from engine.files.open import open_graph
from engine.files.save import save_graph
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.registry import Kinds
from engine.models.catalog import Models
from engine.plan.capabilities import capabilities
from engine.plan.check import check
from engine.plan.compile import compile_graph
from engine.plan.estimate import estimate
from tests.engine.plan.building import GIVEN, graph, problems, template

KINDS = Kinds.load()


def _nested(depth: int, inner: dict[str, Any]) -> dict[str, Any]:
    body = inner
    for level in range(depth):
        body = {"nodes": [{"id": f"s{level}", "kind": "subgraph", "config": {"body": body}}], "edges": []}
    return body


def test_problems_inside_carry_the_way_to_them() -> None:
    wrong = {"nodes": [{"id": "x", "kind": "agnet"}], "edges": [{"from": "x.a", "to": "y.b"}]}
    body = {"nodes": [{"id": "mid", "kind": "subgraph", "config": {"body": wrong}}], "edges": []}
    found = problems(graph({"outer": ("subgraph", {"body": body})}))
    assert "unknown_kind outer/mid/x" in found
    assert found["dangling_edge outer/mid/x"].edge == "outer/mid/x.a->y.b"


def test_a_body_that_is_no_graph_and_one_too_deep() -> None:
    bad = problems(graph({"s": ("subgraph", {"body": {"nodes": [{"id": "A B", "kind": "input"}], "edges": []}})}))
    assert "bad_body s" in bad
    deep = problems(graph({"s": ("subgraph", {"body": _nested(70, {"nodes": [], "edges": []})})}))
    assert any(code.startswith("too_deep s/") for code in deep)


@pytest.mark.parametrize("kind", ["map", "loop", "subgraph"])
@pytest.mark.parametrize("config", [{}, {"body": None}, {"body": {}}, {"graph": ""}])
def test_a_container_without_a_body_is_told_before_a_run(kind: str, config: dict[str, Any]) -> None:
    assert "no_body c" in problems(graph({"c": (kind, config)}))


def _save(path: Path, found: Graph) -> None:
    save_graph(found, path, generations=0)


def test_sub_graph_files_are_found_beside_the_graph(tmp_path: Path) -> None:
    outer = graph({"i": GIVEN, "s": ("subgraph", {"graph": "in/inner.baton.json"}), "o": "output"},
                  "i.value > s.x", "s.y > o.value")  # fmt: skip
    assert "unsaved_folder s" in problems(outer)
    assert problems(outer, folder=tmp_path)["bad_body s"].severity == "error"
    (tmp_path / "in").mkdir()
    inner = graph({"x": "input", "deeper": ("subgraph", {"graph": "last.baton.json"}), "y": "output"},
                  "x.value > deeper.a", "deeper.b > y.value")  # fmt: skip
    _save(tmp_path / "in/inner.baton.json", inner)
    _save(tmp_path / "in/last.baton.json", graph({"a": "input", "b": "output"}, "a.value > b.value"))
    assert problems(outer, folder=tmp_path) == {}
    _save(tmp_path / "in/last.baton.json", graph({"a": "input", "b": "agnet"}))
    assert "unknown_kind s/deeper/b" in problems(outer, folder=tmp_path)


def test_files_that_contain_each_other_and_files_elsewhere(tmp_path: Path) -> None:
    _save(tmp_path / "a.baton.json", graph({"s": ("subgraph", {"graph": "b.baton.json"})}))
    _save(tmp_path / "b.baton.json", graph({"s": ("subgraph", {"graph": "a.baton.json"})}))
    found = check(open_graph(tmp_path / "a.baton.json"), KINDS, folder=tmp_path)
    assert any(p.code == "subgraph_cycle" and "a.baton.json" in p.message for p in found)
    outside = graph({"s": ("subgraph", {"graph": "../../etc/passwd"})})
    assert problems(outside, folder=tmp_path)["bad_body s"].severity == "error"


@pytest.mark.slow
def test_a_chain_of_100_000_needs_no_recursion() -> None:
    count = 100_000
    kind, config = template("x")
    nodes = {f"n{i}": Node(f"n{i}", kind, "", config) for i in range(count)}
    edges = [Edge(f"n{i}", "text", f"n{i + 1}", "x") for i in range(count - 1)]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        found = check(Graph({}, nodes, {edge.key: edge for edge in edges}), KINDS)
    finally:
        sys.setrecursionlimit(limit)
    assert [(p.code, p.node) for p in found[:3]] == [("unwired_port", "n0"), ("no_output", ""), ("unreachable", "n1")]
    assert len(found) < 100, "what follows from one fault is not said a hundred thousand times"


def test_time_grows_with_the_graph_and_not_faster() -> None:
    """Every node fails into one output: the worst that the search for exclusive edges can meet."""

    def taken(count: int) -> float:
        kind, config = template("x")
        nodes = {"n0": Node("n0", "input", "", {"default": 1}), "o": Node("o", "output")}
        nodes |= {f"n{i}": Node(f"n{i}", kind, "", config) for i in range(1, count)}
        edges = [Edge(f"n{i}", "text" if i else "value", f"n{i + 1}", "x") for i in range(count - 1)]
        edges += [Edge(f"n{i}", "error", "o", "value") for i in range(1, count)]
        large = Graph({}, nodes, {edge.key: edge for edge in edges})
        begin = time.process_time()
        check(large, KINDS)
        return time.process_time() - begin

    taken(100)
    small, large = min(taken(500) for _ in range(3)), taken(5000)
    assert large < 40 * small, "ten times the graph may not take a hundred times as long"


_IDS = [f"n{i}" for i in range(6)]
_NODES = st.sampled_from(
    ["input", "output", "merge", "agnet", GIVEN, template("p"), template("p", "q"), ("agent", {"prompt": "{{ p }}"}),
     ("router", {"routes": [{"id": "x", "when": {"op": "exists"}}]}), ("merge", {"join": "quorum", "k": 3}),
     ("template", {"template": "{{"}), ("subgraph", {"body": {"nodes": [], "edges": []}})]
)  # fmt: skip
_EDGES = st.builds(
    Edge, st.sampled_from([*_IDS, "gone"]), st.sampled_from(["value", "text", "error", "x", "default"]),
    st.sampled_from([*_IDS, "gone"]), st.sampled_from(["value", "p", "q", "items", "base"]),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(_NODES, min_size=1, max_size=6), st.lists(_EDGES, max_size=8))
def test_what_has_no_error_can_be_compiled_and_nothing_raises(nodes: list[Any], edges: list[Edge]) -> None:
    made = graph(dict(zip(_IDS, nodes, strict=False)))
    made = made.with_tables(edges={edge.key: edge for edge in edges})
    found = check(made, KINDS)
    if not any(problem.severity == "error" for problem in found):
        compile_graph(made, KINDS)  # raises WrongUse when check missed something
        return
    sound_anyway = {"impossible_edge", "join_never_fires"}
    if not any(p.severity == "error" and p.code not in sound_anyway for p in found):
        return
    try:
        compile_graph(made, KINDS)
    except WrongUse:
        return
    raise AssertionError(f"check refuses what would run: {found}")


@pytest.mark.parametrize(
    "name", ["x\x00y", "../outside.baton.json", "/etc/passwd", ".", "circle.baton.json", "x" * 5000]
)
def test_a_name_that_no_file_here_can_have_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "circle.baton.json").symlink_to("circle.baton.json")
    drawn = graph({"s": ("subgraph", {"graph": name})})
    found = [problem for problem in check(drawn, KINDS, folder=tmp_path) if problem.node == "s"]
    found = [problem for problem in found if problem.severity == "error"]
    assert [problem.severity for problem in found] == ["error"] and found[0].fix


@pytest.mark.slow
def test_files_that_name_the_next_one_twice_do_not_double_the_work(tmp_path: Path) -> None:
    """Sixty such files stand for 2 to the power of 60 graphs; each is looked into once."""

    def naming(name: str) -> Graph:
        boxed = ("subgraph", {"graph": name})
        return graph(
            {"i": GIVEN, "s": boxed, "t": boxed, "o": "output"}, "i.value > s.i", "i.value > t.i", "s.o > o.value"
        )

    for number in range(60):
        save_graph(naming(f"g{number + 1}.baton.json"), tmp_path / f"g{number}.baton.json")
    save_graph(graph({"i": GIVEN, "o": "output"}, "i.value > o.value"), tmp_path / "g60.baton.json")
    kinds = KINDS.reading(Beside(tmp_path))
    whole = naming("g0.baton.json")
    assert [problem for problem in check(whole, KINDS, folder=tmp_path) if problem.severity == "error"] == []
    assert compile_graph(whole, kinds).height == 62
    assert not capabilities(whole, kinds, tmp_path)
    plans = estimate(whole, kinds, Models(Settings(), Secrets({}, keyring=lambda: None), {}), when=0.0)
    assert plans[0].calls == (0, 0)
