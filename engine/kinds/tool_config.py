"""What the tools of a node may use outside, and what becomes of stale writes: settings, trust and clashes (T2, S14)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, Literal, TypeGuard

from pydantic import Field

from engine.kinds.contract import Capability, Finding, NodeConfig, Touch
from engine.kinds.fields import Hint
from engine.tools.contract import Tool
from engine.tools.registry import Tools, from_servers

OnConflict = Literal["cas", "serialise", "ask", "isolate"]
ANYWHERE: Final = "any public address of the web that a model names"
_READING: Final = ("get", "read", "list", "search", "find", "fetch", "query", "describe", "show", "look")


class DeskConfig(NodeConfig):
    """What the tools of a node may use outside. A kind whose nodes call tools inherits it, and says which they are."""

    folder: str = Field(
        "", title="Folder", json_schema_extra=Hint("folder", "Tools").extra(),
        description="What fs.* and sqlite.* may use, counted from the graph's file; nothing outside of it.",
    )  # fmt: skip
    hosts: tuple[str, ...] = Field(
        (), title="Hosts", json_schema_extra=Hint("list", "Tools").extra(),
        description="What web.fetch may reach, such as *.example.org; every public host when empty.",
    )  # fmt: skip
    on_conflict: OnConflict = Field(
        "cas", title="When another changed it", json_schema_extra=Hint("choice", "Tools").extra(),
        description="A write over what it has not seen: cas refuses it, so that the agent reads again; serialise lets "
        "the last one hold; ask asks a person; isolate works on a copy of the folder and gives its changes on a port.",
    )  # fmt: skip

    @property
    def listed(self) -> tuple[str, ...]:
        """The names and patterns of the tools that the node may call."""
        return ()


def has_desk(config: NodeConfig) -> TypeGuard[DeskConfig]:
    """What isinstance says, in a tenth of the time that pydantic takes for a no: it is asked of every node."""
    return DeskConfig in type(config).__mro__


class ToolsConfig(DeskConfig):
    """Settings of kinds whose nodes list tools."""

    tools: tuple[str, ...] = Field(
        (), title="Tools", json_schema_extra=Hint("tools", "Tools").extra(),
        description="What it may call: names such as clock.now, or patterns such as calc.*. With tools of servers "
        "it works anew in each run, even where stored results are used.",
    )  # fmt: skip

    @property
    def listed(self) -> tuple[str, ...]:
        return self.tools


def builtin_tools(config: DeskConfig) -> tuple[Tool, ...]:
    """The tools of the program that a node may call."""
    return Tools.load().chosen(config.listed) if config.listed else ()


def changes_files(config: DeskConfig) -> bool:
    """Whether a node has tools that write files, in its folder or in a copy."""
    return any(tool.writes and tool.needs == "folder" for tool in builtin_tools(config))


def isolated(config: DeskConfig) -> bool:
    """Whether a node works on a copy of its folder and gives what it changed (S14)."""
    return config.on_conflict == "isolate" and changes_files(config)


def tool_capabilities(config: DeskConfig) -> Iterator[Capability]:
    """What the program's own tools could do outside for a node (T2)."""
    if not config.listed:
        return
    needs = {tool.needs for tool in builtin_tools(config)}
    if "folder" in needs and config.folder:
        yield Capability("folder", config.folder, changes_files(config) and not isolated(config))
    if "web" in needs:
        yield from (Capability("host", host) for host in config.hosts or (ANYWHERE,))


def tool_touches(config: DeskConfig) -> Iterator[Touch]:
    """The folder and the tool servers that a node reads or may write, as far as its settings tell (S14).

    What a server's tools do is known only once it runs; until then one whose name does not begin with a word of reading
    is taken as writing.
    """
    if not config.listed:
        return
    needs = {tool.needs for tool in builtin_tools(config)}
    if "folder" in needs and config.folder:
        yield Touch(f"folder {os.path.normpath(config.folder)}", changes_files(config) and not isolated(config))
    for pattern in from_servers(config.listed):
        server, dot, name = pattern.partition(".")
        if dot:
            yield Touch(f"tool server {server}", writes=not name.lower().startswith(_READING))


def tool_findings(config: DeskConfig) -> Iterator[Finding]:
    """What is wrong with the settings for tools."""
    needing = [tool.name for tool in builtin_tools(config) if tool.needs == "folder"]
    if needing and not config.folder:
        yield Finding("error", "no_folder", f"It may use {needing[0]}, but no folder is chosen.", "Choose its folder.")
