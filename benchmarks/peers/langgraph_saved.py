"""LangGraph with its SQLite checkpointer: what stands beside Baton's journal."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.contest.shapes import Body, Run
from benchmarks.peers import langgraph

PACKAGE = "langgraph-checkpoint-sqlite"


def build(shape: str, n: int, body: Body) -> Run:
    opened: list[Any] = []

    async def run() -> Any:
        if not opened:  # the saver belongs to a loop, so the first run, which does not count, makes it
            file = Path(tempfile.mkdtemp()) / "checkpoints.sqlite"
            saver = AsyncSqliteSaver(await aiosqlite.connect(file))
            await saver.setup()
            opened.append(langgraph.build(shape, n, body, saver))
        return await opened[0]()

    return run
