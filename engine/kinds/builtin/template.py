"""Kind `template`: text made from values, without a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import Field

from engine.base.errors import NodeError
from engine.kinds import templates
from engine.kinds.contract import ERROR, Call, Finding, Kind, NodeConfig, Outputs, Port, Ports
from engine.kinds.fields import Hint


class TemplateConfig(NodeConfig):
    """Settings of a template node."""

    template: str = Field(
        "", title="Template", description="Jinja; each {{ name }} becomes a port.",
        json_schema_extra=Hint("prompt").extra(),
    )  # fmt: skip


class Template(Kind[TemplateConfig]):
    name: ClassVar[str] = "template"
    title = "Template"
    group = "work"
    icon = "template"
    hint = "text from values"
    Config = TemplateConfig
    instant = True
    starter: ClassVar[dict[str, Any]] = {"template": "{{ text }}"}

    def ports(self, config: TemplateConfig) -> Ports:
        return Ports(templates.placeholder_ports(config.template), (Port("text", "text"), ERROR))

    def summary(self, config: TemplateConfig) -> str:
        return " ".join(config.template.split())[:80]

    def check(self, config: TemplateConfig) -> Iterable[Finding]:
        return template_findings("template", config.template)

    def run_now(self, call: Call[TemplateConfig]) -> Outputs:
        return {"text": templates.render(call.config.template, call.values())}


def template_findings(key: str, text: str) -> Iterable[Finding]:
    """What is wrong with a template, for `check`."""
    try:
        templates.names(text)
    except NodeError as error:
        yield Finding("error", "bad_template", f"“{key}”: {error.message}", error.hint)


KIND = Template()
