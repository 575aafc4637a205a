"""A manager lets specialists work, who see nothing but their brief; what they give goes back to its model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from engine.export.standalone.parts.flow import Flow
from engine.export.standalone.parts.models import Answer, ask
from engine.export.standalone.parts.routing import choose
from engine.export.standalone.parts.schemas import misfit, read_json
from engine.export.standalone.parts.tools import Refusal, Tools, shortened, tool_message
from engine.export.standalone.parts.values import Failed, text

TOLD = (
    "Lets a specialist work on a task and gives you its result. The specialist sees nothing but the brief: put all "
    "that it needs into it. Several calls in one turn work side by side. The specialists:\n"
)
REROUTES = 2
DEPTH: ContextVar[int] = ContextVar("DEPTH", default=0)


async def reject(reason: str) -> str:
    """The tool by which a specialist turns its brief down."""
    raise Refusal(reason)


@dataclass
class Errand:
    """One delegation: what was asked of whom, who turned it down, and what is added to the brief."""

    specialist: str
    brief: str
    expected: str = ""
    confidence: float | None = None
    deadline_s: float | None = None
    notes: Sequence[str] = ()
    refused: dict[str, str] = field(default_factory=dict)
    mended: bool = False

    @property
    def briefing(self) -> str:
        """All that the specialist sees."""
        expected = f"Expected result: {self.expected}" if self.expected.strip() else ""
        return "\n\n".join(filter(None, (self.brief, expected, *self.notes)))

    def wrong(self, result: Any) -> str:
        """Why a result will not do, in one clause."""
        if result is None or not text(result).strip() or result in ({}, []):
            return "it is empty"
        try:
            schema = read_json(self.expected) if self.expected.lstrip().startswith("{") else None
            if not isinstance(schema, dict) or not SCHEMA_WORDS & schema.keys():
                return ""
        except ValueError:
            return ""
        try:
            return misfit(read_json(result) if isinstance(result, str) else result, schema)
        except ValueError as error:
            return f"it is {error}"


SCHEMA_WORDS = {"type", "properties", "required", "items", "enum", "$ref", "anyOf", "allOf", "oneOf"}


@dataclass
class Ended:
    """What a delegation came to: the text for the manager, and the outputs or the error for the specialist's step."""

    specialist: str
    ok: bool
    text: str
    came_to: Mapping[str, Any]


