"""Servers with an accent, broken ones and hostile ones: the right reply or a typed error, in bounded time (T6)."""

import asyncio
import gzip
import json
import zlib
from typing import Any

import httpx
import pytest

from engine.base.errors import NodeError
from engine.models.catalog import wires
from engine.models.contract import Image, Message, ModelRequest, Reply, ToolSpec
from tests.engine.models.conftest import RawServer, Serve, asking, endpoint, raw_server, response

TOOL = ToolSpec("fs.read", "Reads a file", {"properties": {"path": {"type": "string"}}})


def sse(*events: Any) -> bytes:
    return b"".join(
        b"data: " + (event.encode() if isinstance(event, str) else json.dumps(event).encode()) + b"\n\n"
        for event in events
    )


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def call(**piece: Any) -> dict[str, Any]:
    function = {key: piece.pop(key) for key in ("name", "arguments") if key in piece}
    return chunk(tool_calls=[{**piece, "function": function}])


async def ask(
    http: httpx.AsyncClient, serve: Serve | bytes, wire: str = "openai_chat", request: ModelRequest | None = None
) -> tuple[Reply, list[str], RawServer]:
    heard: list[str] = []
    async with raw_server(serve) as server:
        reply = await wires()[wire].complete(http, endpoint(server.url), "m", request or asking(), heard.append)
    return reply, heard, server


async def failing(http: httpx.AsyncClient, serve: Serve | bytes, wire: str = "openai_chat", **limits: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await ask(http, serve, wire, asking(**limits))
    return caught.value


DIALECTS = {
    "usual": [call(index=0, id="a", name="fs_read", arguments=""), call(index=0, arguments='{"path":'),
              call(index=0, arguments=' "x"}'), call(index=1, id="b", name="fs_read", arguments='{"path": "y"}')],
    "ids repeated": [call(index=0, id="a", name="fs_read", arguments='{"path":'),
                     call(index=0, id="a", name="fs_read", arguments=' "x"}'),
                     call(index=1, id="b", name="fs_read", arguments='{"path":'),
                     call(index=1, id="b", name="fs_read", arguments=' "y"}')],
    "same index twice": [call(index=0, id="a", name="fs_read", arguments='{"path": "x"}'),
                         call(index=0, id="b", name="fs_read", arguments='{"path": "y"}')],
    "same index, no ids": [call(index=0, name="fs_read", arguments='{"path": "x"}'),
                           call(index=0, name="fs_read", arguments='{"path": "y"}')],
    "no index": [call(id="a", name="fs_read", arguments='{"path":'), call(arguments=' "x"}'),
                 call(id="b", name="fs_read", arguments='{"path": "y"}')],
    "one id for all": [call(index=0, id="a", name="fs_read", arguments='{"path": "x"}'),
                       call(index=1, id="a", name="fs_read", arguments='{"path": "y"}')],
    "objects": [call(index=0, id="a", name="fs_read", arguments={"path": "x"}),
                call(index=1, id="b", name="fs_read", arguments={"path": "y"})],
    "all at once": [chunk(tool_calls=[{"id": "a", "function": {"name": "fs_read", "arguments": '{"path": "x"}'}},
                                      {"id": "b", "function": {"name": "fs_read", "arguments": '{"path": "y"}'}}])],
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_tool_calls_in_every_dialect(http: httpx.AsyncClient, dialect: str) -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    body = sse(*DIALECTS[dialect], chunk("tool_calls"), usage, "[DONE]")
    reply, _, _ = await ask(http, response(body), request=asking(tools=(TOOL,)))
    assert [(asked.name, asked.arguments["path"]) for asked in reply.tool_calls] == [("fs.read", "x"), ("fs.read", "y")]
    assert len({asked.id for asked in reply.tool_calls}) == 2
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.estimated) == (7, 3, False)


async def test_plain_json_for_a_stream(http: httpx.AsyncClient) -> None:
    said = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}
    reply, heard, _ = await ask(http, response(json.dumps(said).encode()))
    assert (reply.text, heard, reply.usage.input_tokens) == ("hi", ["hi"], 1)
    message = {"type": "message", "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn", "usage": {}}
    reply, _, _ = await ask(http, response(json.dumps(message).encode()), "anthropic")
    assert reply.text == "hi" and reply.usage.estimated


