"""What a call of a tool costs beside the official SDK's own: 100 sub-agents with 15 calls each, over stdio and HTTP.

    python -m benchmarks.tools [AGENTS] [CALLS]

Baton's time is that of its pool with the pins, the bounds, the change of thread and the supervisor's process; the SDK's
is that of its client with its own transport, against the same server, as many calls at once.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from engine.base.secrets import Secrets
from engine.base.settings import Home
from engine.tools.contract import ToolContext
from engine.tools.mcp.description import Description
from engine.tools.mcp.pins import Pins
from engine.tools.mcp.pool import ToolServers
from engine.tools.mcp.server import Surroundings

SERVER = """
import sys
from mcp.server.mcpserver import MCPServer
server = MCPServer("bench")
@server.tool()
def echo(text: str) -> str:
    return text
if len(sys.argv) > 1:
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
else:
    server.run("stdio")
"""
Call = Callable[[str], Awaitable[object]]


async def measured(call: Call, agents: int, calls: int) -> float:
    """Milliseconds for each call, over all of them."""
    await call("first")

    async def agent(number: int) -> None:
        for turn in range(calls):
            await call(f"{number} {turn}")

    began = time.perf_counter()
    await asyncio.gather(*(agent(number) for number in range(agents)))
    return (time.perf_counter() - began) * 1000 / (agents * calls)


async def by_sdk(server: Description, agents: int, calls: int) -> float:
    """The SDK's client by itself."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    where = server.url or StdioServerParameters(command=server.command, args=list(server.args))
    async with Client(where) as client:
        await client.list_tools()
        return await measured(lambda text: client.call_tool("echo", {"text": text}), agents, calls)


async def by_baton(server: Description, agents: int, calls: int) -> float:
    """The same through Baton."""
    with tempfile.TemporaryDirectory() as home:
        secrets = Secrets({}, keyring=lambda: None)
        pool = ToolServers(Surroundings(secrets, Pins(Home(Path(home))), secrets.redactor.text, time.time))
        use = pool.use(lambda _kind, _data: None)
        try:
            echo = next(each.definition for each in await use.tools(server) if each.definition.name == "echo")
            context = ToolContext("bench")
            return await measured(lambda text: use.call(server, echo, {"text": text}, context), agents, calls)
        finally:
            await use.aclose()


async def over_http(agents: int, calls: int) -> tuple[float, float]:
    """Both against one server over HTTP."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, str(port), stderr=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )  # fmt: skip
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        server = Description("bench", url=f"http://127.0.0.1:{port}/mcp")
        return await by_sdk(server, agents, calls), await by_baton(server, agents, calls)
    finally:
        process.kill()
        await process.wait()


async def main(agents: int, calls: int) -> None:
    """Measures both ways and prints a table."""
    print(f"{agents} agents x {calls} calls; milliseconds for each call")
    print("| over | SDK | Baton | more |\n| --- | --- | --- | --- |")
    server = Description("bench", sys.executable, ("-c", SERVER))
    sdk, baton = await by_sdk(server, agents, calls), await by_baton(server, agents, calls)
    print(f"| stdio | {sdk:.2f} | {baton:.2f} | {baton - sdk:+.2f} |")
    sdk, baton = await over_http(agents, calls)
    print(f"| HTTP | {sdk:.2f} | {baton:.2f} | {baton - sdk:+.2f} |")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    asyncio.run(main(*(given + [100, 15][len(given) :])))
