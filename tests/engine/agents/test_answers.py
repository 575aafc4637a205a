"""Reading and judging a model's JSON: nothing is fetched, nothing takes for ever, every fault has its clause."""

import asyncio
from typing import Any

import pytest

from engine.agents.answers import read_json
from engine.base.fitting import Patience, TooMuch, bad_schema, errors, misfit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}), ('Here:\n```json\n[1, 2]\n```\nDone.', [1, 2]),
        ('It is {"a": {"b": 2}} I think', {"a": {"b": 2}}), ("They are [1, 2].", [1, 2]),
        ("  3 ", 3), ('"\\ud83d"', "\ufffd"),
    ],
)  # fmt: skip
def test_json_is_found(text: str, value: Any) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize("text", ["", "nothing here", "{half", '{"a": NaN}', "[" * 100_000])
def test_what_is_no_json_says_so(text: str) -> None:
    with pytest.raises(ValueError):
        read_json(text)


@pytest.mark.parametrize(
    ("data", "schema", "says"),
    [
        ({"a": 1}, {"required": ["b"]}, "'b' is a required property"),
        ({"a": {"b": "x"}}, {"properties": {"a": {"properties": {"b": {"type": "number"}}}}}, "a.b: 'x' is not of"),
        ("a" * 60 + "b", {"pattern": "^(a+)+$"}, "does not match"),
        ({"x_1": "a"}, {"patternProperties": {"^x_": {"type": "number"}}}, "x_1: 'a' is not"),
        (1, {"$ref": "#"}, "without end"),
        (1, {"$ref": "#/$defs/none"}, "not in it"),
        ("x", {"pattern": "(?=y)"}, ""),
        ("x", {"pattern": "("}, ""),
        ({"a": [1]}, {"properties": {"a": {"items": {"$ref": "#/$defs/n"}}}, "$defs": {"n": {"type": "integer"}}}, ""),
    ],
)  # fmt: skip
def test_a_misfit_is_said_in_a_clause(data: Any, schema: dict[str, Any], says: str) -> None:
    found = misfit(data, schema)
    assert (says in found) if says else found == ""


async def test_an_address_in_a_schema_is_never_fetched() -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(10))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/schema.json"
    found = await asyncio.to_thread(misfit, {"a": 1}, {"properties": {"a": {"$ref": address}}})
    server.close()
    assert "not in it" in found and asked == []


def test_a_bad_schema_is_said() -> None:
    assert "not valid" in bad_schema({"type": 3})
    assert bad_schema({"type": "object"}) == ""


def doubling(word: str) -> dict[str, Any]:
    """A small schema that takes 2**60 judgements."""
    parts = {f"a{level}": {word: [{"$ref": f"#/$defs/a{level + 1}"}] * 2} for level in range(60)}
    return {"$defs": {**parts, "a60": {"type": "string"}}, "$ref": "#/$defs/a0"}


LONG: list[tuple[Any, dict[str, Any]]] = [
    *((3, doubling(word)) for word in ("allOf", "anyOf", "oneOf")),
    ({"a": "x" * 100_000}, {"allOf": [{"type": "string"}] * 1_000}),
    ([{"i": each} for each in range(300)], {"items": {"enum": [{"j": each} for each in range(300)]}}),
    ("x" * 100_000, {"allOf": [{"pattern": "y"}] * 100}),
    ({str(each): each for each in range(10_000)}, {"unevaluatedProperties": False}),
]


@pytest.mark.parametrize(("data", "schema"), LONG)
def test_a_judgement_that_would_take_for_ever_is_given_up(data: Any, schema: dict[str, Any]) -> None:
    with pytest.raises(TooMuch):
        list(errors(data, schema, Patience(schema, work=30_000)))


@pytest.mark.parametrize("word", ["additionalProperties", "unevaluatedProperties"])
def test_patterns_of_names_end_too(word: str) -> None:
    schema = {"patternProperties": {"^(a+)+$": {"type": "number"}}, word: False}
    found = misfit({"a" * 60 + "!": 1}, schema)
    assert ("does not match" in found) is (word == "additionalProperties")
    assert misfit({"aaa": 1}, schema) == ""


@pytest.mark.parametrize(
    ("items", "same"),
    [([1, 1.0], True), ([1, True], False), ([{"a": [1]}, {"a": [1.0]}], True), ([[], {}, "", None, 0], False)],
)
def test_items_that_are_the_same_are_found_in_linear_time(items: list[Any], same: bool) -> None:
    assert bool(misfit(items, {"uniqueItems": True})) is same
    assert misfit([{"i": each} for each in range(20_000)], {"uniqueItems": True}) == ""
