"""A person allows what may change something."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any

from engine.export.standalone.parts.values import Failed

TERMINAL = asyncio.Lock()


async def allowed(name: str, arguments: Mapping[str, Any]) -> None:
    """Returns when a tool may act that may change something: BATON_ALLOW_WRITES=1 lets all, else a person is asked."""
    if os.environ.get("BATON_ALLOW_WRITES") == "1":
        return
    if not sys.stdin.isatty():
        raise Failed("bad_request", "Nobody has allowed this call.")
    async with TERMINAL:
        told = json.dumps(dict(arguments), ensure_ascii=False, indent=2)[:4_000]
        sys.stderr.write(f"\nMay {name} be called with {plainly(told, 4_000)} (y/n)? ")
        sys.stderr.flush()
        if not (await asyncio.to_thread(sys.stdin.readline)).strip().lower().startswith("y"):
            raise Failed("bad_request", "a person did not allow this call. Go on without it.")


def plainly(text: str, most: int) -> str:
    """A text of a stranger without letters that do not show, cut when it is long."""
    shown = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return shown if len(shown) <= most else f"{shown[:most]}\n[cut here: {most:,} of {len(shown):,} characters]"
