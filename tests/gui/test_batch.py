"""A run for each row of a table: offered, watched, stopped and gone on with, by real clicks and in rehearsal."""

from __future__ import annotations

import asyncio
import csv
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from engine.files.save import save_graph
from engine.graph.graph import Graph
from engine.models.contract import ModelRequest, Reply, Usage
from engine.run.past import Past
from engine.testing import build
from gui.batch_offer import offer_table
from gui.dialogs.batch import BatchDialog
from gui.panels.batch import Batch
from gui.studio import Studio
from tests.engine.run.pricing import Priced
from tests.gui.hands import LEFT, Hands, Heard

ROUTES = {"routes": [{"id": name, "when": {"field": "", "op": "contains", "value": name}} for name in ("bill", "ship")]}


def router() -> Graph:
    """Sorts a task, and says it back with its size."""
    return build(
        {"task": "input", "size": ("input", {"type": "number", "default": 1}), "r": ("router", ROUTES),
         "t": ("template", {"template": "{{ task }}/{{ size }}"}), "end": "output", "bills": "output", "all": "output"},
        "task.value -> r.value", "task.value -> t.task", "size.value -> t.size", "t.text -> end.value",
        "r.bill -> bills.value", "r.ship -> all.value", "r.default -> all.value",
    )  # fmt: skip


def talk(model: str) -> Graph:
    return build(
        {"task": "input", "a": ("agent", {"model": model, "prompt": "On {{ task }}"}), "end": "output"},
        "task.value -> a.task", "a.text -> end.value",
    )  # fmt: skip


def table(place: Path, text: str) -> Path:
    place.write_text(text, "utf-8")
    return place


def offered(studio: Studio, qtbot: QtBot, path: Path) -> BatchDialog:
    """The form for a table, once it was read."""
    offer_table(studio, path)
    qtbot.waitUntil(lambda: bool(studio.window.findChildren(BatchDialog)))
    return studio.window.findChildren(BatchDialog)[-1]  # type: ignore[no-any-return]  # Qt's own stub


def panel(studio: Studio) -> Batch:
    found = studio.panels.widget("batch")
    assert isinstance(found, Batch)
    return found


