"""The rehearsal model: the same request has the same reply, JSON satisfies its schema, text is made of the text."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import engine
from engine.models.contract import Message, ModelRequest, Reply, ToolSpec
from engine.models.rehearsal.choose import choose
from engine.models.rehearsal.fill import fill
from engine.models.rehearsal.language import READ_CAP, clip, key_terms, sentences, stem
from engine.models.rehearsal.model import Rehearsal, answer
from engine.models.rehearsal.pattern import example, fits
from engine.models.rehearsal.rank import textrank, top
from engine.models.rehearsal.shape import Material, divide, form_of
from engine.models.rehearsal.tables import rows

TEXT = """Connection pools stall when every connection is busy and nobody gives one back. A pool has a fixed number of
connections, often 10. When a query takes too long, others wait in a queue. Waiting requests hold memory and threads.
A leak is a connection that code forgot to close; after some hours the pool is empty. Monitoring the wait time shows
the problem early. Larger pools do not help a slow database. The fix is to keep transactions short."""
ROUTES = {"billing": "money, invoices, refunds", "tech": "bugs, crashes, errors", "sales": "orders and prices"}
DECISION = {
    "type": "object",
    "properties": {
        "route": {"enum": list(ROUTES)},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "reason": {"type": "string"},
    },
    "required": ["route", "confidence", "reason"],
    "additionalProperties": False,
}


def ask(text: str, system: str = "", **more: Any) -> Reply:
    return answer(ModelRequest((Message("system", system), Message("user", text)), **more))


def test_a_summary_is_made_of_the_texts_own_sentences() -> None:
    reply = ask(f"Summarise: {TEXT}")
    own = sentences(" ".join(TEXT.split()))
    said = sentences(reply.text)
    assert 1 < len(said) < len(own) and set(said) <= set(own)
    assert (reply.model, reply.finish, reply.usage.estimated) == ("rehearsal", "stop", False)
    assert reply.usage.input_tokens > 100 and reply.usage.output_tokens == -(-len(reply.text) // 4)


@pytest.mark.parametrize(
    ("instruction", "sign"),
    [("List the key points", "\n- "), ("Make a plan", "1. "), ("Outline this", "   - "), ("Write an article", "# "),
     ("Review this", "Longest sentence"), ("Translate into German", "To be translated"), ("Implement this", "```"),
     ("Write tests", "Cases to test"), ("Answer the customer", "Thank you for your message")],
)  # fmt: skip
def test_the_instruction_shapes_the_reply(instruction: str, sign: str) -> None:
    in_prompt, in_system = ask(f"{instruction}:\n\n{TEXT}"), ask(TEXT, instruction)
    assert sign in in_prompt.text and sign in in_system.text


def test_a_chain_of_three_keeps_to_the_subject() -> None:
    notes = ask(f"Research: {TEXT}", "You collect facts.").text
    draft = ask(f"Write based on: {notes}").text
    review = ask(f"Review and improve: {draft}").text
    assert "Key points on" in notes and "Key points on" not in draft.partition("\n")[2]
    assert "Connection pools stall when every connection is busy" in review
    short = ask("Research: Why do connection pools stall?").text
    assert short.startswith("Why do connection pools stall?") and "- Connection pools" in short


@pytest.mark.parametrize(
    ("text", "route"),
    [("I was charged twice, please refund the invoice", "billing"), ("The app crashes with an error", "tech")],
)
def test_routes_are_chosen_by_their_descriptions(text: str, route: str) -> None:
    decided = json.loads(ask(text, choices=ROUTES, output_schema=DECISION).text)
    assert decided["route"] == route and decided["confidence"] >= 0.6 and "Matching words" in decided["reason"]
    assert ask(text, choices=ROUTES).text == route


def test_what_fits_nothing_is_said_with_little_confidence() -> None:
    decided = json.loads(ask("zzz qqq", choices=ROUTES, output_schema=DECISION).text)
    assert decided["route"] in ROUTES and decided["confidence"] < 0.5
    assert choose("refund for a crash", ROUTES).confidence < 0.6
    several = {"type": "object", "properties": {"routes": {"type": "array", "items": {"enum": list(ROUTES)}}}}
    assert set(json.loads(ask("refund for a crash", choices=ROUTES, output_schema=several).text)["routes"]) == {
        "billing", "tech",
    }  # fmt: skip


def test_fields_are_filled_from_the_text() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"}, "email": {"type": "string", "format": "email"}, "lamps": {"type": "integer"},
            "price": {"type": "number"}, "date": {"type": "string", "format": "date"}, "urgent": {"type": "boolean"},
            "code": {"type": "string", "pattern": "^[A-Z]{2}-\\d{3}$"}, "tags": {"type": "array", "minItems": 2},
        },
    }  # fmt: skip
    text = (
        "Ada Lovelace (ada@example.com) bought 3 lamps on 2026-03-04. Price: 12.50. Urgent: yes. Ticket AB-123 is open."
    )
    got = json.loads(ask(f"Extract: {text}", output_schema=schema).text)
    assert {**got, "tags": []} == {
        "name": "Ada Lovelace", "email": "ada@example.com", "lamps": 3, "price": 12.5, "date": "2026-03-04",
        "urgent": True, "code": "AB-123", "tags": [],
    }  # fmt: skip
    assert len(got["tags"]) >= 2


CSV = """Order ID,customer,amount
1001,Ada Lovelace,120.50
1002,Grace Hopper,-5.00
1003,Linus T,
1004,Ada Lovelace,80"""


def test_tables_are_read_as_tables() -> None:
    item = {
        "type": "object",
        "properties": {
            "order_id": {"type": "string"},
            "amount": {"type": ["number", "null"]},
            "note": {"type": "string"},
        },
        "required": ["order_id", "amount"],
    }
    schema = {"type": "object", "properties": {"rows": {"type": "array", "items": item}}, "required": ["rows"]}
    text = ask(f"Extract the rows:\n\n{CSV}", output_schema=schema).text
    got = json.loads(text)["rows"]
    assert [(row["order_id"], row["amount"]) for row in got] == [
        ("1001", 120.5), ("1002", -5), ("1003", None), ("1004", 80),
    ]  # fmt: skip
    again = json.loads(ask(f"Clean these rows:\n\n{text}", output_schema=schema).text)["rows"]
    assert [row["order_id"] for row in again] == ["1001", "1002", "1003", "1004"]
    said = ask(f"Summarise the data:\n\n{CSV}").text
    assert "4 rows with 3 columns" in said and "missing in 1" in said and "Ada Lovelace (2 times)" in said
    assert rows("no table, here\nat all") == [] == rows("[1, 2] [[") == rows("")


names = st.sampled_from(["title", "summary", "score", "email", "due_date", "tags", "count", "x", "reason", "valid"])


def within(low: int, size: int) -> dict[str, Any]:
    return {"minimum": low, "maximum": low + size}


def long(low: int, more: int) -> dict[str, Any]:
    return {"type": "string", "minLength": low, "maxLength": low + more}


def obj(properties: dict[str, Any], closed: bool) -> dict[str, Any]:
    needed = sorted(properties)[::2]
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": not closed}


def array(items: dict[str, Any], low: int, more: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": low, "maxItems": low + more}


few = st.integers(0, 5)
kinds = st.sampled_from([{"type": "integer"}, {"type": "number"}, {"type": "integer", "multipleOf": 2}])
formats = st.sampled_from(["date", "email", "uri", "uuid", "date-time", "ipv4"])
patterns = st.sampled_from([r"^[a-z]{3}\d+$", r"^(foo|bar)-\d{2}$", r"^\w+@\w+\.com$", r"[^a-z]"])
enums = st.lists(st.one_of(st.integers(), st.text(max_size=5), st.none()), min_size=1)
fixed = [
    {}, {"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {"const": {"a": [1]}},
    {"$ref": "#/$defs/node"}, {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"allOf": [{"type": "string"}, {"maxLength": 7}]},
]  # fmt: skip
leaves: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda kind, limits: {**kind, **limits}, kinds, st.builds(within, st.integers(-50, 50), st.integers(2, 9))
    ),
    st.builds(long, st.integers(0, 60), st.integers(0, 40)),
    formats.map(lambda found: {"type": "string", "format": found}),
    patterns.map(lambda found: {"type": "string", "pattern": found}),
    enums.map(lambda found: {"enum": found}),
    st.sampled_from(fixed),
)


def nest(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    objects = st.builds(obj, st.dictionaries(names, inner, max_size=4), st.booleans())
    either = st.builds(lambda key, *options: {key: list(options)}, st.just("anyOf"), inner, inner)
    return st.one_of(objects, st.builds(array, inner, few, few), either)


DEFS = {
    "node": {
        "type": "object",
        "properties": {"title": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        "required": ["title"],
        "additionalProperties": False,
    }
}


@settings(max_examples=150, deadline=None)
@given(st.recursive(leaves, nest, max_leaves=8), st.one_of(st.just(TEXT), st.text(max_size=200)))
def test_json_satisfies_its_schema(schema: dict[str, Any], text: str) -> None:
    schema = {**schema, "$defs": DEFS}
    reply = ask(f"Extract: {text}", output_schema=schema)
    assert not list(Draft202012Validator(schema).iter_errors(json.loads(reply.text)))


def test_lists_without_repetition() -> None:
    for items in ({"enum": [1, 2, 3, 4]}, {"type": "string"}, {"type": "integer"}):
        schema = {"type": "array", "items": items, "minItems": 4, "uniqueItems": True}
        assert not list(Draft202012Validator(schema).iter_errors(json.loads(ask(TEXT, output_schema=schema).text)))


@given(
    st.sampled_from(
        [r"\d{4}-\d{2}", r"(a|b)+c?", r"[^x]y", r"^https?://\w+\.org$", r"(?:ab){2,3}", r"[\d_-]+z", r"a\.b"]
    )
)
def test_examples_fit_their_pattern(pattern: str) -> None:
    assert fits(pattern, example(pattern))


TOOLS = (
    ToolSpec(
        "weather.get", "The weather of a city", {"properties": {"city": {"type": "string"}}, "required": ["city"]}
    ),
    ToolSpec("mail.send", "Sends a letter", {"properties": {"to": {"type": "string"}}, "required": ["to"]}),
)


def test_a_useful_tool_is_called_once_and_its_result_used() -> None:
    question = Message("user", "What is the weather in Paris today?")
    first = answer(ModelRequest((question,), tools=TOOLS))
    [call] = first.tool_calls
    assert (call.name, dict(call.arguments), first.finish) == ("weather.get", {"city": "Paris"}, "tool_calls")
    result = Message("tool", "Paris has 21 degrees and light rain this afternoon.", tool_call_id=call.id)
    then = answer(ModelRequest((question, Message("assistant", tool_calls=(call,)), result), tools=TOOLS))
    assert then.tool_calls == () and "21 degrees and light rain" in then.text
    assert answer(ModelRequest((Message("user", "Count to three."),), tools=TOOLS)).tool_calls == ()


@given(st.text(max_size=400), st.text(max_size=100))
def test_any_text_has_one_reply_and_never_fails(text: str, system: str) -> None:
    assert ask(text, system) == ask(text, system)
    assert ask(text, system).text


@pytest.mark.slow
def test_hashing_never_changes_a_reply() -> None:
    code = (
        "from engine.models.contract import *; from engine.models.rehearsal.model import answer; import sys\n"
        "for p in ('Outline: ', 'Review: ', 'Research: '):\n"
        "    print(answer(ModelRequest((Message('user', p + sys.argv[1]),))).text)"
    )
    root = str(Path(engine.__file__ or "").parents[1])
    said = []
    for seed in ("1", "2"):
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": root}
        command = [sys.executable, "-c", code, TEXT]
        said.append(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
    assert said[0] == said[1] and b"onnection" in said[0]


async def test_it_streams_at_its_pace_and_keeps_to_the_limit() -> None:
    waits: list[float] = []
    heard: list[str] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    request = ModelRequest((Message("user", f"Summarise: {TEXT}"),))
    reply = await Rehearsal(90, sleep).complete(request, heard.append)
    assert "".join(heard) == reply.text and len(heard) == len(reply.text.split()) == len(waits)
    assert all(1 / 120 <= wait <= 1 / 60 for wait in waits)
    waits.clear()
    await Rehearsal(0, sleep).complete(request, heard.append)
    assert waits == []
    cut = ask(f"Summarise: {TEXT}", max_tokens=10)
    assert cut.finish == "length" and len(cut.text) <= 40


@pytest.mark.slow
async def test_work_is_bounded_on_a_huge_text() -> None:
    huge = "\n".join(f"Line {number} says that pools of size {number % 97} stall. {TEXT}" for number in range(8_000))
    assert len(huge) > 3_500_000 and len(clip(huge)) <= READ_CAP + 2
    reply = await Rehearsal().complete(ModelRequest((Message("user", f"Summarise: {huge}"),)), lambda _: None)
    assert 0 < len(reply.text) < 5_000
    assert ask("x" * 300_000).text and ask("x." * 150_000).text and ask("\n" * 300_000).text
    wanted = {"properties": {name: {"type": "string"} for name in ("email", "path", "name", "query")}}
    for letters in ("A", "a@", "a/", '"', "[1,"):  # each takes minutes where a search goes back and forth
        assert json.loads(ask(f"Extract: {letters * 300_000}", output_schema=wanted).text)


def test_its_parts() -> None:
    assert {stem(word) for word in ("refund", "refunds", "refunded", "refunding")} == {"refund"}
    assert key_terms("Connection pools stall. Connection pools leak.")[0] == "connection pools"
    assert divide("Review this text:\n\nIt is long.") == ("Review this text", "It is long.")
    assert divide("Customer: I want a refund") == ("", "Customer: I want a refund")
    assert form_of("please summarise it") == "summary" and form_of("hello") == ""
    assert textrank([]) == [] and top([], 3) == [] and top(["One."], 3) == ["One."]
    scores = textrank(["Cats chase small mice daily", "Mice fear cats that chase", "Stocks fell on Tuesday"])
    assert min(scores) == scores[2]


REFERS = {f"p{each}": {"$ref": "#"} for each in range(10)}
BOMBS: list[dict[str, Any]] = [
    {"type": "object", "required": list(REFERS), "properties": REFERS},
    {"anyOf": [{"$ref": "#"}] * 2}, {"allOf": [{"$ref": "#"}] * 2}, {"type": "array", "minItems": 10**9},
    {"type": "object", "minProperties": 10**9, "additionalProperties": {"const": 1}},
    {"type": "array", "minItems": 10**9, "uniqueItems": True}, {"type": "string", "minLength": 10**12},
    {"type": "string", "pattern": "(((((a{64}){64}){64}){64}){64}){64}"}, {"type": "string", "pattern": "(" * 5_000},
    {"type": "string", "enum": list(range(5_000))},
]  # fmt: skip


@pytest.mark.parametrize("schema", BOMBS, ids=lambda schema: str(schema)[:60])
def test_no_schema_of_a_stranger_makes_it_huge(schema: dict[str, Any]) -> None:
    assert len(json.dumps(fill(schema, Material.of("Some words.", "", "")))) < 6_000_000


def test_it_contacts_nobody_for_a_schema() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        away = {"$ref": f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"}
        fill({"type": "object", "required": ["a"], "properties": {"a": {"anyOf": [away, away]}}},
             Material.of("Some words.", "", ""))  # fmt: skip
        with pytest.raises(BlockingIOError):
            server.accept()
