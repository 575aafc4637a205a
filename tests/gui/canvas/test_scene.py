"""The scene follows the document: after any edits it equals a scene made afresh, and says where to draw again."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.ids import unique_id
from engine.graph import commands
from engine.graph.changes import between
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.registry import Kinds
from gui.bridge.captions import Captions
from gui.bridge.display import Display
from gui.canvas.geometry import Rect
from gui.canvas.paint_far import Far
from gui.canvas.scene import Scene

from .conftest import chain

KINDS = Kinds.load()
PORTS = ["text", "value", "task", "items", "error", "gone"]


def picture(scene: Scene) -> dict[str, Any]:
    """All that is drawn of a scene, in order."""
    return {
        "nodes": [(i.id, i.x, i.y, i.order, i.caption, i.shape.width, i.shape.height, _sockets(i.shape.sockets))
                  for i in scene.nodes.values()],
        "edges": [(e.key, e.curve, e.box, e.broken) for e in scene.edges.values()],
        "near": sorted(i.id for i in scene.nodes_in(Rect(-9e5, -9e5, 18e5, 18e5))),
        "bounds": scene.bounds(),
        "wires": sorted(e.key for e in scene.edges_in(Rect(-9e5, -9e5, 18e5, 18e5))),
    }  # fmt: skip


def _sockets(sockets: tuple[Any, ...]) -> list[Any]:
    return [(s.name, s.output, s.x, s.y, s.slot, s.pill, s.quiet, s.port) for s in sockets]


def fresh(graph: Graph) -> Scene:
    scene = Scene(Captions(KINDS))
    scene.rebuild(graph)
    return scene


@st.composite
def edits(draw: st.DrawFn, graph: Graph) -> Graph:
    """One edit that a person can make."""
    nodes = sorted(graph.nodes)
    what = draw(st.sampled_from(["add", "move", "connect", "remove", "retitle", "config", "rename", "unplug"]))
    node = draw(st.sampled_from(nodes)) if nodes else ""
    if what == "add" or not nodes:
        kind = draw(st.sampled_from(["agent", "merge", "router", "output", "hologram"]))
        place = draw(st.integers(-9, 9)) * 200.0, draw(st.integers(-9, 9)) * 100.0
        return commands.add_node(graph, kind, place)[0]
    if what == "move":
        return commands.move(graph, {node: (draw(st.integers(-99, 99)) * 8.0, 16.0)})
    if what == "connect":
        other = draw(st.sampled_from(nodes))
        edge = Edge(node, draw(st.sampled_from(PORTS)), other, draw(st.sampled_from(PORTS)))
        return graph if node == other or edge.key in graph.edges else commands.connect(graph, edge)
    if what == "remove":
        return commands.remove(graph, [node], keep_chain=draw(st.booleans()))
    if what == "retitle":
        return commands.set_title(graph, node, draw(st.sampled_from(["", "New", "Other"])))
    if what == "config":
        return commands.set_config(graph, node, {"prompt": draw(st.sampled_from(["", "{{ task }} {{ b }}", "{{ x"]))})
    if what == "rename":
        return commands.rename(graph, node, unique_id(f"r_{node[:4]}", graph.nodes))
    return commands.remove(graph, edges=draw(st.lists(st.sampled_from(sorted(graph.edges)))) if graph.edges else [])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_following_differences_gives_what_a_fresh_scene_is(data: st.DataObject) -> None:
    graph = chain()
    scene = fresh(graph)
    for _ in range(data.draw(st.integers(1, 10))):
        after = data.draw(edits(graph))
        scene.apply(between(graph, after), after)
        assert picture(scene) == picture(fresh(after))
        graph = after
    back = chain()
    scene.apply(between(graph, back), back)
    assert picture(scene) == picture(fresh(back))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_kept_of_a_graph_seen_from_afar_is_what_would_be_made_anew(data: st.DataObject) -> None:
    graph, scene, display = chain(), fresh(chain()), Display()
    far, chosen = Far(scene, display), frozenset[str]()
    for _ in range(data.draw(st.integers(1, 8))):
        graph = data.draw(edits(before := graph))
        scene.put_back()
        scene.apply(between(before, graph), graph)
        nodes = st.frozensets(st.sampled_from(sorted(graph.nodes))) if graph.nodes else st.just(frozenset[str]())
        display.mark(dict.fromkeys(data.draw(nodes), ("error", "It is wrong.")))
        if data.draw(st.booleans()):
            scene.shift(data.draw(nodes), 24.0, 8.0)
        if data.draw(st.booleans()):  # not each step is seen
            chosen = data.draw(nodes)
            assert _from_afar(far, chosen) == _from_afar(Far(scene, display), chosen)
    assert _from_afar(far, chosen) == _from_afar(Far(scene, display), chosen)


def _from_afar(far: Far, chosen: frozenset[str]) -> list[Any]:
    lines, blocks = far.ready(chosen)
    return [
        {key: sorted(one.toTuple() for one in group) for key, group in lines.items() if group},
        {key: sorted(one.getRect() for one in group) for key, group in blocks.items() if group},
    ]


def test_a_move_touches_the_node_and_its_edges_only() -> None:
    graph, scene = chain(), fresh(chain())
    after = commands.move(graph, {"draft": (240.0, 400.0)})
    touched = scene.apply(between(graph, after), after)
    assert touched.nodes == {"draft"}
    assert touched.edges == set(graph.edges)
    assert any(area.contains(250, 10) for area in touched.areas)
    assert any(area.contains(250, 410) for area in touched.areas)


def test_a_preview_moves_what_is_seen_leads_the_wires_to_it_and_is_taken_back() -> None:
    scene = fresh(chain())
    before = picture(scene)
    edge = scene.edges["task.value->draft.task"]
    start, end = edge.curve.a, edge.curve.b
    areas = scene.shift({"draft"}, 30, 5)
    assert (scene.nodes["draft"].x, scene.nodes["draft"].y) == (270, 5)
    assert (edge.curve.a, edge.curve.b) == (start, (end[0] + 30, end[1] + 5))
    assert any(area.contains(241, 1) for area in areas) and any(area.contains(488, 70) for area in areas)
    scene.shift({"task"}, 10, 10)
    assert (scene.nodes["draft"].x, edge.curve.b) == (240, end), "only what is shifted last is away"
    scene.put_back()
    assert picture(scene) == before


def test_nodes_without_a_place_do_not_lie_on_each_other() -> None:
    bare = chain().with_tables(places={})
    rects = [item.rect for item in fresh(bare).nodes.values()]
    assert not any(a.meets(b) for i, a in enumerate(rects) for b in rects[i + 1 :])


def test_points_find_sockets_nodes_and_edges() -> None:
    scene = fresh(chain())
    edge = scene.edges["task.value->draft.task"]
    found = scene.edge_at(edge.curve.at(0.5), 4)
    assert found is not None
    assert found[0] is edge
    assert abs(found[1] - 0.5) < 0.1
    assert scene.edge_at((0, -300), 4) is None
    socket = scene.socket_at(edge.curve.b, 8)
    assert socket is not None
    assert (socket[0].id, socket[1].name) == ("draft", "task")
    assert scene.edge_into("draft", socket[1]) is edge
    assert scene.node_at((-50, -50)) is None


def test_a_pill_outside_its_node_is_drawn_again_with_the_node() -> None:
    routes = [{"id": "technical", "label": "Technical questions"}, {"id": "other", "label": "Other"}]
    graph, router = commands.add_node(Graph(), "router", (0, 0), config={"routes": routes})
    scene = fresh(graph)
    item = scene.nodes[router]
    pill = Rect(item.rect.right + 100, item.rect.y, 20, item.rect.h)
    assert [found.id for found in scene.drawn_in(pill)] == [router]
    assert scene.nodes_in(pill) == []
    after = commands.set_title(graph, router, "Triage")
    touched = scene.apply(between(graph, after), after)
    assert any(area.contains(pill.right, pill.y + 10) for area in touched.areas)


def test_the_upper_of_two_wires_out_of_a_port_leads_to_the_upper_node() -> None:
    graph = commands.connect(chain(), Edge("task", "value", "note", "name"))  # after the wire to "draft"
    scene = fresh(graph)

    def heights() -> dict[str, float]:
        return {e.edge.target: e.first.y for e in scene.edges.values() if e.edge.source == "task" and e.first}

    assert heights()["draft"] < heights()["note"]
    above = commands.move(graph, {"note": (240.0, -300.0)})
    scene.apply(between(graph, above), above)
    assert heights()["draft"] > heights()["note"]
    scene.apply(between(above, graph), graph)
    assert heights()["draft"] < heights()["note"]