def press(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible() and button.isEnabled()
    qtbot.mouseClick(button, LEFT)


def over(studio: Studio, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not studio.batching.active)


def column(shown: Batch, name: str) -> list[str]:
    at = list(shown.model.heads).index(name)
    return [shown.model.index(row, at).data() for row in range(shown.model.rowCount())]


def cells(place: Path) -> list[dict[str, str]]:
    with place.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Opened(QObject):
    """What would be opened by the desktop."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.files.append(url.toLocalFile())


@pytest.fixture
def opened() -> Iterator[Opened]:
    made = Opened()
    QDesktopServices.setUrlHandler("file", made, "open")
    yield made
    QDesktopServices.unsetUrlHandler("file")


def test_a_table_with_a_label_is_run_row_by_row(
    studio: Studio, qtbot: QtBot, tmp_path: Path, opened: Opened
) -> None:  # fmt: skip
    studio.session.show(router())
    data = table(tmp_path / "d.csv", "task,right,note\nbill one,bill,x\nship two,ship,y\nbill 3,ship,z\n")
    studio.actions["run.batch"].trigger(studio)
    qtbot.waitUntil(lambda: bool(studio.window.findChildren(QFileDialog)))
    studio.window.findChildren(QFileDialog)[0].fileSelected.emit(str(data))
    studio.window.findChildren(QFileDialog)[0].reject()
    qtbot.waitUntil(lambda: bool(studio.window.findChildren(BatchDialog)))
    form = studio.window.findChildren(BatchDialog)[0]
    assert (form.run.text(), form.route.isEnabled()) == ("Run 3 rows", False)
    assert "at no cost" in form.cost.text()
    form.label.setCurrentText("right")
    press(qtbot, form.run)
    over(studio, qtbot)
    shown = panel(studio)
    assert column(shown, "State") == ["done", "done", "done"]
    assert column(shown, "Outputs") == ["end: bill one/1 · bills: bill one", "end: ship two/1 · all: ship two",
                                        "end: bill 3/1 · bills: bill 3"]  # fmt: skip
    assert shown.facts.full_text == "3 of 3 done · $0.00"
    assert shown.right.text() == "2 of 3 right (67%)"
    shown.tabs.setCurrentIndex(1)
    assert [[shown.matrix.index(row, at).data() for at in range(3)] for row in range(2)] == [
        ["bill", "1", "0"], ["ship", "1", "1"],
    ]  # fmt: skip
    assert [row["route"] for row in cells(tmp_path / "d.results.csv")] == ["bill", "ship", "bill"]
    assert not shown.go_on.isVisible() and not shown.stop.isVisible()
    press(qtbot, shown.results)
    assert opened.files == [str(tmp_path / "d.results.csv")]


def test_a_double_click_brings_the_run_of_a_row_to_the_canvas(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.session.show(talk("cheap"))
    studio.launch.set_plan("rehearsal")
    press(qtbot, offered(studio, qtbot, table(tmp_path / "d.jsonl", '{"task": "tea"}\n{"task": "rum"}\n')).run)
    over(studio, qtbot)
    shown = panel(studio)
    at = shown.list.visualRect(shown.model.index(1, 0)).center()
    qtbot.mouseClick(shown.list.viewport(), LEFT, pos=at)
    qtbot.mouseDClick(shown.list.viewport(), LEFT, pos=at)
    view = studio.session.run_view
    assert view is not None and view.run == shown.model.run_of(shown.model.index(1, 0)) != ""
    assert view.rehearsal and view.nodes["a"].status == "ok"


def test_what_a_model_wrote_is_shown_as_it_is(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.session.show(router())
    press(qtbot, offered(studio, qtbot, table(tmp_path / "d.csv", "task\n<b>ship</b>\n")).run)
    over(studio, qtbot)
    cell = panel(studio).model.index(0, 3)
    assert "<b>ship</b>/1" in cell.data()
    assert "&lt;b&gt;ship" in cell.data(Qt.ItemDataRole.ToolTipRole)


def test_a_row_that_cannot_be_given_is_said_before_anything_runs(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.session.show(router())
    form = offered(studio, qtbot, table(tmp_path / "d.csv", "task,size\na,many\n"))
    assert "Row 1: The input “size”" in form.problem.text() and not form.run.isEnabled()
    form.reject()
    qtbot.waitUntil(lambda: not studio.window.findChildren(BatchDialog))
    form = offered(studio, qtbot, table(tmp_path / "d.csv", "task\na\n"))
    Hands(studio, qtbot).retype(form.budget, "much")
    press(qtbot, form.run)
    assert "Budget for all rows" in form.problem.text() and form.wish is None


def test_a_stopped_batch_goes_on_with_the_same_runs(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    models, held = Priced(studio.services), True
    asked: list[str] = []

    async def answer(model: str, request: ModelRequest) -> Reply:
        text = str(request.messages[-1])
        asked.append(text)
        if held and "rum" in text:
            await asyncio.Event().wait()
        return Reply("said", usage=Usage())

    models.answer = answer
    studio.services = models.serve(studio.services)
    studio.session.show(talk("large"))
    form = offered(studio, qtbot, table(tmp_path / "d.csv", "task\ntea\nrum\ngin\n"))
    form.at_once.setValue(1)
    press(qtbot, form.run)
    shown = panel(studio)
    qtbot.waitUntil(lambda: len(asked) == 2)
    qtbot.waitUntil(lambda: column(shown, "State") == ["done", "running", "waiting"])
    shown.list.activated.emit(shown.model.index(1, 0))
    assert studio.session.run_view is None
    press(qtbot, shown.stop)
    over(studio, qtbot)
    assert column(shown, "State") == ["done", "stopped", "waiting"]
    assert shown.facts.full_text == "1 of 3 done · 1 stopped · $0.00"
    began = [row["run"] for row in cells(tmp_path / "d.results.csv")]
    held = False
    press(qtbot, shown.go_on)
    over(studio, qtbot)
    assert column(shown, "State") == ["done", "done", "done"] and shown.facts.full_text.startswith("3 of 3 done")
    assert [row["run"] for row in cells(tmp_path / "d.results.csv")][:2] == began
    assert sum("tea" in text for text in asked) == 1


def test_a_rehearsal_of_the_rows_asks_no_model_and_leaves_the_results_alone(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    studio.session.show(talk("best"))
    form = offered(studio, qtbot, table(tmp_path / "d.csv", "task\ntea\nrum\n"))
    assert "d.rehearsal.csv" in form.rehearse.toolTip()
    press(qtbot, form.rehearse)
    over(studio, qtbot)
    shown = panel(studio)
    assert column(shown, "State") == ["done", "done"] and shown.facts.full_text.endswith("$0.00 · rehearsal")
    runs = [Past.load(studio.services.journal.journal, row["run"]) for row in cells(tmp_path / "d.rehearsal.csv")]
    assert [run.rehearsal for run in runs] == [True, True] and not (tmp_path / "d.results.csv").exists()


def test_who_looks_elsewhere_is_told_that_the_rows_are_over(
    studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    studio.window.telling.desktop = heard
    studio.session.show(router())
    monkeypatch.setattr(studio.window, "isActiveWindow", lambda: False)
    press(qtbot, offered(studio, qtbot, table(tmp_path / "d.csv", "task\na\nb\n")).run)
    over(studio, qtbot)
    (told,) = heard.said
    assert "the rows are over" in told[0] and told[1] == "2 of 2 done · $0.00"
    assert heard.shares[-1] is None and any(share is not None for share in heard.shares)


def test_rows_are_gone_on_with_once_their_graph_is_open_again(studio: Studio, qtbot: QtBot, hanging: Path) -> None:
    file = hanging.with_name("talk.baton.json")
    studio.batching.stop()
    over(studio, qtbot)
    save_graph(studio.session.whole, file)
    assert studio.filing.load(file)
    assert not panel(studio).go_on.isVisible()  # the graph of the rows was never saved
    press(qtbot, offered(studio, qtbot, hanging).run)
    studio.batching.stop()
    over(studio, qtbot)
    assert panel(studio).go_on.isEnabled()
    studio.session.show(router())
    assert panel(studio).go_on.isVisible() and not panel(studio).go_on.isEnabled()
    assert file.name in panel(studio).go_on.toolTip()
    assert studio.filing.load(file)
    assert panel(studio).go_on.isEnabled()


def test_results_that_are_there_are_gone_on_with_or_kept(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.session.show(router())
    data = table(tmp_path / "d.csv", "task\na\nb\n")
    press(qtbot, offered(studio, qtbot, data).run)
    over(studio, qtbot)
    form = offered(studio, qtbot, table(data, "task\na\nb\nc\n"))
    assert "2 of 3 rows done" in form.resume.text()
    assert "to d.results.csv" in form.place.text() and form.run.text() == "Run 1 row"
    qtbot.mouseClick(form.resume, LEFT, pos=QPoint(8, form.resume.height() // 2))
    assert "to d.results-2.csv" in form.place.text() and form.run.text() == "Run 3 rows"
    press(qtbot, form.run)
    over(studio, qtbot)
    assert len(cells(tmp_path / "d.results-2.csv")) == 3 and len(cells(tmp_path / "d.results.csv")) == 2


def test_a_table_that_is_dropped_fills_the_inputs_where_there_are_some(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(table(tmp_path / "d.csv", "task\na\n")))])
    studio.canvas.dropped.emit(dropped, QPointF(0, 0))
    assert [node.kind for node in studio.session.graph.nodes.values()] == ["files"]
    studio.session.show(router())
    studio.canvas.dropped.emit(dropped, QPointF(0, 0))
    Hands(studio, qtbot).answer("Run for each row")
    qtbot.waitUntil(lambda: bool(studio.window.findChildren(BatchDialog)))
    assert len(studio.session.graph.nodes) == len(router().nodes)


@pytest.fixture
def hanging(studio: Studio, qtbot: QtBot, tmp_path: Path) -> Path:
    """The table of a batch whose only row waits for its model for ever."""
    models = Priced(studio.services)
    asked: list[str] = []

    async def answer(model: str, request: ModelRequest) -> Reply:
        asked.append(model)
        await asyncio.Event().wait()
        return Reply("", usage=Usage())

    models.answer = answer
    studio.services = models.serve(studio.services)
    studio.session.show(talk("large"))
    data = table(tmp_path / "d.csv", "task\ntea\n")
    press(qtbot, offered(studio, qtbot, data).run)
    qtbot.waitUntil(lambda: bool(asked))
    return data


def test_leaving_asks_first_and_stops_the_rows(studio: Studio, qtbot: QtBot, hanging: Path) -> None:
    studio.filing.new()
    Hands(studio, qtbot).answer("Stop them")
    over(studio, qtbot)
    qtbot.waitUntil(lambda: not studio.session.whole.nodes)
    assert not panel(studio).go_on.isVisible(), "its graph is not the one that is edited"
    assert [row["status"] for row in cells(hanging.with_name("d.results.csv"))] == ["cancelled"]


def test_nothing_of_it_goes_on_in_a_window_that_is_gone(studio: Studio, hanging: Path) -> None:
    studio.window.close_now()
    assert [thread.name for thread in threading.enumerate() if thread.name == "batch"] == []
    assert [row["status"] for row in cells(hanging.with_name("d.results.csv"))] == ["cancelled"]


def test_a_table_that_is_gone_is_said_and_leaves_nothing(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.session.show(router())
    form = offered(studio, qtbot, table(tmp_path / "d.csv", "task\na\n"))
    (tmp_path / "d.csv").unlink()
    with qtbot.waitSignal(studio.session.said) as said:
        press(qtbot, form.run)
    assert "cannot be read" in said.args[1]
    assert panel(studio).empty.isVisible() and not panel(studio).results.isVisible()


def test_files_that_cells_name_stand_beside_the_table(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "tea.txt").write_text("four minutes", "utf-8")
    studio.session.show(build({"paper": ("input", {"type": "file"}), "end": "output"}, "paper.value -> end.value"))
    press(qtbot, offered(studio, qtbot, table(tmp_path / "d.csv", "paper\ntea.txt\n")).run)
    over(studio, qtbot)
    assert "four minutes" in column(panel(studio), "Outputs")[0]
