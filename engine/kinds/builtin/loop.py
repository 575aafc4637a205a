"""Kind `loop`: a body repeated with carried values until a condition holds (semantics.md S6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.rules import Rule
from engine.base.values import Value
from engine.kinds.builtin.subgraph import body_ports, what_it_gave
from engine.kinds.contract import ERROR, Call, Finding, Kind, NodeConfig, Outputs, Ports
from engine.kinds.fields import Hint


class LoopConfig(NodeConfig):
    """Settings of a loop node (formats.md)."""

    body: Mapping[str, Any] | None = Field(None, title="Body", json_schema_extra=Hint("graph").extra())
    graph: str | None = Field(None, title="File", description="A graph beside this one, instead of a drawn body.")
    until: Rule | None = Field(
        None, title="Until", description="Sees all outputs of the pass.", json_schema_extra=Hint("rule").extra()
    )
    max_passes: int = Field(5, ge=1, title="Most passes")
    on_max: Literal["use_last", "best", "fail"] = Field("use_last", title="At the most")
    score: str | None = Field(None, title="Score", description="The numeric output that “best” goes by.")


class Loop(Kind[LoopConfig]):
    name: ClassVar[str] = "loop"
    title = "Loop"
    group = "flow"
    icon = "loop"
    hint = "again until it is good"
    Config = LoopConfig
    container = True
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
        return f"until {config.until}" if config.until else f"{config.max_passes} passes"

    def bodies(self, config: LoopConfig) -> tuple[Mapping[str, Any] | str, ...]:
        found = config.graph or config.body
        return () if found is None else (found,)

    def check(self, config: LoopConfig) -> Iterable[Finding]:
        inputs, outputs = body_ports(config.body or {})
        names = {port.name for port in outputs}
        if config.on_max == "best" and config.score not in names:
            yield Finding("error", "loop_without_score", "“best” needs the name of an output as its score.",
                          "Choose one under Score.")  # fmt: skip
        if config.body is not None and not names & {port.name for port in inputs}:
            yield Finding("warning", "loop_carries_nothing", "No output of the body has the name of an input, so every "
                          "pass starts with the same values.", "Give one output an input's name.")  # fmt: skip

    async def run(self, call: Call[LoopConfig]) -> Outputs:
        config = call.config
        given = {name: value for name, value in call.values().items() if call.has(name)}
        passes: list[Mapping[str, Value]] = []
        outputs: dict[str, Value] = {}
        for number in range(1, config.max_passes + 1):
            result = await call.body(given, f"{call.node}[{number}]")
            outputs = {**outputs, **what_it_gave(result)}
            passes.append(outputs)
            call.emit("loop.pass", {"pass": number, "of": config.max_passes, "outputs": outputs})
            call.progress(number, config.max_passes)
            if config.until is not None and config.until.holds(outputs):
                return self._leave(call, number, "until", outputs)
            carried = {name: outputs[name] for name in given if name in outputs}
            if carried and all(given[name] == value for name, value in carried.items()):
                call.degraded(f"pass {number} changed nothing, so the loop ended")
                return self._leave(call, number, "no_progress", outputs)
            given = {**given, **carried}
        return self._at_most(call, passes)

    def _at_most(self, call: Call[LoopConfig], passes: list[Mapping[str, Value]]) -> Outputs:
        config = call.config
        if config.until is None:
            return self._leave(call, len(passes), "max_passes", passes[-1])
        if config.on_max == "fail":
            self._leave(call, len(passes), "max_passes", {})
            raise NodeError("invalid_output", f"After {len(passes)} passes {config.until} still does not hold.")
        call.degraded(f"after {len(passes)} passes {config.until} still does not hold")
        chosen = passes[-1] if config.on_max == "use_last" else max(passes, key=lambda each: _score(each, config.score))
        return self._leave(call, len(passes), "max_passes", chosen)

    def _leave(self, call: Call[LoopConfig], passes: int, why: str, outputs: Mapping[str, Value]) -> Outputs:
        call.emit("loop.exit", {"passes": passes, "why": why})
        return outputs


def _score(outputs: Mapping[str, Value], name: str | None) -> float:
    value = outputs.get(name or "")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("-inf")


KIND = Loop()
