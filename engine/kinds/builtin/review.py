"""Kind `review`: a person looks at a value, may change it, and decides which way it goes (semantics.md S13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.base.errors import NodeError
from engine.base.fitting import bad_schema
from engine.kinds import templates
from engine.kinds.builtin.template import template_findings
from engine.kinds.contract import ERROR, Call, Finding, Kind, NodeConfig, Outputs, Port, Ports, Review
from engine.kinds.fields import Hint

VALUE = "value"


class ReviewConfig(NodeConfig):
    """Settings of a review node (formats.md)."""

    question: str = Field(
        "Is this right?", title="Question", json_schema_extra=Hint("prompt").extra(),
        description="What the person decides; {{ value }} shows the value in it.",
    )  # fmt: skip
    answer_schema: Mapping[str, Any] | None = Field(
        None, alias="schema", title="Form", json_schema_extra=Hint("schema").extra(),
        description="JSON Schema of the value that goes on when it is approved; its fields make the form.",
    )  # fmt: skip
    deadline_s: float | None = Field(
        None, gt=0, allow_inf_nan=False, title="Answer within", json_schema_extra=Hint("seconds").extra(),
        description="Seconds from the question on; the time goes on while Baton is closed.",
    )  # fmt: skip
    on_expire: Literal["rejected", "approved", "error"] = Field(
        "rejected", title="After that", json_schema_extra=Hint("choice").extra(),
        description="The way that the value goes when nobody has answered in time; error fails the node.",
    )  # fmt: skip


class ReviewKind(Kind[ReviewConfig]):
    name: ClassVar[str] = "review"
    title = "Review"
    group = "flow"
    icon = "review"
    hint = "a person decides"
    Config = ReviewConfig
    starter: ClassVar[dict[str, Any]] = {"question": "Is this right?"}

    def ports(self, config: ReviewConfig) -> Ports:
        return Ports((Port(VALUE),), (Port("approved"), Port("rejected"), ERROR))

    def summary(self, config: ReviewConfig) -> str:
        return " ".join(config.question.split())[:80]

    def check(self, config: ReviewConfig) -> Iterable[Finding]:
        wrong = list(template_findings("question", config.question))
        yield from wrong
        for name in () if wrong else templates.names(config.question):
            if name != VALUE:
                yield Finding("error", "unknown_name", f"The question uses “{name}”; a review knows only the value.",
                              "Write {{ value }}, or {{ value.field }} for a part of it.")  # fmt: skip
        if config.answer_schema is not None and (wrong_schema := bad_schema(config.answer_schema)):
            yield Finding("error", "bad_schema", wrong_schema.replace("output schema", "form's schema"), "Correct it.")
        if config.answer_schema is not None and config.deadline_s is not None and config.on_expire == "approved":
            yield Finding("warning", "expires_unfilled", "When nobody answers in time, the value goes on as it is, "
                          "without what the form asks for.", "Let it go to rejected, or drop the form.")  # fmt: skip

    async def run(self, call: Call[ReviewConfig]) -> Outputs:
        config, value = call.config, call.value(VALUE)
        question = templates.render(config.question, {VALUE: value})
        late: Literal["approved", "rejected"] = "approved" if config.on_expire == "approved" else "rejected"
        verdict = await call.review(
            Review("review", question, config.answer_schema, value, config.deadline_s, on_expire=late)
        )
        if verdict.expired and config.on_expire == "error":
            raise NodeError("timeout", f"Nobody answered “{call.title or call.node}” in {config.deadline_s:g} s.",
                            "Give more time, or choose a way for it to go.")  # fmt: skip
        if verdict.decision == "approved":
            return {"approved": verdict.value}
        changed = verdict.value if verdict.value is not None else dict(verdict.form) or value
        return {"rejected": changed}


KIND = ReviewKind()
