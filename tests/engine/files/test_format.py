"""The graph file as text: the same bytes again, unknown keys kept, nothing invented."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from engine.base.errors import FileProblem
from engine.files import dumps, graph_from_json, graph_to_json, loads
from engine.graph.changes import between
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node

GOLDEN = Path(__file__).parents[2] / "golden" / "files"


@pytest.mark.parametrize("name", ["sample.baton.json", "version_0.now.baton.json"])
def test_a_file_of_ours_is_written_as_it_was_read(name: str) -> None:
    text = (GOLDEN / name).read_text("utf-8")
    assert dumps(loads(text)) == text
    flat = dumps(loads(text), flat=True)
    assert "\n" not in flat
    assert dumps(loads(flat)) == text


def test_unknown_keys_survive_everywhere() -> None:
    graph = loads((GOLDEN / "sample.baton.json").read_bytes())
    assert graph.head["marketplace"] == {"stars": 5}
    assert graph.nodes["each"].extra == {"from_the_future": [1, 2.5, "drei"]}
    assert graph.edges["research.text->each.items"].extra == {"weight": 2}
    assert graph.frames["frame_1"].extra == {"locked": True}
    assert graph.layout_extra == {"camera": {"zoom": 1.5}}
    assert graph.nodes["report"].kind == "hologram"


def test_nothing_is_invented() -> None:
    assert graph_to_json(Graph()) == {"baton": 1, "nodes": [], "edges": []}
    lonely = Graph(nodes={"a": Node("a", "agent")})
    assert graph_to_json(lonely)["nodes"] == [{"id": "a", "kind": "agent", "config": {}}]
    assert graph_to_json(graph_from_json({"nodes": [], "edges": []})) == graph_to_json(Graph())


def test_keys_come_in_a_fixed_order_whatever_the_order_of_the_head() -> None:
    graph = Graph(head={"zebra": 1, "settings": {}, "ant": 2, "name": "N"})
    written = graph_to_json(graph)
    assert list(written) == ["baton", "name", "settings", "nodes", "edges", "zebra", "ant"]
    shuffled = graph_from_json({"zebra": 1, "nodes": [], "settings": {}, "ant": 2, "edges": [], "name": "N"})
    assert not between(shuffled, graph_from_json(written)), "a graph that is saved and opened is the same graph"


def test_moving_one_node_of_many_changes_one_line() -> None:
    nodes = {f"n{i}": Node(f"n{i}", "agent") for i in range(40)}
    graph = Graph(nodes=nodes, places=dict.fromkeys(nodes, (0.0, 0.0)))
    moved = graph.with_tables(places={**graph.places, "n7": (8.0, 16.0)})
    old, new = dumps(graph).splitlines(), dumps(moved).splitlines()
    assert [b for a, b in zip(old, new, strict=True) if a != b] == ['      "n7": [8, 16],']


def test_no_line_of_short_values_is_longer_than_a_screen() -> None:
    config = {f"key_{i}": list(range(i)) for i in range(30)}
    text = dumps(Graph(nodes={"a": Node("a", "agent", "Title", config)}))
    assert max(map(len, text.splitlines())) <= 112
    assert loads(text).nodes["a"].config == config


def test_a_body_is_read_like_a_file_and_its_places_are_named_inside_the_file() -> None:
    body = loads((GOLDEN / "sample.baton.json").read_bytes()).nodes["each"].config["body"]
    assert list(graph_from_json(body).edges) == ["item.value->out.value"]
    with pytest.raises(FileProblem) as caught:
        graph_from_json({"nodes": [{"id": "a"}]}, "nodes[2].config.body")
    assert caught.value.place == "nodes[2].config.body.nodes[0]"


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("value", [math.nan, math.inf, {1, 2}, object()])
def test_what_json_cannot_say_is_refused_not_written(value: object, flat: bool) -> None:
    with pytest.raises(FileProblem, match="cannot store"):
        dumps(Graph(nodes={"a": Node("a", "agent", "", {"x": value})}), flat=flat)


def test_lone_surrogates_are_repaired_on_the_way_out_and_in() -> None:
    text = dumps(Graph(head={"name": "half \ud83d"}))
    assert json.loads(text)["name"] == "half \ufffd"
    assert loads(b'{"baton": 1, "name": "half \\ud83d", "x": ["\\ud83d\\ude42"]}').head == {
        "name": "half \ufffd",
        "x": ["🙂"],
    }


def test_places_far_out_stay_within_what_the_loader_accepts() -> None:
    graph = Graph(nodes={"a": Node("a", "agent")}, places={"a": (1e300, -1e300)})
    assert loads(dumps(graph)).places["a"] == (1e9, -1e9)


def test_edges_keep_their_order_and_dangling_ones_are_kept() -> None:
    edges = [Edge("z", "text", "a", "x"), Edge("a", "text", "nowhere", "x"), Edge("b", "text", "a", "x")]
    graph = Graph(nodes={"a": Node("a", "agent")}, edges={edge.key: edge for edge in edges})
    assert list(loads(dumps(graph)).edges.values()) == edges
