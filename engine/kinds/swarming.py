"""A swarm: a manager plans sub-tasks, fresh sub-agents work on them side by side, and one text is made of it (S7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.agents import conversation
from engine.agents.assignments import Assignment
from engine.agents.conversation import Question
from engine.agents.parts import Judge, Part, listed, room_for_parts
from engine.agents.reducing import reduce
from engine.agents.tool_loop import Workbench
from engine.base.errors import NodeError
from engine.base.together import together
from engine.base.values import Value
from engine.kinds.contract import Call
from engine.kinds.errand import Errand, Outcome
from engine.kinds.manager_config import ManagerConfig

PLAN: Final = (
    "You plan. Split the task into sub-tasks that can be worked on side by side, each by somebody who sees nothing but "
    "its brief: put all that is needed into it. Together they cover the whole, no two are alike, and there are at most "
    "{most}."
)


@dataclass(slots=True)
class Swarm:
    """One run of a swarm.

    Attributes:
        question: the manager's, with its texts filled in.
        bench: its own tools, for planning; None when it has none.
    """

    call: Call[ManagerConfig]
    question: Question
    bench: Workbench | None = None

    async def perform(self) -> tuple[str, list[Value]]:
        """One text, and a record for each sub-task.

        Raises:
            NodeError: it could not plan, or more sub-agents failed than may.
        """
        tasks = await self._plan()
        outcomes = await self._work(tasks)
        failed = [outcome for outcome in outcomes if not outcome.ok]
        if len(failed) == len(outcomes) or len(failed) > self.call.config.max_failures:
            raise NodeError(
                "tool", f"{len(failed)} of {len(tasks)} sub-agents failed; the first: {failed[0].text}",
                "Allow more failures, or give them narrower tasks.",
            )  # fmt: skip
        if failed:
            self.call.degraded(f"{len(failed)} of {len(tasks)} sub-tasks are missing")
        records = [_record(task, outcome) for task, outcome in zip(tasks, outcomes, strict=True)]
        parts = [Part(task.title, done.text) for task, done in zip(tasks, outcomes, strict=True) if done.ok]
        return await self._merged(parts), records

    async def _plan(self) -> list[Assignment]:
        """The sub-tasks, each once; the whole task as one where no model plans."""
        config, question = self.call.config, self.question
        plan = replace(
            question,
            instructions="\n\n".join(filter(None, (question.instructions, PLAN.format(most=config.max_tasks)))),
            like=replace(question.like, output_schema=_schema(config.max_tasks), max_tokens=None),
        )
        answer = await conversation.ask(
            self.call.chat, config.model, config.fallback, plan, tools=self.bench, told=self.call
        )
        data: Any = answer.data
        found = {task["brief"].strip(): task for task in data["tasks"] if task["brief"].strip()}
        if not found:
            raise NodeError("invalid_output", "The plan has no sub-tasks.", "Say more of the task.")
        return [
            Assignment("worker", brief, title=str(task.get("title") or brief)[:80],
                       deadline_s=config.delegation_s, budget_usd=config.delegation_usd)
            for brief, task in found.items()
        ]  # fmt: skip

    async def _work(self, tasks: Sequence[Assignment]) -> list[Outcome]:
        """Each task by a sub-agent, as many at once as may be; the outcomes in the order of the tasks. Once more have
        failed than may, no more begin."""
        outcomes: dict[int, Outcome] = {}
        waiting = iter(enumerate(tasks, 1))
        width = min(self.call.config.width, len(tasks))
        await together(self._worker(waiting, outcomes, len(tasks)) for _ in range(width))
        return [outcomes[number] for number in sorted(outcomes)]

    async def _worker(
        self, waiting: Iterator[tuple[int, Assignment]], outcomes: dict[int, Outcome], total: int
    ) -> None:
        for number, task in waiting:
            if sum(not outcome.ok for outcome in outcomes.values()) > self.call.config.max_failures:
                return  # it has failed: what has not begun need not be paid for
            outcomes[number] = await Errand(self.call, task, number, swarm=True).perform()
            failed = sum(not outcome.ok for outcome in outcomes.values())
            self.call.progress(len(outcomes), total, f"{failed} failed" if failed else "")

    async def _merged(self, parts: Sequence[Part]) -> str:
        call, config = self.call, self.call.config
        if config.merge == "list":
            return listed(parts)
        wish = "\n\n".join(filter(None, (config.instructions, f"The parts answer this task: {self.question.prompt}")))
        room = room_for_parts(call.context_tokens(config.model), wish)
        judge = Judge(call.chat, config.model, config.fallback, wish, room, call.progress)
        try:
            return await reduce(judge, parts)
        except NodeError as error:
            call.degraded(f"its model could not merge the results, so they stand under each other: {error.message}")
            return listed(parts)


def _schema(most: int) -> Mapping[str, Any]:
    task = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "A few words."},
            "brief": {"type": "string", "description": "The whole sub-task, with everything it needs."},
        },
        "required": ["title", "brief"],
        "additionalProperties": False,
    }
    tasks = {"type": "array", "items": task, "minItems": 1, "maxItems": most}
    return {"type": "object", "properties": {"tasks": tasks}, "required": ["tasks"], "additionalProperties": False}


def _record(task: Assignment, outcome: Outcome) -> dict[str, Value]:
    told: dict[str, Value] = {"title": task.title, "brief": task.brief, "status": outcome.status}
    return {**told, "result": outcome.text} if outcome.ok else {**told, "error": outcome.text}
