"""Kind `loop`: a body repeated with carried values until a condition holds (semantics.md S6)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.agents.deciding import decide
from engine.base.errors import NodeError
from engine.base.rules import Rule
from engine.base.values import Value, as_text, canonical, type_of
from engine.kinds.containers import arrived, bodies_of, body_ports, what_it_gave
from engine.kinds.contract import ERROR, Call, Finding, Kind, Outputs, Ports, SpendingConfig
from engine.kinds.fields import Hint
from engine.kinds.node_config import fallback_models
from engine.tools.contract import EXIT_TOOL

Why = Literal["until", "tool", "judge", "max", "no_progress"]


class LoopConfig(SpendingConfig):
    """Settings of a loop node (formats.md)."""

    body: Mapping[str, Any] | None = Field(
        None, title="Body", description="The graph that every pass runs.", json_schema_extra=Hint("graph").extra()
    )
    graph: str | None = Field(None, title="File", description="A graph beside this one, instead of a drawn body.")
    until: Rule | None = Field(
        None, title="Until", description="Sees all outputs of the pass.", json_schema_extra=Hint("rule").extra()
    )
    max_passes: int = Field(
        5, ge=1, title="Most passes", description="The loop ends after so many, whatever the condition says."
    )
    on_max: Literal["use_last", "best", "fail"] = Field(
        "use_last", title="At the most",
        description="When the last pass did not meet the condition: use what it gave, the best pass, or fail.",
    )  # fmt: skip
    score: str | None = Field(None, title="Score", description="The numeric output that “best” goes by.")
    judge: str = Field(
        "", title="Judge", json_schema_extra=Hint("text", "Judge").extra(),
        description="A question about the outputs, such as “Is every claim supported?”. A model answers it after each "
        "pass that the condition above did not end; yes ends the loop.",
    )  # fmt: skip
    model: str = Field(
        "cheap",
        title="Model",
        description="Judges whether the pass was good enough.",
        json_schema_extra=Hint("model", "Judge").extra(),
    )
    fallback: tuple[str, ...] = fallback_models("Judge")
    threshold: float = Field(
        0.6, ge=0, le=1, title="Least confidence", description="A yes below it counts as no.",
        json_schema_extra={"group": "Judge"},
    )  # fmt: skip

    @property
    def condition(self) -> str:
        """What is to be reached, in words; "" when it only counts passes."""
        ruled = [str(self.until)] if self.until else []
        asked = [f"“{self.judge.strip()}” is answered with yes"] if self.judge.strip() else []
        tool = ["an agent says so"] if _has_exit_tool(self.body or {}) else []
        return " or ".join([*ruled, *tool, *asked])


class Loop(Kind[LoopConfig]):
    name: ClassVar[str] = "loop"
    title = "Loop"
    group = "flow"
    icon = "loop"
    hint = "again until it is good"
    Config = LoopConfig
    container = True
    repeats = True
    starter: ClassVar[dict[str, Any]] = {
        "body": {
            "nodes": [{"id": "draft", "kind": "input", "config": {"type": "json"}},
                      {"id": "better", "kind": "output", "config": {"name": "draft"}}],
            "edges": [{"from": "draft.value", "to": "better.value"}],
        }
    }  # fmt: skip

    def ports(self, config: LoopConfig) -> Ports:
        inputs, outputs = body_ports(config.body or {})
        return Ports(inputs, (*outputs, ERROR))

    def summary(self, config: LoopConfig) -> str:
        ends = [f"until {config.until}"] if config.until else []
        ends += [f"{config.model} judges"] if config.judge.strip() else []
        return " · ".join(ends) or f"{config.max_passes} pass{'' if config.max_passes == 1 else 'es'}"

    def models(self, config: LoopConfig) -> tuple[str, ...]:
        return (config.model, *config.fallback) if config.judge.strip() else ()

    def bodies(self, config: LoopConfig) -> tuple[Mapping[str, Any] | str, ...]:
        return bodies_of(config)

    def check(self, config: LoopConfig) -> Iterable[Finding]:
        if config.body is None:
            return
        inputs, outputs = body_ports(config.body)
        names = {port.name for port in outputs}
        if config.on_max == "best" and config.score not in names:
            yield Finding("error", "loop_without_score", "“best” needs the name of an output as its score.",
                          "Choose one under Score.")  # fmt: skip
        if not names & {port.name for port in inputs}:
            yield Finding("warning", "loop_carries_nothing", "No output of the body has the name of an input, so every "
                          "pass starts with the same values.", "Give one output an input's name.")  # fmt: skip

    async def run(self, call: Call[LoopConfig]) -> Outputs:
        config, work = call.config, _Work(call, arrived(call))
        call.progress(0, config.max_passes)
        for number in range(1, config.max_passes + 1):
            moved = await work.make_pass(number)
            outputs = work.passes[-1]
            if config.until is not None and config.until.holds(outputs):
                return work.leave("until", number)
            if work.left is not None:
                return work.leave("tool", number)
            if config.judge.strip() and await work.judged(number):
                return work.leave("judge", number)
            if not moved:
                call.degraded(f"pass {number} changed nothing, so the loop ended")
                return work.leave("no_progress", number)
        return _at_most(call, work)


def _at_most(call: Call[LoopConfig], work: _Work) -> Outputs:
    """What the loop gives when its passes are used up (S6, `on_max`)."""
    config, count = call.config, len(work.passes)
    if not config.condition:
        return work.leave("max", count)
    unmet = f"after {count} pass{'' if count == 1 else 'es'} it still does not hold that {config.condition}"
    if config.on_max == "fail":
        work.leave("max", count)
        raise NodeError("invalid_output", f"{unmet[:1].upper()}{unmet[1:]}.", "Allow more passes, or ask for less.")
    chosen = count if config.on_max == "use_last" else _best(call.node, work.passes, config.score or "")
    call.degraded(unmet)
    return work.leave("max", chosen)


@dataclass(slots=True)
class _Work:
    """One run of a loop: what the next pass is given, and what each pass so far gave."""

    call: Call[LoopConfig]
    given: dict[str, Value]
    passes: list[Mapping[str, Value]] = field(default_factory=list)
    left: str | None = None
    """What an agent of the last pass said when it ended the loop by its tool."""

    async def make_pass(self, number: int) -> bool:
        """Runs the body once and carries what has the name of an input; what it left out stays as it was.

        Returns:
            Whether the next pass is given anything else than this one was; True when nothing can be carried.
        """
        call, before = self.call, self.given
        result = await call.body(before, f"{call.node}[{number}]")
        gave = what_it_gave(result)
        self.left = result.left
        inputs = {port.name for port in body_ports(call.config.body or {})[0]}
        names = [name for name in result.output_names if name in inputs]
        self.given = {**before, **{name: gave[name] for name in names if name in gave}}
        carried = {name: self.given[name] for name in names if name in self.given}
        self.passes.append({**carried, **gave})
        told = {"pass": number, "of": call.config.max_passes, "outputs": self.passes[-1], "cost_usd": result.cost_usd}
        call.emit("loop.pass", told)
        call.progress(number, call.config.max_passes)
        return not names or canonical(carried) != canonical({name: before[name] for name in names if name in before})

    async def judged(self, number: int) -> bool:
        """Whether the judge finds the last pass good enough, and sure enough of it."""
        call, outputs = self.call, self.passes[-1]
        config = call.config
        shown = "\n\n".join(f"{name}:\n{as_text(value)}" for name, value in outputs.items())
        found = await decide(call.chat, config.model, config.fallback, config.judge.strip(), shown)
        good = found.yes and found.confidence >= config.threshold
        call.progress(number, config.max_passes, f"the judge says {'yes' if good else 'not yet'}: {found.reason}"[:200])
        return good

    def leave(self, why: Why, chosen: int) -> Outputs:
        """Ends the loop with what one pass gave."""
        said = {"note": self.left} if self.left else {}
        self.call.emit("loop.exit", {"passes": len(self.passes), "reason": why, "pass": chosen, **said})
        return self.passes[chosen - 1]


def _has_exit_tool(body: Mapping[str, Any]) -> bool:
    """Whether an agent of the body may end the loop, so that its limit is something to warn about."""
    lists = ((node.get("config") or {}).get("tools") or () for node in body.get("nodes", ()))
    return any(fnmatchcase(EXIT_TOOL, str(pattern)) for patterns in lists for pattern in patterns)


def _best(node: str, passes: list[Mapping[str, Value]], name: str) -> int:
    """The number of the pass with the highest score, the earliest of equal ones.

    Raises:
        NodeError: `type`: a score is no number, so passes cannot be compared.
    """
    scores: list[float] = []
    for number, outputs in enumerate(passes, 1):
        score = _number(outputs.get(name))
        if score is None:
            what = type_of(outputs[name]) if name in outputs else "nothing"
            raise NodeError(
                "type", f"The loop “{node}” goes by its output “{name}”, which is {what}, no number, in pass {number}.",
                "Let the body give a number there, or use the last pass.",
            )  # fmt: skip
        scores.append(score)
    return scores.index(max(scores)) + 1


def _number(value: Value) -> float | None:
    """A score: a number, or a text that is one, as rules read it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


KIND = Loop()
