"""Kind `agent`: a model with instructions, a prompt and tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from engine.agents import conversation, history
from engine.agents.images import Album, holds_image
from engine.base.fitting import bad_schema
from engine.base.values import Value, as_text
from engine.kinds import templates
from engine.kinds.approving import workbench
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Call, Finding, Kind, Outputs, Port, Ports, SpendingConfig
from engine.kinds.fields import Hint
from engine.kinds.node_config import fallback_models, time_limit
from engine.kinds.tool_config import ToolsConfig, isolated, tool_findings
from engine.kinds.tool_sharing import Sharing
from engine.models.contract import Message, ModelRequest
from engine.tools.contract import REJECT_TOOL
from engine.tools.registry import Tools, from_servers

HISTORY = "history"
"""The port for the conversation so far; it is there when the config asks for it."""
CHANGES = "changes"
"""The port for what was changed in a copy of the folder (S14, `isolate`)."""


class History(BaseModel):
    """How much of an earlier conversation an agent is shown: the newest whole turns. None is no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    last: int | None = Field(default=None, ge=1, title="Most turns")
    max_tokens: int | None = Field(default=None, ge=1, title="Most tokens")


def _seconds(default: float | None, title: str, description: str, group: str = "Limits") -> Any:
    """A field for how long something may take: what comes out does not follow from it (S12)."""
    extra = Hint("seconds", group, semantic=False).extra()
    return Field(default, gt=0, title=title, description=description, json_schema_extra=extra)


class AgentConfig(SpendingConfig, ToolsConfig):
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
    output_schema: Mapping[str, Any] | None = Field(
        None, title="Output schema", description="JSON Schema of the answer; it then stands in the port data.",
        json_schema_extra=Hint("schema", "Output").extra(),
    )  # fmt: skip
    fallback: tuple[str, ...] = fallback_models()
    temperature: float | None = Field(
        None,
        ge=0,
        le=2,
        title="Temperature",
        description="How freely it words its answer: 0 says the same each time. Empty leaves it to the vendor.",
        json_schema_extra={"group": "Model"},
    )
    top_p: float | None = Field(
        None,
        gt=0,
        le=1,
        title="Top p",
        description="Picks among the likeliest words up to this share. Empty leaves it to the vendor.",
        json_schema_extra={"group": "Model"},
    )
    max_tokens: int | None = Field(
        None,
        ge=1,
        title="Longest answer, tokens",
        description="The answer is cut there. Empty leaves it to the vendor.",
        json_schema_extra={"group": "Model"},
    )
    timeout_s: float | None = time_limit(120)
    idle_s: float = _seconds(60, "Longest silence", "Seconds between two pieces of an answer.")
    first_token_s: float | None = _seconds(
        None, "Longest wait for a first word", "Seconds; the longest silence when empty."
    )
    connect_s: float = _seconds(
        10, "Longest wait for a connection", "Seconds until a vendor that does not answer counts as failed."
    )
    max_turns: int = Field(
        20, ge=1, le=1000, title="Most turns", description="Replies of the model, calls of tools included.",
        json_schema_extra=Hint("integer", "Tools").extra(),
    )  # fmt: skip
    tool_timeout_s: float = _seconds(
        60, "Time limit of a call", "Seconds that one call of a tool may take.", group="Tools"
    )
    history: History | None = Field(
        None, title="History", json_schema_extra=Hint("json", "Memory").extra(),
        description='Takes and gives the conversation; {"last": 10, "max_tokens": 4000} shows its newest turns.',
    )  # fmt: skip
    description: str = Field(
        "", title="What it is good at", json_schema_extra=Hint("text", "In a team", semantic=False).extra(),
        description="For the manager that may delegate to it; else the first sentence of its instructions.",
    )  # fmt: skip
    may_reject: bool = Field(
        True, title="May turn a brief down", json_schema_extra={"group": "In a team"},
        description="Gives it the tool “reject” when a manager delegates to it. Off for models without tools.",
    )  # fmt: skip


