"""Kind `router`: sends a value down one of several routes, by rules or by a model (semantics.md S2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.agents import routing
from engine.agents.routing import Verdict
from engine.base.ids import is_id
from engine.base.rules import Rule
from engine.base.values import as_text
from engine.kinds.contract import ERROR, Call, Finding, Kind, Outputs, Port, Ports, Review, SpendingConfig
from engine.kinds.fields import Hint
from engine.kinds.node_config import fallback_models, time_limit

DEFAULT = "default"
PERSON = "person"
"""In `below`: a person decides."""
_BY_MODEL = {"mode": ("model",)}
_SHOWN = 600
"""Characters of the value that a person is shown in the question."""


class Route(BaseModel):
    """One way out. `id` is the port and never changes; `label` and `description` are for people and models."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    label: str = ""
    when: Rule | None = None
    description: str = ""


class RouterConfig(SpendingConfig):
    """Settings of a router node (formats.md)."""

    mode: Literal["rules", "model"] = Field(
        "rules",
        title="Decides by",
        description="rules: conditions that are looked at in order. model: a model reads what arrives and chooses.",
    )
    routes: tuple[Route, ...] = Field(
        (),
        title="Routes",
        description="The ways out, in order; each is a port.",
        json_schema_extra=Hint("routes").extra(),
    )
    multi: bool = Field(
        False, title="Several routes at once", description="All routes that fit are taken, not only the first."
    )
    allow_none: bool = Field(False, title="May choose none", description="Else the default route takes the value.")
    model: str = Field(
        "cheap",
        title="Model",
        description="Reads what arrives and chooses.",
        json_schema_extra=Hint("model", "Model", _BY_MODEL).extra(),
    )
    fallback: tuple[str, ...] = fallback_models("Model", _BY_MODEL)
    instructions: str = Field(
        "", title="Instructions", json_schema_extra=Hint("text", "Model", _BY_MODEL).extra(),
        description="What the model should go by, beside the routes' descriptions.",
    )  # fmt: skip
    threshold: float = Field(
        0.6,
        ge=0,
        le=1,
        title="Least confidence",
        description="Below it the choice counts as not sure.",
        json_schema_extra=Hint("number", "Model", _BY_MODEL).extra(),
    )
    below: str = Field(
        DEFAULT, title="Below it", json_schema_extra=Hint("model", "Model", _BY_MODEL).extra(),
        description="“default” takes the default route, “person” asks somebody, the name of a model asks that one.",
    )  # fmt: skip
    timeout_s: float | None = time_limit(120)

    @model_validator(mode="after")
    def _sound_routes(self) -> Self:
        ids = [route.id for route in self.routes]
        for name in ids:
            if not is_id(name) or name in (DEFAULT, "error"):
                raise ValueError(f"“{name}” cannot be the id of a route")
            if ids.count(name) > 1:
                raise ValueError(f"two routes have the id “{name}”")
        return self


class Router(Kind[RouterConfig]):
    name: ClassVar[str] = "router"
    title = "Router"
    group = "flow"
    icon = "router"
    hint = "one branch, by rule or model"
    Config = RouterConfig
    starter: ClassVar[dict[str, Any]] = {
        "mode": "rules",
        "routes": [{"id": "yes", "label": "yes", "when": {"field": "", "op": "contains", "value": "yes"}}],
    }

    def is_instant(self, config: RouterConfig) -> bool:
        return config.mode == "rules"

    def ports(self, config: RouterConfig) -> Ports:
        routes = (Port(route.id, "any", label=route.label, help=route.description) for route in config.routes)
        return Ports((Port("value"),), (*routes, Port(DEFAULT), ERROR))

    def summary(self, config: RouterConfig) -> str:
        count = len(config.routes)
        return f"{count} route{'' if count == 1 else 's'}" + (f" · {config.model}" if config.mode == "model" else "")

    def models(self, config: RouterConfig) -> tuple[str, ...]:
        if config.mode == "rules":
            return ()
        return (config.model, *config.fallback, *(() if config.below in (DEFAULT, PERSON) else (config.below,)))

    def check(self, config: RouterConfig) -> Iterable[Finding]:
        if not config.routes:
            yield Finding("warning", "no_routes", "The router has no routes, so everything goes to “default”.",
                          "Add a route.")  # fmt: skip
        if config.mode == "rules":
            for route in config.routes:
                if route.when is None:
                    yield Finding("warning", "route_without_rule", f"The route “{route.id}” has no condition.",
                                  "Give it one, or it is never taken.")  # fmt: skip

    async def run(self, call: Call[RouterConfig]) -> Outputs:
        if self.is_instant(call.config):
            return self.run_now(call)
        return _taken(call, await _by_model(call))

    def run_now(self, call: Call[RouterConfig]) -> Outputs:
        return _taken(call, by_rules(call.config, call.value("value")))


