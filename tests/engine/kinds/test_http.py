"""Kind `http`: addresses, headers and bodies made from values, answers as values, secrets kept (T3, T5)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from engine.base.secrets import Secrets
from engine.kinds import templates
from engine.kinds.registry import Kinds
from engine.run.services import Services
from engine.testing import Played, build
from tests.engine.kinds.conftest import Trusted

HOST = "127.0.0.1"


@dataclass
class Heard:
    """What a server on this machine was sent, and what it answers."""

    base: str = ""
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    reply: web.Response | None = None
    hang: asyncio.Event | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.method, request.raw_path, lowered(request), await request.read()))
        if self.hang:
            await self.hang.wait()
        return self.reply or web.json_response({"ok": True})


def lowered(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


@pytest.fixture
async def heard() -> AsyncIterator[Heard]:
    made = Heard()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    server = TestServer(app)
    await server.start_server()
    made.base = f"http://{HOST}:{server.port}"
    yield made
    if made.hang:
        made.hang.set()
    await server.close()


async def asked(trusted: Trusted, values: dict[str, Any], **config: Any) -> Played:
    inputs: dict[str, Any] = {name: ("input", {"type": "json"}) for name in values}
    graph = build(
        {**inputs, "h": ("http", {"retry": {"attempts": 1}, **config}), "body": "output", "status": "output"},
        *(f"{name}.value -> h.{name}" for name in values), "h.body -> body.value", "h.status -> status.value",
    )  # fmt: skip
    return await trusted(graph, values, private_hosts=(HOST,))


def error(played: Played) -> dict[str, Any]:
    return dict(played.result.nodes["h"]["error"])


async def test_values_stand_in_the_address_as_parts_of_it(trusted: Trusted, heard: Heard) -> None:
    values = {"page": "a/b c?d=e#f&g", "word": "ü&x=1"}
    played = await asked(trusted, values, url=f"{heard.base}/w/{{{{ page }}}}?q={{{{ word }}}}")
    assert played.result.outputs == {"body": {"ok": True}, "status": 200}
    assert heard.requests[0][:2] == ("GET", "/w/a%2Fb%20c%3Fd=e%23f&g?q=%C3%BC%26x%3D1")


async def test_a_value_may_be_the_whole_address(trusted: Trusted, heard: Heard) -> None:
    played = await asked(trusted, {"url": f"{heard.base}/x?y=z"}, url="{{ url }}")
    assert played.result.status == "completed"
    assert heard.requests[0][1] == "/x?y=z"


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_no_value_adds_a_folder_a_query_or_a_host(value: str) -> None:
    if value.strip() in (".", ".."):
        return
    made = urlsplit(templates.render("https://x.example/a/{{ v }}/b?q={{ v }}", {"v": value}, in_address=True))
    assert (made.netloc, made.path.count("/"), made.fragment) == ("x.example", 3, "")
    assert unquote(made.path) == f"/a/{value}/b"
    assert parse_qsl(made.query, keep_blank_values=True) == [("q", value)]


@pytest.mark.parametrize("value", ["..", "."])
async def test_a_value_cannot_lead_to_another_folder(trusted: Trusted, heard: Heard, value: str) -> None:
    played = await asked(trusted, {"page": value}, url=f"{heard.base}/a/{{{{ page }}}}/b")
    assert error(played)["class"] == "bad_request"
    assert heard.requests == []


@pytest.mark.parametrize("value", [".evil.example", "@evil.example/", ":80@evil.example", "\\evil.example", "/x"])
async def test_a_value_behind_the_host_cannot_lengthen_it(trusted: Trusted, heard: Heard, value: str) -> None:
    played = await asked(trusted, {"page": value}, url="http://innocent.invalid{{ page }}")
    assert error(played)["class"] in ("bad_request", "transient")
    assert heard.requests == []


async def test_headers_and_json_are_made_from_values(trusted: Trusted, heard: Heard) -> None:
    body = {"text": "Dear {{ name }}", "items": "{{ items }}", "deep": [{"n": 1, "t": "{{ name }}!"}], "no": None}
    played = await asked(
        trusted, {"name": "Åsa", "items": [1, {"a": 2}]}, method="post", url=heard.base, body=body,
        headers={"X-Name": "for {{ items }}"},
    )  # fmt: skip
    assert played.result.status == "failed"  # a list makes line breaks, which no header may have
    played = await asked(
        trusted, {"name": "Asa", "items": [1, {"a": 2}]}, method="post", url=heard.base, body=body,
        headers={"X-Name": "for {{ name }}"},
    )  # fmt: skip
    method, _, headers, sent = heard.requests[0]
    assert (method, headers["x-name"], headers["content-type"]) == ("POST", "for Asa", "application/json")
    assert json.loads(sent) == {
        "text": "Dear Asa", "items": [1, {"a": 2}], "deep": [{"n": 1, "t": "Asa!"}], "no": None,
    }  # fmt: skip
    assert played.result.status == "completed"


async def test_a_header_takes_no_line_breaks(trusted: Trusted, heard: Heard) -> None:
    played = await asked(trusted, {"v": "x\r\nHost: evil"}, url=heard.base, headers={"X-A": "{{ v }}"})
    assert "line breaks" in error(played)["message"]
    assert heard.requests == []


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("application/json", b'{"a": [1, null]}', {"a": [1, None]}),
        ("application/problem+json; charset=utf-8", b"[]", []),
        ("text/html; charset=iso-8859-1", "é".encode("latin-1"), "é"),
        ("text/plain", "é".encode(), "é"),
        ("text/plain; charset=zip", b"x", "x"),
        ("text/plain", b"", ""),
        ("text/csv", b"\xef\xbb\xbfa,b", "a,b"),
    ],
)
async def test_an_answer_is_json_where_it_says_so_and_else_text(
    trusted: Trusted, heard: Heard, kind: str, raw: bytes, value: Any
) -> None:
    heard.reply = web.Response(body=raw, headers={"Content-Type": kind})
    assert (await asked(trusted, {}, url=heard.base)).result.outputs["body"] == value


@pytest.mark.parametrize(
    ("kind", "raw", "said"),
    [
        ("application/json", b"{", "is not JSON"),
        ("application/json", b"[NaN]", "not finite"),
        ("application/json", b"[" * 5000 + b"]" * 5000, "nested"),
        ("image/png", b"\x89PNG", "image/png, which is not text"),
    ],
)
async def test_an_answer_that_is_neither_fails(
    trusted: Trusted, heard: Heard, kind: str, raw: bytes, said: str
) -> None:
    heard.reply = web.Response(body=raw, headers={"Content-Type": kind})
    failed = error(await asked(trusted, {}, url=heard.base))
    assert failed["class"] == "tool"
    assert said in failed["message"]


async def test_an_error_status_fails_or_is_an_answer(trusted: Trusted, heard: Heard) -> None:
    heard.reply = web.Response(status=404, text="no such page")
    failed = error(await asked(trusted, {}, url=heard.base))
    assert (failed["class"], "404: no such page" in failed["message"]) == ("bad_request", True)
    heard.reply = web.Response(status=404, text="no such page")
    played = await asked(trusted, {}, url=heard.base, fail_on_status=False)
    assert played.result.outputs == {"body": "no such page", "status": 404}


async def test_a_silent_server_runs_into_the_time_limit(trusted: Trusted, heard: Heard) -> None:
    heard.hang = asyncio.Event()
    failed = error(await asked(trusted, {}, url=heard.base, timeout_s=0.1))
    assert failed["class"] == "timeout"


async def test_a_secret_is_sent_by_its_name_and_never_told(
    services: Services, trusted: Trusted, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = "canary-4711-value"
    known = Secrets({"github": value}, keyring=lambda: None)
    services.__dict__["secrets"] = known  # as if the user's environment had it
    monkeypatch.setattr(heard, "reply", web.Response(status=500, text=f"you sent {value}"))
    config = {"headers": {"Authorization": "Bearer secret://github", "X-Data": "{{ x }}"}, "method": "POST",
              "body": {"key": "secret://github", "said": "{{ x }}"}}  # fmt: skip
    played = await asked(trusted, {"x": "secret://github"}, url=f"{heard.base}/", **config)
    _, _, headers, sent = heard.requests[0]
    assert headers["authorization"] == f"Bearer {value}"
    assert headers["x-data"] == "secret://github"  # a value that looks like a name is not one
    assert json.loads(sent) == {"key": value, "said": "secret://github"}
    assert value not in json.dumps([event.as_json() for event in played.events])
    assert "you sent ***" in error(played)["message"]


async def test_a_missing_secret_is_named_and_nothing_is_sent(trusted: Trusted, heard: Heard) -> None:
    failed = error(await asked(trusted, {}, url=heard.base, headers={"X-Key": "secret://nowhere"}))
    assert (failed["class"], "“nowhere”" in failed["message"]) == ("credentials", True)
    assert heard.requests == []


async def test_private_addresses_need_the_settings(trusted: Trusted, heard: Heard) -> None:
    graph = build({"h": ("http", {"url": heard.base}), "o": "output"}, "h.body -> o.value")
    failed = error(await trusted(graph))
    assert failed["class"] == "bad_request"
    assert "allow_private_addresses" in failed["message"]
    assert heard.requests == []


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"url": ""}, "no_url"), ({"url": "example.org"}, "bad_url"), ({"url": "file:///etc/passwd"}, "bad_url"),
        ({"url": "http://user:word@x.org/"}, "bad_url"), ({"url": "http://x.org/{{"}, "bad_template"),
        ({"url": "http://x.org/?k=secret://a"}, "secret_in_url"),
        ({"url": "http://{{ h }}/", "headers": {"A": "secret://a"}}, "secret_to_anyone"),
        ({"url": "http://x.org{{ h }}", "body": {"a": ["secret://a"]}}, "secret_to_anyone"),
        ({"url": "http://x.org/", "headers": {"Host": "y"}}, "bad_header"),
        ({"url": "http://x.org/", "headers": {"A B": "y"}}, "bad_header"),
    ],
)  # fmt: skip
def test_check_names_what_is_wrong(config: dict[str, Any], code: str) -> None:
    kind = Kinds.load().get("http")
    assert kind is not None
    assert code in {finding.code for finding in kind.check(kind.Config.model_validate(config))}


def test_an_unknown_method_does_not_fit() -> None:
    from engine.base.errors import Refused

    with pytest.raises(Refused, match="method"):
        Kinds.load().config("http", {"method": "FETCH"})
