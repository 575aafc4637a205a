"""Kind `manager`: a model that lets specialists work, or a swarm of sub-agents of its own (semantics.md S7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from engine.agents import conversation, history
from engine.agents.answers import read_json
from engine.agents.conversation import Answer
from engine.base.errors import NodeError
from engine.base.fitting import misfit
from engine.base.values import Value
from engine.kinds.approving import workbench
from engine.kinds.builtin.agent import CHANGES, HISTORY, agent_findings, agent_ports, answered, described, question_of
from engine.kinds.contract import Call, Finding, Kind, Outputs, Port, Ports
from engine.kinds.dispatch import Dispatch
from engine.kinds.manager_config import ManagerConfig
from engine.kinds.swarming import Swarm
from engine.kinds.tool_config import isolated
from engine.kinds.tool_sharing import Sharing
from engine.tools.contract import REJECT_TOOL

TEAM = Port("team", "text", label="team", help="one edge to each specialist; it gets a brief", delegates=True)


class Manager(Kind[ManagerConfig]):
    name: ClassVar[str] = "manager"
    title = "Manager"
    group = "work"
    icon = "manager"
    hint = "lets specialists work"
    Config = ManagerConfig
    manages = True
    starter: ClassVar[dict[str, Any]] = {"model": "cheap", "prompt": "{{ task }}"}

    def ports(self, config: ManagerConfig) -> Ports:
        ports = agent_ports(config)
        own = Port("results", "list", help="a record for each sub-task") if config.swarm else TEAM
        return Ports(ports.inputs, (*ports.outputs[:-1], own, ports.outputs[-1]))

    def summary(self, config: ManagerConfig) -> str:
        return f"{config.model} · swarm" if config.swarm else config.model

    def describe(self, config: ManagerConfig) -> str:
        return described(config)

    def models(self, config: ManagerConfig) -> tuple[str, ...]:
        return (config.model, *config.fallback)

    def bodies(self, config: ManagerConfig) -> tuple[Mapping[str, Any], ...]:
        return (config.sub_agent,) if config.swarm else ()

    def check(self, config: ManagerConfig) -> Iterable[Finding]:
        yield from agent_findings(config)
        if config.threshold and config.below == "default" and not config.default and not config.swarm:
            yield Finding("warning", "no_default", "Doubtful tasks go to the default specialist, but none is named.",
                          "Name one, or let a person decide.")  # fmt: skip

    def made_with(self, config: ManagerConfig) -> None:
        return None  # its results follow from its team too, whose own results may be used again

    async def run(self, call: Call[ManagerConfig]) -> Outputs:
        config = call.config
        before = history.read(call.value(HISTORY)) if config.history is not None else ()
        asked = question_of(call, before)
        patterns = (*config.tools, *((REJECT_TOOL,) if call.briefed and config.may_reject else ()))
        sharing = Sharing(call)
        bench = await workbench(call, patterns, config.tool_timeout_s, sharing)
        if config.swarm:
            text, records = await Swarm(call, asked, bench if config.tools else None).perform()
            return {**answered(config, _typed(config, text), before), "results": records, **_changed(config, sharing)}
        dispatch = Dispatch(call, bench, asked.prompt)
        try:
            answer = await conversation.ask(call.chat, config.model, config.fallback, asked, tools=dispatch, told=call)
        except NodeError as error:
            answer = _typed(config, await dispatch.without_model(error), error)
        team = {f"{TEAM.name}.{name}": came_to for name, came_to in dispatch.came_to.items()}
        return {**answered(config, answer, before), **team, **_changed(config, sharing)}


def _changed(config: ManagerConfig, sharing: Sharing) -> Outputs:
    """What its own tools changed in its copy of the folder, where it has one (S14)."""
    return {CHANGES: sharing.changes()} if isolated(config) else {}


def _typed(config: ManagerConfig, text: str, error: NodeError | None = None) -> Answer:
    """A text that no model of the manager's wrote as an answer; with a schema it has to fit.

    Raises:
        NodeError: it does not; `error` when there is one.
    """
    if config.output_schema is None:
        return Answer(text)
    try:
        data: Value = read_json(text)
        why = misfit(data, config.output_schema)
    except ValueError as fault:
        data, why = None, f"it is {fault}"
    if why:
        raise error or NodeError("invalid_output", f"The result does not fit the output schema: {why}.")
    return Answer(text, data)


KIND = Manager()
