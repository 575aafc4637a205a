"""Uses of tool servers in tests: the odd one, started by the real pool, with what it tells and asks."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.base.secrets import Secrets
from engine.base.settings import Home
from engine.base.values import Value
from engine.tools.contract import ToolContext
from engine.tools.mcp.description import Description
from engine.tools.mcp.pins import Judged, Pins
from engine.tools.mcp.pool import ToolServers, Use
from engine.tools.mcp.server import Limits, Surroundings

ODD = Path(__file__).with_name("odd.py")


def odd(word: str = "fine", trace: Path | None = None) -> dict[str, Any]:
    """The description of the odd server."""
    return {"command": sys.executable, "args": ["-I", "-S", str(ODD), word, *([str(trace)] if trace else [])]}


@dataclass
class Bench:
    """Servers as a run uses them; `events` is what was told of them."""

    servers: ToolServers
    events: list[tuple[str, Mapping[str, Value]]] = field(default_factory=list)
    use: Use = field(init=False)

    def __post_init__(self) -> None:
        self.use = self.servers.use(lambda kind, data: self.events.append((kind, data)))

    async def tools(self, word: str = "fine", trace: Path | None = None) -> dict[str, Judged]:
        """The odd server's tools by name."""
        found = await self.use.tools(Description.read(word, odd(word, trace)))
        return {each.definition.name: each for each in found}

    async def call(
        self, name: str, word: str = "fine", trace: Path | None = None, context: ToolContext | None = None, **given: Any
    ) -> Value:
        """Calls one of them."""
        definition = (await self.tools(word, trace))[name].definition
        server = Description.read(word, odd(word, trace))
        return await self.use.call(server, definition, given, context or ToolContext("node"))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]


def pool(home: Path, limits: Limits | None = None, **environ: str) -> ToolServers:
    """The servers of a process; they are started anew without a long pause."""
    secrets = Secrets(environ, keyring=lambda: None)
    limits = limits or Limits(pause_s=0.01)
    return ToolServers(Surroundings(secrets, Pins(Home(home)), secrets.redactor.text, time.time, limits))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(pool(tmp_path / "home", FORM_KEY="a-long-secret"))
    yield made
    await made.use.aclose()