async def test_usage_is_estimated_when_nobody_counts(http: httpx.AsyncClient) -> None:
    reply, _, _ = await ask(http, response(sse(chunk(content="hello"), chunk("stop"))))
    assert reply.usage.estimated and reply.usage.output_tokens == 2


async def test_surrogates_are_joined_or_repaired(http: httpx.AsyncClient) -> None:
    body = b'data: {"choices":[{"delta":{"content":"a \\ud83d"}}]}\n\n'
    body += b'data: {"choices":[{"delta":{"content":"\\ude00 b \\ud83d"},"finish_reason":"stop"}]}\n\n'
    reply, heard, _ = await ask(http, response(body))
    assert reply.text == "a \U0001f600 b \ufffd"
    assert all(piece.encode() for piece in heard)


async def test_length_is_passed_on_and_refusal_raised(http: httpx.AsyncClient) -> None:
    reply, _, _ = await ask(http, response(sse(chunk(content="half"), chunk("length"))))
    assert (reply.finish, reply.text) == ("length", "half")
    error = await failing(http, response(sse(chunk(refusal="I will not."), chunk("stop"))))
    assert error.error_class == "refused" and "I will not." in error.message
    assert (await failing(http, response(sse(chunk("content_filter"))))).error_class == "refused"


PLAIN = [
    (sse({"error": {"message": "Overloaded", "type": "overloaded_error"}}), "transient"),
    (sse(chunk(content="a"), {"error": {"message": "slow down", "code": 429}}), "rate"),
    (b"event: error\n" + sse({"error": {"type": "authentication_error", "message": "no"}}), "credentials"),
    (sse({"error": {"message": "maximum context length is 9"}}), "context"),
    (b"<html>gateway</html>", "transient"),
    (b"", "transient"),
    (b"\x00\xff\xfe" * 50, "transient"),
    (sse("{not json"), "transient"),
    (sse("[" * 100_000), "transient"),
    (sse([1, 2]), "transient"),
    (b'{"choices": []}', "transient"),
    (sse("[DONE]"), "transient"),
    (sse(chunk(content="abc"), chunk(content="def")), "transient"),
    (sse(chunk("error", content="abc")), "transient"),
]


@pytest.mark.parametrize(("body", "kind"), PLAIN)
async def test_errors_in_a_stream_are_typed(http: httpx.AsyncClient, body: bytes, kind: str) -> None:
    error = await failing(http, response(body))
    assert error.error_class == kind and error.message and error.hint


@pytest.mark.parametrize("body", [body for body, _ in PLAIN])
async def test_the_other_wire_survives_the_same(http: httpx.AsyncClient, body: bytes) -> None:
    assert (await failing(http, response(body), "anthropic")).message


async def test_odd_statuses(http: httpx.AsyncClient) -> None:
    redirect = response(b"", "location: http://127.0.0.1:1/", status="307 Temporary Redirect")
    assert (await failing(http, redirect)).error_class == "bad_request"
    leak = response(b'{"error": {"message": "bad key sk-test-canary-123456"}}', status="400 Bad Request")
    assert "canary" not in str(await failing(http, leak))
    cut = response(
        b'{"error": {"message": "%sbad key sk-test-canary-123456"}}' % (b" " * 1174), status="400 Bad Request"
    )
    assert "sk-test" not in str(await failing(http, cut))
    quota = response(b'{"error": {"code": "insufficient_quota"}}', status="429 Too Many Requests")
    assert (await failing(http, quota)).error_class == "credentials"
    assert (await failing(http, b"SSH-2.0-OpenSSH_9\r\n")).error_class == "transient"


