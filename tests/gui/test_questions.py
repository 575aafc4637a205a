"""Questions of a run: seen on the canvas and in the panel, answered with a changed value, refused when they misfit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.plan.capabilities import capabilities
from gui.panels.questions import Questions
from gui.studio import Studio
from gui.views.answer_form import form_for
from gui.views.conflict_form import ConflictForm
from gui.views.growing_text import GrowingText
from gui.views.merge_form import MergeForm
from gui.views.question_cards import QuestionCard
from tests.gui.hands import LEFT


def disputed() -> Graph:
    """Two branches that contradict each other, and a merge that asks a person."""
    graph = Graph({"name": "Dispute"})
    for name, title, city in (("a", "Ada & Co", "Rome\n" * 40), ("b", "", "Oslo")):
        config = {"type": "json", "default": {"city": city}}
        graph, _ = commands.add_node(graph, "input", (0, 0), wanted=name, title=title, config=config)
    graph, both = commands.add_node(
        graph, "merge", (300, 0), wanted="both", title="Both", config={"strategy": "json", "on_conflict": "ask"}
    )
    graph, out = commands.add_node(graph, "output", (600, 0), wanted="out")
    for name in ("a", "b"):
        graph = commands.connect(graph, Edge(name, "value", both, "items"))
    return commands.connect(graph, Edge(both, "value", out, "value"))


def asked(studio: Studio, qtbot: QtBot) -> QuestionCard:
    """Runs until a question stands in the panel."""
    panel = studio.panels.widget("questions")
    assert isinstance(panel, Questions)
    studio.launch.start()
    qtbot.waitUntil(lambda: bool(panel.cards))
    (card,) = panel.cards.values()
    return card


def result(studio: Studio, qtbot: QtBot) -> Any:
    qtbot.waitUntil(lambda: not studio.session.running)
    assert studio.session.run_result is not None
    return studio.session.run_result


@pytest.mark.slow
def test_a_person_settles_what_branches_say(studio: Studio, qtbot: QtBot) -> None:
    studio.session.show(disputed())
    card = asked(studio, qtbot)
    assert card.isVisible() and card.where.text() == "Both" and "differ" in card.words.text()
    face = studio.canvas.display.face("both")
    assert face.status == "waiting" and face.footer[0] == "waits for you"
    card.where.click()
    assert studio.session.selection == {"both"}
    assert isinstance(card.form, MergeForm)
    assert [button.text() for button in card.form.choices["city"].values()] == ["Ada && Co", "b"]
    assert [area.toPlainText() for area in card.form.findChildren(GrowingText)] == ["Rome\n" * 40]
    assert "Oslo" in [label.text() for label in card.form.findChildren(QLabel)]
    qtbot.mouseClick(card.form.choices["city"]["b"], LEFT)
    qtbot.mouseClick(card.approve, LEFT)
    assert result(studio, qtbot).outputs == {"out": {"city": "Oslo"}}
    panel = studio.panels.widget("questions")
    assert isinstance(panel, Questions) and not panel.cards


def test_a_rejection_is_told_to_the_run(studio: Studio, qtbot: QtBot) -> None:
    studio.session.show(disputed())
    card = asked(studio, qtbot)
    qtbot.mouseClick(card.reject, LEFT)
    assert result(studio, qtbot).status == "failed"
    assert "rejected" in studio.canvas.display.face("both").reason


def test_the_second_click_of_a_double_one_answers_no_other_question(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = disputed()
    graph, other = commands.add_node(
        graph, "merge", (300, 200), wanted="other", config={"strategy": "json", "on_conflict": "ask"}
    )
    for name in ("a", "b"):
        graph = commands.connect(graph, Edge(name, "value", other, "items"))
    studio.session.show(graph)
    panel = studio.panels.widget("questions")
    assert isinstance(panel, Questions)
    studio.launch.start()
    qtbot.waitUntil(lambda: len(panel.cards) == 2)
    upper, lower = panel.cards.values()
    monkeypatch.setattr(QApplication, "doubleClickInterval", lambda: 3_600_000)
    qtbot.mouseClick(upper.approve, LEFT)
    qtbot.waitUntil(lambda: len(panel.cards) == 1)
    qtbot.mouseClick(lower.reject, LEFT)
    assert lower.isEnabled()
    monkeypatch.setattr(QApplication, "doubleClickInterval", lambda: 0)

    def answered() -> bool:
        qtbot.mouseClick(lower.reject, LEFT)
        return not lower.isEnabled()

    qtbot.waitUntil(answered)
    assert result(studio, qtbot).nodes["other"]["status"] == "failed"


def test_an_answer_that_does_not_fit_is_said_in_the_card(studio: Studio, qtbot: QtBot) -> None:
    studio.session.show(disputed())
    card = asked(studio, qtbot)
    card.form.value = lambda: {"nothing": 1}  # type: ignore[method-assign]  # stands in for it
    qtbot.mouseClick(card.approve, LEFT)
    assert card.message.isVisible() and "does not fit" in card.message.text() and card.isEnabled()
    studio.session.stop()
    qtbot.waitUntil(lambda: not studio.session.running)
    assert not studio.session.questions


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (None, "some text"),
        (None, {"a": [1]}),
        ({"type": "string"}, "x"),
        ({"type": "number"}, 2.5),
        ({"type": "integer"}, 3),
        ({"type": "boolean"}, True),
        ({"enum": ["a", "b"]}, "b"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ["b"]),
        ({"type": "object", "properties": {"n": {"type": "integer"}, "t": {"type": "string"}}}, {"n": 1, "t": "x"}),
        ({"type": "object", "properties": {"n": {"type": "integer"}, "t": {"type": "string"}}}, {"t": "x"}),
        ({"type": "object", "properties": {"o": {"type": "object", "properties": {"n": {"type": "number"}}}}}, {}),
        ({"type": "object", "properties": {"b": {"type": "boolean"}, "e": {"enum": ["a"]}, "t": {}}}, {}),
    ],
)
def test_a_form_shows_a_value_and_gives_it_back(studio: Studio, schema: dict[str, Any] | None, value: Any) -> None:
    assert form_for(schema, value).value() == value


def test_what_was_changed_in_a_form_is_given(studio: Studio, qtbot: QtBot) -> None:
    several = form_for({"type": "array", "items": {"enum": ["a", "b"]}}, [])
    qtbot.addWidget(several)
    several.findChildren(QCheckBox)[0].click()
    assert several.value() == ["a"]
    whole = form_for({"type": "integer"}, 1)
    assert isinstance(whole.value(), int)
    whole.line.setText("x")  # type: ignore[attr-defined]  # of this sort of editor
    with pytest.raises(ValueError, match="whole number"):
        whole.value()
    for schema, text in (({"type": "number"}, "nan"), ({"type": "integer"}, "9" * 30)):
        number = form_for(schema, None)
        number.line.setText(text)  # type: ignore[attr-defined]  # of this sort of editor
        with pytest.raises(ValueError, match="number is expected"):
            number.value()
    for words in ('{"a": NaN}', "[" * 5000):
        data = form_for(None, {})
        data.area.setPlainText(words)  # type: ignore[attr-defined]  # of this sort of editor
        with pytest.raises(ValueError, match="It is"):
            data.value()
    fields = {"stars": {"type": "integer", "title": "Stars"}, "note": {"type": "string"}}
    with pytest.raises(ValueError, match=r"^“Stars”: a whole number is expected"):
        form_for({"type": "object", "properties": fields, "required": ["stars"]}, {}).value()
    text = form_for(None, "a")
    qtbot.keyClick(text.area, Qt.Key.Key_B)  # type: ignore[attr-defined]  # of this sort of editor
    assert text.value() == "ba"


@pytest.mark.parametrize(("choice", "left"), [("left", "theirs\n"), ("right", "mine\n"), ("edit", "ours\n")])
def test_a_conflict_shows_both_sides_and_one_holds(
    studio: Studio, qtbot: QtBot, tmp_path: Path, choice: str, left: str
) -> None:
    (tmp_path / "a.md").write_text("theirs\n")
    files = {"type": "json", "default": [{"path": "a.md", "text": "mine\n"}]}
    graph, source = commands.add_node(Graph({"name": "Files"}), "input", (0, 0), wanted="files", config=files)
    graph, node = commands.add_node(
        graph, "write_files", (300, 0), wanted="w", config={"root": str(tmp_path), "on_conflict": "ask"}
    )
    graph = commands.connect(graph, Edge(source, "value", node, "files"))
    services = studio.services
    services.trust.trust(capabilities(graph, services.kinds), 0.0)
    studio.session.show(graph)
    card = asked(studio, qtbot)
    form = card.form
    assert isinstance(form, ConflictForm)
    texts = [area.toPlainText() for area in form.findChildren(GrowingText)]
    assert texts[:2] == ["theirs\n", "mine\n"] and not form.own.isVisible()
    qtbot.mouseClick(form.choices[choice], LEFT)
    if choice == "edit":
        assert form.own.isVisible()
        form.own.setFocus()
        qtbot.keyClick(form.own, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClicks(form.own, "ours")
        qtbot.keyClick(form.own, Qt.Key.Key_Return)
    qtbot.mouseClick(card.approve, LEFT)
    assert result(studio, qtbot).status == "completed"
    assert (tmp_path / "a.md").read_text() == left
