"""Pieces of exported programs that are quicker tried by themselves than in a program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

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
