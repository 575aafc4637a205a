"""`baton serve --mcp` as a process, spoken to with the official client over stdio and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.engine.serve.conftest import BATON, TOKEN, Serving, written
from tests.surroundings import running

pytestmark = pytest.mark.slow


@asynccontextmanager
async def on_stdio(file: Path, environment: dict[str, str], *options: str, **client: Any) -> AsyncIterator[Client]:
    command = [*BATON, "serve", str(file), "--mcp", *options]
    server = StdioServerParameters(command=command[0], args=command[1:], env=environment)
    async with Client(stdio_client(server), **client) as found:
        yield found


async def test_the_tool_says_what_it_takes_and_gives(greeting: Path, environment: dict[str, str]) -> None:
    async with on_stdio(greeting, environment) as client:
        tool = (await client.list_tools()).tools[0]
    assert (tool.name, tool.title, tool.description) == ("greeting", "Greeting", "Greets somebody.")
    assert tool.input_schema["properties"] == {
        "name": {"type": "string", "description": "Who is greeted"},
        "times": {"type": "number", "default": 2},
    }
    assert tool.input_schema["required"] == ["name"]
    assert tool.output_schema is not None
    assert list(tool.output_schema["properties"]) == ["text", "times"]
    assert tool.annotations is not None
    assert tool.annotations.read_only_hint


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_call_runs_the_graph_with_progress(greeting: Path, environment: dict[str, str], mode: str) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total, message))

    async with on_stdio(greeting, environment, mode=mode) as client:
        result = await client.call_tool("greeting", {"name": "Ada"}, progress_callback=progress)
        wrong = await client.call_tool("greeting", {"name": 5})
    assert result.structured_content == {"text": "Hello Ada, 2 times", "times": 2}
    assert [block.text for block in result.content] == ["text:\nHello Ada, 2 times", "times:\n2"]
    assert told[-1][:2] == (5, 5)
    assert wrong.is_error
    assert "takes text" in wrong.content[0].text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_question_of_the_run_is_put_to_the_client(
    reviewed: Path, environment: dict[str, str], mode: str
) -> None:
    asked: list[str] = []

    async def answer(_context: Any, params: Any) -> types.ElicitResult:
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={"decision": "approved", "value": "Better"})

    async with on_stdio(reviewed, environment, mode=mode, elicitation_callback=answer) as client:
        result = await client.call_tool("reviewed", {"draft": "My draft"})
    assert "Publish this?" in asked[0]
    assert "My draft" in asked[0]
    assert result.structured_content == {"yes": "Better"}


async def test_a_client_that_cannot_ask_is_told_how_to_answer(reviewed: Path, environment: dict[str, str]) -> None:
    async with on_stdio(reviewed, environment) as client:
        result = await client.call_tool("reviewed", {"draft": "My draft"})
    assert result.is_error
    assert "baton run --resume" in result.content[0].text


async def test_nobody_comes_back_for_a_run_of_somebody_else(reviewed: Path, environment: dict[str, str]) -> None:
    async with on_stdio(reviewed, environment) as client:
        session = client.session
        request = types.CallToolRequestParams(name="reviewed", request_state="0000000000000", input_responses={})
        result = await session.send_request(types.CallToolRequest(params=request), types.CallToolResult)
    assert result.is_error
    assert "No run" in result.content[0].text


async def test_cancelling_a_call_stops_the_run(writer: Path, environment: dict[str, str]) -> None:
    begun = asyncio.Event()

    async def progress(*_: object) -> None:
        begun.set()

    async with on_stdio(writer, environment) as client:
        call = asyncio.create_task(client.call_tool("writer", {}, progress_callback=progress))
        await begun.wait()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        while not (found := runs(environment)) or found[0]["status"] == "running":
            await asyncio.sleep(0.1)
    assert [run["status"] for run in runs(environment)] == ["cancelled"]


async def test_over_http_with_the_token_alone(serving: Serving, greeting: Path) -> None:
    served = serving(greeting, "--mcp", "--http")
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        async with Client(streamable_http_client(served.base, http_client=http)) as client:
            result = await client.call_tool("greeting", {"name": "Ada"})
        stranger = await http.post(served.base, json={}, headers={"Authorization": "Bearer no"})
    assert result.structured_content == {"text": "Hello Ada, 2 times", "times": 2}
    assert stranger.status_code == 401
    assert served.stop() == 130


def runs(environment: dict[str, str]) -> list[dict[str, Any]]:
    told = subprocess.run([*BATON, "runs", "list", "--json"], env=environment, capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(told.stdout)["runs"]
    return found


def test_the_end_of_stdin_ends_the_server_and_a_signal_does_too(greeting: Path, environment: dict[str, str]) -> None:
    command = [*BATON, "serve", str(greeting), "--mcp"]
    done = subprocess.run(command, env=environment, input="", capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with running(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        process.stdin.write(json.dumps(ping) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=120) == 130


def test_a_message_without_end_ends_the_server_in_words(greeting: Path, environment: dict[str, str]) -> None:
    command = [*BATON, "serve", str(greeting), "--mcp"]
    done = subprocess.run(
        command, env=environment, input=b" " * (17 * 2**20), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert b"more than 16,777,216 bytes" in done.stderr


def test_wrong_use_is_said(greeting: Path, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        cases = {"Choose one of --mcp and --a2a": [], "--http belongs to --mcp": ["--a2a", "--http"],
                 f"Port {port} cannot be used": ["--a2a", "--port", port]}  # fmt: skip
        for said, options in cases.items():
            command = [*BATON, "serve", str(greeting), *options]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                  timeout=60, check=False)  # fmt: skip
            assert done.returncode == 2
            assert said in done.stderr


def test_a_graph_that_was_not_trusted_is_not_served(tmp_path: Path, environment: dict[str, str]) -> None:
    file = written(tmp_path, "outside", {"h": ("http", {"url": "https://example.org/"}), "o": ("output", {})},
                   "h.body -> o.value")  # fmt: skip
    command = [*BATON, "serve", str(file), "--mcp"]
    done = subprocess.run(command, env=environment, input="", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 4
    assert "GET https://example.org/" in done.stderr


@pytest.mark.parametrize("nobody", [os.devnull, "empty"])
def test_where_no_client_is_it_ends_at_once(
    greeting: Path, environment: dict[str, str], nobody: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / nobody).open("rb") as stdin:
        ended = subprocess.run(
            [*BATON, "serve", str(greeting), "--mcp"], stdin=stdin, env=environment, capture_output=True, text=True
        )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
