"""Requests to addresses that come from data: judged where they really lead, on every hop (T5)."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from engine.base.errors import NodeError
from engine.kinds.fetching import MAX_REDIRECTS, Answer, Request, authority, fetch, status_error

SPELLINGS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.000.000.001",
    "0177.0.0.1",
    "0177.1",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "0X7F000001",
    "2130706433",
    "017700000001",
    "0",
    "0.0.0.0",
    "00000000",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0000::1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "127.255.255.254",
    "１２７.0.0.1",
    "127。0。0。1",
    "ⓛocalhost",
]


class Names(AbstractResolver):
    """A resolver that answers each question with the next list of addresses, and the last one from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        kinds = [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in found]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in kinds
        ]

    async def close(self) -> None:
        return None


class Server:
    """A server on this machine that tells what it was sent."""

    def __init__(self) -> None:
        self.seen: list[web.Request] = []
        self.bodies: list[bytes] = []
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self.server = TestServer(app)

    @property
    def port(self) -> int:
        assert self.server.port is not None
        return self.server.port

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        self.bodies.append(await request.read())
        if "to" in request.query:
            status = int(request.query.get("status", 302))
            return web.Response(status=status, headers={"Location": request.query["to"], "Set-Cookie": "a=b"})
        if request.path == "/circle":
            return web.Response(status=302, headers={"Location": "/circle"})
        if request.path == "/bomb":
            packed = gzip.compress(b"0" * 10_000_000)
            return web.Response(body=packed, headers={"Content-Encoding": "gzip"})
        if request.path == "/flood":
            return web.Response(body=b"0" * 100_000)
        return web.json_response({"path": request.raw_path, "method": request.method})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await made.server.start_server()
    yield made
    await made.server.close()


async def got(url: str, *hosts: str, resolver: AbstractResolver | None = None, **more: Any) -> Answer:
    request = Request(more.pop("method", "GET"), url, **more)
    return await fetch(request, private_hosts=hosts, max_bytes=50_000, resolver=resolver)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_of_this_machine_is_reached(server: Server, spelling: str) -> None:
    with pytest.raises(NodeError) as failed:
        await got(server.url("/", spelling))
    assert failed.value.error_class in ("bad_request", "transient")
    assert server.seen == []


async def test_the_settings_may_allow_a_host(server: Server) -> None:
    answer = await got(server.url("/a/b?c=d"), "127.0.0.1")
    assert (answer.status, answer.body) == (200, b'{"path": "/a/b?c=d", "method": "GET"}')
    with pytest.raises(NodeError, match=r"leads to 127\.0\.0\.1, an address of this machine"):
        await got(server.url("/", "localhost"), "127.0.0.1", resolver=Names(["127.0.0.1"]))


async def test_a_name_is_judged_by_where_it_leads(server: Server) -> None:
    for address in ("127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"):
        with pytest.raises(NodeError, match="leads to"):
            await got(server.url("/", "innocent.example"), resolver=Names([address]))
    assert server.seen == []


async def test_a_name_that_leads_elsewhere_the_second_time_is_judged_again(server: Server) -> None:
    names = Names(["127.0.0.1"])
    hop = server.url(f"/?to={server.url('/', 'other.example')}", "first.example")
    with pytest.raises(NodeError, match=r"other\.example:\d+/ leads to 127\.0\.0\.1"):
        await got(hop, "first.example", resolver=names)
    assert len(server.seen) == 1


