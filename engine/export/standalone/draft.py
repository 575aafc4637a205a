"""One step of a program while it is written: what it is called, what it uses, its lines so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.base.rules import Rule
from engine.export.standalone.templating import Beyond, Template
from engine.export.standalone.writing import Names, lines_of, literal, quoted
from engine.graph.records import Node

IN: Final = 4
"""Spaces before the lines of a function."""
_MODEL_DEFAULTS: Final = {"timeout_s": 120, "idle_s": 60, "connect_s": 10}
_RETRY_DEFAULTS: Final = {"attempts": 3, "base_s": 1.0, "cap_s": 30.0, "max_wait_s": 300.0}


@dataclass
class Draft:
    """One step being written.

    Attributes:
        names: what the values at its ports are called.
        body: the name of the flow inside it, for containers.
        flow: the name of the flow that it stands in.
        team: the specialists of a manager, with what they are good at.
        briefed: it is a specialist itself.
        servers: the tool servers that its graph names, as they are written there.
        started: those of them that it uses.
        desk: the variable that holds the folder of its tools, once one needs it.
        pictured: whether pictures may reach it.
        uses: functions of the parts that it calls.
        how: further arguments of its decorator.
        notes: what it does otherwise than the node, one sentence each.
    """

    node: Node
    config: Any
    names: Mapping[str, str]
    fresh: Names
    body: str = ""
    flow: str = "flow"
    team: Mapping[str, str] = field(default_factory=dict)
    briefed: bool = False
    servers: Mapping[str, Any] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    desk: str = ""
    pictured: bool = False
    uses: set[str] = field(default_factory=set)
    how: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def use(self, name: str) -> str:
        """A function of the parts."""
        self.uses.add(name)
        return name

    def text(self, template: str, indent: int = IN * 2, shown: str = "text", names: Any = None) -> str:
        """The expression of a template; what has to stand before it is written.

        Raises:
            Beyond: it has no counterpart.
        """
        if "{" not in template:
            return lines_of(template, indent)
        target = self.fresh.new("made")
        before, made = Template(template, self.names if names is None else names, self.use, self.use(shown)).text(
            target, indent
        )
        self.lines += before
        return made

    def models(self) -> str:
        return literal([self.config.model, *self.config.fallback])

    def limits(self) -> list[str]:
        """How the calls of models are made, as far as it is not the usual."""
        config = self.config
        given = {name: getattr(config, name, usual) for name, usual in _MODEL_DEFAULTS.items()}
        made = [f"{name}={value!r}" for name, value in given.items() if value != _MODEL_DEFAULTS[name]]
        retry = {name: getattr(config.retry, name) for name in _RETRY_DEFAULTS}
        made += [f"{name}={value!r}" for name, value in retry.items() if value != _RETRY_DEFAULTS[name]]
        sampling = {name: getattr(config, name, None) for name in ("temperature", "top_p", "max_tokens")}
        return [*made, *(f"{name}={value!r}" for name, value in sampling.items() if value is not None)]


def called(name: str, given: list[str], start: str) -> list[str]:
    """A call with one argument on each line."""
    return [f"{start}{name}(", *(f"        {each}," for each in given), "    )"]


def condition(draft: Draft, rule: Rule, value: str) -> str:
    """A rule as an expression."""
    for several, word, empty in ((rule.all_, " and ", "True"), (rule.any_, " or ", "False")):
        if several is not None:
            return f"({word.join(condition(draft, each, value) for each in several) or empty})"
    if rule.not_ is not None:
        return f"(not {condition(draft, rule.not_, value)})"
    if rule.op == "matches":
        draft.notes.append(f"“{draft.node.id}” searches its pattern with Python's own engine.")
    wanted = "" if rule.op in ("exists", "is_empty") else f", {literal(rule.value)}"
    return f"{draft.use('holds')}({value}, {quoted(rule.field)}, {quoted(rule.op or '')}{wanted})"


__all__ = ["Beyond", "Draft", "called", "condition"]
