"""The settings that any node may have, whatever its kind: limits, retries, budgets, what stands in for a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine.kinds.fields import Hint


class Retry(BaseModel):
    """How often a call is tried (S8): `attempts` in all, pauses with full jitter from `base_s` up to `cap_s`.

    A rate limit is no attempt: it is waited for, at most `max_wait_s` in all.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    attempts: int = Field(default=3, ge=1, le=20)
    base_s: float = Field(default=1.0, ge=0)
    cap_s: float = Field(default=30.0, ge=0)
    max_wait_s: float = Field(default=300.0, ge=0)


def time_limit(default: float | None, description: str = "Seconds for one attempt.", title: str = "Time limit") -> Any:
    """A field for how long something may take; a kind whose work is known to be longer or shorter says so."""
    extra = Hint("seconds", "Limits").extra()
    return Field(default, gt=0, title=title, description=description, json_schema_extra=extra)


def fallback_models(group: str = "Model", when: Mapping[str, Sequence[str | bool]] | None = None) -> Any:
    """A field for the models that are asked when the first one fails (S8)."""
    return Field(
        (), title="Then", description="Models to try when the first one fails.",
        json_schema_extra=Hint("models", group, when or {}).extra(),
    )  # fmt: skip


class NodeConfig(BaseModel):
    """Settings that any node may have (formats.md). Kinds inherit from it and add their own."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=False)

    on_error: Mapping[str, Any] | None = Field(
        None, title="On error", json_schema_extra=Hint("json", "Limits").extra(),
        description='A value that stands in when the node fails, as {"value": ...}.',
    )  # fmt: skip
    retry: Retry = Field(
        Retry(), title="Retries", json_schema_extra=Hint("retry", "Limits").extra(),
        description="What is tried again after a failure, how often, and after which waits.",
    )  # fmt: skip
    timeout_s: float | None = time_limit(None)
    node_timeout_s: float | None = time_limit(None, "Seconds for all attempts together.", "Time limit, all attempts")
    cache: bool = Field(True, title="Use stored results", json_schema_extra=Hint("hidden").extra())
    pinned: Mapping[str, Any] | None = Field(
        None, description='Stands for what it would give: {"value": ...}.', json_schema_extra=Hint("hidden").extra()
    )
    optional: tuple[str, ...] = Field(
        (),
        description="Ports that need no value: without one, empty text.",
        json_schema_extra=Hint("hidden").extra(),
    )


class SpendingConfig(NodeConfig):
    """Settings of kinds whose nodes call models, themselves or in their bodies: caps of their own (S9)."""

    budget_usd: float | None = Field(
        None, ge=0, allow_inf_nan=False, title="Budget", json_schema_extra=Hint("money", "Limits").extra(),
        description="Most US dollars for all calls of the node and of what stands inside it.",
    )  # fmt: skip
    budget_tokens: int | None = Field(
        None, ge=0, title="Budget, tokens", json_schema_extra={"group": "Limits"},
        description="Most tokens, in and out, for all calls of the node and of what stands inside it.",
    )  # fmt: skip