async def test_no_address_is_asked_for_between_judging_and_connecting(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, reached = Names(["93.184.215.14"], ["127.0.0.1"]), list[str]()

    async def connect(_socket: socket.socket, address: tuple[str, int]) -> None:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", connect)  # nothing leaves this machine
    with pytest.raises(NodeError, match="cannot be reached"):
        await got(server.url("/", "rebinding.example"), resolver=names)
    assert (names.asked, reached) == (1, ["93.184.215.14"])


@pytest.mark.parametrize("target", ["http://[::1]:{port}/", "http://127.1:{port}/x", "http://localhost:{port}/"])
async def test_a_redirect_to_a_private_address_is_not_followed(server: Server, target: str) -> None:
    with pytest.raises(NodeError):
        await got(server.url(f"/?to={target.format(port=server.port)}"), "127.0.0.1")
    assert len(server.seen) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://a%20b/", "//x@y/"])
async def test_a_redirect_to_anything_else_is_refused(server: Server, target: str) -> None:
    with pytest.raises(NodeError):
        await got(server.url(f"/?to={target}"), "127.0.0.1")
    assert len(server.seen) == 1


async def test_endless_redirects_end(server: Server) -> None:
    with pytest.raises(NodeError, match=f"more than {MAX_REDIRECTS} times"):
        await got(server.url("/circle"), "127.0.0.1")
    assert len(server.seen) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    ("status", "method", "after", "body"),
    [
        (301, "POST", "GET", b""), (302, "POST", "GET", b""), (303, "PUT", "GET", b""), (307, "POST", "POST", b"x"),
        (308, "PUT", "PUT", b"x"), (302, "PUT", "PUT", b"x"), (303, "HEAD", "HEAD", b""),
    ],
)  # fmt: skip
async def test_a_redirect_keeps_the_method_as_the_web_does(
    server: Server, status: int, method: str, after: str, body: bytes
) -> None:
    sent = None if method == "HEAD" else b"x"
    await got(server.url(f"/?status={status}&to=/there"), "127.0.0.1", method=method, body=sent)
    assert (server.seen[-1].path, server.seen[-1].method, server.bodies[-1]) == ("/there", after, body)


async def test_secrets_stay_with_the_server_that_they_are_meant_for(server: Server) -> None:
    headers = {"X-Key": "s3cret", "Authorization": "Bearer y", "Cookie": "z", "X-Plain": "p"}
    more: dict[str, Any] = {"headers": headers, "secret_headers": frozenset({"x-key"})}
    await got(server.url("/?to=/same"), "127.0.0.1", **more)
    assert server.seen[-1].headers["X-Key"] == "s3cret"
    await got(server.url(f"/?to={server.url('/other', 'localhost')}"), "127.0.0.1", "localhost", **more)
    kept = server.seen[-1].headers
    assert server.seen[-1].path == "/other"
    assert kept["X-Plain"] == "p"
    assert not {"X-Key", "Authorization", "Cookie"} & set(kept)


async def test_a_body_with_a_secret_is_not_sent_on(server: Server) -> None:
    to = f"/?status=307&to={server.url('/other', 'localhost')}"
    with pytest.raises(NodeError, match="redirects a secret"):
        await got(server.url(to), "127.0.0.1", "localhost", method="POST", body=b"s", secret_body=True)
    assert len(server.seen) == 1


@pytest.mark.parametrize("path", ["/bomb", "/flood"])
async def test_an_answer_is_bounded_also_when_it_is_packed(server: Server, path: str) -> None:
    with pytest.raises(NodeError) as failed:
        await got(server.url(path), "127.0.0.1")
    assert failed.value.error_class == "tool"


async def test_no_cookie_is_kept_and_nothing_of_the_environment_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    await got(server.url("/?to=/next"), "127.0.0.1")
    assert [request.path for request in server.seen] == ["/", "/next"]
    assert "Cookie" not in server.seen[-1].headers


async def test_a_closed_port_and_an_unknown_name_are_said_in_words() -> None:
    with socket.socket() as closed:  # the port is taken, so that nobody else listens there either
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(NodeError, match="cannot be reached") as failed:
            await got(f"http://127.0.0.1:{closed.getsockname()[1]}/?key=private", "127.0.0.1")
    assert failed.value.error_class == "transient"
    assert "private" not in str(failed.value)
    with pytest.raises(NodeError) as unknown:
        await got("http://nobody.invalid/")
    assert unknown.value.error_class == "transient"


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://x/", "//x", "x", "", "http://", "http:///x", "http://user@x/", "http://a:b@x/",
     "http://x\\@y/", "http://x:99999/", "http://x:1a/", "http://x y/", "http://x/\n", "javascript:alert(1)",
     "http://[::1", "http://[zz]/", "http://" + "a" * 20_000],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(NodeError) as failed:
        authority(url)
    assert failed.value.error_class == "bad_request"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "bad_request"), (401, "credentials"), (403, "credentials"), (404, "bad_request"), (408, "transient"),
     (429, "rate"), (500, "transient"), (503, "transient")],
)  # fmt: skip
def test_a_status_of_error_has_its_class(status: int, kind: str) -> None:
    error = status_error(Answer("http://x/", status, {"retry-after": "7"}, b""), "no\x1b[2J way")
    assert error.error_class == kind
    assert error.retry_after == (7.0 if kind in ("rate", "transient") else None)
    assert "\x1b" not in str(error)
