"""Pickers of forms: models with prices, tools with what they do, schemas as tables, prompts as they will be sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.base.settings import Home
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.fields import form_fields
from engine.kinds.registry import Kinds
from engine.run.services import Services
from gui.dialogs.choose_tools import OFF, ON
from gui.dialogs.finder import Finder
from gui.fields.model import ModelField
from gui.fields.prompt import PromptField
from gui.fields.schema import SchemaField
from gui.fields.tools import ToolField, ToolsField
from gui.models import model_rows
from gui.preview import preview, values_at
from gui.schema_rows import SchemaRow, rows_of, schema_of
from gui.studio import Studio
from gui.views.form_rows import Row
from tests.gui.hands import LEFT, Hands

NAMES = st.text("abcdefgh_", min_size=1, max_size=6)
ROWS = st.lists(
    st.builds(SchemaRow, NAMES, st.sampled_from(["string", "number", "boolean"]), st.booleans(), st.text(max_size=9)),
    min_size=1, max_size=5, unique_by=lambda row: row.name,
)  # fmt: skip


@pytest.fixture
def hands(studio: Studio, qtbot: QtBot) -> Hands:
    return Hands(studio, qtbot)


def row(hands: Hands, kind: str, name: str, config: dict[str, Any] | None = None) -> Row:
    """The form row of a field of a fresh node, behind an input."""
    graph = Graph(
        nodes={"n": Node("n", kind, config=config or {}), "topic": Node("topic", "input")},
        edges={"topic.value->n.topic": Edge("topic", "value", "n", "topic")},
        places={"n": (0, 0), "topic": (-300, 0)},
    )
    hands.studio.session.show(graph)
    hands.studio.session.select(["n"])
    form = hands.inspector().form
    assert form is not None
    found = form.reveal(name)
    hands.settle()
    return found


def config(hands: Hands) -> dict[str, Any]:
    return dict(hands.studio.session.graph.nodes["n"].config)


def test_every_field_of_every_kind_has_help() -> None:
    lacking = [f"{kind.name}.{f.name}" for kind in Kinds.load() for f in form_fields(kind.Config) if not f.help]
    assert lacking == []


def test_help_is_shown_on_demand_and_heard(hands: Hands) -> None:
    found = row(hands, "agent", "model")
    assert found.head.help.isHidden() and found.editor.editor().accessibleDescription() == found.field.help
    hands.bot.mouseClick(found.head.explain, LEFT)
    assert found.head.help.text() == found.field.help and not found.head.help.isHidden()


def test_models_are_listed_with_price_and_room(tmp_path: Any) -> None:
    rows = {each.name: each for each in model_rows(Services.load(Home(tmp_path)))}
    assert rows["cheap"].hint.startswith("→ ")
    assert rows["rehearsal"].cost == "free"
    assert "$" in rows["openai/gpt-5"].cost and "k" in rows["openai/gpt-5"].cost
    assert rows["openai/gpt-5"].hint.startswith("OpenAI")


def test_a_model_is_searched_and_taken(hands: Hands) -> None:
    field = row(hands, "agent", "model").editor
    assert isinstance(field, ModelField)
    field.box.showPopup()
    hands.bot.waitUntil(lambda: any(f.isVisible() for f in hands.studio.window.findChildren(Finder)))
    finder = hands.finder()
    hands.bot.keyClicks(finder.field, "openai gpt-5")
    wanted = finder.titles[0]
    hands.bot.keyClick(finder.field, Qt.Key.Key_Return)
    assert wanted.startswith("openai/gpt-5") and config(hands)["model"] == wanted


def test_tools_are_ticked_one_by_one_or_as_a_whole(hands: Hands) -> None:
    field = row(hands, "agent", "tools").editor
    assert isinstance(field, ToolsField)
    dialog = field.ask()
    items = dialog.items()
    assert items["fs.write_file"].text(2) == "writes" and items["clock.now"].text(2) == "reads"
    assert items["clock.now"].text(1)
    items["clock.now"].setCheckState(0, ON)
    assert config(hands)["tools"] == ["clock.now"]
    items["clock.*"].setCheckState(0, ON)
    assert config(hands)["tools"] == ["clock.*"] and items["clock.now"].checkState(0) == ON
    items["clock.*"].setCheckState(0, OFF)
    assert "tools" not in config(hands)
    hands.bot.keyClicks(dialog.search, "clock")
    assert items["fs.*"].isHidden() and not items["clock.now"].isHidden()
    dialog.accept()


def test_the_tool_of_a_node_is_chosen_from_a_list(hands: Hands) -> None:
    field = row(hands, "tool", "tool", {"tool": "clock.now"}).editor
    assert isinstance(field, ToolField) and field.what.text().endswith("It reads.")
    hands.bot.mouseClick(field.choose, LEFT)
    hands.bot.keyClicks(hands.finder().field, "fs.write")
    hands.bot.keyClick(hands.finder().field, Qt.Key.Key_Return)
    assert config(hands)["tool"] == "fs.write_file" and field.what.text().endswith("It writes.")


@given(ROWS)
def test_a_table_says_what_its_schema_says(rows: list[SchemaRow]) -> None:
    assert rows_of(schema_of(None, rows)) == rows


@given(ROWS, st.booleans())
def test_a_table_keeps_what_it_cannot_show(rows: list[SchemaRow], strict: bool) -> None:
    schema = {"type": "object", "additionalProperties": strict, "properties": {"x": {"type": "string", "enum": ["a"]}}}
    found = rows_of(schema)
    assert found is not None and found[0].rest == {"enum": ["a"]}
    again = schema_of(schema, [*found, *(row for row in rows if row.name != "x")])
    assert again is not None and again["additionalProperties"] is strict
    assert again["properties"]["x"] == {"type": "string", "enum": ["a"]}


@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": "object", "properties": {"a": {"$ref": "#/x"}}}, 3])
def test_what_no_table_can_show_is_left_to_the_text(schema: Any) -> None:
    assert rows_of(schema) is None


def test_a_schema_is_drawn_by_hand_and_read_as_text(hands: Hands) -> None:
    found = row(hands, "agent", "output_schema")
    field = found.editor
    assert isinstance(field, SchemaField)
    hands.bot.mouseClick(field.add, LEFT)
    line = field.rows[0]
    hands.retype(line.name, "score")
    line.type.setCurrentIndex(line.type.findData("number"))
    line.type.activated.emit(line.type.currentIndex())
    wanted = {"type": "object", "properties": {"score": {"type": "number"}}, "required": ["score"]}
    key = found.field.name
    assert config(hands)[key] == wanted
    hands.bot.mouseClick(field.as_text, LEFT)
    assert '"score"' in field.text.area.toPlainText()
    hands.bot.mouseClick(field.as_text, LEFT)
    hands.bot.mouseClick(field.rows[0].cross, LEFT)
    assert key not in config(hands)


def test_a_preview_fills_in_values_and_says_what_are_samples() -> None:
    found = preview("Write about {{ topic }} for {{ who }}.", {"topic": "rain"}, {})
    assert (found.text, found.samples, found.wrong) == ("Write about rain for [who].", ("who",), "")
    assert preview("{% if", {}, {}).wrong


def test_several_values_at_one_port_are_previewed_joined() -> None:
    edges = [Edge(name, "value", "n", "all") for name in ("a", "b")]
    graph = Graph(nodes={name: Node(name, "input") for name in "abn"}, edges={edge.key: edge for edge in edges})
    assert values_at(graph, "n", {"a": {"value": "one"}, "b": {"value": "two"}}) == {"all": "one\n\ntwo"}


def test_a_prompt_shows_its_size_and_the_values_of_the_last_run(hands: Hands) -> None:
    field = row(hands, "template", "template", {"template": "On {{ topic }}."}).editor
    assert isinstance(field, PromptField)
    hands.bot.waitUntil(lambda: field.foot.tokens.text() == "about 4 tokens")
    hands.bot.mouseClick(field.foot.button, LEFT)
    assert "topic" in field.foot.note.text(), "a sample stands for the input"
    hands.studio.launch.start_with({"topic": "green tea"})
    hands.bot.waitUntil(lambda: field.foot.shown.toPlainText() == "On green tea.")
    assert field.foot.note.isHidden()
    assert isinstance(hands.inspector().title, QLineEdit)
