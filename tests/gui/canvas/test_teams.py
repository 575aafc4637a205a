"""A team on the canvas: one wire makes a specialist, and it is drawn unlike those that carry values (S7)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.graph import commands
from engine.graph.records import Edge
from engine.plan.check import check
from engine.run.children import DelegationView
from engine.run.services import Services
from engine.run.view import NodeView, PartView, View
from engine.testing import play
from gui.bridge.display import Display
from gui.bridge.faces import EDGE_REST, node_face
from gui.canvas.paint_edge import pen_of
from gui.canvas.placing import spliced
from gui.canvas.view import Canvas
from gui.session import Session
from tests.engine.teams import Cast, delegate, desk
from tests.gui.canvas.conftest import Hand

TEAM = "lead.team->note.name"


def with_manager(session: Session) -> None:
    graph, _ = commands.add_node(session.graph, "manager", (0.0, 400.0), title="Lead")
    session.commit(graph, "manager")


def test_one_wire_from_the_team_makes_a_specialist(canvas: Canvas, session: Session, hand: Hand) -> None:
    with_manager(session)
    hand.drag(hand.socket("lead", "team", output=True), hand.socket("note", "name", output=False))
    assert TEAM in session.graph.edges
    found = {(problem.code, problem.node) for problem in check(session.graph, session.kinds)}
    assert not found & {("no_team", "lead"), ("unwired_port", "note")}


@pytest.mark.parametrize(
    ("kind", "config", "port"),
    [("agent", {"prompt": "{{ task }}"}, "task"), ("remote_agent", {"card": "http://127.0.0.1:9"}, "message")],
)
def test_a_wire_from_the_team_let_go_over_a_node_leads_to_the_port_for_its_brief(
    canvas: Canvas, session: Session, hand: Hand, kind: str, config: dict[str, str], port: str
) -> None:
    with_manager(session)
    graph, node = commands.add_node(session.graph, kind, (600.0, 400.0), title="Helper", config=config)
    session.commit(graph, "helper")
    x, y = session.graph.places[node]
    over = (x + canvas.scene.nodes[node].shape.width / 2, y + 12)
    hand.drag(hand.socket("lead", "team", output=True), over)
    assert f"lead.team->{node}.{port}" in session.graph.edges
    found = {problem.code for problem in check(session.graph, session.kinds) if problem.node == node}
    assert not found & {"dangling_edge", "impossible_edge", "unwired_port"}


def test_a_delegation_is_drawn_dashed_and_takes_no_node_into_its_middle(canvas: Canvas, session: Session) -> None:
    with_manager(session)
    session.commit(commands.connect(session.graph, Edge("lead", "team", "note", "name")), "wire")
    ink, edges = canvas.layers.ink, canvas.scene.edges
    styles = {
        key: pen_of(ink, EDGE_REST, selected=False, broken=item.broken, delegates=item.delegates).style()
        for key, item in edges.items()
    }
    assert styles.pop(TEAM) == Qt.PenStyle.CustomDashLine
    assert set(styles.values()) == {Qt.PenStyle.SolidLine}
    assert spliced(session.graph, session.kinds, "draft", TEAM) is None


def test_a_specialist_shows_what_it_works_on_still_rather_than_what_it_began_later() -> None:
    graph, view, display = desk("billing", "sales"), View(run="r", started=0.0), Display()
    for number, status in ((1, "running"), (2, "ok"), (3, "ok")):
        scope = f"lead[{number}]"
        view.delegations[scope] = DelegationView(scope, "lead", "billing", status=status, scope=scope)
        work = view.nodes[f"{scope}/billing"] = NodeView.begun(f"{scope}/billing", "billing", scope)
        work.status = status
    display.show(view, graph, live=True)
    assert display.face("billing").status == "running"
    view.delegations["lead[1]"].status = view.nodes["lead[1]/billing"].status = "failed"
    display.show(view, graph, live=True, scope="elsewhere")
    display.show(view, graph, live=True)
    assert display.face("billing").status == "ok", "where nothing goes on, the last one counts"


def test_of_many_who_work_for_a_manager_those_that_began_last_are_named() -> None:
    view, names = View(run="r", started=0.0), ["ann", "bob", "cyd", "dan", "eve", "fay"]
    lead = view.nodes["lead"] = NodeView.begun("lead", "lead", "")
    lead.status = "running"
    for number, name in enumerate(names, 1):
        key = f"lead[{number}]"
        status = "ok" if name == "eve" else "running"
        view.delegations[key] = DelegationView(key, "lead", name, title="work", status=status, scope=key)
        lead.parts[number] = PartView(number, key, 0.0, None, {"specialist": name})
    face = node_face(view, "lead")
    assert (face.body, face.footer[0]) == ("cyd: work\ndan: work\nfay: work", "5 of 6 at work")


async def test_specialists_show_the_work_that_they_were_given(services: Services) -> None:
    cast = Cast(services, lead=[delegate(("billing", "pay")), "Done."], billing="paid", sales="unused")
    graph = desk("billing", "sales")
    played = await play(graph, services=cast.serve(services))
    view, display, seen = View(), Display(), []
    display.show(view, graph, live=True)
    [wire] = [key for key, edge in graph.edges.items() if edge.target == "billing"]
    for event in played.events:
        view.apply(event)
        fresh = display.tick([event])
        if event.scope and "billing" in fresh.nodes:
            seen.append((display.face("billing").status, display.edge(wire).flowing))
    assert ("running", True) in seen and seen[-1][0] == "ok"
    assert display.face("billing").body == "paid" and not display.edge(wire).flowing
    assert display.face("sales").status == "skipped"
