"""What callers see of a graph, and how their messages become inputs and answers: without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from a2a.helpers import new_data_part, new_text_part
from a2a.types import Message, Part
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import NotTrusted, WrongUse
from engine.kinds.a2a.parts import data_values, texts, to_parts
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.serve.a2a import inputs_from
from engine.serve.answers import answers_from, form_of, from_form
from engine.serve.graph import ServedGraph
from engine.testing import build

REVIEW = {"kind": "review", "question": "Publish?", "schema": None, "value": "My draft"}
FORM = {"kind": "review", "question": "How many?", "value": None,
        "schema": {"type": "object", "properties": {"n": {"type": "integer"}, "deep": {"type": "object"}}}}  # fmt: skip
AGENT = {"kind": "agent", "question": "Which colour?", "schema": None, "value": None}

numbers = st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9).map(lambda x: round(x, 3))
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def served(services: Services, **nodes: Any) -> ServedGraph:
    """A graph of inputs that all lead to one output."""
    every = {name: ("input", {"type": sort, **more}) for name, (sort, more) in nodes.items()}
    edges = [f"{name}.value -> m.items" for name in nodes]
    graph = build({**every, "m": "merge", "o": "output"}, *edges, "m.value -> o.value", name="Graph")
    return ServedGraph(graph, RunOptions(), services, Path("/nowhere/My graph-1.baton.json"))


@pytest.mark.slow
@given(st.dictionaries(st.text(min_size=1), values, max_size=3))
def test_a_value_is_the_same_after_the_wire(value: dict[str, Any]) -> None:
    there = [Part.FromString(part.SerializeToString()) for part in to_parts(value)]
    assert data_values(there) == [value]


@given(st.text())
def test_a_text_is_the_same_after_the_wire(text: str) -> None:
    assert texts(to_parts(text)) == text


def test_the_name_is_one_that_programs_take(services: Services) -> None:
    graph = served(services, a=("text", {}), b=("number", {"default": 1}))
    assert graph.name == "my_graph_1"
    assert graph.input_schema["required"] == ["a"]
    assert graph.input_schema["properties"]["b"] == {"type": "number", "default": 1}


def test_a_graph_that_reaches_outside_is_served_only_once_trusted(services: Services) -> None:
    graph = build({"h": ("http", {"url": "https://example.org/"}), "o": "output"}, "h.body -> o.value")
    with pytest.raises(NotTrusted):
        ServedGraph(graph, RunOptions(), services, Path("/nowhere/g.baton.json"))
    assert ServedGraph(graph, RunOptions(rehearse=True), services, Path("/nowhere/g.baton.json")).could


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([new_text_part("hi")], {"said": "hi"}),
        ([new_data_part({"said": "hi", "extra": 3})], {"said": "hi", "extra": 3}),
        ([new_text_part("hi"), new_data_part({"some": "thing"})], {"said": "hi", "more": {"some": "thing"}}),
        ([new_text_part("hi"), Part(raw=b"a,b", filename="t.csv", media_type="text/csv")],
         {"said": "hi", "table": {"path": "t.csv", "text": "a,b"}}),
        ([new_data_part(7)], {"extra": 7}),
        ([], {}),
    ],
)  # fmt: skip
def test_parts_find_their_inputs(services: Services, parts: list[Part], found: dict[str, Any]) -> None:
    graph = served(services, said=("text", {}), extra=("number", {"default": 1}), more=("json", {"default": None}),
                   table=("file", {"default": None}))  # fmt: skip
    assert inputs_from(Message(parts=parts), graph.inputs) == found


def test_what_no_input_takes_is_refused(services: Services) -> None:
    graph = served(services, count=("number", {}))
    with pytest.raises(WrongUse, match="no input for the text"):
        inputs_from(Message(parts=[new_text_part("hi")]), graph.inputs)


@pytest.mark.parametrize(
    ("told", "text", "answer"),
    [
        (REVIEW, "Approved.", {"decision": "approved"}),
        (REVIEW, "no", {"decision": "rejected"}),
        (REVIEW, "rejected: too long", {"decision": "rejected", "value": "too long"}),
        (REVIEW, '{"decision": "approved", "value": 5}', {"decision": "approved", "value": 5}),
        (FORM, '{"n": 3}', {"decision": "approved", "value": {"n": 3}}),
        (AGENT, "Blue, I think", {"decision": "approved", "value": "Blue, I think"}),
    ],
)
def test_words_that_are_an_answer(told: dict[str, Any], text: str, answer: Any) -> None:
    assert answers_from({"k": told}, text, []) == {"k": answer}


@pytest.mark.parametrize("text", ["", "hm", "yes: but", "No idea what to do", "5"])
def test_words_that_are_none_approve_nothing(text: str) -> None:
    with pytest.raises(WrongUse):
        answers_from({"k": REVIEW}, text, [])


def test_answers_as_data_go_to_their_questions() -> None:
    both = {"a": {"decision": "approved"}, "b": {"decision": "rejected"}}
    assert answers_from({"a": REVIEW, "b": REVIEW}, "", [both]) == both
    assert answers_from({"a": REVIEW, "b": REVIEW}, "", [{"decision": "rejected"}]) == {"a": {"decision": "rejected"}}


def test_a_form_asks_only_what_a_client_can_show() -> None:
    assert list(form_of(FORM)["properties"]) == ["decision", "n"]
    assert from_form(FORM, {"decision": "approved", "n": 3}) == {"decision": "approved", "value": {"n": 3}}
    assert from_form(REVIEW, {"decision": "approved", "value": ""}) == {"decision": "approved"}
