"""How other programs reach a graph that is served: commands, and what goes into the settings of MCP clients. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Way:
    """One way for others to use a graph.

    Attributes:
        about: what to do with the text, in a sentence.
        text: the command or the JSON, to be copied.
    """

    title: str
    about: str
    text: str


def ways(program: Sequence[str], file: Path) -> list[Way]:
    """The ways to use a graph from elsewhere.

    Args:
        program: how Baton is started: an absolute path, or an interpreter and its arguments.
        file: the graph's file.
    """
    served = [*program, "serve", str(file)]
    name = served_name(file)
    mcp = {"command": served[0], "args": [*served[1:], "--mcp"]}
    adds = ["claude", "mcp", "add", name, "--", *served, "--mcp"]
    return [
        Way("Claude Desktop, Cursor", "Put this into claude_desktop_config.json, or into .cursor/mcp.json of a "
            "project. The client starts Baton by itself.", _json({"mcpServers": {name: mcp}})),
        Way("VS Code", "Put this into .vscode/mcp.json of a project.",
            _json({"servers": {name: {"type": "stdio", **mcp}}})),
        Way("Claude Code", "Run this once in a terminal.", shlex.join(adds)),
        Way("Many clients, HTTP", "It prints its address and a token, and serves this machine alone until Ctrl+C.",
            shlex.join([*served, "--mcp", "--http"])),
        Way("Other agents, A2A", "It prints its address and a token; other agents delegate to it like to one of "
            "theirs.", shlex.join([*served, "--a2a"])),
    ]  # fmt: skip


def served_name(file: Path) -> str:
    """What clients call the graph: its file's name in letters, digits and underscores."""
    plain = re.sub(r"[^a-z0-9]+", "_", file.name.removesuffix(".baton.json").lower()).strip("_")
    return plain[:60] or "graph"


def _json(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)
