"""What a manager's model may call: its tools and `delegate`; and who does the work when the model fails (S7)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.agents.assignments import Assignment, read, tool
from engine.agents.parts import Part, listed
from engine.agents.tool_loop import RESULT_CAP, Workbench
from engine.base.errors import NodeError
from engine.base.fitting import misfit
from engine.base.values import as_text
from engine.kinds.contract import Call, Review
from engine.kinds.errand import Errand, Outcome
from engine.kinds.manager_config import ManagerConfig
from engine.models.contract import Message, ToolCall, ToolSpec
from engine.tools.contract import DELEGATE_TOOL

TRIES: Final = 2
"""How often an equal task may be given to a specialist that failed at it."""


class Dispatch:
    """The delegations of one manager while it answers. Implements `engine.agents.conversation.ToolUse`.

    Args:
        bench: its own tools.
        task: what the manager was asked, for those who take over from its model.
    """

    def __init__(self, call: Call[ManagerConfig], bench: Workbench, task: str) -> None:
        self.call, self._bench, self._task = call, bench, task
        self.team = dict(call.team) if call.depth < call.config.max_depth else {}
        self._spec = tool(self.team)
        self._count = 0
        self._insists = False
        self._tries: Counter[tuple[str, str]] = Counter()
        self._settled: set[tuple[str, str]] = set()
        self.outcomes: dict[int, Outcome] = {}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        own = self._bench.specs
        # Servers want to hear of tools that the conversation shows, so the last offer stays when nothing else would.
        return (*own, self._spec) if self.team and not (self._all_made and own) else own

    @property
    def _all_made(self) -> bool:
        """Whether it may delegate no more."""
        return self._count >= self.call.config.max_delegations

    @property
    def used_up(self) -> bool:
        """Whether it has to answer now: all delegations are made, and it has no tools of its own or asks for more."""
        return bool(self.team) and self._all_made and (self._insists or not self._bench.specs)

    @property
    def came_to(self) -> dict[str, Mapping[str, Any]]:
        """What each specialist that was used came to; a success counts before a failure, the later before the first."""
        found: dict[str, Mapping[str, Any]] = {}
        for outcome in (self.outcomes[number] for number in sorted(self.outcomes)):
            if outcome.status == "rejected":
                continue
            if outcome.ok or "outputs" not in found.get(outcome.specialist, {}):
                found[outcome.specialist] = outcome.came_to
        return found

    async def answer(self, calls: Sequence[ToolCall]) -> tuple[Message, ...]:
        """Works on several delegations side by side, and on calls of other tools beside them."""
        ours = [call for call in calls if call.name == DELEGATE_TOOL and self.team]
        self._insists = self._insists or (self._all_made and bool(ours))
        others = [call for call in calls if call not in ours]
        jobs = [self._message(call, self._admitted(call)) for call in ours]
        tasks = [asyncio.create_task(job) for job in jobs]
        rest = asyncio.create_task(self._bench.answer(others))
        why: str | None = None
        try:
            told = dict(zip(map(id, ours), await asyncio.gather(*tasks), strict=True))
            told |= dict(zip(map(id, others), await rest, strict=True))
            return tuple(told[id(call)] for call in calls)
        except asyncio.CancelledError as stopped:
            why = stopped.args[0] if stopped.args else None
            raise
        finally:
            for task in (*tasks, rest):
                task.cancel(why)
            await asyncio.gather(*tasks, rest, return_exceptions=True)

    def _admitted(self, call: ToolCall) -> tuple[Assignment, int] | str:
        """The assignment and its number, or why there is none. Depends on the conversation only (S11)."""
        config = self.call.config
        if call.broken:
            return f"the arguments are not a JSON object: {call.broken[:200]}"
        if why := misfit(dict(call.arguments), self._spec.parameters):
            return f"the arguments do not fit: {why}. Correct them."
        if self._all_made:
            return f"{config.max_delegations} delegations are allowed, and all are made. Answer with what you have."
        wanted = read(call.arguments)
        same = wanted.specialist, wanted.same
        if same in self._settled:
            return f"“{wanted.specialist}” has this very task already. Use its result."
        if self._tries[same] >= TRIES:
            return f"“{wanted.specialist}” has failed at this very task {TRIES} times. Stop repeating it."
        self._count += 1
        self._tries[same] += 1
        self._settled.add(same)
        return self._limited(wanted), self._count

    def _limited(self, wanted: Assignment) -> Assignment:
        """With the limits of the config where the model sets none, or higher ones."""
        config = self.call.config
        return Assignment(
            wanted.specialist, wanted.brief, wanted.expected, wanted.reason, wanted.confidence,
            _lower(wanted.deadline_s, config.delegation_s), _lower(wanted.budget_usd, config.delegation_usd),
        )  # fmt: skip

    async def _message(self, call: ToolCall, admitted: tuple[Assignment, int] | str) -> Message:
        if isinstance(admitted, str):
            told = {"tool": call.name, "id": call.id, "reason": admitted, "arguments": dict(call.arguments)}
            self.call.emit("tool.denied", told)
            return Message("tool", f"Error: {admitted}", tool_call_id=call.id)
        wanted, number = admitted
        outcome = await self.give(wanted, number)
        if not outcome.ok:
            self._settled.discard((wanted.specialist, wanted.same))
        text = outcome.text if outcome.ok else f"Error: {outcome.text}"
        if len(text) > RESULT_CAP:
            text = f"{text[:RESULT_CAP]}\n[cut here: {RESULT_CAP:,} of {len(text):,} characters are shown]"
        return Message("tool", text, tool_call_id=call.id)

    async def give(self, wanted: Assignment, number: int) -> Outcome:
        """One delegation, from its start to its end."""
        outcome = self.outcomes[number] = await Errand(self.call, wanted, number).perform()
        return outcome

    # When the manager's model fails

    async def without_model(self, error: NodeError) -> str:
        """The answer when no model of the manager's gives one: what there is, a rule, the default, or a person (S7).

        Raises:
            NodeError: nothing of that helps; why the model failed.
        """
        done = [Part(outcome.specialist, outcome.text) for _, outcome in sorted(self.outcomes.items()) if outcome.ok]
        if done:
            self.call.degraded(f"its model failed, so this is what the specialists gave: {error.message}")
            return done[0].text if len(done) == 1 else listed(done)
        for specialist, reason in self._last_resorts():
            self.call.degraded(f"its model failed, so {reason} “{specialist}”: {error.message}")
            wanted = self._limited(Assignment(specialist, self._task, reason=f"{reason} it: the model failed"))
            outcome = await self.give(wanted, 0)
            if outcome.ok:
                return outcome.text
            break
        if self.call.config.person:
            return await self._by_person(error)
        raise error

    def _last_resorts(self) -> list[tuple[str, str]]:
        """The specialist that a rule chooses, else the default; at most one."""
        config = self.call.config
        found = [(rule.specialist, "a rule chose") for rule in config.rules if rule.when.holds(self._task)]
        found += [(config.default, "the default is")] if config.default else []
        return [each for each in found if each[0] in self.team][:1]

    async def _by_person(self, error: NodeError) -> str:
        asked = f"The model of “{self.call.title or self.call.node}” failed ({error.message}). What is the answer?"
        verdict = await self.call.review(Review("manager", f"{asked}\n\n{self._task[:600]}", {"type": "string"}, ""))
        if verdict.decision == "rejected":
            raise error
        self.call.degraded(f"its model failed, so a person answered: {error.message}")
        return as_text(verdict.value)


def _lower(one: float | None, other: float | None) -> float | None:
    return min((each for each in (one, other) if each is not None), default=None)
