"""Settings of a manager: those of an agent, its caps, and what happens in doubt and when its model fails (S7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.base.rules import Rule
from engine.kinds.builtin.agent import AgentConfig
from engine.kinds.fields import Hint

_TEAM: Final[dict[str, tuple[bool, ...]]] = {"swarm": (False,)}
_SWARM: Final[dict[str, tuple[bool, ...]]] = {"swarm": (True,)}
BRIEF: Final = "brief"
"""The input of a sub-agent's graph."""


class TeamRule(BaseModel):
    """A keyword rule: when the task meets the condition, this specialist works on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    specialist: str
    when: Rule


class ManagerConfig(AgentConfig):
    """Settings of a manager node (formats.md)."""

    model: str = Field(
        "cheap", title="Model", json_schema_extra=Hint("model").extra(),
        description="A tier (cheap, medium, best), provider/model, or rehearsal.",
    )  # fmt: skip
    swarm: bool = Field(
        False, title="Swarm",
        description="Instead of a team: it plans sub-tasks, gives each to a fresh sub-agent, and merges the results.",
    )  # fmt: skip
    max_delegations: int = Field(
        10, ge=1, le=1000, title="Most delegations",
        description="After so many it has to answer with what it has.",
        json_schema_extra=Hint("integer", "Team", _TEAM).extra()
    )  # fmt: skip
    max_depth: int = Field(
        3, ge=1, le=32, title="Deepest", json_schema_extra=Hint("integer", "Team").extra(),
        description="How many managers may stand above each other; one that is deeper works alone.",
    )  # fmt: skip
    delegation_s: float | None = Field(
        None, gt=0, title="Delegation time", json_schema_extra=Hint("seconds", "Team").extra(),
        description="Seconds, where the manager sets no deadline of its own; waits for people do not count.",
    )  # fmt: skip
    delegation_usd: float | None = Field(
        None, ge=0, allow_inf_nan=False, title="Delegation budget",
        json_schema_extra=Hint("money", "Team").extra(),
        description="US dollars that one delegation may cost; beyond them it fails, and the manager goes on.",
    )  # fmt: skip
    threshold: float = Field(
        0.0, ge=0, le=1, title="Least confidence", json_schema_extra=Hint("number", "In doubt", _TEAM).extra(),
        description="When the manager is less sure of its choice, the default or a person decides. 0 asks nobody.",
    )  # fmt: skip
    below: Literal["default", "person"] = Field(
        "default", title="Below it",
        description="Who decides when it is less sure than that.",
        json_schema_extra=Hint("choice", "In doubt", _TEAM).extra()
    )  # fmt: skip
    default: str = Field(
        "", title="Default specialist", json_schema_extra=Hint("line", "In doubt", _TEAM).extra(),
        description="Its id. Takes what others turn down, what is in doubt, and all when the model fails.",
    )  # fmt: skip
    rules: tuple[TeamRule, ...] = Field(
        (), title="When the model fails", json_schema_extra=Hint("json", "In doubt", _TEAM).extra(),
        description='The first rule whose condition the prompt meets chooses: [{"specialist": "billing", "when": '
        '{"field": "", "op": "contains", "value": "refund"}}].',
    )  # fmt: skip
    person: bool = Field(
        False, title="A person may take over", json_schema_extra={"group": "In doubt"},
        description="Is asked when no specialist takes a task, and when the model fails and nothing else helps.",
    )  # fmt: skip
    worker: Mapping[str, Any] = Field(
        {}, title="Sub-agents", json_schema_extra=Hint("json", "Swarm", _SWARM).extra(),
        description='Settings as an agent has them: {"model": "cheap", "instructions": "...", "tools": ["web.*"]}.',
    )  # fmt: skip
    width: int = Field(
        16, ge=1, le=1000, title="At once",
        description="Delegations that go on side by side.", json_schema_extra=Hint("integer", "Swarm", _SWARM).extra()
    )  # fmt: skip
    max_tasks: int = Field(
        20, ge=1, le=1000, title="Most sub-tasks",
        description="Tasks that it may plan in one go.", json_schema_extra=Hint("integer", "Swarm", _SWARM).extra()
    )  # fmt: skip
    max_failures: int = Field(
        0, ge=0, title="Failures allowed", json_schema_extra=Hint("integer", "Swarm", _SWARM).extra(),
        description="Sub-tasks that may fail; the result then says that they are missing.",
    )  # fmt: skip
    merge: Literal["write", "list"] = Field(
        "write", title="Results become", json_schema_extra=Hint("choice", "Swarm", _SWARM).extra(),
        description="write: the manager's model makes one text of them. list: they stand under each other.",
    )  # fmt: skip

    @property
    def sub_agent(self) -> dict[str, Any]:
        """The graph that each sub-agent of a swarm is."""
        agent = {"model": "cheap", **self.worker, "prompt": "{{ brief }}"}
        return {
            "nodes": [
                {"id": BRIEF, "kind": "input", "config": {"type": "text"}},
                {"id": "worker", "kind": "agent", "title": "Sub-agent", "config": agent},
                {"id": "result", "kind": "output"},
            ],
            "edges": [
                {"from": "brief.value", "to": "worker.brief"},
                {"from": "worker.text", "to": "result.value"},
            ],
        }
