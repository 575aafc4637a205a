"""Forms: what is typed becomes undo steps, what is wrong is said and stays out of the document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.kinds.fields import form_fields
from engine.plan.ports import ports_of
from engine.testing import build
from gui.field import load_fields
from gui.fields.body import BodyField
from gui.fields.number import read_number
from gui.fields.schema import SchemaField
from gui.studio import Studio
from gui.views.form_rows import Fold, Row
from gui.views.rule_row import parse_operand, shown_operand
from tests.gui.hands import Hands


def row(hands: Hands, name: str) -> Row:
    form = hands.inspector().form
    assert form is not None
    return form.reveal(name)


def config(studio: Studio, node: str) -> dict[str, object]:
    return dict(studio.session.graph.nodes[node].config)


def test_every_widget_of_every_kind_has_an_editor(studio: Studio) -> None:
    editors = load_fields()
    wanted = {field.widget for kind in studio.session.kinds for field in form_fields(kind.Config)}
    assert wanted - editors.keys() == set()


@pytest.mark.slow
def test_every_kind_opens_a_form_that_shows_its_starter_unchanged(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    for kind in studio.session.kinds:
        node = studio.canvas.add_kind(kind.name, studio.canvas.scene_centre())
        before = studio.session.graph
        assert hands.inspector().node == node
        assert hands.inspector().form is not None
        assert studio.session.graph is before, f"opening the form of {kind.name} changed the document"


@pytest.mark.slow
def test_a_form_with_all_its_sections_open_fits_its_panel_in_a_small_window(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    studio.window.resize(1000, 650)
    for kind in studio.session.kinds:
        studio.canvas.add_kind(kind.name, studio.canvas.scene_centre())
        panel = hands.inspector()
        for fold in panel.findChildren(Fold):
            fold.head.setChecked(True)
        hands.settle()
        room = panel.setup.viewport().width()
        assert panel.setup.widget().minimumSizeHint().width() <= room, f"{kind.name} needs more than {room} pixels"


def test_only_fields_that_matter_are_shown(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    merge = hands.add("merge", 0, 0)
    hands.click_node(merge)

    def shown() -> set[str]:
        form = hands.inspector().form
        assert form is not None
        return {name for name, found in form.rows.items() if not found.isHidden()}

    assert {"strategy", "join", "separator", "tolerate_failures"} <= shown()
    assert not {"template", "judge", "arrays", "array_key", "vote", "k"} & shown()
    session.commit(commands.set_config(session.graph, merge, {"strategy": "json", "arrays": "by_key"}), "json")
    assert {"arrays", "array_key"} <= shown()
    assert "separator" not in shown()
    session.commit(commands.set_config(session.graph, merge, {"join": "quorum"}), "quorum")
    assert "k" in shown()
    assert "tolerate_failures" not in shown()
    session.undo()
    assert "k" not in shown()
    form = hands.inspector().form
    assert form is not None
    assert not form.reveal("k").isHidden(), "a problem leads there all the same"


def test_names_in_a_prompt_grow_ports_and_a_wired_one_stays(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    source, agent = hands.add("input", -300, 0), hands.add("agent", 0, 0)
    hands.wire(source, "value", agent, "task")
    prompt = row(hands, "prompt").editor.editor()
    hands.click_node(agent)
    prompt = row(hands, "prompt").editor.editor()
    hands.retype(prompt, "Compare {{ left }} with {{ right }}")
    ports = ports_of(session.graph, session.kinds, agent)
    assert ports is not None and [port.name for port in ports.inputs] == ["left", "right"]
    assert len(session.graph.edges) == 1, "the edge of the name that is gone is kept"
    qtbot.waitUntil(lambda: any(problem.edge for problem in session.problems))


def test_half_a_placeholder_is_said_and_not_committed(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    node = hands.add("agent", 0, 0)
    prompt = row(hands, "prompt").editor.editor()
    hands.retype(prompt, "Hello {% if")
    assert row(hands, "prompt").message.text() != ""
    assert config(studio, node)["prompt"] != "Hello {% if"
    qtbot.keyClicks(prompt, " who %}{{ who }}{% endif %}")
    assert row(hands, "prompt").message.text() == ""
    assert config(studio, node)["prompt"] == "Hello {% if who %}{{ who }}{% endif %}"


def test_names_are_offered_while_one_is_typed(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    hands.add("input", -300, 0)
    node = hands.add("agent", 0, 0)
    prompt = row(hands, "prompt").editor.editor()
    hands.retype(prompt, "Use {{ inp")
    assert prompt.offers.shown and row(hands, "prompt").message.text() == ""
    prompt.complete("input")
    assert config(studio, node)["prompt"] == "Use {{ input }}"
    assert list(studio.session.graph.edges) == [f"input.value->{node}.input"], "a name that is chosen is wired"
    studio.session.commit(commands.add_node(studio.session.graph, "input", (-300, 200))[0], "Add")
    hands.retype(prompt, "Use {{ inp")
    assert prompt.offers.model().rowCount() == 2, "what came since is offered with the next name"
    prompt.offers.hide()


def test_names_that_would_make_a_circle_or_give_nothing_are_not_offered(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    nodes = dict.fromkeys(("before", "here", "behind"), "agent") | {"end": "output"}
    edges = ("before.text -> here.task", "here.text -> behind.task", "behind.text -> end.value")
    studio.session.show(
        replace(build(nodes, *edges), places={name: (300.0 * at, 0.0) for at, name in enumerate(nodes)})
    )
    studio.session.select(["here"])
    prompt = row(hands, "prompt").editor.editor()
    assert prompt._place.names_in_scope() == ["before"]


def test_a_name_left_unfinished_is_said_once_the_keyboard_goes_elsewhere(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    hands.add("agent", 0, 0)
    prompt = row(hands, "prompt").editor.editor()
    hands.retype(prompt, "Use {{ this")
    assert row(hands, "prompt").message.text() == ""
    prompt.offers.hide()
    studio.canvas.setFocus()
    qtbot.waitUntil(lambda: row(hands, "prompt").message.text() != "")


@pytest.mark.parametrize(("typed", "says"), [("abc", "number"), ("-4", "greater"), ("", "")])
def test_a_number_that_is_none_is_said(studio: Studio, qtbot: QtBot, typed: str, says: str) -> None:
    hands = Hands(studio, qtbot)
    node = hands.add("agent", 0, 0)
    field = row(hands, "timeout_s")
    assert isinstance(field.editor.editor(), QLineEdit)
    hands.retype(field.editor.editor(), typed)
    assert says in field.message.text() and bool(field.message.text()) == bool(says)
    assert "timeout_s" not in config(studio, node)


def test_tools_are_chosen_before_it_is_said_how_they_are_used(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    hands.add("agent", 0, 0)
    tools, folder = row(hands, "tools"), row(hands, "folder")
    qtbot.waitUntil(lambda: tools.y() < folder.y())


def test_back_to_the_default(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    node = hands.add("agent", 0, 0)
    field = row(hands, "timeout_s")
    hands.retype(field.editor.editor(), "45")
    assert config(studio, node)["timeout_s"] == 45
    field.reset.click()
    assert "timeout_s" not in config(studio, node)
    assert studio.session.document.undo_stack.undo_label.startswith("Reset time limit")


def test_json_is_committed_when_it_is_whole(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    node = hands.add("agent", 0, 0)
    field = row(hands, "output_schema")
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert isinstance(field.editor, SchemaField)
    field.editor.as_text.click()
    hands.retype(field.editor.editor(), json.dumps(schema)[:-1])
    assert "output_schema" not in config(studio, node) and "JSON" in field.message.text()
    qtbot.keyClicks(field.editor.editor(), "}")
    assert config(studio, node)["output_schema"] == schema and field.message.text() == ""


def test_a_pasted_key_is_noticed_and_not_repeated(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    hands.add("agent", 0, 0)
    field = row(hands, "instructions")
    secret = "sk-ant-" + "api03a1b2c3d4e5f6g7h8i9j0"
    hands.retype(field.editor.editor(), f"Use {secret}")
    assert "Anthropic key" in field.message.text() and secret not in field.message.text()
    bar, session = studio.window.bar, studio.session
    assert "Anthropic key" in bar.text and secret not in bar.text and bar.isVisible()
    qtbot.waitUntil(lambda: any(problem.code == "pasted_secret" for problem in session.problems))
    session.undo()
    qtbot.waitUntil(lambda: not bar.isVisible())


def test_routes_keep_their_ids(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    node = hands.add("router", 0, 0)
    routes = row(hands, "routes").editor
    routes.add.click()  # type: ignore[attr-defined]  # this field's own button
    added = config(studio, node)["routes"][-1]["id"]  # type: ignore[index]  # a config is JSON
    card = routes.cards[-1]  # type: ignore[attr-defined]  # of this sort of editor
    hands.retype(card.label, "Refunds")
    assert config(studio, node)["routes"][-1] == {  # type: ignore[index]  # a config is JSON
        "id": added, "label": "Refunds", "when": {"field": "", "op": "contains", "value": ""},
    }  # fmt: skip
    hands.retype(card.rule.operand, "refund")
    card.up.click()
    assert next(route["id"] for route in config(studio, node)["routes"]) == added  # type: ignore[attr-defined]  # of this sort of editor
    routes.cards[0].remove.click()  # type: ignore[attr-defined]  # of this sort of editor
    assert added not in [route["id"] for route in config(studio, node)["routes"]]  # type: ignore[attr-defined]  # of this sort of editor


def test_an_edit_elsewhere_shows_in_the_form(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    node = hands.add("agent", 0, 0)
    session.commit(commands.set_config(session.graph, node, {"prompt": "Other {{ words }}"}), "Edit")
    assert row(hands, "prompt").editor.editor().toPlainText() == "Other {{ words }}"  # type: ignore[attr-defined]  # of this sort of editor
    hands.key(Qt.Key.Key_F2)
    hands.type("Writer")
    assert session.graph.nodes[node].title == "Writer"


def test_numbers_as_people_write_them() -> None:
    assert read_number(" 1_000 ", whole=True) == 1000
    assert read_number("0,5", whole=False) == 0.5
    for wrong in ("nan", "inf", "1.5.2", "x"):
        with pytest.raises(ValueError, match="number"):
            read_number(wrong, whole=False)


def test_operands_of_rules() -> None:
    for value in ("refund", 4, 0.5, [1, "a"], True, {"a": 1}):
        assert parse_operand(shown_operand(value)) == value
    for words in ("NaN", "-Infinity", "1e999", "[" * 5000):
        assert parse_operand(words) == words, "no file could hold it"


def test_a_body_is_a_picture_and_its_text_takes_graphs_only(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    node = studio.canvas.add_kind("map", studio.canvas.scene_centre())
    field = row(hands, "body").editor
    assert isinstance(field, BodyField)
    assert field.picture.isVisibleTo(field) and not field.area.isVisibleTo(field)
    field.fold.click()
    before = session.graph
    field.area.setPlainText('{"nodes": 5}')
    assert session.graph is before and "no graph" in row(hands, "body").message.text()
    field.area.setPlainText('{"nodes": [{"id": "item", "kind": "input"}], "edges": []}')
    assert [each["id"] for each in config(studio, node)["body"]["nodes"]] == ["item"]  # type: ignore[index]  # a config is JSON
    field.area.setPlainText('{"nodes": [], "edges": []}')
    assert not field.picture.isVisibleTo(field) and "Nothing is drawn" in field.words.text()


def test_ten_thousand_characters_and_other_scripts_stand_in_a_title(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    node = hands.add("agent", 0, 0)
    hands.click_node(node)
    title = hands.inspector().title
    for words in ("x" * 10_000, "مرحبا بالعالم 👩‍🚀", "\u202eright to left"):
        title.setFocus()
        title.selectAll()
        title.insert(words)
        title.textEdited.emit(words)
        assert session.graph.nodes[node].title == words
        assert not studio.canvas.grab().isNull()
    assert studio.window.right.width() < studio.window.width() / 2, "a long title makes no panel wider"
