"""Graphs inside graphs: what is put in comes out, an edit inside is one change of the whole, files stay read-only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import FileProblem, Refused
from engine.files.beside import Beside
from engine.files.format import dumps, graph_to_json
from engine.files.inside import Inside, changed_at, every, inner, within
from engine.graph import commands
from engine.graph.changes import apply, between
from engine.graph.document import Document
from engine.graph.graph import Graph
from engine.graph.records import Node
from tests import graphs as some


def nested(depth: int, core: Graph | None = None) -> tuple[Graph, Inside]:
    """A graph with `depth` containers inside each other, and the place of the innermost graph."""
    graph = core or Graph(nodes={"draft": Node("draft", "agent", config={"prompt": "x"})}, places={"draft": (8, 16)})
    for level in range(depth):
        body = {key: value for key, value in graph_to_json(graph).items() if key != "baton"}
        holder = Node(f"m{level}", "map", config={"body": body, "concurrency": 3})
        graph = Graph(nodes={"other": Node("other", "agent"), holder.id: holder})
    return graph, tuple(f"m{level}" for level in reversed(range(depth)))


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(some.graphs(), some.graphs(), st.integers(1, 3))
def test_what_is_put_inside_comes_out_and_the_rest_stays(core: Graph, after: Graph, depth: int) -> None:
    whole, inside = nested(depth, core)
    assert dumps(inner(whole, inside).graph) == dumps(core)
    changed = within(whole, inside, after)
    assert dumps(inner(changed, inside).graph) == dumps(after)
    assert dumps(within(changed, inside, core)) == dumps(within(whole, inside, core))
    top = changed.nodes[inside[0]]
    assert changed.nodes["other"] is whole.nodes["other"] and top.config["concurrency"] == 3


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(some.graphs(), some.graphs(), st.integers(1, 3))
def test_a_change_inside_is_one_difference_that_leads_back_and_is_found_again(
    core: Graph, after: Graph, depth: int
) -> None:
    whole, inside = nested(depth, core)
    whole = within(whole, inside, core)  # as an edit would have written it
    changed = within(whole, inside, after)
    difference = between(whole, changed)
    assert bool(difference) == (dumps(core) != dumps(after)) or core == after
    if difference:
        assert [(each.table, each.key) for each in difference.changes] == [("nodes", inside[0])]
        assert changed_at(between(whole, changed))[: len(inside)] == inside
        assert apply(changed, difference.inverse()) == whole


def test_what_is_inside_a_graph_that_cannot_be_changed_cannot_be_either() -> None:
    whole, inside = nested(2)
    assert (
        inner(replace(whole, read_only="A newer Baton wrote it."), inside).graph.read_only == "A newer Baton wrote it."
    )


def test_an_edit_inside_keeps_the_number_of_the_format_where_there_is_one() -> None:
    whole, inside = nested(1)
    node = whole.nodes[inside[0]]
    numbered = replace(node, config={**node.config, "body": {"baton": 1, **node.config["body"]}})
    for start in (node, numbered):
        graph = whole.with_tables(nodes={**whole.nodes, node.id: start})
        grown, _ = commands.add_node(inner(graph, inside).graph, "agent", (0, 0))
        body = within(graph, inside, grown).nodes[node.id].config["body"]
        assert body.keys() == start.config["body"].keys()


def test_undo_of_the_document_takes_back_an_edit_inside() -> None:
    whole, inside = nested(2)
    document = Document(whole)
    grown, _ = commands.add_node(inner(whole, inside).graph, "agent", (0, 0))
    document.commit(within(whole, inside, grown), "Add agent")
    assert len(inner(document.graph, inside).graph.nodes) == 2
    document.undo()
    assert document.graph == whole


def test_an_edit_inside_keeps_the_records_that_stayed_and_unknown_keys() -> None:
    node = {"id": "a", "kind": "agent", "config": {}, "x_mine": [1]}
    body = {"nodes": [node, {"id": "b", "kind": "agent"}], "x_head": True}
    whole = Graph(nodes={"m": Node("m", "map", config={"body": body})})
    after = commands.set_title(inner(whole, ("m",)).graph, "b", "B")
    now = within(whole, ("m",), after).nodes["m"].config["body"]
    assert now["nodes"][0] is node and now["nodes"][1]["title"] == "B"
    assert now["x_head"] is True and "baton" not in now and "layout" not in now


def test_nothing_drawn_yet_is_an_empty_graph_that_can_be_drawn() -> None:
    whole = Graph(nodes={"s": Node("s", "subgraph", config={"body": None})})
    assert inner(whole, ("s",)).graph == Graph()
    grown, _ = commands.add_node(Graph(), "input", (0, 0))
    assert inner(within(whole, ("s",), grown), ("s",)).graph == grown


def test_a_change_of_more_than_a_body_is_one_of_the_level_it_stands_on() -> None:
    whole, inside = nested(2)
    outer = commands.set_title(whole, inside[0], "Each")
    assert changed_at(between(whole, outer)) == ()
    both = commands.set_config(outer, inside[0], {"body": {"nodes": []}})
    assert changed_at(between(whole, both)) == ()
    middle = commands.set_title(inner(whole, inside[:1]).graph, inside[1], "Deep")
    assert changed_at(between(whole, within(whole, inside[:1], middle))) == inside[:1]


def test_a_body_in_a_file_is_seen_and_not_changed(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    deep = {"baton": 1, "nodes": [{"id": "deep", "kind": "agent"}]}
    (tmp_path / "parts" / "deep.baton.json").write_text(json.dumps(deep))
    mid = {"baton": 1, "nodes": [{"id": "d", "kind": "subgraph", "config": {"graph": "deep.baton.json"}}]}
    (tmp_path / "parts" / "mid.baton.json").write_text(json.dumps(mid))
    whole = Graph(nodes={"s": Node("s", "subgraph", config={"graph": "parts/mid.baton.json"})})
    found = inner(whole, ("s", "d"), Beside(tmp_path))
    assert list(found.graph.nodes) == ["deep"] and found.file == tmp_path / "parts" / "deep.baton.json"
    assert "deep.baton.json" in found.graph.read_only and [node.id for node in found.around] == ["s", "d"]
    with pytest.raises(Refused, match="parts/mid"):
        within(whole, ("s",), Graph())
    with pytest.raises(Refused, match="never saved"):
        inner(whole, ("s",))


def test_every_graph_that_is_drawn_is_found_with_its_place() -> None:
    whole, inside = nested(2)
    broken = Node("broken", "map", config={"body": {"nodes": 1}})
    whole = whole.with_tables(nodes={**whole.nodes, "broken": broken})
    found = dict(every(whole))
    assert set(found) == {(), inside[:1], inside} and list(found[inside].nodes) == ["draft"]


def test_what_is_no_graph_is_said() -> None:
    whole = Graph(nodes={"m": Node("m", "map", config={"body": [1]}), "n": Node("n", "map", config={"body": {}})})
    with pytest.raises(FileProblem, match="“m”"):
        inner(whole, ("m",))
    with pytest.raises(Refused, match="gone"):
        inner(whole, ("gone",))
    with pytest.raises(Refused, match="gone"):
        inner(whole, ("n", "gone"))
