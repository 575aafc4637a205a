"""LangGraph with its SQLite checkpointer: what stands beside Baton's journal."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.peers import langgraph
from benchmarks.shapes import Body, Run

PACKAGE = "langgraph-checkpoint-sqlite"


def build(shape: str, n: int, body: Body) -> Run:
    opened: list[Any] = []

    async def run() -> Any:
        if not opened:  # the saver belongs to a loop, so the first run, which does not count, makes it
            file = os.path.join(tempfile.mkdtemp(), "checkpoints.sqlite")
            saver = AsyncSqliteSaver(await aiosqlite.connect(file))
            await saver.setup()
            opened.append(langgraph.build(shape, n, body, saver))
        return await opened[0]()

    return run
