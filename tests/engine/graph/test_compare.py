"""The comparison names every difference and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from engine.graph import commands
from engine.graph.compare import compare
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from tests import graphs as some

BASE = Graph(
    head={"name": "N"},
    nodes={key: Node(key, "agent", "", {"prompt": "p", "model": "m"}) for key in "abc"},
    edges={edge.key: edge for edge in (Edge("a", "text", "c", "x"), Edge("b", "text", "c", "x"))},
    places={key: (0.0, 0.0) for key in "abc"},  # noqa: C420 - reads like the line above
)


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(some.graphs())
def test_a_graph_is_no_different_from_itself(graph: Graph) -> None:
    assert not compare(graph, graph.with_tables(nodes=dict(graph.nodes)))
    assert compare(graph, graph).sentences() == []


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(some.graphs(), some.graphs())
def test_it_is_false_exactly_for_equal_graphs_of_the_same_order(old: Graph, new: Graph) -> None:
    if old != new:
        assert compare(old, new)
        assert compare(old, new).sentences()


def test_settings_are_named_one_by_one() -> None:
    new = commands.set_config(BASE, "a", {"prompt": "q", "retry": 1}, unset=["model"])
    new = commands.set_head(commands.set_title(new, "b", "B"), "name", "M")
    found = compare(BASE, new)
    assert found.head == ("name",)
    assert found.changed == {"a": ("config.prompt", "config.model", "config.retry"), "b": ("title",)}
    assert found.logic
    assert "node b changed: title" in found.sentences()


def test_nodes_edges_and_their_order() -> None:
    new = commands.remove(commands.add_node(BASE, "merge", (0, 0))[0], ["a"])
    found = compare(BASE, new)
    assert (found.added, found.removed, found.edges_removed) == (("merge",), ("a",), ("a.text->c.x",))
    turned = BASE.with_tables(edges=dict(reversed(BASE.edges.items())))
    assert compare(BASE, turned).reordered == ("c.x",)
    assert compare(BASE, BASE.with_tables(nodes=dict(reversed(BASE.nodes.items())))).nodes_reordered


def test_drawing_alone_is_no_logic() -> None:
    found = compare(BASE, commands.move(BASE, {"a": (8.0, 8.0)}))
    assert found.moved == ("a",)
    assert found
    assert not found.logic
    assert compare(BASE, replace(BASE, layout_extra={"camera": 1})).marks == ("layout",)
