"""What a remote agent has said so far, folded from the events of its stream: its task, its state, its results. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from a2a.types import Artifact, Part, StreamResponse, Task, TaskArtifactUpdateEvent, TaskState, TaskStatus

from engine.base.errors import NodeError
from engine.base.values import Value, repair, repair_text
from engine.kinds.a2a.parts import data_values, texts

OVER: Final = frozenset(
    {TaskState.TASK_STATE_COMPLETED, TaskState.TASK_STATE_FAILED, TaskState.TASK_STATE_CANCELED,
     TaskState.TASK_STATE_REJECTED}
)  # fmt: skip
"""States that a task never leaves."""
ASKING: Final = frozenset({TaskState.TASK_STATE_INPUT_REQUIRED, TaskState.TASK_STATE_AUTH_REQUIRED})
"""States in which the agent waits for us."""
SHOWN_CHANGES: Final = 100
"""How often an agent may take back what it has said before nobody is shown any more of it while it works."""


@dataclass
class Said:
    """The fold.

    Attributes:
        task, context: the ids that the agent gave; "" before it did.
        state: of its task; 0 before it said so.
        note: the text of its last status.
        answered: a plain message ended the talk, without a task.
        fresh: text that watchers have not seen yet.
        taken_back: what watchers saw holds no longer: they are to forget it before they see `fresh`.
    """

    task: str = ""
    context: str = ""
    state: int = 0
    note: str = ""
    answered: bool = False
    fresh: str = ""
    taken_back: bool = False
    _artifacts: dict[str, list[Part]] = field(default_factory=dict)
    _message: list[Part] = field(default_factory=list)
    _changes: int = 0

    @property
    def settled(self) -> bool:
        """Whether the agent has ended, or waits for us."""
        return self.answered or self.state in OVER or self.state in ASKING

    def take(self, event: StreamResponse) -> None:
        """One more event.

        Raises:
            NodeError: `tool`: it is about another task, or says nothing that the protocol knows.
        """
        if event.HasField("message"):
            self._message = list(event.message.parts)
            self.answered = True
            self._show(texts(self._message))
        elif event.HasField("task"):
            self.take_task(event.task)
        elif event.HasField("status_update"):
            self._identify(event.status_update.task_id, event.status_update.context_id)
            self._status(event.status_update.status)
        elif event.HasField("artifact_update"):
            self._identify(event.artifact_update.task_id, event.artifact_update.context_id)
            self._artifact(event.artifact_update)
        else:
            raise NodeError("tool", "The remote agent sent an event that says nothing.")

    def take_task(self, task: Task) -> None:
        """The whole task as it stands, which replaces what was known of it."""
        self._identify(task.id, task.context_id)
        before = self.text()
        self._artifacts = {artifact.artifact_id: list(artifact.parts) for artifact in task.artifacts}
        now = self.text()
        if now.startswith(before):
            self._show(now[len(before) :])
        else:
            self._take_back(now)
        self._status(task.status)

    def text(self) -> str:
        """The text of its results; where there are none, what it said last."""
        if self.answered:
            return repair_text(texts(self._message))
        found = [text for parts in self._artifacts.values() if (text := _joined(parts))]
        if not found and self.state == TaskState.TASK_STATE_COMPLETED and not self.data():
            return self.note
        return repair_text("\n\n".join(found))

    def data(self) -> list[Value]:
        """The JSON values among its results."""
        parts = self._message if self.answered else [part for parts in self._artifacts.values() for part in parts]
        return [repair(value) for value in data_values(parts)]

    def _identify(self, task: str, context: str) -> None:
        if not task or (self.task and task != self.task):
            raise NodeError("tool", "The remote agent answered about another task than the one it was given.")
        self.task, self.context = task, context or self.context

    def _status(self, status: TaskStatus) -> None:
        self.state = status.state
        if status.HasField("message"):
            self.note = repair_text(texts(status.message.parts))

    def _artifact(self, update: TaskArtifactUpdateEvent) -> None:
        artifact: Artifact = update.artifact
        known = self._artifacts.get(artifact.artifact_id)
        if known is not None and update.append:
            known.extend(artifact.parts)
            newest = next(reversed(self._artifacts)) == artifact.artifact_id
            self._show(_joined(artifact.parts)) if newest else self._take_back()
            return
        before = None if known is None else _joined(known)
        self._artifacts[artifact.artifact_id] = list(artifact.parts)
        text = _joined(artifact.parts)
        if before is None:
            first = len(self._artifacts) == 1 or not text
            self._show(text if first else f"\n\n{text}")
        elif text != before:
            self._take_back()

    def _show(self, text: str) -> None:
        if self._changes <= SHOWN_CHANGES:
            self.fresh += text

    def _take_back(self, now: str | None = None) -> None:
        """Shows all anew. Each time costs as much as all that was said, so it is not done for ever."""
        self._changes += 1
        if self._changes <= SHOWN_CHANGES:
            self.taken_back, self.fresh = True, self.text() if now is None else now


def _joined(parts: Iterable[Part]) -> str:
    """The text of an artifact: pieces that came one after the other are one text."""
    return "".join(part.text for part in parts if part.HasField("text"))
