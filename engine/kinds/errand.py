"""One delegation from its start to its end: refusals, re-routes, a repair, what a person wants (semantics.md S7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.agents import routing
from engine.agents.assignments import Assignment, briefing, result_of, wrong
from engine.base.errors import NodeError
from engine.base.values import Value, as_text
from engine.kinds.contract import Call, Done, Review, Task
from engine.kinds.manager_config import ManagerConfig
from engine.models.contract import ModelRequest, Reply

REROUTES: Final = 2
"""How often a task that was turned down goes to somebody else by the model's choice; then the default or a person."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the manager is told, and what its specialist came to.

    Attributes:
        text: the result, or what went wrong.
        came_to: `{"outputs": ...}` or `{"error": ...}`, for the specialist's own node.
    """

    ok: bool
    text: str
    specialist: str
    came_to: Mapping[str, Any]
    status: str = "ok"

    @classmethod
    def known(cls, told: Mapping[str, Any]) -> Outcome:
        """The outcome that a `delegation.finished` tells of."""
        return cls(told["status"] == "ok", told["text"], told["specialist"], told["came_to"], told["status"])


@dataclass(slots=True)
class Errand:
    """One delegation. Its attempts are numbered; each runs in a scope of its own.

    Attributes:
        number: of the delegation, among those of its manager.
        swarm: it runs the manager's own body, not a specialist.
        notes: what is added to the brief from attempt to attempt.
        told: what a person wanted, for the manager.
        refused: who turned the task down, and why.
    """

    call: Call[ManagerConfig]
    wanted: Assignment
    number: int
    swarm: bool = False
    attempt: int = 0
    notes: tuple[str, ...] = ()
    told: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    spent: float = 0.0
    mended: bool = False

    async def perform(self) -> Outcome:
        """Until there is a result that will do, or there will be none. Raises NodeError for nothing."""
        if (known := self.call.finished(self._place)) is not None:
            return Outcome.known(known)
        outcome = None if self.swarm else await self._doubted()
        while outcome is None:
            self.attempt += 1
            outcome = await self._judged(await self._attempt())
        self.call.emit("delegation.finished", {
            **self._about, "status": outcome.status, "text": outcome.text, "came_to": outcome.came_to,
            **({} if outcome.ok else {"error": outcome.text}),
        })  # fmt: skip
        return outcome

    @property
    def _place(self) -> str:
        return f"{self.call.key}[{self.number}]"

    @property
    def _suffix(self) -> str:
        return f".{self.attempt}" if self.attempt > 1 else ""

    @property
    def _about(self) -> dict[str, Any]:
        about = {"scope": self._place + self._suffix, "specialist": self.wanted.specialist}
        return {**about, "swarm": True} if self.swarm else about

    async def _attempt(self) -> Done:
        call, wanted = self.call, self.wanted
        brief = briefing(wanted, self.notes)
        call.emit("delegation.started", {**self._about, "attempt": self.attempt, "brief": brief, **wanted.told})
        left = None if wanted.budget_usd is None else max(0.0, wanted.budget_usd - self.spent)
        specialist = "" if self.swarm else wanted.specialist
        task = Task(specialist, brief, f"{call.node}[{self.number}]{self._suffix}", wanted.deadline_s, left)
        done = await call.delegate(task)
        self.spent += done.cost_usd or 0.0
        return done

    async def _judged(self, done: Done) -> Outcome | None:
        """What an attempt comes to; None for another attempt."""
        name = self.wanted.specialist
        if done.status == "ok":
            return self._checked(done)
        if done.status == "failed":
            error = dict(done.error or {})
            return self._ended("failed", f"“{name}” failed: {error.get('message', 'it gave no result')}", error)
        if done.status == "stopped":
            return self._ended("stopped", f"a person stopped the work of “{name}”. Go on without it.")
        if done.status == "redirected":
            self._redirect(done)
            return None
        self.refused[name] = done.message
        return await self._elsewhere()

    def _checked(self, done: Done) -> Outcome | None:
        result, name = result_of(done.outputs), self.wanted.specialist
        why = wrong(result, self.wanted)
        if not why:
            aside = "\n".join(f"[{note}]" for note in self.told)
            text = "\n\n".join(filter(None, (aside, as_text(result))))
            return Outcome(True, text, name, {"outputs": dict(done.outputs)})
        if self.mended:
            said = f"the result of “{name}” cannot be used: {why}."
            return self._ended("failed", said, {"class": "invalid_output", "message": said})
        self.mended = True
        self.notes += (f"Your last result could not be used: {why}. Do it again.",)
        return None

    def _redirect(self, done: Done) -> None:
        before = self.wanted.specialist
        if done.to and done.to != before:
            self.wanted = replace(self.wanted, specialist=done.to, reason="a person chose", confidence=None)
            self.told.append(f"A person took this from “{before}” and gave it to “{done.to}”.")
        if done.message:
            self.notes += (f"A person adds: {done.message}",)
            self.told.append(f"A person said to “{self.wanted.specialist}”: {done.message}")

    def _ended(self, status: str, text: str, error: Mapping[str, Any] | None = None) -> Outcome:
        text = " ".join((*self.told, text))
        came_to = {"error": {"class": "tool", "message": text, **(error or {})}}
        return Outcome(False, text, self.wanted.specialist, came_to, status)

    # Whose task it is

    async def _doubted(self) -> Outcome | None:
        """Lets the default or a person choose, where the manager is not sure enough of its choice."""
        config, wanted = self.call.config, self.wanted
        if wanted.confidence is None or wanted.confidence >= config.threshold:
            return None
        doubt = f"the manager was not sure ({wanted.confidence:.2f}) of “{wanted.specialist}”"
        if config.below == "default" and config.default in self.call.team:
            self._give_to(config.default, doubt)
        elif config.below == "person" and (chosen := await self._by_person(f"I am not sure who does this: {doubt}.")):
            self._give_to(chosen, "a person chose")
        return None

    async def _elsewhere(self) -> Outcome | None:
        """Somebody else for a task that was turned down: twice by the model, then the default or a person (S7)."""
        config, team = self.call.config, self.call.team
        left = {name: told for name, told in team.items() if name not in self.refused}
        said = "; ".join(f"“{name}”: {why}" for name, why in self.refused.items())
        if len(self.refused) <= REROUTES and left and (verdict := await self._rerouted(left, said)) is not None:
            self._give_to(verdict.routes[0], verdict.reason, verdict.confidence)
            return None
        if config.default in left:
            self._give_to(config.default, "the others turned it down")
            return None
        if config.person and (chosen := await self._by_person(f"No specialist takes this task ({said}).")):
            self._give_to(chosen, "a person chose")
            self.notes += ("A person decided that this is your task: do not turn it down.",)
            return None
        advice = "Do it yourself, or say that it cannot be done."
        return self._ended("rejected", f"nobody takes this task: {said}. {advice}")

    def _give_to(self, specialist: str, reason: str, confidence: float | None = None) -> None:
        self.wanted = replace(self.wanted, specialist=specialist, reason=reason, confidence=confidence)

    async def _rerouted(self, left: Mapping[str, str], said: str) -> routing.Verdict | None:
        """The manager's model chooses among those who are left, or nobody; None also when it fails."""
        config = self.call.config
        options = tuple(routing.Option(name, description=told) for name, told in left.items())
        opening = f"A task was turned down ({said}). Choose who is to do it instead."
        ask = routing.Ask(self.wanted.brief, config.instructions, options, opening=opening, may_choose_none=True)
        try:
            verdict = await routing.choose(self._chat, config.model, config.fallback, ask)
        except NodeError:
            return None
        return verdict if verdict.routes and verdict.confidence >= config.threshold else None

    async def _chat(self, model: str, request: ModelRequest, fallback: Sequence[str]) -> Reply:
        return await self.call.chat(model, replace(request, quiet=True), fallback)

    async def _by_person(self, why: str) -> str:
        """The specialist that a person names; "" for none."""
        names = list(self.call.team)
        schema = {"type": "string", "enum": names}
        asked = f"“{self.call.title or self.call.node}”: {why} Who is to do it?\n\n{self.wanted.brief[:600]}"
        proposed: Value = next((name for name in names if name not in self.refused), names[0])
        verdict = await self.call.review(Review("manager", asked, schema, proposed))
        return str(verdict.value) if verdict.decision == "approved" and verdict.value in names else ""
