"""Pieces of exported programs that are quicker tried by themselves than in a program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from engine.base.fitting import misfit
from engine.export.standalone.judged import unjudged
from engine.export.standalone.parts import schemas
from engine.export.standalone.parts.flow import Flow, Outcome
from engine.export.standalone.parts.maps import each
from engine.export.standalone.parts.remotes import errand
from engine.export.standalone.parts.values import Failed


@dataclass
class Place:
    """A server that shows a card, or leads to another one, and answers each message; it notes the keys it is sent."""

    base: str = ""
    card: str = ""
    agent: str = ""
    keys: list[tuple[str, str | None]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.keys.append((request.method, request.headers.get("X-Key")))
        if request.method == "POST":
            said = {"message": {"parts": [{"text": "done"}]}}
            return web.json_response({"jsonrpc": "2.0", "id": "1", "result": said})
        if self.card:
            raise web.HTTPFound(self.card)
        interface = {"url": self.agent or self.base, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
        return web.json_response({"name": "Agent", "supportedInterfaces": [interface]})


@pytest.fixture
async def places(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Place, Place]]:
    monkeypatch.setenv("BATON_ALLOW_PRIVATE", "127.0.0.1")
    monkeypatch.setenv("KEY", "hush-hush")
    made, servers = (Place(), Place()), []
    for place in made:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", place.answer)
        servers.append(TestServer(app))
        await servers[-1].start_server()
        place.base = f"http://127.0.0.1:{servers[-1].port}"
    yield made
    for server in servers:
        await server.close()


KEYED = {"X-Key": "secret://key"}


async def test_an_agent_on_the_server_of_its_card_gets_the_secret(places: tuple[Place, Place]) -> None:
    own, _ = places
    assert await errand(own.base, "hello", KEYED) == {"text": "done"}
    assert own.keys == [("GET", "hush-hush"), ("POST", "hush-hush")]


async def test_a_card_leads_a_secret_to_no_other_server(places: tuple[Place, Place]) -> None:
    own, other = places
    own.agent = other.base
    with pytest.raises(Failed, match="another server") as refused:
        await errand(own.base, "hello", KEYED)
    assert refused.value.kind == "bad_request" and other.keys == []
    assert await errand(own.base, "hello", {"X-Key": "open"}) == {"text": "done"}, "what is no secret may go there"


async def test_a_card_that_moved_to_another_server_is_asked_for_without_the_secret(
    places: tuple[Place, Place],
) -> None:
    own, other = places
    own.card = other.base
    with pytest.raises(Failed, match="another server"):
        await errand(own.base, "hello", KEYED)
    assert other.keys == [("GET", None)]


class _Body(Flow):
    """A body that notes what it works on."""

    def __init__(self) -> None:
        super().__init__()
        self.did: list[Any] = []

    async def run(self, values: Any, turn: Any = None) -> Outcome:
        self.did.append(values["item"])
        return Outcome({"out": values["index"]}, names=("out",))


async def test_a_map_works_once_on_what_is_the_same() -> None:
    body = _Body()
    found = await each(body, ["a", 1, "a", 1.0, {"k": 1}, {"k": 1.0}], {}, dedupe=True, concurrency=1)
    assert body.did == ["a", 1, {"k": 1}]
    assert found["items"] == [0, 1, 0, 1, 4, 4]


LETTERS = st.sampled_from("abc")
PLAIN = st.none() | st.booleans() | st.sampled_from([0, 1, 3, 1.0, 2.5, -1, "", "a", "ab"])
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LETTERS, inner, max_size=3), max_leaves=5
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
NUMBERS, COUNTS = st.sampled_from([0, 1, 2.5]), st.sampled_from([0, 1, 2])


def written(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas around others."""
    some, named = st.lists(inner, min_size=1, max_size=2), st.dictionaries(LETTERS, inner, max_size=2)
    words: dict[str, st.SearchStrategy[Any]] = {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True), "const": VALUES,
        "enum": st.lists(VALUES, min_size=1, max_size=2), "pattern": st.sampled_from(["^a", "b$"]),
        **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], NUMBERS),
        **dict.fromkeys(["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"], COUNTS),
        **dict.fromkeys(["items", "additionalProperties", "not"], inner),
        **dict.fromkeys(["allOf", "anyOf", "oneOf", "prefixItems"], some),
        "multipleOf": st.sampled_from([2, 0.5]), "uniqueItems": st.booleans(), "properties": named,
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), inner, max_size=2),
        "required": st.lists(LETTERS, max_size=2, unique=True),
        "$ref": st.sampled_from(["#/$defs/x", "#/$defs/y/items", "#/$defs/none"]),
    }  # fmt: skip
    return st.fixed_dictionaries({}, optional=words)


SCHEMAS = st.recursive(st.booleans() | written(st.just(True)), written, max_leaves=2)


@pytest.mark.slow
@given(VALUES, written(SCHEMAS), SCHEMAS, SCHEMAS)
def test_a_program_judges_answers_as_the_app_does(value: Any, schema: dict[str, Any], x: Any, y: Any) -> None:
    whole = {**schema, "$defs": {"x": x, "y": y}}
    assert bool(schemas.misfit(value, whole)) == bool(misfit(value, whole))


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (True, {"const": 1}),
        ([True], {"enum": [[1]]}),
        ({"n": "x"}, {"properties": {"n": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "integer"}}}),
        (1, {"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": False}}),
        (1, {"$ref": "#/$defs/none"}),
        (1, {"$ref": "#"}),
        (1, {"$ref": "#/title", "title": "words"}),
        (1, {"$ref": "#/title/x", "title": "words"}),
        (1, {"$ref": "#/default", "default": None}),
        (1, {"$ref": "#/$defs/x/y", "$defs": {"x": False}}),
        ([1, 1.0], {"uniqueItems": True}),
        (3, {"not": {"multipleOf": 1.5}}),
    ],
)
def test_what_the_app_refuses_no_program_takes(value: Any, schema: dict[str, Any]) -> None:
    assert misfit(value, schema) and schemas.misfit(value, schema)


def test_words_that_no_program_judges_by_are_known() -> None:
    plain = {"type": "object", "properties": {"if": {"type": "integer"}}, "$ref": "#/$defs/x", "$defs": {"x": True}}
    assert unjudged(plain) == [], "a field may have any name"
    assert unjudged({"anyOf": [{"items": {"contains": True}}], "$ref": "https://example.org"}) == ["$ref", "contains"]