class Agent(Kind[AgentConfig]):
    name: ClassVar[str] = "agent"
    title = "Agent"
    group = "work"
    icon = "agent"
    hint = "a model with tools"
    Config = AgentConfig
    starter: ClassVar[dict[str, Any]] = {"model": "medium", "prompt": "{{ task }}"}

    def ports(self, config: AgentConfig) -> Ports:
        return agent_ports(config)

    def summary(self, config: AgentConfig) -> str:
        return config.model

    def describe(self, config: AgentConfig) -> str:
        return described(config)

    def models(self, config: AgentConfig) -> tuple[str, ...]:
        return (config.model, *config.fallback)

    def check(self, config: AgentConfig) -> Iterable[Finding]:
        return agent_findings(config)

    def made_with(self, config: AgentConfig) -> Value | None:
        known = Tools.load()
        tools = known.chosen(config.tools) if config.tools else ()
        if any(tool.writes or tool.needs == "folder" for tool in tools) or from_servers(config.tools):
            return None
        return [[tool.name, tool.description, dict(tool.parameters)] for tool in tools]

    async def run(self, call: Call[AgentConfig]) -> Outputs:
        config = call.config
        before = history.read(call.value(HISTORY)) if config.history is not None else ()
        asked = question_of(call, before)
        patterns = (*config.tools, *((REJECT_TOOL,) if call.briefed and config.may_reject else ()))
        sharing = Sharing(call)
        bench = await workbench(call, patterns, config.tool_timeout_s, sharing) if patterns else None
        answer = await conversation.ask(call.chat, config.model, config.fallback, asked, tools=bench, told=call)
        changed = {CHANGES: sharing.changes()} if isolated(config) else {}
        return {**answered(config, answer, before), **changed}


def agent_ports(config: AgentConfig) -> Ports:
    """A port for each placeholder; text, and what the config asks for beside it."""
    names = templates.names(config.prompt, config.instructions)
    talks = config.history is not None
    return _agent_ports(names, typed=config.output_schema is not None, talks=talks, isolated=isolated(config))


@lru_cache(maxsize=4096)
def _agent_ports(names: tuple[str, ...], *, typed: bool, talks: bool, isolated: bool) -> Ports:
    inputs = templates.ports_of(names)
    outputs = [Port("text", "text")]
    if typed:
        outputs.append(Port("data", "json"))
    if talks:
        told = "the conversation so far"
        inputs = (
            *(port for port in inputs if port.name != HISTORY),
            Port(HISTORY, "messages", required=False, help=told),
        )
        outputs.append(Port("messages", "messages", help="the conversation with this answer"))
    if isolated:
        outputs.append(Port(CHANGES, "list", help="files that it changed in its copy of the folder"))
    return Ports(inputs, (*outputs, ERROR))


def agent_findings(config: AgentConfig) -> Iterable[Finding]:
    """What is wrong with the texts and the schema."""
    yield from template_findings("prompt", config.prompt)
    yield from template_findings("instructions", config.instructions)
    yield from tool_findings(config)
    wrong = "" if config.output_schema is None else bad_schema(config.output_schema)
    if wrong:
        yield Finding("error", "bad_schema", wrong, "Correct it.")
    if config.history is not None and HISTORY in templates.names(config.prompt, config.instructions):
        yield Finding("error", "history_name", "{{ history }} in its texts has the name of the port for the "
                      "conversation.", "Use another name.")  # fmt: skip


def described(config: AgentConfig) -> str:
    """What an agent is good at: as it says, else how its instructions begin, where no placeholder stands (S7)."""
    said = config.description.strip() or config.instructions.strip().partition("\n")[0].partition(". ")[0]
    return "" if "{{" in said or "{%" in said else said[:300]


def answered(config: AgentConfig, answer: conversation.Answer, before: tuple[Message, ...]) -> dict[str, Value]:
    """The outputs of an answer; `before` is the conversation that the node was given."""
    outputs: dict[str, Value] = {"text": answer.text}
    if config.output_schema is not None:
        outputs["data"] = answer.data
    if config.history is not None:
        outputs["messages"] = history.as_value((*before, *answer.said))
    return outputs


def question_of(call: Call[AgentConfig], before: tuple[Message, ...]) -> conversation.Question:
    """What the node asks, with its texts filled in and the images of its inputs beside them."""
    config, album = call.config, Album()
    window = config.history or History()
    names = templates.names(config.prompt, config.instructions)
    pictures = {name: _joined(call, name, album) for name in names if _holds_images(call, name)}
    values = {**call.values(), **pictures}
    return conversation.Question(
        instructions=templates.render(config.instructions, values),
        prompt=templates.render(config.prompt, values),
        like=ModelRequest(
            (),
            output_schema=config.output_schema,
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=config.max_tokens,
            idle_s=config.idle_s,
            connect_s=config.connect_s,
            first_token_s=config.first_token_s,
        ),
        images=tuple(album.images),
        history=history.window(before, window.last, window.max_tokens),
        max_turns=config.max_turns,
    )


def _holds_images(call: Call[AgentConfig], name: str) -> bool:
    return any(holds_image(arrival.value) for arrival in call.arrivals(name))


def _joined(call: Call[AgentConfig], name: str, album: Album) -> Value:
    """The value of a port with a mark for each image; several are joined as the call joins them (S1)."""
    lifted = [album.lift(arrival.value) for arrival in call.arrivals(name)]
    return lifted[0] if len(lifted) == 1 else "\n\n".join(map(as_text, lifted))


KIND = Agent()
