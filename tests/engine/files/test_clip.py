"""The clipboard's text is a graph file, and only such text is pasted."""

from __future__ import annotations

import pytest

from engine.files import loads
from engine.files.clip import copy, paste
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge, Frame, Node, Note

EDGES = [Edge("a", "text", "b", "x"), Edge("b", "text", "c", "x"), Edge("c", "text", "d", "x")]
GRAPH = Graph(
    head={"name": "Whole"},
    nodes={key: Node(key, "agent", key.upper(), {"prompt": "{{ x }}"}) for key in "abcd"},
    edges={edge.key: edge for edge in EDGES},
    places={key: (100.0 * index, 0.0) for index, key in enumerate("abcd")},
    frames={"f": Frame("f", "Group", (0.0, 0.0, 10.0, 10.0))},
    notes={"n": Note("n", "Remember", (5.0, 5.0, 10.0, 10.0))},
)


def test_a_copy_is_a_small_file_with_inner_and_incoming_edges() -> None:
    text = copy(GRAPH, {"c", "b", "unknown"}, {"n"})
    part = loads(text)
    assert list(part.nodes) == ["b", "c"]
    assert list(part.edges) == ["a.text->b.x", "b.text->c.x"]
    assert list(part.notes) == ["n"]
    assert not part.frames
    assert len(text.splitlines()) > 5


def test_pasting_twice_never_collides_and_keeps_wires_from_outside() -> None:
    part = paste(copy(GRAPH, {"b", "c"}, {"f"}))
    assert part is not None
    once, first = commands.insert(GRAPH, part, (32.0, 32.0))
    twice, second = commands.insert(once, part, (64.0, 64.0))
    assert (first, second) == ({"b": "b_2", "c": "c_2"}, {"b": "b_3", "c": "c_3"})
    assert list(twice.nodes)[:4] == list("abcd")
    assert [edge.start for edge in twice.incoming("b_3")] == ["a.text"]
    assert [edge.start for edge in twice.incoming("c_3")] == ["b_3.text"]
    assert twice.places["c_3"] == (264.0, 64.0)
    assert twice.frames["f_3"].rect == (64.0, 64.0, 10.0, 10.0)
    assert twice.nodes["b_3"].config == GRAPH.nodes["b"].config


def test_bends_of_inner_wires_come_along() -> None:
    bent = commands.bend(commands.bend(GRAPH, EDGES[1].key, ((1.0, 2.0),)), EDGES[2].key, ((3.0, 4.0),))
    part = paste(copy(bent, {"b", "c"}))
    assert part is not None
    assert part.bends == {EDGES[1].key: ((1.0, 2.0),)}


def test_blanks_that_a_chat_or_an_editor_put_before_it_do_no_harm() -> None:
    part = paste(f"\ufeff \r\n{copy(GRAPH, {'a'})}")
    assert part is not None
    assert list(part.nodes) == ["a"]


def test_wires_from_outside_are_left_out_in_another_graph() -> None:
    part = paste(copy(GRAPH, {"b"}))
    assert part is not None
    new, _ = commands.insert(Graph(), part, (0.0, 0.0))
    assert list(new.nodes) == ["b"]
    assert not new.edges


OTHER = ["", "hello", "{", "{}", "[]", '{"baton": 1}', '{"baton": 9, "nodes": []}', '{"nodes": []}', "\ud83d{"]


@pytest.mark.parametrize("text", OTHER)
def test_anything_else_is_not_pasted(text: str) -> None:
    assert paste(text) is None