class Team:
    """The specialists of a manager while it answers; its own tools stand beside them."""

    def __init__(
        self, flow: Flow, members: Mapping[str, str], models: Sequence[str], tools: Tools | None = None, *,
        instructions: str = "", max_delegations: int = 10, max_depth: int = 3, delegation_s: float | None = None,
        threshold: float = 0.0, default: str = "", rules: Sequence[tuple[str, Callable[[str], bool]]] = (), **how: Any,
    ) -> None:  # fmt: skip
        self._flow, self._models, self._tools, self._how = flow, models, tools or Tools(), how
        self._members = dict(members) if DEPTH.get() < max_depth else {}
        self._instructions, self._threshold, self._default, self._rules = instructions, threshold, default, rules
        self._most, self._delegation_s = max_delegations, delegation_s
        self._count, self._insists, self._tries = 0, False, dict[tuple[str, str], int]()
        self._settled: set[tuple[str, str]] = set()
        self._ended: dict[int, Ended] = {}
        self._schema = _delegate_schema(self._members)

    @property
    def offered(self) -> list[Mapping[str, Any]]:
        """Its own tools, and `delegate`, which leaves them once all delegations are made."""
        if self._all_made and self._tools.offered:
            return self._tools.offered
        lines = "\n".join(f"- {name}: {told}" for name, told in self._members.items())
        own = {"name": "delegate", "description": TOLD + lines, "parameters": self._schema}
        return [*self._tools.offered, *([own] if self._members else [])]

    @property
    def _all_made(self) -> bool:
        return self._count >= self._most

    @property
    def used_up(self) -> bool:
        """Whether it has to answer now: all delegations are made, and it has no tools of its own or asks for more."""
        return bool(self._members) and self._all_made and (self._insists or not self._tools.offered)

    @property
    def came_to(self) -> dict[str, Any]:
        """A port for each specialist that was used; a success counts before a failure, the later before the first."""
        found: dict[str, Any] = {}
        for _, ended in sorted(self._ended.items()):
            port = f"team.{ended.specialist}"
            if ended.came_to and (ended.ok or "outputs" not in found.get(port, {})):
                found[port] = ended.came_to
        return found

    async def lead(self, task: str, schema: Mapping[str, Any] | None = None, **talk: Any) -> Answer:
        """The manager's answer. When its model fails, what there is, a rule, or the default stands in."""
        asked = {**talk, **self._how, "instructions": self._instructions, "schema": schema, "tools": self}
        try:
            return await ask(self._models, task, **asked)
        except Failed as error:
            said = await self._without_model(task, error)
            if schema is None:
                return Answer(said)
            try:
                data = read_json(said)
            except ValueError:
                raise error from None
            if misfit(data, schema):
                raise
            return Answer(said, data)

    async def answer(self, calls: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Works on several delegations side by side, and on calls of other tools beside them."""
        ours = [call for call in calls if call["name"] == "delegate" and self._members]
        self._insists = self._insists or (self._all_made and bool(ours))
        others = [call for call in calls if call not in ours]
        jobs = [self._told(call, self._admitted(call)) for call in ours]
        told, rest = await asyncio.gather(asyncio.gather(*jobs), self._tools.answer(others))
        found = {id(call): message for call, message in zip([*ours, *others], [*told, *rest], strict=True)}
        return [found[id(call)] for call in calls]

    def _admitted(self, call: Mapping[str, Any]) -> tuple[Errand, int] | str:
        """The errand and its number, or why there is none."""
        given = call["arguments"]
        if "broken" in call:
            return f"the arguments are not a JSON object: {call['broken'][:200]}"
        if why := misfit(given, self._schema):
            return f"the arguments do not fit: {why}. Correct them."
        if self._all_made:
            return f"{self._most} delegations are allowed, and all are made. Answer with what you have."
        same = (given["specialist"], " ".join(given["brief"].casefold().split()))
        if same in self._settled:
            return f"“{same[0]}” has this very task already. Use its result."
        if self._tries.get(same, 0) >= 2:
            return f"“{same[0]}” has failed at this very task 2 times. Stop repeating it."
        self._count += 1
        self._tries[same] = self._tries.get(same, 0) + 1
        self._settled.add(same)
        kept = {name: given[name] for name in ("specialist", "brief", "expected", "confidence") if name in given}
        limits = [limit for limit in (given.get("deadline_s"), self._delegation_s) if limit is not None]
        return Errand(**kept, deadline_s=min(limits, default=None)), self._count

    async def _told(self, call: Mapping[str, Any], admitted: tuple[Errand, int] | str) -> dict[str, Any]:
        if isinstance(admitted, str):
            return tool_message(call, f"Error: {admitted}")
        errand, number = admitted
        same = (errand.specialist, " ".join(errand.brief.casefold().split()))
        ended = await self._perform(errand, number)
        if not ended.ok:
            self._settled.discard(same)
        return tool_message(call, shortened(ended.text if ended.ok else f"Error: {ended.text}"))

    async def _perform(self, errand: Errand, number: int) -> Ended:
        """One delegation, until there is a result that will do, or there will be none."""
        if errand.confidence is not None and errand.confidence < self._threshold and self._default in self._members:
            errand = replace(errand, specialist=self._default, confidence=None)
        ended: Ended | None = None
        while ended is None:
            name = errand.specialist
            try:
                ended = self._judged(errand, await self._worked(errand, number))
            except Refusal as refusal:
                errand.refused[name] = str(refusal)
                ended = await self._elsewhere(errand)
            except Failed as error:
                ended = _failed(name, f"“{name}” failed: {error}", error.kind)
        self._ended[number] = ended
        return ended

    async def _worked(self, errand: Errand, number: int) -> Mapping[str, Any]:
        mark = DEPTH.set(DEPTH.get() + 1)
        try:
            async with asyncio.timeout(errand.deadline_s):
                return await self._flow.delegate(errand.specialist, errand.briefing, number)
        except TimeoutError:
            raise Failed("timeout", f"It gave no result in {errand.deadline_s:g} s.") from None
        finally:
            DEPTH.reset(mark)

    def _judged(self, errand: Errand, outputs: Mapping[str, Any]) -> Ended | None:
        """What an attempt comes to; None for another one, once."""
        named = next((outputs[port] for port in ("data", "text") if port in outputs), None)
        result = named if named is not None else next(iter(outputs.values())) if len(outputs) == 1 else dict(outputs)
        why = errand.wrong(result)
        if not why:
            return Ended(errand.specialist, True, text(result), {"outputs": outputs})
        if errand.mended:
            said = f"the result of “{errand.specialist}” cannot be used: {why}."
            return _failed(errand.specialist, said, "invalid_output")
        errand.mended = True
        errand.notes = [*errand.notes, f"Your last result could not be used: {why}. Do it again."]
        return None

    async def _elsewhere(self, errand: Errand) -> Ended | None:
        """Somebody else for a task that was turned down: twice by the model's choice, then the default."""
        left = {name: told for name, told in self._members.items() if name not in errand.refused}
        said = "; ".join(f"“{name}”: {why}" for name, why in errand.refused.items())
        if len(errand.refused) <= REROUTES and left and (chosen := await self._rerouted(errand, left, said)):
            errand.specialist = chosen
            return None
        if self._default in left:
            errand.specialist = self._default
            return None
        advice = "Do it yourself, or say that it cannot be done."
        return Ended(errand.specialist, False, f"nobody takes this task: {said}. {advice}", {})

    async def _rerouted(self, errand: Errand, left: Mapping[str, str], said: str) -> str:
        opening = f"A task was turned down ({said}). Choose who is to do it instead."
        options = [(name, "", told) for name, told in left.items()]
        how = {name: value for name, value in self._how.items() if name not in ("temperature", "top_p", "max_tokens")}
        try:
            routes, sure = await choose(
                self._models, errand.brief, options, instructions=self._instructions, opening=opening,
                may_choose_none=True, **how,
            )  # fmt: skip
        except Failed:
            return ""
        return routes[0] if routes and sure >= self._threshold else ""

    async def _without_model(self, task: str, error: Failed) -> str:
        done = [ended for _, ended in sorted(self._ended.items()) if ended.ok]
        if done:
            return done[0].text if len(done) == 1 else "\n\n".join(f"## {e.specialist}\n\n{e.text}" for e in done)
        ruled = [name for name, holds_for in self._rules if holds_for(task)]
        for name in [name for name in (*ruled, self._default) if name in self._members][:1]:
            ended = await self._perform(Errand(name, task), 0)
            if ended.ok:
                return ended.text
        raise error


def _failed(specialist: str, said: str, kind: str) -> Ended:
    return Ended(specialist, False, said, {"error": {"class": kind, "message": said}})


def _delegate_schema(members: Mapping[str, str]) -> dict[str, Any]:
    lines = "\n".join(f"- {name}: {told}" for name, told in members.items())
    expected = "What a good result holds; or a JSON Schema that it must fit."
    fields = {
        "specialist": {"type": "string", "enum": list(members), "description": lines},
        "brief": {"type": "string", "minLength": 1, "description": "The whole task, with everything it needs."},
        "expected": {"type": "string", "description": expected},
        "reason": {"type": "string", "description": "Why this specialist, in one sentence."},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure of that you are."},
        "deadline_s": {"type": "number", "minimum": 1, "description": "Most seconds that it may take."},
        "budget_usd": {"type": "number", "minimum": 0, "description": "Most US dollars that it may cost."},
    }
    required = ["specialist", "brief", "expected"]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
