"""What one writes by hand with aiohttp: a request, its lines, their JSON; no limits, no retries, no history."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from benchmarks.contest.server import TEXT
from benchmarks.contest.shapes import Run

PACKAGE = "aiohttp"


def build(shape: str, n: int, url: str) -> Run:
    async def call(session: aiohttp.ClientSession, number: int) -> str:
        body = {"model": "model", "stream": True, "messages": [{"role": "user", "content": f"Question {number}"}]}
        parts: list[str] = []
        async with session.post(f"{url}/chat/completions", json=body) as response:
            async for line in response.content:
                if line.startswith(b"data: ") and line != b"data: [DONE]\n":
                    choices = json.loads(line[6:])["choices"]
                    parts.append(choices[0]["delta"].get("content", "") if choices else "")
        return "".join(parts)

    async def run() -> Any:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            found = await asyncio.gather(*(call(session, number) for number in range(n)))
        assert found == [TEXT] * n
        return n

    return run
