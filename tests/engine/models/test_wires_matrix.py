"""Every way in which a stream can be odd or broken, for both protocols: the right reply or a typed error (T6)."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest

from engine.base.errors import NodeError
from engine.models import exchange
from engine.models.catalog import wires
from engine.models.contract import Endpoint, ModelRequest, Reply, ToolSpec
from tests.engine.models.conftest import Serve, asking, endpoint, raw_server, response
from tests.engine.models.streams import WIRES, begun, called, events, part, sent, whole

pytestmark = pytest.mark.parametrize("wire", WIRES)
SPOKEN = wires()
TOOL = ToolSpec("fs.read", "Reads a file", {"properties": {"path": {"type": "string"}}})


async def ask(
    http: httpx.AsyncClient, wire: str, serve: Serve | bytes, request: ModelRequest | None = None, **there: Any
) -> Reply:
    async with raw_server(serve) as server:
        at = Endpoint(**{"provider": "p", "base_url": server.url, "key": "k", "title": "Vendor", **there})
        return await SPOKEN[wire].complete(http, at, "m", request or asking(), lambda _: None)


async def failing(http: httpx.AsyncClient, wire: str, serve: Serve | bytes, **limits: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await ask(http, wire, serve, asking(**limits))
    assert caught.value.message and caught.value.hint
    return caught.value


def spelled(wire: str, how: str) -> bytes:
    """The same good answer, spelled as some server would."""
    made, stream = events(wire), whole(wire)
    return {
        "usual": stream,
        "crlf": sent(made, wire, b"\r\n"),
        "cr": sent(made, wire, b"\r"),
        "mixed": sent(made[:2], wire, b"\r\n", done=False) + sent(made[2:], wire, b"\r"),
        "bom": b"\xef\xbb\xbf" + stream,
        "pings": b": ping\n\n" + stream.replace(b"\n\n", b"\n\n: ping\n\nevent: ping\ndata: {}\n\n"),
        "ids": stream.replace(b"data: ", b"id: 7\nretry: 10\ndata: "),
        "no space": stream.replace(b"data: ", b"data:"),
        "blank lines": b"\n\n\n" + stream.replace(b"\n\n", b"\n\n\n\n"),
        "no last line": stream.rstrip(b"\n"),
    }[how]


@pytest.mark.parametrize(
    "how",
    ["usual", "crlf", "cr", "mixed", "bom", "pings", "ids", "no space", "blank lines", "no last line"],
)
async def test_a_stream_may_be_spelled_in_many_ways(http: httpx.AsyncClient, wire: str, how: str) -> None:
    reply = await ask(http, wire, response(spelled(wire, how)))
    assert (reply.text, reply.finish, reply.usage.input_tokens) == ("Hello there", "stop", 7)


@pytest.mark.parametrize("kind", ["application/json", "text/html", "application/octet-stream", "nonsense"])
async def test_the_content_type_does_not_matter(http: httpx.AsyncClient, wire: str, kind: str) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n".encode()
    assert (await ask(http, wire, head + whole(wire))).text == "Hello there"


async def test_odd_letters_survive(http: httpx.AsyncClient, wire: str) -> None:
    odd = ["a\u2028b\u2029\u0085\x0b", "\ud83d", "\ude00", "é\ud83d"]
    reply = await ask(http, wire, response(sent(events(wire, odd), wire)))
    assert reply.text == "a\u2028b\u2029\u0085\x0b\U0001f600é\ufffd"
    raw = sent(events(wire, ["#"]), wire).replace(b"#", "\u2028🎉".encode())

    async def in_bytes(writer: asyncio.StreamWriter) -> None:
        writer.write(response(b""))
        for byte in raw:
            writer.write(bytes([byte]))
            await writer.drain()

    assert (await ask(http, wire, in_bytes)).text == "\u2028🎉"


@pytest.mark.parametrize(
    "usage",
    [None, {}, [], "many", {"input_tokens": -1, "prompt_tokens": -1}, {"input_tokens": 10**18, "prompt_tokens": 1e18},
     {"output_tokens": "3", "completion_tokens": "3"}, {"output_tokens": True, "completion_tokens": True},
     {"output_tokens": float("nan"), "completion_tokens": float("nan")}],
)  # fmt: skip
async def test_usage_that_cannot_be_is_estimated(http: httpx.AsyncClient, wire: str, usage: Any) -> None:
    reply = await ask(http, wire, response(sent(events(wire, usage=usage), wire)))
    assert reply.text == "Hello there" and reply.usage.estimated
    assert 0 < reply.usage.input_tokens < 100 and 0 < reply.usage.output_tokens < 100


async def test_no_more_comes_from_the_cache_than_was_sent(http: httpx.AsyncClient, wire: str) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 90},
             "input_tokens": 2, "output_tokens": 3, "cache_read_input_tokens": 4,
             "cache_creation_input_tokens": 1}  # fmt: skip
    used = (await ask(http, wire, response(sent(events(wire, usage=usage), wire)))).usage
    assert (used.input_tokens, used.output_tokens) == (7, 3)
    assert used.cached_tokens == {"openai_chat": 7, "anthropic": 4}[wire]


@pytest.mark.slow
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_break_at_any_byte_gives_the_answer_or_an_error(
    http: httpx.AsyncClient, wire: str, chunked: bool
) -> None:
    raw = response(whole(wire))
    if chunked:
        head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        blocks = whole(wire).split(b"\n\n")[:-1]
        raw = head + b"".join(b"%x\r\n%s\n\n\r\n" % (len(block) + 2, block) for block in blocks) + b"0\r\n\r\n"
    seen: list[str] = []
    places = range(len(raw) + 1)
    cuts = iter(places)

    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write(raw[: next(cuts)])

    async with raw_server(serve) as server:
        for _ in places:
            try:
                reply = await SPOKEN[wire].complete(http, endpoint(server.url), "m", asking(), lambda _: None)
                seen.append(reply.text)
            except NodeError as error:
                assert error.error_class == "transient", error
                seen.append("failed")
    assert next(cuts, None) is None
    assert set(seen) == {"Hello there", "failed"}
    assert seen.count("failed") > len(places) // 2


NOTHING = [
    b"null", b"[]", b'"text"', b"3", b"NaN", b"{}", b'{"choices": null}', b'{"content": null}', b"   \n\n", b"",
    b'{"choices": [null]}', b'{"content": 4}', b"data: null\n\n", b"data: NaN\n\n", b"data:\n\n", b"<!doctype html>",
    b"data: " + b"9" * 5000 + b"\n\n", b'{"a":' * 5000, b"\xff\xfe\x00", b"data: {\n\ndata: }\n\n",
]  # fmt: skip


@pytest.mark.parametrize("body", NOTHING)
async def test_what_is_no_answer_is_a_typed_error(http: httpx.AsyncClient, wire: str, body: bytes) -> None:
    assert (await failing(http, wire, response(body))).error_class == "transient"


@pytest.mark.parametrize("status", ["429 Slow", "500 No", "503 Busy", "529 Full"])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [("-5", None), ("soon", None), ("1e99", 3600.0), ("inf", None), ("nan", None), ("0", 0.0), ("1.5", 1.5),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("9" * 400, None), ("Wed, 99 Xxx", None), ("", None)],
)  # fmt: skip
async def test_odd_pauses_are_bounded(
    http: httpx.AsyncClient, wire: str, status: str, said: str, seconds: float | None
) -> None:
    error = await failing(http, wire, response(b"{}", f"retry-after: {said}", status=status))
    assert error.error_class == ("rate" if status.startswith("429") else "transient")
    assert error.retry_after == seconds


async def test_packed_answers_are_told_apart(http: httpx.AsyncClient, wire: str) -> None:
    packed = gzip.compress(whole(wire))
    assert (await ask(http, wire, response(packed, "content-encoding: gzip"))).text == "Hello there"
    damaged = await failing(http, wire, response(packed[:20] + b"\xff" * 40, "content-encoding: gzip"))
    assert "damaged" in damaged.message and "too much" not in damaged.message
    assert "packed as br" in (await failing(http, wire, response(packed, "content-encoding: br"))).message
    assert (await failing(http, wire, response(packed[:40], "content-encoding: gzip"))).error_class == "transient"


async def endless(writer: asyncio.StreamWriter, head: bytes, line: bytes) -> None:
    writer.write(head)
    while not writer.is_closing():
        writer.write(line)
        await writer.drain()
        await asyncio.sleep(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "line"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"x-more: " + b"y" * 2000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nx-long: ", b"y" * 4000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (response(b""), b" " * 4000),
        (response(b""), b": ping\n\n" * 500),
        (response(b"{"), b" " * 4000),
        (response(b"", status="500 No"), b"x" * 4000),
    ],
)
async def test_floods_end(http: httpx.AsyncClient, wire: str, head: bytes, line: bytes) -> None:
    error = await failing(http, wire, lambda writer: endless(writer, head, line), idle_s=0.5, connect_s=0.5)
    assert error.error_class in ("transient", "timeout")


async def test_pings_keep_an_answer_alive_only_so_long(
    http: httpx.AsyncClient, wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LONGEST_S", 0.4)

    async def pings(writer: asyncio.StreamWriter) -> None:
        writer.write(response(sent(events(wire)[:2], wire, done=False)))
        while not writer.is_closing():
            writer.write(b": ping\n\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    assert (await failing(http, wire, pings, idle_s=5.0)).error_class == "timeout"


async def test_a_drip_of_plain_json_ends(http: httpx.AsyncClient, wire: str) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(response(b"{"))
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    assert (await failing(http, wire, drip, idle_s=0.3)).error_class == "timeout"


async def test_a_whole_answer_counts_although_the_stream_stays_open(
    http: httpx.AsyncClient, wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "GRACE_S", 0.05)
    gone = asyncio.Event()

    async def open_end(writer: asyncio.StreamWriter) -> None:
        writer.write(response(sent(events(wire, usage=None), wire, done=False)))
        await writer.drain()
        await gone.wait()

    async with raw_server(open_end) as server:
        request = asking(idle_s=30.0)
        reply = await SPOKEN[wire].complete(http, endpoint(server.url), "m", request, lambda _: None)
        gone.set()
    assert reply.text == "Hello there"


async def test_an_error_in_mid_stream_is_the_outcome(http: httpx.AsyncClient, wire: str) -> None:
    began = sent(events(wire)[:3], wire, done=False)
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    failure = await failing(
        http, wire, response(began + b"event: error\ndata: " + json.dumps(error).encode() + b"\n\n")
    )
    assert failure.error_class == "transient" and "Overloaded" in failure.message


@pytest.mark.parametrize("key", ["sk-abc\n", "sk-\u00e9", "sk-\r\nx: y"])
async def test_a_key_that_no_header_can_carry_is_named(http: httpx.AsyncClient, wire: str, key: str) -> None:
    with pytest.raises(NodeError) as caught:
        await ask(http, wire, b"", key=key, key_env="VENDOR_KEY")
    assert caught.value.error_class == "credentials" and "VENDOR_KEY" in caught.value.hint
    assert key.strip() not in str(caught.value)


async def test_far_too_many_calls_of_tools_are_refused(http: httpx.AsyncClient, wire: str) -> None:
    if wire == "anthropic":
        body = sent(called(*(begun(number, f"c{number}") for number in range(600))), wire)
    else:
        pieces = [
            {"index": number, "id": f"c{number}", "function": {"name": "x", "arguments": "{}"}} for number in range(600)
        ]
        body = sent([{"choices": [{"delta": {"tool_calls": pieces}, "finish_reason": "tool_calls"}]}])
    with pytest.raises(NodeError, match="far too many"):
        await ask(http, wire, response(body), asking(tools=(TOOL,)))


async def test_a_call_cut_off_at_the_longest_answer_is_invalid(http: httpx.AsyncClient, wire: str) -> None:
    if wire == "anthropic":
        body = sent(called(begun(), part('{"path": "x'), stop="max_tokens"), wire)
    else:
        pieces = [{"index": 0, "id": "c", "function": {"name": "fs_read", "arguments": '{"path": "x'}}]
        body = sent([{"choices": [{"delta": {"tool_calls": pieces}, "finish_reason": "length"}]}])
    with pytest.raises(NodeError, match="cut off within a call") as caught:
        await ask(http, wire, response(body), asking(tools=(TOOL,)))
    assert caught.value.error_class == "invalid_output"


async def test_tools_promised_but_none_called_is_no_answer(http: httpx.AsyncClient, wire: str) -> None:
    made = called() if wire == "anthropic" else [{"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}]
    with pytest.raises(NodeError, match="call of no tool"):
        await ask(http, wire, response(sent(made, wire)), asking(tools=(TOOL,)))


@pytest.mark.parametrize("raw", ['{"path": NaN}', '{"path": 1e999}', "[1]", "{", '{"path": ' + "9" * 5000 + "}", '"x"'])
async def test_arguments_that_cannot_be_stored_are_told_to_the_model(
    http: httpx.AsyncClient, wire: str, raw: str
) -> None:
    if wire == "anthropic":
        body = sent(called(begun(), part(raw)), wire)
    else:
        pieces = [{"index": 0, "id": "c", "function": {"name": "fs_read", "arguments": raw}}]
        body = sent([{"choices": [{"delta": {"tool_calls": pieces}, "finish_reason": "tool_calls"}]}])
    [asked] = (await ask(http, wire, response(body), asking(tools=(TOOL,)))).tool_calls
    assert asked.name == "fs.read" and asked.arguments == {} and asked.broken == raw[:1000]


async def test_what_a_server_says_at_length_is_cut(http: httpx.AsyncClient, wire: str) -> None:
    said = json.dumps({"error": {"message": f"Broken: {'x' * 900}", "type": "server_error"}}).encode()
    error = await failing(http, wire, response(said, status="500 No"))
    assert "Broken: xxx" in error.message and error.message.endswith("x…") and len(error.message) < 400


async def test_nothing_of_a_key_is_said(http: httpx.AsyncClient, wire: str) -> None:
    leak = {"error": {"message": "Incorrect key sk-test-canary-123456", "type": "server_error"}}
    async with raw_server(response(json.dumps(leak).encode(), status="500 No")) as server:
        with pytest.raises(NodeError) as caught:
            await SPOKEN[wire].complete(http, endpoint(server.url), "m", asking(), lambda _: None)
    assert "canary" not in str(caught.value)
