"""Kind `output`: a value that the run, or the container around, returns."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports


class OutputConfig(NodeConfig):
    """Settings of an output node."""

    name: str = Field("", title="Name", description="The key in the result; the node's id when empty.")


class Output(Kind[OutputConfig]):
    name: ClassVar[str] = "output"
    title = "Output"
    group = "flow"
    icon = "output"
    hint = "what the run returns"
    Config = OutputConfig
    instant = True

    def ports(self, config: OutputConfig) -> Ports:
        return Ports((Port("value"),), ())

    def summary(self, config: OutputConfig) -> str:
        return config.name and f"as {config.name}"

    def run_now(self, call: Call[OutputConfig]) -> Outputs:
        return {"value": call.value("value")}


KIND = Output()
