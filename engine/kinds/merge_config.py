"""What a merge can be told: how it joins, what it makes of the branches, and who decides where they differ (S3, S4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from pydantic import Field, field_validator

from engine.agents.parts import LEAST_ROOM
from engine.kinds.contract import SpendingConfig
from engine.kinds.fields import Hint
from engine.kinds.node_config import fallback_models, time_limit
from engine.kinds.resolving import ASKING, OnConflict

Strategy = Literal["concat", "template", "list", "dict", "json", "files", "vote", "judge", "reduce", "first_success"]
_JOINED: Final = tuple(name for name in get_args(Strategy) if name != "first_success")
"""All strategies but the race, whose join is given."""
_DECIDED: Final = {"strategy": ("json", "files", "vote")}
"""When there may be conflicts."""
_BY_MODEL: Final = {"strategy": ("judge", "reduce", "json", "files", "vote")}
"""When a model may be asked."""


class MergeConfig(SpendingConfig):
    """Settings of a merge node (formats.md)."""

    strategy: Strategy = Field(
        "concat", title="Makes",
        description="One text, a list, an object by branch, merged JSON, or merged files: three-way, line by line.",
    )  # fmt: skip
    join: Literal["wait_all", "first", "quorum"] = Field(
        "wait_all", title="Waits for", description="All branches, the first that brings a value, or k of them.",
        json_schema_extra=Hint("choice", when={"strategy": _JOINED}).extra(),
    )  # fmt: skip
    k: int = Field(
        2, ge=1, title="How many", description="Branches that a quorum waits for.",
        json_schema_extra=Hint("integer", when={"join": ("quorum",)}).extra(),
    )  # fmt: skip
    cancel_losers: bool = Field(
        False, title="Stop the others", description="For first and quorum: cancels the branches that come too late."
    )
    tolerate_failures: bool = Field(
        False, title="Go on when a branch failed", description="A failed branch counts as missing.",
        json_schema_extra=Hint("switch", when={"join": ("wait_all",)}).extra(),
    )  # fmt: skip
    separator: str = Field(
        "\n\n",
        title="Between texts",
        description="Stands between the texts.",
        json_schema_extra=Hint("text", when={"strategy": ("concat",)}).extra(),
    )
    template: str = Field(
        "", title="Template", description="Sees items, missing and labels.",
        json_schema_extra=Hint("prompt", when={"strategy": ("template",)}).extra(),
    )  # fmt: skip
    judge: Literal["pick", "write"] = Field(
        "pick", title="The judge", description="Picks the best branch, or writes one text from all.",
        json_schema_extra=Hint("choice", when={"strategy": ("judge",)}).extra(),
    )  # fmt: skip
    vote: Literal["majority", "weighted", "unanimous"] = Field(
        "majority", title="Vote", json_schema_extra=Hint("choice", when={"strategy": ("vote",)}).extra(),
        description="Texts that differ only in case, or in blanks around them, are one vote.",
    )  # fmt: skip
    weights: Mapping[str, float] = Field(
        {}, title="Weights", description='By the id of the branch\'s node, as {"a": 2}; others weigh 1.',
        json_schema_extra=Hint("json", when={"strategy": ("vote",), "vote": ("weighted",)}).extra(),
    )  # fmt: skip
    tie: Literal["first", "conflict"] = Field(
        "first", title="In a tie", description="The first branch in edge order wins, or it is a conflict.",
        json_schema_extra=Hint("choice", when={"strategy": ("vote",), "vote": ("majority", "weighted")}).extra(),
    )  # fmt: skip
    arrays: Literal["concat", "union", "by_key"] = Field(
        "concat", title="Lists", json_schema_extra=Hint("choice", when={"strategy": ("json",)}).extra(),
        description="Put one behind the other, keep each item once, or join objects by a key.",
    )  # fmt: skip
    array_key: str | None = Field(
        None, title="Key of list items", description="The field that tells which items are the same.",
        json_schema_extra=Hint("line", when={"strategy": ("json",), "arrays": ("by_key",)}).extra(),
    )  # fmt: skip
    on_conflict: OnConflict = Field(
        "fail", title="When branches differ", json_schema_extra=Hint("choice", "Conflicts", _DECIDED).extra(),
        description="Fail, prefer a branch, collect what each says, or let a model judge or a person decide.",
    )  # fmt: skip
    prefer: tuple[str, ...] = Field(
        (), title="Preferred", description="Ids of the branches' nodes, the best one first.",
        json_schema_extra=Hint("list", "Conflicts", {**_DECIDED, "on_conflict": ("prefer",)}).extra(),
    )  # fmt: skip
    model: str = Field(
        "best",
        title="Model",
        description="Joins or judges, where the strategy asks for a model.",
        json_schema_extra=Hint("model", "Model", _BY_MODEL).extra(),
    )
    fallback: tuple[str, ...] = fallback_models("Model", _BY_MODEL)
    instructions: str = Field(
        "", title="Instructions", description="What the model should look at when it judges or writes.",
        json_schema_extra=Hint("text", "Model", _BY_MODEL).extra(),
    )  # fmt: skip
    max_input_tokens: int | None = Field(
        None, ge=LEAST_ROOM, title="Tokens at once", json_schema_extra=Hint("integer", "Model", _BY_MODEL).extra(),
        description="More than this is merged level by level; by default, what the model can read.",
    )  # fmt: skip
    timeout_s: float | None = time_limit(120)

    @field_validator("join", mode="before")
    @classmethod
    def _other_name(cls, join: Any) -> Any:
        return "first" if join == "first_success" else join

    @field_validator("weights")
    @classmethod
    def _no_debts(cls, weights: Mapping[str, float]) -> Mapping[str, float]:
        if any(not 0 <= weight < 1e9 for weight in weights.values()):
            raise ValueError("a weight is a number from 0 up")
        return weights

    @property
    def waits_for(self) -> str:
        """The join that holds: the strategy `first_success` is the join `first` (S3)."""
        return "first" if self.strategy == "first_success" else self.join

    @property
    def asks(self) -> str:
        """Who may be asked about conflicts: `judge`, `ask`, or "" for nobody."""
        by_rule = self.strategy == "vote" and self.vote != "unanimous" and self.tie == "first"
        return (
            self.on_conflict
            if self.strategy in _DECIDED["strategy"] and not by_rule and self.on_conflict in ASKING
            else ""
        )
