"""A swarm: a model plans sub-tasks, fresh sub-agents work on them side by side, and one text is made of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from engine.export.standalone.parts.flow import Flow
from engine.export.standalone.parts.judging import written_together
from engine.export.standalone.parts.models import ask
from engine.export.standalone.parts.schemas import misfit, read_json
from engine.export.standalone.parts.tools import Tools
from engine.export.standalone.parts.values import Failed, text

PLAN = (
    "You plan. Split the task into sub-tasks that can be worked on side by side, each by somebody who sees nothing but "
    "its brief: put all that is needed into it. Together they cover the whole, no two are alike, and there are at most "
    "{most}."
)


async def swarm(
    flow: Flow, models: Sequence[str], task: str, *, instructions: str = "", tools: Tools | None = None,
    max_turns: int = 20, history: Sequence[Mapping[str, Any]] = (), schema: Mapping[str, Any] | None = None,
    width: int = 16, max_tasks: int = 20, max_failures: int = 0, merge: str = "write",
    delegation_s: float | None = None, images: Sequence[Any] = (), **how: Any,
) -> dict[str, Any]:  # fmt: skip
    """What the sub-agents, each a run of a flow, give together, and a record for each sub-task."""
    planning = {name: value for name, value in how.items() if name != "max_tokens"}
    plan = await ask(
        models, task, instructions="\n\n".join(filter(None, (instructions, PLAN.format(most=max_tasks)))),
        schema=_plan_schema(max_tasks), tools=tools, max_turns=max_turns, history=history,
        images=images, **planning,
    )  # fmt: skip
    tasks = list({each["brief"].strip(): each for each in plan.data["tasks"] if each["brief"].strip()}.values())
    if not tasks:
        raise Failed("invalid_output", "The plan has no sub-tasks.")
    records = await _all_worked(flow, tasks, width, max_failures, delegation_s)
    failed = [each for each in records if "error" in each]
    if len(failed) == len(records) or len(failed) > max_failures:
        raise Failed("tool", f"{len(failed)} of {len(tasks)} sub-agents failed; the first: {failed[0]['error']}")
    parts = [(each["title"], each["result"]) for each in records if "result" in each]
    said = await _together(models, parts, task, instructions, merge, how)
    return {"text": said, "results": records, **({"data": _fitting(said, schema)} if schema is not None else {})}


async def _all_worked(
    flow: Flow, tasks: Sequence[Mapping[str, Any]], width: int, max_failures: int, limit_s: float | None
) -> list[dict[str, Any]]:
    """A record for each task that was begun, in order. Once more have failed than may, no more begin."""
    records: dict[int, dict[str, Any]] = {}
    waiting = iter(enumerate(tasks))

    async def work() -> None:
        for number, task in waiting:
            if sum("error" in each for each in records.values()) > max_failures:
                return
            records[number] = await _worked_on(flow, task, number + 1, limit_s)

    await asyncio.gather(*(work() for _ in range(min(width, len(tasks)))))
    return [records[number] for number in sorted(records)]


async def _worked_on(flow: Flow, task: Mapping[str, Any], number: int, limit_s: float | None) -> dict[str, Any]:
    brief = task["brief"].strip()
    record = {"title": str(task.get("title") or brief)[:80], "brief": brief}
    notes: list[str] = []
    while True:
        try:
            async with asyncio.timeout(limit_s):
                outcome = await flow.run({"brief": "\n\n".join([brief, *notes])}, ("delegation", number))
        except TimeoutError:
            return {**record, "status": "failed", "error": f"“worker” failed: It gave no result in {limit_s:g} s."}
        if outcome.error is not None:
            said = outcome.error.get("message", "it gave no result")
            return {**record, "status": "failed", "error": f"“worker” failed: {said}"}
        result = text(outcome.outputs.get("result", ""))
        if result.strip():
            return {**record, "status": "ok", "result": result}
        if notes:
            said = "the result of “worker” cannot be used: it is empty."
            return {**record, "status": "failed", "error": said}
        notes = ["Your last result could not be used: it is empty. Do it again."]


async def _together(
    models: Sequence[str], parts: Sequence[tuple[str, str]], task: str, instructions: str, merge: str, how: Any
) -> str:
    listed = "\n\n".join(f"## {title}\n\n{said}" for title, said in parts)
    if merge == "list":
        return listed
    wish = "\n\n".join(filter(None, (instructions, f"The parts answer this task: {task}")))
    plain = {name: value for name, value in how.items() if name not in ("temperature", "top_p", "max_tokens")}
    try:
        return text((await written_together(models, parts, instructions=wish, **plain))["value"])
    except Failed:
        return listed


def _fitting(said: str, schema: Mapping[str, Any]) -> Any:
    try:
        data = read_json(said)
        why = misfit(data, schema)
    except ValueError as error:
        data, why = None, f"it is {error}"
    if why:
        raise Failed("invalid_output", f"The result does not fit the output schema: {why}.")
    return data


def _plan_schema(most: int) -> dict[str, Any]:
    fields = {
        "title": {"type": "string", "description": "A few words."},
        "brief": {"type": "string", "description": "The whole sub-task, with everything it needs."},
    }
    task = {"type": "object", "properties": fields, "required": ["title", "brief"], "additionalProperties": False}
    tasks = {"type": "array", "items": task, "minItems": 1, "maxItems": most}
    return {"type": "object", "properties": {"tasks": tasks}, "required": ["tasks"], "additionalProperties": False}
