"""Kind `agent`: a model with instructions and a prompt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pydantic import Field

from engine.agents import conversation
from engine.base.errors import NodeError
from engine.kinds import templates
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Call, Finding, Kind, NodeConfig, Outputs, Port, Ports
from engine.kinds.fields import Hint

NO_TOOLS = "This version of Baton cannot give an agent tools yet."


class AgentConfig(NodeConfig):
    """Settings of an agent node (formats.md)."""

    model: str = Field(
        "medium", title="Model", json_schema_extra=Hint("model").extra(),
        description="A tier (cheap, medium, best), provider/model, or rehearsal.",
    )  # fmt: skip
    instructions: str = Field(
        "", title="Instructions", description="Who the agent is and how it works.",
        json_schema_extra=Hint("prompt").extra(),
    )  # fmt: skip
    prompt: str = Field(
        "{{ task }}", title="Prompt", description="What it is asked; each {{ name }} becomes a port.",
        json_schema_extra=Hint("prompt").extra(),
    )  # fmt: skip
    tools: tuple[str, ...] = Field((), title="Tools", json_schema_extra=Hint("hidden").extra())
    output_schema: Mapping[str, Any] | None = Field(
        None, title="Output schema", description="JSON Schema of the answer; it then stands in the port data.",
        json_schema_extra=Hint("schema", "Output").extra(),
    )  # fmt: skip
    fallback: tuple[str, ...] = Field(
        (), title="Then", description="Models to try when the first one fails.",
        json_schema_extra=Hint("models", "Model").extra(),
    )  # fmt: skip
    temperature: float | None = Field(None, ge=0, le=2, title="Temperature", json_schema_extra={"group": "Model"})
    top_p: float | None = Field(None, gt=0, le=1, title="Top p", json_schema_extra={"group": "Model"})
    max_tokens: int | None = Field(None, ge=1, title="Longest answer, tokens", json_schema_extra={"group": "Model"})
    timeout_s: float | None = Field(
        120, gt=0, title="Time limit", description="Seconds for one attempt.",
        json_schema_extra=Hint("seconds", "Limits").extra(),
    )  # fmt: skip
    idle_s: float = Field(
        60, gt=0, title="Longest silence", description="Seconds between two pieces of an answer.",
        json_schema_extra=Hint("seconds", "Limits").extra(),
    )  # fmt: skip
    budget_usd: float | None = Field(None, ge=0, title="Budget", json_schema_extra=Hint("money", "Limits").extra())
    max_turns: int = Field(20, ge=1, title="Most turns", json_schema_extra=Hint("hidden").extra())


class Agent(Kind[AgentConfig]):
    name: ClassVar[str] = "agent"
    title = "Agent"
    group = "work"
    icon = "agent"
    hint = "a model with tools"
    Config = AgentConfig
    starter: ClassVar[dict[str, Any]] = {"model": "medium", "prompt": "{{ task }}"}

    def ports(self, config: AgentConfig) -> Ports:
        data = (Port("data", "json"),) if config.output_schema is not None else ()
        inputs = templates.placeholder_ports(config.prompt, config.instructions)
        return Ports(inputs, (Port("text", "text"), *data, ERROR))

    def summary(self, config: AgentConfig) -> str:
        return config.model

    def models(self, config: AgentConfig) -> tuple[str, ...]:
        return (config.model, *config.fallback)

    def check(self, config: AgentConfig) -> Iterable[Finding]:
        yield from template_findings("prompt", config.prompt)
        yield from template_findings("instructions", config.instructions)
        if config.tools:
            yield Finding("error", "no_tools_yet", NO_TOOLS, "Empty its list of tools.")
        wrong = "" if config.output_schema is None else conversation.bad_schema(config.output_schema)
        if wrong:
            yield Finding("error", "bad_schema", wrong, "Correct it.")

    async def run(self, call: Call[AgentConfig]) -> Outputs:
        config, values = call.config, call.values()
        if config.tools:
            raise NodeError("tool", NO_TOOLS, "Empty its list of tools.")
        asked = conversation.Question(
            instructions=templates.render(config.instructions, values),
            prompt=templates.render(config.prompt, values),
            output_schema=config.output_schema,
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=config.max_tokens,
            idle_s=config.idle_s,
        )
        answer = await conversation.ask(call.chat, config.model, config.fallback, asked)
        if config.output_schema is None:
            return {"text": answer.text}
        return {"text": answer.text, "data": answer.data}


KIND = Agent()
