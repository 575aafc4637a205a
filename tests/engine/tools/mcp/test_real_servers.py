"""Servers that others wrote, of both generations of the protocol, over stdio and HTTP: started, listed, called."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.tools.contract import ToolContext, ToolError
from engine.tools.mcp.description import Description
from tests.engine.tools.mcp.conftest import Bench, pool

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the first test may have to install the servers


class Real:
    """A real server as a run uses it."""

    def __init__(self, bench: Bench, server: Description) -> None:
        self.bench, self.server = bench, server

    async def call(self, name: str, context: ToolContext | None = None, **given: Any) -> Any:
        tools = {each.definition.name: each for each in await self.bench.use.tools(self.server)}
        assert tools[name].usable
        return await self.bench.use.call(self.server, tools[name].definition, given, context or ToolContext("node"))

    async def writing(self) -> set[str]:
        return {each.definition.name for each in await self.bench.use.tools(self.server) if not each.definition.reads}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(pool(tmp_path / "home"))
    yield made
    await made.use.aclose()


def started(bench: Bench, commands: Path, name: str, *args: str, **env: str) -> Real:
    path = os.pathsep.join((str(commands), os.environ.get("PATH", "")))  # node, where the system has none
    server = {"command": str(commands / name), "args": list(args), "env": {"PATH": path, **env}}
    return Real(bench, Description.read(name.removeprefix("mcp-server-"), server))


async def test_time(bench: Bench, commands: Path) -> None:
    clock = started(bench, commands, "mcp-server-time")
    found = await clock.call("convert_time", source_timezone="UTC", time="12:00", target_timezone="Asia/Tokyo")
    assert found["target"]["datetime"].endswith("21:00:00+09:00")
    assert bench.events[-1][1]["protocol"] == "2026-07-28"
    with pytest.raises(ToolError):
        await clock.call("get_current_time", timezone="Nowhere/At_All")


async def test_git(bench: Bench, commands: Path, tmp_path: Path) -> None:
    place = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", str(place)], check=True)
    git = started(bench, commands, "mcp-server-git", "--repository", str(place))
    (place / "a.txt").write_text("a", "utf-8")
    assert "a.txt" in str(await git.call("git_status", repo_path=str(place)))
    assert {"git_commit", "git_add"} <= await git.writing() and "git_status" not in await git.writing()


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/page" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>Tea</h1><p>Water first.</p>")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def page() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/page"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_fetch(bench: Bench, commands: Path, page: str) -> None:
    # Where it finds node, it installs what it needs from npm while it is being called.
    without_node = {"PATH": "/nowhere"}
    fetch = started(bench, commands, "mcp-server-fetch", "--ignore-robots-txt", "--allow-private-ips", **without_node)
    assert "Water first." in str(await fetch.call("fetch", url=page))


async def test_filesystem(bench: Bench, commands: Path, tmp_path: Path) -> None:
    files = started(bench, commands, "mcp-server-filesystem", str(tmp_path))
    await files.call("write_file", path=str(tmp_path / "n.txt"), content="noted")
    assert (tmp_path / "n.txt").read_text("utf-8") == "noted"
    assert "noted" in str(await files.call("read_text_file", path=str(tmp_path / "n.txt")))
    with pytest.raises(ToolError, match="Access denied"):
        await files.call("read_text_file", path="/etc/passwd")
    assert "write_file" in await files.writing() and "read_text_file" not in await files.writing()


async def test_memory(bench: Bench, commands: Path, tmp_path: Path) -> None:
    memory = started(bench, commands, "mcp-server-memory", MEMORY_FILE_PATH=str(tmp_path / "memory.jsonl"))
    tea = {"name": "tea", "entityType": "drink", "observations": ["hot"]}
    await memory.call("create_entities", entities=[tea])
    assert (await memory.call("read_graph"))["entities"] == [tea]


async def everything(real: Real) -> None:
    """What the server for trying everything out has that matters here."""
    assert await real.call("echo", message="hello") == "Echo: hello"
    assert (await real.call("get-structured-content", location="Chicago"))["temperature"]
    pictures = [part for part in await real.call("get-tiny-image") if isinstance(part, dict)]
    assert pictures[0]["media_type"] == "image/png"
    steps: list[float] = []
    context = ToolContext("node", progress=lambda done, _total, _note: steps.append(done))
    assert "completed" in await real.call("trigger-long-running-operation", context, duration=1, steps=2)
    assert steps


async def test_everything_over_stdio(bench: Bench, commands: Path) -> None:
    real = started(bench, commands, "mcp-server-everything")
    await everything(real)
    asked: list[str] = []

    async def ask(question: str, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        asked.append(question)
        return None

    assert await real.call("trigger-elicitation-request", ToolContext("node", ask=ask))
    assert asked and asked[0].startswith("The tool server “everything” asks: ")


async def listening(commands: Path, transport: str) -> tuple[asyncio.subprocess.Process, int]:
    """The server on a free port, and that port; somebody else may take it before the server does: then on another."""
    path = os.pathsep.join((str(commands), os.environ.get("PATH", "")))
    for _ in range(3):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = await asyncio.create_subprocess_exec(
            str(commands / "mcp-server-everything"), transport, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL, env={**os.environ, "PATH": path, "PORT": str(port)}, start_new_session=True,
        )  # fmt: skip
        assert server.stderr is not None
        while line := await server.stderr.readline():
            if b" on port" in line:
                return server, port
        await server.wait()
    raise AssertionError("it ended")


@pytest.mark.parametrize(("transport", "place"), [("streamableHttp", "mcp"), ("sse", "sse")])
async def test_everything_over_http(bench: Bench, commands: Path, transport: str, place: str) -> None:
    server, port = await listening(commands, transport)
    try:
        await everything(Real(bench, Description.read("far", {"url": f"http://127.0.0.1:{port}/{place}"})))
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # it takes no other word while somebody is connected
        await server.wait()
