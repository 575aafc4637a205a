"""A team on the canvas: one wire makes a specialist, and it is drawn unlike those that carry values (S7)."""

from __future__ import annotations

from PySide6.QtCore import Qt

from engine.graph import commands
from engine.graph.records import Edge
from engine.plan.check import check
from gui.bridge.faces import EDGE_REST
from gui.canvas.paint_edge import pen_of
from gui.canvas.placing import spliced
from gui.canvas.view import Canvas
from gui.session import Session
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
