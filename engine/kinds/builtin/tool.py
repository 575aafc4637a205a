"""Kind `tool`: one call of a tool without a model; its arguments may hold values (formats.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from pydantic import Field

from engine.agents.images import Album
from engine.base.errors import NodeError
from engine.base.values import texts_in
from engine.kinds import templates
from engine.kinds.approving import workbench
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Call, Capability, Finding, Kind, Outputs, Port, Ports
from engine.kinds.fields import Hint
from engine.kinds.node_config import time_limit
from engine.kinds.secrets import Filled, secrets_in
from engine.kinds.tool_config import DeskConfig, tool_findings
from engine.models.contract import ToolCall
from engine.tools.registry import from_servers

TIMEOUT_S: Final = 60.0
CALL_ID: Final = "tool"
"""The id of the only call that a node makes, in events."""


class ToolConfig(DeskConfig):
    """Settings of a tool node (formats.md)."""

    tool: str = Field(
        "", title="Tool", description="Its name, such as github.search_issues.",
        json_schema_extra=Hint("tool").extra(),
    )  # fmt: skip
    arguments: Mapping[str, Any] = Field(
        {}, title="Arguments", json_schema_extra=Hint("json").extra(),
        description="JSON whose texts are templates; each {{ name }} becomes a port.",
    )  # fmt: skip
    timeout_s: float | None = time_limit(TIMEOUT_S, "Seconds for the call; the wait for a person does not count.")

    @property
    def listed(self) -> tuple[str, ...]:
        return (self.tool,) if self.tool.strip() else ()


class CallTool(Kind[ToolConfig]):
    name: ClassVar[str] = "tool"
    title = "Tool"
    group = "work"
    icon = "tool"
    hint = "calls a tool, no model"
    help = "A tool that may change something asks before it does."
    Config = ToolConfig
    needs_trust = True
    tells_writes = True
    starter: ClassVar[dict[str, Any]] = {"tool": "clock.now", "arguments": {}}

    def ports(self, config: ToolConfig) -> Ports:
        return Ports(templates.placeholder_ports(*texts_in(dict(config.arguments))), (Port("result"), ERROR))

    def summary(self, config: ToolConfig) -> str:
        return config.tool[:80]

    def check(self, config: ToolConfig) -> Iterable[Finding]:
        if not config.tool.strip():
            yield Finding("error", "no_tool", "It names no tool.", "Write one, such as clock.now.")
        elif any(letter in config.tool for letter in "*?["):
            yield Finding("error", "many_tools", f"“{config.tool}” may mean many tools.", "Name one.")
        yield from tool_findings(config)
        for text in texts_in(dict(config.arguments)):
            yield from template_findings("arguments", text)

    def capabilities(self, config: ToolConfig) -> Iterable[Capability]:
        yield from (Capability("tool", tool, writes=True) for tool in from_servers((config.tool,)) if tool)
        if names := secrets_in(texts_in(dict(config.arguments))):  # who is sent them stands in the arguments, often
            call = f"{config.tool} {json.dumps(dict(config.arguments), ensure_ascii=False, sort_keys=True)}"
            yield Capability("secret", f"{', '.join(names)}, sent with {call}", writes=True)

    def sample(self, config: ToolConfig) -> Outputs:
        return {"result": f"[sample of {config.tool}]"}

    async def run(self, call: Call[ToolConfig]) -> Outputs:
        config, name = call.config, call.config.tool.strip()
        if not name or any(letter in name for letter in "*?["):
            raise NodeError("bad_request", "It does not name one tool.", "Name one, such as clock.now.")
        bench = await workbench(call, (name,), config.timeout_s or TIMEOUT_S)
        arguments = await Filled(call.values(), call.outside.secret).json(dict(config.arguments))
        outcome = await bench.perform(ToolCall(CALL_ID, name, arguments), 0, Album())
        if outcome.ok:
            return {"result": outcome.value}
        if outcome.fault:
            raise NodeError("bad_request", f"{name} was not called: {outcome.fault}")
        raise NodeError("timeout" if outcome.late else "tool", f"{name}: {outcome.text}")


KIND = CallTool()