def _taken(call: Call[RouterConfig], verdict: Verdict) -> Outputs:
    """The value on the ports of the routes that were chosen."""
    if verdict.misrouted:
        call.degraded(f"misrouted: {verdict.reason}")
    chosen = verdict.routes or (() if call.config.allow_none and not verdict.misrouted else (DEFAULT,))
    call.emit(
        "route.chosen",
        {"routes": list(chosen), "confidence": verdict.confidence, "reason": verdict.reason,
         "repaired": verdict.repaired, "misrouted": verdict.misrouted},
    )  # fmt: skip
    return dict.fromkeys(chosen, call.value("value"))


async def _by_model(call: Call[RouterConfig]) -> Verdict:
    config = call.config
    if not config.routes:
        return Verdict((), 1.0, "there are no routes")
    options = [routing.Option(route.id, route.label, route.description) for route in config.routes]
    text = as_text(call.value("value"))
    ask = routing.Ask(text, config.instructions, tuple(options), config.multi, may_choose_none=config.allow_none)
    verdict = await routing.choose(call.chat, config.model, config.fallback, ask)
    if not _in_doubt(config, verdict):
        return verdict
    if config.below == PERSON:
        return await _by_person(call, verdict, text)
    if config.below != DEFAULT:
        verdict = await routing.choose(call.chat, config.below, (), ask)
        if not _in_doubt(config, verdict):
            return verdict
    doubt = f"confidence {verdict.confidence:.2f} is below {config.threshold:.2f}: {verdict.reason}"
    return Verdict((DEFAULT,), verdict.confidence, doubt, verdict.repaired)


def _in_doubt(config: RouterConfig, verdict: Verdict) -> bool:
    return not verdict.misrouted and verdict.confidence < config.threshold


async def _by_person(call: Call[RouterConfig], verdict: Verdict, text: str) -> Verdict:
    """The route that a person chooses; the model's choice is proposed. A rejection means the default route."""
    config = call.config
    one = {"type": "string", "enum": [route.id for route in config.routes]}
    schema = {"type": "array", "items": one, "uniqueItems": True} if config.multi else one
    proposed = list(verdict.routes) if config.multi else next(iter(verdict.routes), config.routes[0].id)
    doubt = f"The router “{call.title}” is not sure ({verdict.confidence:.2f}: {verdict.reason})"
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    answer = await call.review(Review("router", f"{doubt}. Where does this go?\n\n{shown}", schema, proposed))
    if answer.decision == "rejected":
        return Verdict((DEFAULT,), verdict.confidence, "a person rejected every route", verdict.repaired)
    routes = tuple(answer.value) if config.multi else (answer.value,)
    return Verdict(routes, 1.0, "a person chose", verdict.repaired)


def by_rules(config: RouterConfig, value: Any) -> Verdict:
    """The first route whose condition holds, or all of them with `multi` (S2)."""
    holding = [route for route in config.routes if route.when is not None and route.when.holds(value)]
    taken = holding if config.multi else holding[:1]
    reason = "; ".join(str(route.when) for route in taken) or "no condition holds"
    return Verdict(tuple(route.id for route in taken), 1.0, reason)


KIND = Router()
