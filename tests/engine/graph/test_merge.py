"""Two people's edits of one graph are joined: nothing of either is lost, and what both changed is said."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import Refused
from engine.files.format import dumps
from engine.files.open import loads
from engine.graph import commands, marks
from engine.graph.conflicts import ABSENT, Conflict, conflicts_of, settle, with_conflicts
from engine.graph.graph import Graph
from engine.graph.merge import merge
from engine.graph.records import Edge, Frame, Node
from tests.edits import edited, edits
from tests.graphs import exact, graphs

BASE = Graph(
    head={"name": "N", "settings": {"concurrency": 4}},
    nodes={key: Node(key, "agent", "", {"prompt": "p", "model": "cheap"}) for key in "abcd"},
    edges={
        edge.key: edge
        for edge in (Edge("a", "text", "c", "x"), Edge("b", "text", "c", "x"), Edge("c", "text", "d", "y"))
    },
    places={key: (0.0, 0.0) for key in "abcd"},  # noqa: C420 - reads like the line above
)


def later(seed: int, count: int) -> Graph:
    """A graph after some random edits; the same seed begins with the same ones."""
    return list(edits(random.Random(seed), count))[-1]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Graph, Graph, Graph]:
    """A graph and what two people made of it, each by edits of their own."""
    base = commands.set_head(later(draw(st.integers(0, 50)), 25), "name", "N")
    sides = []
    for _ in range(2):
        side, chance = base, random.Random(draw(st.integers(0, 1000)))
        for _ in range(draw(st.integers(0, 6))):
            try:
                side = edited(side, chance)
            except Refused:
                continue
        sides.append(commands.set_head(side, "name", f"N{chance.randrange(3)}"))
    return base, *sides


@pytest.mark.slow
@settings(max_examples=40)
@given(graphs(), graphs())
def test_what_only_one_changed_is_taken_to_the_letter(base: Graph, side: Graph) -> None:
    for merged in (merge(base, side, base), merge(base, base, side), merge(base, side, side)):
        assert exact(merged.graph) == exact(side)
        assert not merged.conflicts and not merged.renamed


@settings(max_examples=60)
@given(histories())
def test_no_edge_goes_without_a_word(history: tuple[Graph, Graph, Graph]) -> None:
    base, ours, theirs = history
    merged = merge(base, ours, theirs)
    renamed = {old: new for old, new in merged.renamed.items() if old in theirs.nodes}
    for side, names in ((ours, {}), (theirs, renamed)):
        other = theirs if side is ours else ours
        for edge in side.edges.values():
            key = Edge(names.get(edge.source, edge.source), edge.source_port,
                       names.get(edge.target, edge.target), edge.target_port).key  # fmt: skip
            removed_by_the_other = edge.key in base.edges and edge.key not in other.edges
            assert key in merged.graph.edges or removed_by_the_other
    assert all(end in merged.graph.nodes for edge in merged.graph.edges.values() for end in (edge.source, edge.target))


@settings(max_examples=40)
@given(histories())
def test_a_merge_is_a_file_and_every_conflict_can_be_settled_either_way(history: tuple[Graph, Graph, Graph]) -> None:
    merged = merge(*history)
    noted = with_conflicts(merged.graph, merged.conflicts)
    again = loads(dumps(noted))
    assert [c.at for c in conflicts_of(again)] == [c.at for c in merged.conflicts]
    for side in ("ours", "theirs"):
        settled = again
        for conflict in conflicts_of(again):
            assert conflict.sentence()
            settled = settle(settled, conflict, side)
        assert not conflicts_of(settled) and "merge_conflicts" not in settled.head


def test_edits_of_different_things_meet() -> None:
    ours = commands.set_config(BASE, "a", {"prompt": "mine"})
    ours, _ = commands.add_node(ours, "output", (9, 9), wanted="end")
    theirs = commands.set_config(BASE, "a", {"model": "best"}, unset=())
    theirs = commands.remove(commands.set_head(theirs, "name", "M"), ["b"])
    merged = merge(BASE, ours, theirs)
    assert not merged.conflicts
    assert merged.graph.nodes["a"].config == {"prompt": "mine", "model": "best"}
    assert list(merged.graph.nodes) == ["a", "c", "d", "end"] and merged.graph.name == "M"
    assert list(merged.graph.edges) == ["a.text->c.x", "c.text->d.y"]


def test_both_sides_of_one_setting_are_kept_until_somebody_chooses() -> None:
    ours, theirs = (commands.set_config(BASE, "a", {"prompt": text}) for text in ("mine", "yours"))
    merged = merge(BASE, ours, theirs)
    assert merged.conflicts == (Conflict(("nodes", "a", "config", "prompt"), "p", "mine", "yours"),)
    assert merged.conflicts[0].sentence() == "a: config.prompt: changed differently in both"
    assert settle(merged.graph, merged.conflicts[0], "theirs").nodes["a"].config["prompt"] == "yours"


@pytest.mark.parametrize("removing", ["ours", "theirs"])
def test_a_removed_node_that_the_other_works_on_stays_with_its_edges(removing: str) -> None:
    without, wired = commands.remove(BASE, ["c"]), commands.connect(BASE, Edge("d", "text", "c", "z"))
    merged = merge(BASE, without, wired) if removing == "ours" else merge(BASE, wired, without)
    (conflict,) = merged.conflicts
    assert conflict.at == ("nodes", "c") and conflict.value(removing) is ABSENT  # type: ignore[arg-type]  # drawn from two words
    assert exact(merged.graph) == exact(wired)
    gone = settle(merged.graph, conflict, removing)  # type: ignore[arg-type]  # drawn from two words
    assert exact(gone) == exact(without)
    back = settle(gone, conflict, "ours" if removing == "theirs" else "theirs")
    assert back.edges.keys() == wired.edges.keys() and back.places["c"] == (0.0, 0.0)


def test_a_node_that_stays_brings_no_edge_to_one_that_goes() -> None:
    merged = merge(BASE, commands.remove(BASE, ["a", "c"]), commands.set_config(BASE, "c", {"prompt": "mine"}))
    assert list(merged.graph.nodes) == ["b", "c", "d"]
    assert list(merged.graph.edges) == ["b.text->c.x", "c.text->d.y"]


def test_two_new_nodes_of_one_name_are_both_kept() -> None:
    ours, _ = commands.add_node(BASE, "agent", (0, 0), config={"prompt": "one"})
    theirs, new = commands.add_node(BASE, "agent", (50, 0), config={"prompt": "two"})
    theirs = commands.connect(theirs, Edge("a", "text", new, "x"))
    merged = merge(BASE, ours, theirs)
    assert merged.renamed == {"agent": "agent_2"} and not merged.conflicts
    assert merged.graph.nodes["agent"].config == {"prompt": "one"}
    assert "a.text->agent_2.x" in merged.graph.edges and merged.graph.places["agent_2"] == (50, 0)


def test_the_order_of_edges_into_a_port_is_meaning() -> None:
    def ordered(*first: str) -> Graph:
        keys = [*(f"{name}.text->c.x" for name in first), "c.text->d.y"]
        return BASE.with_tables(edges={key: BASE.edges[key] for key in keys})

    swapped = ordered("b", "a")
    moved = commands.connect(BASE, Edge("d", "text", "c", "x"))
    merged = merge(BASE, moved, swapped)
    assert not merged.conflicts
    assert [e.source for e in merged.graph.incoming("c")] == ["b", "a", "d"]
    three = commands.connect(BASE, Edge("d", "text", "c", "x"))
    keys = list(three.edges)
    one = three.with_tables(edges={key: three.edges[key] for key in (keys[1], keys[0], *keys[2:])})
    two = three.with_tables(edges={key: three.edges[key] for key in (keys[3], *keys[:3])})
    (conflict,) = merge(three, one, two).conflicts
    assert conflict.what == "the order of the edges into c.x"
    assert [e.source for e in settle(one, conflict, "theirs").incoming("c")] == ["d", "a", "b"]


def test_bodies_merge_node_by_node() -> None:
    body = {"nodes": [{"id": "x", "kind": "agent", "config": {"prompt": "1", "model": "m"}},
                      {"id": "y", "kind": "output", "config": {}}], "edges": []}  # fmt: skip
    base = commands.add_node(Graph(), "map", (0, 0), config={"body": body})[0]

    def with_x(**config: str) -> Graph:
        x = {"id": "x", "kind": "agent", "config": {"prompt": "1", "model": "m", **config}}
        return commands.set_config(base, "map", {"body": {**body, "nodes": [x, body["nodes"][1]]}})

    merged = merge(base, with_x(prompt="2"), with_x(model="n"))
    assert not merged.conflicts
    assert merged.graph.nodes["map"].config["body"]["nodes"][0]["config"] == {"prompt": "2", "model": "n"}
    (conflict,) = merge(base, with_x(prompt="2"), with_x(prompt="3")).conflicts
    assert (conflict.node, conflict.what) == ("map/x", "config.prompt")
    settled = settle(with_x(prompt="2"), conflict, "theirs")
    assert settled.nodes["map"].config["body"]["nodes"][0]["config"]["prompt"] == "3"


@pytest.mark.parametrize("removing", ["ours", "theirs"])
def test_a_node_removed_from_a_body_stays_where_the_other_wired_it(removing: str) -> None:
    nodes = [{"id": key, "kind": "template", "config": {}} for key in "xyz"]
    old, new = {"from": "x.text", "to": "y.a"}, {"from": "y.text", "to": "z.b"}
    base = commands.add_node(Graph(), "map", (0, 0), config={"body": {"nodes": nodes, "edges": [old]}})[0]
    gone = commands.set_config(base, "map", {"body": {"nodes": [nodes[0], nodes[2]], "edges": []}})
    wired = commands.set_config(base, "map", {"body": {"nodes": nodes, "edges": [old, new]}})
    merged = merge(base, gone, wired) if removing == "ours" else merge(base, wired, gone)
    body = merged.graph.nodes["map"].config["body"]
    assert {node["id"] for node in body["nodes"]} == {"x", "y", "z"}
    assert sorted(edge["from"] for edge in body["edges"]) == ["x.text", "y.text"]
    (conflict,) = merged.conflicts
    keeping = "theirs" if removing == "ours" else "ours"
    assert (conflict.node, conflict.what, conflict.chosen) == ("map/y", "the node as a whole", keeping)
    assert settle(merged.graph, conflict, keeping).nodes["map"].config["body"] == body
    settled = settle(merged.graph, conflict, removing).nodes["map"].config["body"]
    assert [node["id"] for node in settled["nodes"]] == ["x", "z"] and settled["edges"] == []


def test_a_rule_is_never_made_of_two() -> None:
    def ruled(**rule: object) -> Graph:
        return commands.set_config(BASE, "a", {"until": {"field": "s", "op": "gt", "value": 1, **rule}})

    (conflict,) = merge(ruled(), ruled(op="lt"), ruled(value=9)).conflicts
    assert conflict.at == ("nodes", "a", "config", "until")


def test_where_things_stand_is_no_conflict() -> None:
    box = Frame("f", "F", (0.0, 0.0, 1.0, 1.0))
    base = marks.put_frame(BASE, box)
    ours = marks.put_frame(commands.move(base, {"a": (1.0, 1.0)}), Frame("f", "F", (1.0, 0.0, 1.0, 1.0)))
    theirs = marks.put_frame(commands.move(base, {"a": (2.0, 2.0)}), Frame("f", "F", (2.0, 0.0, 1.0, 1.0)))
    merged = merge(base, ours, theirs)
    assert not merged.conflicts and exact(merged.graph) == exact(ours)
