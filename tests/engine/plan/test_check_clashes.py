"""Two nodes that write one thing at the same time are told of before the run, and only those (S14)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from engine.graph.graph import Graph
from engine.kinds.contract import ERROR, Kind, NodeConfig, Port, Ports, Touch
from engine.kinds.registry import Kinds
from engine.plan.check import check
from tests.engine.plan.building import GIVEN, graph


class Place(NodeConfig):
    """Where a node reads and writes."""

    reads: str = ""
    writes: str = ""


class Worker(Kind[Place]):
    """A kind that touches what its config says."""

    name, title, group, icon, hint, Config = "worker", "Worker", "work", "unknown", "reads and writes", Place

    def ports(self, config: Place) -> Ports:
        return Ports((Port("x", many=True, required=False),), (Port("done"), ERROR))

    def touches(self, config: Place) -> Iterable[Touch]:
        if config.reads:
            yield Touch(config.reads, writes=False)
        if config.writes:
            yield Touch(config.writes, writes=True)


KINDS = Kinds.load().with_kind(Worker())


def clashes(found: Graph) -> list[str]:
    """The messages of all clashes."""
    return [problem.message for problem in check(found, KINDS) if problem.code == "shared_write"]


def worker(**config: str) -> tuple[str, dict[str, Any]]:
    return "worker", dict(config)


def test_two_that_write_side_by_side() -> None:
    (message,) = clashes(graph({"a": worker(writes="out"), "b": worker(writes="out")}))
    assert "“a” and “b” may both write out" in message


@pytest.mark.parametrize(("first", "second"), [("reads", "writes"), ("writes", "reads")])
def test_one_that_writes_what_another_reads(first: str, second: str) -> None:
    (message,) = clashes(graph({"a": worker(**{first: "out"}), "b": worker(**{second: "out"})}))
    writer, reader = ("a", "b") if first == "writes" else ("b", "a")
    assert f"“{writer}” may write out while “{reader}” reads it" in message


def test_one_that_reads_what_it_writes_counts_as_writing() -> None:
    (message,) = clashes(graph({"a": worker(reads="out", writes="out"), "b": worker(reads="out")}))
    assert "“a” may write out while “b” reads it" in message


def test_readers_share_and_different_places_do_not_meet() -> None:
    assert clashes(graph({"a": worker(reads="out"), "b": worker(reads="out"), "c": worker(writes="else")})) == []


@pytest.mark.parametrize(
    ("one", "two", "meet"),
    [("out", "out/a", True), (".", "out", True), ("out/a", "out/b", False), ("out", "outer", False)],
)
def test_a_folder_holds_the_folders_in_it(one: str, two: str, meet: bool) -> None:
    found = graph({"a": ("files", {"root": one}), "b": ("write_files", {"root": two})})
    assert [f"“b” may write folder {min(one, two, key=len)} while “a” reads it" in m for m in clashes(found)] == (
        [True] if meet else []
    )


def test_one_after_the_other_is_fine_however_far() -> None:
    between = {f"t{i}": ("template", {"template": "{{ x }}"}) for i in range(3)}
    nodes = {"a": worker(writes="out"), **between, "b": worker(writes="out")}
    chained = graph(nodes, "a.done > t0.x", "t0.text > t1.x", "t1.text > t2.x", "t2.text > b.x")
    assert clashes(chained) == []


def test_two_routes_of_one_router_never_meet() -> None:
    routes = {"routes": [{"id": name, "when": {"op": "contains", "value": name}} for name in ("x", "y")]}
    boxed = ("subgraph", {"body": _boxed()})
    nodes: dict[str, Any] = {"i": GIVEN, "r": ("router", routes), "a": boxed, "b": boxed}
    assert clashes(graph(nodes, "i.value > r.value", "r.x > a.x", "r.y > b.x")) == []
    side_by_side = graph(nodes, "i.value > r.value", "i.value > a.x", "i.value > b.x")
    assert len(clashes(side_by_side)) == 1


def _boxed() -> dict[str, Any]:
    return {
        "nodes": [{"id": "x", "kind": "input"}, {"id": "w", "kind": "worker", "config": {"writes": "out"}}],
        "edges": [{"from": "x.value", "to": "w.x"}],
    }


def test_what_a_body_writes_counts_for_its_container() -> None:
    (message,) = clashes(graph({"a": worker(writes="out"), "s": ("subgraph", {"body": _boxed()})}))
    assert "“a” and “s”" in message


def test_many_writers_are_told_of_in_measure() -> None:
    crowd = graph({f"w{i}": worker(writes="out") for i in range(300)})
    assert 0 < len(clashes(crowd)) <= 50


def agent(*tools: str, **config: str) -> tuple[str, dict[str, Any]]:
    return "agent", {"model": "rehearsal", "prompt": "x", "tools": list(tools), **config}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (agent("fs.*", folder="out"), agent("fs.*", folder="./out"), "both write folder out"),
        (agent("fs.*", folder="out"), agent("fs.read_file", folder="out"), "“a” may write folder out while “b” reads"),
        (agent("fs.*", folder="out/deep"), ("write_files", {"root": "out"}), "both write"),
        (agent("fs.read_file", folder="out"), agent("sqlite.query", folder="out"), ""),
        (agent("fs.*", folder="out"), agent("fs.*", folder="in"), ""),
        (agent("fs.*", folder="out", on_conflict="isolate"), agent("fs.*", folder="out", on_conflict="isolate"), ""),
        (agent("git.commit"), agent("git.*"), "both write tool server git"),
        (agent("git.commit"), agent("git.read_log"), "“a” may write tool server git while “b” reads"),
        (agent("git.list_branches"), agent("git.read_log"), ""),
        (agent("clock.now"), agent("clock.now"), ""),
    ],
)
def test_agents_meet_by_their_tools(first: Any, second: Any, expected: str) -> None:
    found = clashes(graph({"a": first, "b": second}))
    assert (len(found) == 1 and expected in found[0]) if expected else not found
