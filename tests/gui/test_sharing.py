"""Sharing from the studio: every format is offered, the report says what it takes, runs and bundles go both ways."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from engine.export.registry import names
from engine.files.open import open_graph
from engine.graph import commands
from engine.graph.graph import Graph
from gui import sharing
from gui.dialogs.shared import SharedDialog
from gui.panels.runs import Runs
from gui.studio import Studio

SAVED = Path(__file__).resolve().parents[2] / "saved_graphs"


def drop(studio: Studio, file: Path) -> None:
    """A file let go over the canvas."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    studio.canvas.dropped.emit(data, QPointF(0, 0))


def test_the_menu_offers_every_format_once(studio: Studio) -> None:
    offered = [action.name.removeprefix("share.") for action in sharing.choices(studio)]
    assert offered[0] == "copy" and sorted(offered[1:]) == names()
    assert all(action.words(studio).endswith("…") for action in sharing.choices(studio)[1:])


def test_the_report_says_what_it_takes_and_what_is_not_exact(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.session.show(open_graph(SAVED / "review_before_publishing.baton.json"))
    sharing.write(studio, "python", tmp_path / "program.py")
    qtbot.waitUntil(lambda: bool(studio.window.findChildren(SharedDialog)))
    [dialog] = studio.window.findChildren(SharedDialog)
    assert "- the tier cheap" in dialog.text and "asks on the terminal" in dialog.text
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == dialog.text
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert (tmp_path / "program.py").read_text("utf-8").startswith("# /// script")


def test_a_file_is_offered_beside_the_graph_and_gets_its_ending(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.session.show(open_graph(SAVED / "support_desk.baton.json"), tmp_path / "desk.baton.json")
    next(action for action in sharing.choices(studio) if action.name == "share.mermaid").do(studio)
    [dialog] = studio.window.findChildren(QFileDialog)
    assert dialog.directory().path() == str(tmp_path)
    dialog.findChildren(QLineEdit)[0].setText("mine")
    dialog.accept()
    qtbot.waitUntil((tmp_path / "mine.mmd").is_file)


def test_a_bundle_that_is_dropped_opens_unpacked_and_a_broken_one_is_said(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    graph, _ = commands.add_node(Graph(), "template", (0, 0))
    studio.session.show(graph)
    bundle = tmp_path / "mine.zip"
    sharing.write(studio, "bundle", bundle)
    qtbot.waitUntil(bundle.is_file)
    (tmp_path / "mine").mkdir()
    studio.session.show(Graph())
    drop(studio, bundle)
    qtbot.waitUntil(lambda: studio.session.graph.nodes == graph.nodes)
    assert studio.session.path == tmp_path / "mine-2" / "graph.baton.json", "a folder that is there is left alone"
    bundle.write_bytes(b"PK\3\4 nothing")
    drop(studio, bundle)
    qtbot.waitUntil(lambda: "cannot be read" in studio.window.toasts.texts[-1])
    picture = tmp_path / "shared.svg"
    sharing.write(studio, "svg", picture)
    studio.session.show(Graph())
    drop(studio, picture)
    assert studio.session.graph.nodes == graph.nodes


def test_a_stored_run_is_saved_as_a_report(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.session.show(open_graph(SAVED / "research_draft_review.baton.json"))
    studio.actions["run.start"].trigger(studio)
    qtbot.waitUntil(lambda: bool(studio.past.runs))
    run = studio.past.runs[-1].run
    panel = studio.window.findChild(Runs) or Runs(studio)
    panel.refresh()
    panel.list.selectAll()
    words = [entry.text() for entry in panel.menu().actions() if entry.isEnabled()]
    assert "Save as Page (HTML)…" in words and "Save as Trace (OpenTelemetry, JSON)…" in words
    sharing.write_run(studio, run, "html", tmp_path / "report.html")
    qtbot.waitUntil(lambda: any("report.html" in said for said in studio.window.toasts.texts))
    assert "Research, draft, review" in (tmp_path / "report.html").read_text("utf-8")
