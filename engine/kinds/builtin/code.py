"""Kind `code`: a Python function of the graph's own, run in a process of its own and only once trusted (T12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.values import Value, type_of
from engine.kinds.contract import ERROR, Call, Capability, Finding, Kind, NodeConfig, Outputs, Port, Ports
from engine.kinds.fields import Hint
from engine.kinds.node_config import time_limit
from engine.kinds.sandbox.process import Limits, execute
from engine.kinds.sandbox.source import parameters

SHOWN_PRINT: Final = 2_000
"""Characters of what the code printed that are told to whoever watches."""


class CodeConfig(NodeConfig):
    """Settings of a code node (formats.md)."""

    source: str = Field(
        "def run(value):\n    return value\n", title="Source", json_schema_extra=Hint("code").extra(),
        description="Python with a function run: its parameters are the input ports, one with a default is optional.",
    )  # fmt: skip
    outputs: tuple[str, ...] = Field(
        (), title="Outputs", json_schema_extra=Hint("list").extra(),
        description="Names of ports, when run returns a dict of them; else it gives the one port value.",
    )  # fmt: skip
    timeout_s: float | None = time_limit(10)
    memory_mb: int = Field(
        512,
        ge=64,
        title="Most memory, MB",
        description="The code is ended when it takes more.",
        json_schema_extra={"group": "Limits"},
    )


class Code(Kind[CodeConfig]):
    name: ClassVar[str] = "code"
    title = "Code"
    group = "work"
    icon = "code"
    hint = "a Python function"
    help = "Runs with the standard library in a process of its own, without your environment."
    Config = CodeConfig
    needs_trust = True
    starter: ClassVar[dict[str, Any]] = {"source": "def run(value):\n    return value\n"}

    def ports(self, config: CodeConfig) -> Ports:
        inputs = tuple(Port(each.name, required=each.required) for each in parameters(config.source))
        return Ports(inputs, (*(Port(name) for name in config.outputs or ("value",)), ERROR))

    def summary(self, config: CodeConfig) -> str:
        lines = (line.strip() for line in config.source.splitlines())
        return next((line for line in lines if line.startswith(("def run", "async def run"))), "")[:80]

    def check(self, config: CodeConfig) -> Iterable[Finding]:
        try:
            parameters(config.source)
        except NodeError as error:
            yield Finding("error", "bad_source", error.message, error.hint)
        names = config.outputs
        if len(set(names)) < len(names) or not all(name.isidentifier() and name != ERROR.name for name in names):
            yield Finding("error", "bad_outputs", "Its outputs are not names, each once, other than error.", "Rename.")

    def capabilities(self, config: CodeConfig) -> Iterable[Capability]:
        yield Capability("code", config.source, writes=True)

    def made_with(self, config: CodeConfig) -> Value | None:
        return []  # it has nothing but its inputs: no environment, no network, no files

    def sample(self, config: CodeConfig) -> Outputs:
        return dict.fromkeys(config.outputs or ("value",), "[sample of what the code gives]")

    async def run(self, call: Call[CodeConfig]) -> Outputs:
        config = call.config
        given = {each.name: call.value(each.name) for each in parameters(config.source)
                 if each.required or call.has(each.name)}  # fmt: skip
        limits = Limits(config.timeout_s or 10, config.memory_mb)
        done = await execute(config.source, given, limits)
        if done.printed:
            more = len(done.printed) + done.dropped - SHOWN_PRINT
            tail = f"… ({more:,} characters more)" if more > 0 else ""
            call.emit("node.progress", {"note": done.printed[:SHOWN_PRINT] + tail})
        return _outputs(config.outputs, done.value)


def _outputs(names: tuple[str, ...], value: Value) -> Mapping[str, Value]:
    """The ports of a result. One that a dict does not have was not chosen: its edges die benignly (S1).

    Raises:
        NodeError: `type`: outputs are declared, and the result is no dict of them.
    """
    if not names:
        return {"value": value}
    if not isinstance(value, dict):
        raise NodeError("type", f"Its outputs are declared, so run must return a dict, not {type_of(value)}.")
    unknown = [name for name in value if name not in names]
    if unknown:
        raise NodeError("type", f"It gave “{unknown[0][:80]}”, which is not among its outputs {', '.join(names)}.")
    return value


KIND = Code()