async def test_bombs_and_floods_are_bounded(http: httpx.AsyncClient) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * 1024 * 1024) for _ in range(80)) + packer.flush()
    assert len(bomb) < 200_000
    error = await failing(http, response(bomb, "content-encoding: gzip"))
    assert error.error_class == "transient" and "too much" in error.message
    line = response(b"data: " + b"x" * (9 * 1024 * 1024))
    assert "too much" in (await failing(http, line)).message
    good = gzip.compress(sse(chunk(content="packed"), chunk("stop")))
    assert (await ask(http, response(good, "content-encoding: gzip")))[0].text == "packed"


async def test_drips_and_silence_end(http: httpx.AsyncClient) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(response(b"data: "))
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def pings(writer: asyncio.StreamWriter) -> None:
        writer.write(response(b""))
        while not writer.is_closing():
            writer.write(b": ping\n\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def nothing(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    assert (await failing(http, drip, idle_s=0.3)).error_class == "timeout"
    late = await failing(http, pings, idle_s=2.0, first_token_s=0.3)
    assert late.error_class == "timeout" and "first token" in late.message
    assert (await failing(http, nothing, idle_s=0.3)).error_class == "timeout"


async def test_the_wait_for_the_first_token_is_its_own_before_the_server_says_anything(http: httpx.AsyncClient) -> None:
    async def thinks(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)
        writer.write(response(sse(chunk(content="thought"), chunk("stop"))))

    late = await failing(http, thinks, idle_s=60.0, first_token_s=0.2)
    assert late.error_class == "timeout" and "first token" in late.message
    assert (await ask(http, thinks, request=asking(idle_s=0.7, first_token_s=60.0)))[0].text == "thought"


async def test_nobody_there(http: httpx.AsyncClient) -> None:
    for url, kind in (("http://127.0.0.1:9", "transient"), ("ftp://x", "bad_request"), ("nonsense", "bad_request")):
        for wire in wires().values():
            with pytest.raises(NodeError) as caught:
                await wire.complete(http, endpoint(url), "m", asking(), lambda _: None)
            assert caught.value.error_class == kind and "OpenAI" in caught.value.message


async def test_a_cancelled_call_leaves_nothing_open(http: httpx.AsyncClient) -> None:
    started, closed = asyncio.Event(), asyncio.Event()

    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write(response(sse(chunk(content="one"))))
        await writer.drain()
        started.set()
        while not writer.is_closing():
            writer.write(b": more\n")
            try:
                await writer.drain()
            except ConnectionError:
                break
            await asyncio.sleep(0.01)
        closed.set()

    async with raw_server(serve) as server:
        heard = wires()["openai_chat"].complete(http, endpoint(server.url), "m", asking(), lambda _: None)
        task = asyncio.create_task(heard)
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(closed.wait(), 60)


async def test_text_is_heard_while_more_of_it_is_still_to_come(http: httpx.AsyncClient) -> None:
    heard: list[str] = []
    first = asyncio.Event()

    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write(response(sse(chunk(content="one "))))
        await writer.drain()
        await first.wait()
        writer.write(sse(chunk(content="two"), chunk("stop"), "[DONE]"))

    def hear(text: str) -> None:
        heard.append(text)
        first.set()

    async with raw_server(serve) as server:
        reply = await wires()["openai_chat"].complete(http, endpoint(server.url), "m", asking(), hear)
    assert heard == ["one ", "two"] and reply.text == "one two"


async def test_pictures_and_history_reach_the_server(http: httpx.AsyncClient) -> None:
    picture = Message("user", "What is it?", images=(Image("image/png", "QUJD"),))
    good = sse(chunk(content="a cat"), chunk("stop"))
    _, _, server = await ask(http, response(good), request=ModelRequest((Message("system", "s"), picture)))
    head, _, raw = server.requests[0].partition(b"\r\n\r\n")
    body = json.loads(raw)
    assert b"accept-encoding: identity" in head.lower() and b"cookie" not in head.lower()
    assert body["messages"][1]["content"][1]["image_url"]["url"] == "data:image/png;base64,QUJD"
    assert body["stream_options"] == {"include_usage": True}
