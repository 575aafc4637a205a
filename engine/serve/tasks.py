"""The tasks of an agent over A2A: a task is a run, so one that this server never saw is told from the stored run."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import uuid4

from a2a.server.context import ServerCallContext
from a2a.server.id_generator import IDGenerator, IDGeneratorContext
from a2a.server.tasks import InMemoryTaskStore
from a2a.types import Artifact, Message, Part, Role, Task, TaskState, TaskStatus

from engine.base.ids import run_id
from engine.kinds.a2a.parts import to_parts
from engine.run.past import OVER, Past
from engine.run.view import View
from engine.serve.answers import as_data, asked_in_words
from engine.serve.graph import ServedGraph

A2A: Final = "a2a"
"""By which protocol runs come that are tasks, as it is stored with them."""
MOST_TASKS: Final = 1_000
"""Tasks that are remembered; the oldest that are over go first."""
_ENDED: Final = (TaskState.TASK_STATE_COMPLETED, TaskState.TASK_STATE_FAILED, TaskState.TASK_STATE_CANCELED,
                 TaskState.TASK_STATE_REJECTED)  # fmt: skip


class RunIds(IDGenerator):
    """Makes the ids of tasks: that of a task is that of its run."""

    def generate(self, context: IDGeneratorContext) -> str:
        """A new one."""
        return run_id()


class Tasks(InMemoryTaskStore):
    """Remembers the newest tasks, since a server may stand for weeks, and finds older ones among the stored runs."""

    def __init__(self, served: ServedGraph) -> None:
        super().__init__()
        self._served = served
        self._ended: dict[str, ServerCallContext] = {}

    async def get(self, task_id: str, context: ServerCallContext) -> Task | None:
        """The task of an id; None when there is none."""
        known = await super().get(task_id, context)
        return known or await asyncio.to_thread(self._stored, task_id)

    async def save(self, task: Task, context: ServerCallContext) -> None:
        """Stores it, with each streamed text as one part, and forgets the oldest that is over when there are too many.

        The run of a cancelled one ends: the SDK asks nobody to do so for tasks that only wait.
        """
        if task.status.state == TaskState.TASK_STATE_CANCELED:
            await self._served.cancel(task.id, A2A)
        for artifact in task.artifacts:
            _join_texts(artifact)
        await super().save(task, context)
        if task.status.state in _ENDED:
            self._ended[task.id] = context
        while len(self._ended) > MOST_TASKS:
            oldest = next(iter(self._ended))
            await super().delete(oldest, self._ended.pop(oldest))

    def _stored(self, task_id: str) -> Task | None:
        past = self._served.stored(task_id, A2A)
        return None if past is None else task_of(past)


def _join_texts(artifact: Artifact) -> None:
    """Makes one part of a text that was streamed in pieces: callers that wait for the whole read the first part."""
    if len(artifact.parts) > 1 and all(part.WhichOneof("content") == "text" for part in artifact.parts):
        artifact.parts[0].text = "".join(part.text for part in artifact.parts)
        del artifact.parts[1:]


def task_of(past: Past) -> Task:
    """The task that a stored run was."""
    view = past.view()
    state, said = _state(past, view)
    status = TaskStatus(state=state)
    if said:
        status.message.CopyFrom(Message(message_id=uuid4().hex, role=Role.ROLE_AGENT, parts=said, task_id=past.id))
    status.timestamp.FromMilliseconds(int(1000 * (past.row.ended or past.row.created)))
    return Task(
        id=past.id, context_id=str(past.started_with["caller"].get("context", "")), status=status,
        artifacts=[Artifact(artifact_id=name, name=name, parts=to_parts(value)) for name, value in view.outputs.items()]
        if past.row.status in OVER else [],
    )  # fmt: skip


def _state(past: Past, view: View) -> tuple[Any, list[Part]]:
    """How a stored run stands as a task, and what is said about it."""
    status = past.row.status
    if status in OVER:
        return TaskState.TASK_STATE_COMPLETED, to_parts("; ".join(view.warnings)) if view.warnings else []
    if status == "cancelled":
        return TaskState.TASK_STATE_CANCELED, []
    if status == "running":
        return TaskState.TASK_STATE_WORKING, []
    if status == "paused" and view.waiting:
        return TaskState.TASK_STATE_INPUT_REQUIRED, question_parts(view.waiting)
    how = "was interrupted" if status == "interrupted" else status
    why = view.reason or f"baton run --resume {past.id} goes on with it"
    return TaskState.TASK_STATE_FAILED, to_parts(f"The run {past.id} {how}: {why}")


def question_parts(questions: Any) -> list[Part]:
    """Questions as parts of a message: in words for people, as data for programs."""
    return [*to_parts(asked_in_words(questions)), *to_parts({"waiting": as_data(questions)})]
