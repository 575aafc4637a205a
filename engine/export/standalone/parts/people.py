"""Asks a person on the terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from engine.export.standalone.parts.values import Failed, text


async def review(question: str, value: Any) -> dict[str, Any]:
    """Lets a person approve a value, change it, or reject it with a remark."""
    if not sys.stdin.isatty():
        raise Failed("refused", f"A person has to decide, and there is no terminal to ask on: {question}")
    sys.stderr.write(f"\n{question}\n\n{text(value)}\n\nApprove (y), reject (n), or change it (e)? ")
    sys.stderr.flush()
    answer = (await asyncio.to_thread(sys.stdin.readline)).strip().lower()
    if answer.startswith("e"):
        sys.stderr.write("The new value, on one line, as JSON or as text: ")
        sys.stderr.flush()
        line = (await asyncio.to_thread(sys.stdin.readline)).rstrip("\n")
        try:
            return {"approved": json.loads(line)}
        except ValueError:
            return {"approved": line}
    if answer.startswith("y"):
        return {"approved": value}
    sys.stderr.write("A remark (may be empty): ")
    sys.stderr.flush()
    remark = (await asyncio.to_thread(sys.stdin.readline)).strip()
    return {"rejected": remark or value}


async def choice(question: str, options: Mapping[str, str]) -> str:
    """Lets a person choose one of several things by its name."""
    if not sys.stdin.isatty():
        raise Failed("refused", f"A person has to decide, and there is no terminal to ask on: {question}")
    told = "\n".join(f"  {name}: {words}" for name, words in options.items())
    while True:
        sys.stderr.write(f"\n{question}\n{told}\nWhich one? ")
        sys.stderr.flush()
        line: str = await asyncio.to_thread(sys.stdin.readline)
        if line.strip() in options:
            return line.strip()
        if not line:
            raise Failed("refused", f"Nobody answered: {question}")
