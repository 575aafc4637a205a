"""What each command promises beyond leading there and back: order kept, chains healed, wires carried along."""

from __future__ import annotations

import pytest

from engine.base.errors import Refused
from engine.graph import commands
from engine.graph.document import Document
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.graph.undo import UndoStack


def graph(ids: str, *pairs: str) -> Graph:
    """`graph("abc", "ab", "bc")`: three nodes, edges from a to b and from b to c."""
    edges = [Edge(a, "text", b, "x") for a, b in pairs]
    return Graph(
        nodes={key: Node(key, "agent") for key in ids},
        edges={edge.key: edge for edge in edges},
        places=dict.fromkeys(ids, (0.0, 0.0)),
    )


def pairs(graph: Graph) -> list[str]:
    return [edge.source + edge.target for edge in graph.edges.values()]


def test_removing_heals_a_chain_in_its_place_in_the_order() -> None:
    start = graph("abcde", "ab", "ec", "bc", "cd")
    assert pairs(commands.remove(start, ["b"], keep_chain=True)) == ["ac", "ec", "cd"]
    assert pairs(commands.remove(start, ["b"])) == ["ec", "cd"]
    assert pairs(commands.remove(start, ["c"], keep_chain=True)) == ["ab"], "two ways in: nothing to heal"
    assert pairs(commands.remove(graph("abcd", "ab", "bc", "bd"), ["b"], keep_chain=True)) == [], "two ways out"
    assert pairs(commands.remove(graph("abcd", "ab", "bc", "cd"), ["b", "c"], keep_chain=True)) == ["ad"]
    beside = commands.remove(graph("abce", "ab", "ec", "ac", "bc"), ["b"], keep_chain=True)
    assert pairs(beside) == ["ec", "ac"], "they are joined already, in an order that means something"
    assert list(commands.remove(start, ["b"]).places) == list("acde")


def test_splicing_and_replacing_keep_the_place_in_the_order() -> None:
    start = graph("abcd", "ac", "bc")
    start = start.with_tables(edges={**start.edges, "a.text->c.x": Edge("a", "text", "c", "x", {"later": 1})})
    spliced = commands.splice(start, "a.text->c.x", "d", "x", "text")
    assert pairs(spliced) == ["ad", "dc", "bc"]
    assert spliced.edges["d.text->c.x"].extra == {"later": 1}, "what a later version wrote at the wire stays with it"
    replaced = commands.connect(start, Edge("d", "text", "c", "x"), replacing=["a.text->c.x"])
    assert pairs(replaced) == ["dc", "bc"]


@pytest.mark.parametrize("pair", ["aa", "ab", "az", "za"])
def test_impossible_edges_are_refused(pair: str) -> None:
    with pytest.raises(Refused):
        commands.connect(graph("ab", "ab"), Edge(pair[0], "text", pair[1], "x"))


def test_renaming_carries_edges_places_and_order() -> None:
    new = commands.rename(graph("abc", "ab", "bc"), "b", "middle")
    assert list(new.nodes) == list(new.places) == ["a", "middle", "c"]
    assert list(new.edges) == ["a.text->middle.x", "middle.text->c.x"]
    assert new.nodes["middle"].id == "middle"
    for wrong in ("a", "Not an id", "", "9x"):
        with pytest.raises(Refused):
            commands.rename(new, "middle", wrong)


def test_bends_go_where_their_wires_go() -> None:
    bent = commands.bend(graph("abc", "ab", "bc"), "a.text->b.x", ((5.0, 5.0),))
    assert commands.rename(bent, "b", "middle").bends == {"a.text->middle.x": ((5.0, 5.0),)}
    assert commands.move(bent, {"a": (8.0, 0.0), "b": (8.0, 0.0)}).bends == {"a.text->b.x": ((13.0, 5.0),)}
    for apart in ({"a": (8.0, 0.0)}, {"a": (8.0, 0.0), "b": (8.0, 8.0)}):
        assert commands.move(bent, apart).bends == bent.bends, "its ends move otherwise than each other"
    twice, _ = commands.insert(bent, bent, (100.0, 0.0))
    assert twice.bends == {**bent.bends, "a_2.text->b_2.x": ((105.0, 5.0),)}
    for end, left in (("a", {}), ("b", {}), ("c", bent.bends)):
        assert commands.straighten(bent, [end]).bends == left


def test_what_is_inserted_leaves_the_wires_that_are_there() -> None:
    known = {"a.text->b.x": Edge("a", "text", "b", "x", {"later": 1})}
    start = graph("ab", "ab").with_tables(edges=known)
    wires = graph("", "ab")
    assert commands.insert(start, wires, (0.0, 0.0))[0].edges == known


def test_a_burst_is_one_step_and_going_back_to_the_start_is_none() -> None:
    document = Document(graph("a"))
    stack = document.undo_stack
    for x in (8.0, 16.0, 24.0):
        document.commit(commands.move(document.graph, {"a": (x, 0.0)}), "Move", "drag")
    assert stack.undo_label == "Move"
    document.undo()
    assert document.graph.places["a"] == (0.0, 0.0)
    assert stack.undo_label == ""
    document.redo()
    document.commit(commands.move(document.graph, {"a": (0.0, 0.0)}), "Move", "drag")
    assert stack.undo_label == ""
    assert stack.clean


def test_saving_and_sealing_end_a_burst() -> None:
    document = Document(graph("a"))
    for x in (8.0, 16.0):
        document.commit(commands.move(document.graph, {"a": (x, 0.0)}), "Move", "drag")
        document.undo_stack.mark_saved()
    document.undo()
    assert document.graph.places["a"] == (8.0, 0.0)
    assert not document.undo_stack.clean
    document.redo()
    assert document.undo_stack.clean
    document.undo_stack.seal()
    assert document.undo_stack.clean
    document.commit(commands.move(document.graph, {"a": (99.0, 0.0)}), "Move", "drag")
    document.undo()
    assert document.graph.places["a"] == (16.0, 0.0)


def test_what_was_undone_and_then_lost_is_never_called_saved() -> None:
    document = Document(graph("a"))
    for x in (8.0, 16.0):
        document.commit(commands.move(document.graph, {"a": (x, 0.0)}), "Move")
    document.undo_stack.mark_saved()
    document.undo()
    document.undo()
    document.commit(commands.move(document.graph, {"a": (24.0, 0.0)}), "Move")
    document.undo()
    assert not document.undo_stack.clean, "the file holds the two steps that nothing leads to any more"
    document.undo_stack.mark_saved()
    assert document.undo_stack.clean


def test_a_state_that_was_forgotten_is_never_called_saved() -> None:
    document = Document(graph("a"))
    document.undo_stack = UndoStack(limit=2)
    for x in (8.0, 16.0, 24.0):
        document.commit(commands.move(document.graph, {"a": (x, 0.0)}), "Move")
    while document.undo():
        assert not document.undo_stack.clean
    assert document.graph.places["a"] == (8.0, 0.0)
    assert not document.undo_stack.clean


def test_inserting_a_large_part_into_itself_gives_each_node_an_id_of_its_own() -> None:
    start = Graph(nodes={key: Node(key, "agent") for key in ["agent", *(f"agent_{i}" for i in range(2, 3000))]})
    new, ids = commands.insert(start, start, (0.0, 0.0))
    assert len(new.nodes) == 2 * len(start.nodes)
    assert sorted(ids.values(), key=lambda name: int(name[6:])) == [f"agent_{i}" for i in range(3000, 5999)]
