"""Kind `input`: a value that the run, or the container around, is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.values import Value, is_file, type_of
from engine.kinds.contract import Call, Finding, Kind, NodeConfig, Outputs, Port, Ports
from engine.kinds.fields import Hint

InputType = Literal["any", "text", "number", "boolean", "json", "list", "messages", "file", "image"]


class InputConfig(NodeConfig):
    """Settings of an input node. Without a default the value must be given."""

    name: str = Field("", title="Name", description="What the value is given under; the node's id when empty.")
    type: InputType = Field(
        "any",
        title="Type",
        description="What may be given; any takes what comes, as an item of a map or a carried value.",
    )
    default: Any = Field(
        None, title="Default", description="Used when the run gives no value.", json_schema_extra=Hint("value").extra()
    )
    description: str = Field(
        "",
        title="Description",
        description="What is expected, for those who run the graph.",
        json_schema_extra=Hint("text").extra(),
    )

    @property
    def has_default(self) -> bool:
        """Whether there is a default; null is one when it is written."""
        return "default" in self.model_fields_set


class Input(Kind[InputConfig]):
    name: ClassVar[str] = "input"
    title = "Input"
    group = "flow"
    icon = "input"
    hint = "a value the run is given"
    Config = InputConfig
    instant = True
    starter: ClassVar[dict[str, Any]] = {"type": "text"}

    def ports(self, config: InputConfig) -> Ports:
        return Ports((), (Port("value", config.type),))

    def summary(self, config: InputConfig) -> str:
        return "any value" if config.type == "any" else config.type

    def check(self, config: InputConfig) -> Iterable[Finding]:
        if config.has_default and not accepts(config.type, config.default):
            given = type_of(config.default)
            yield Finding("error", "bad_default", f"The default is {given}, but the type is {config.type}.",
                          "Correct one of the two.")  # fmt: skip

    def run_now(self, call: Call[InputConfig]) -> Outputs:
        config = call.config
        there, value = call.given(config.name or call.node)
        if not there:
            if not config.has_default:
                raise NodeError("type", f"The input “{config.name or call.node}” was given no value.")
            value = config.default
        if not accepts(config.type, value):
            raise NodeError("type", mismatch(config.name or call.node, config.type, value))
        return {"value": value}


def accepts(wanted: str, value: Value) -> bool:
    """Whether a value is of an input's type. null is a value of every type (S1)."""
    if value is None or wanted in ("json", "any"):
        return True
    given = type_of(value)
    if wanted == "file":
        return is_file(value) or given == "object"
    if wanted == "image":
        return given in ("object", "text")
    return given == ("list" if wanted == "messages" else wanted)


def mismatch(name: str, wanted: str, value: Value) -> str:
    """The sentence for a value of a wrong type."""
    return f"The input “{name}” takes {wanted}, but was given {type_of(value)}."


KIND = Input()
