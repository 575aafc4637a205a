"""One errand of a remote agent: its card found, its task begun or taken up again, its questions put (S11, S13)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from a2a.types import TaskState

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP, Value, as_text
from engine.kinds.a2a.lookup import card_at
from engine.kinds.a2a.parts import to_parts
from engine.kinds.a2a.said import Said
from engine.kinds.a2a.talk import Talk
from engine.kinds.a2a.transport import Reach
from engine.kinds.contract import Call, Outputs, Review
from engine.kinds.fetching import authority
from engine.kinds.headers import refuse_unsendable

MOST_QUESTIONS: Final = 20
"""Questions that an agent may ask about one task."""
SHOW_S: Final = 0.03
"""Seconds between two pieces of text that are shown."""
TASK: Final = "task"
"""The id under which the agent's task is known again after a restart (S11)."""
_ABOUT: Final = {"id": TASK, "tool": "a2a"}
_NOT_BEGUN: Final = ("credentials", "bad_request", "rate", "refused")
"""How an agent says no before it begins a task."""
_OVER_BADLY: Final = (TaskState.TASK_STATE_FAILED, TaskState.TASK_STATE_CANCELED, TaskState.TASK_STATE_REJECTED)


class Errand:
    """Sends a remote agent off, once, and brings back what it gave.

    A task is begun at most once: what an earlier session of the run began is taken up by its id, and where nobody
    knows that, a person is asked.

    Args:
        card: the address of the agent, or of its card.
        headers: sent with each request; `secret` says that one of them holds a secret.
        idle_s: longest silence, in seconds.
    """

    def __init__(self, call: Call[Any], card: str, headers: Mapping[str, str], *, secret: bool, idle_s: float) -> None:
        refuse_unsendable(headers)
        self._call, self._address = call, card
        home = authority(card) if secret else None
        self._reach = Reach(call.outside.private_hosts, dict(headers), home, idle_s)

    async def done(self, message: Value) -> Outputs:
        """Gives it the message and waits for the end.

        Raises:
            NodeError: whatever kept the agent from its work, in a class of S1.
        """
        call, shown = self._call, _Shown(self._call)
        authority(self._address)
        async with Talk(await card_at(self._address, self._reach), self._reach, shown.tell) as talk:
            try:
                instead = await self._begin(talk, message)
                if instead is not None:
                    return instead
                await self._converse(talk)
            except asyncio.CancelledError:
                if not call.pausing:  # a run that only rests leaves the agent's task as it is
                    await talk.cancel()
                raise
            finally:
                shown.flush()
            return _outputs(talk.said)

    async def _begin(self, talk: Talk, message: Value) -> Outputs | None:
        """Returns what a person wants as the result of a task that nobody knows the end of, else None."""
        call, step = self._call, None
        while (known := call.recall(TASK)) is not None:
            step = known
        if step is not None and (step.ok or not step.done):
            task, _, context = step.text.partition(" ")
            if step.done and await talk.resume(task, context):
                await talk.follow()
                if talk.said.state not in _OVER_BADLY:
                    return None
                talk.start_over()  # it was stopped with the run, or failed: the run goes on, so it is given anew
            else:
                doubt = await call.uncertain(call.title or "a remote agent")
                if doubt.do == "skip":
                    return {"text": as_text(doubt.value)}
                if doubt.do == "fail":
                    raise NodeError("tool", "It was cut off while the agent worked, and a person let it fail.")
        call.emit("tool.call", _ABOUT)
        await call.stored()
        try:
            await talk.send(to_parts(message))
        except NodeError as error:
            if not talk.said.task and (error.unpaid or error.error_class in _NOT_BEGUN):
                call.emit("tool.result", {**_ABOUT, "ok": False, "text": ""})  # no doubt: a resumed run just asks again
            raise
        return None

    async def _converse(self, talk: Talk) -> None:
        """Puts the agent's questions to a person until it has none (S13)."""
        said = talk.said
        for _ in range(MOST_QUESTIONS):
            if said.state == TaskState.TASK_STATE_AUTH_REQUIRED:
                await talk.cancel()
            if said.state != TaskState.TASK_STATE_INPUT_REQUIRED:
                return
            question = said.note or "The remote agent asks for more."
            verdict = await self._call.review(Review("agent", question, value=said.data() or said.text() or None))
            if verdict.decision == "rejected":
                await talk.cancel()
                raise NodeError("refused", "A person did not answer the remote agent's question.")
            await talk.send(to_parts(verdict.value if verdict.value is not None else "approved"))
        await talk.cancel()
        raise NodeError("tool", f"The remote agent asked more than {MOST_QUESTIONS} questions.")


def _outputs(said: Said) -> Outputs:
    """What the ports get, once the agent has ended.

    Raises:
        NodeError: it ended without success, or with too much.
    """
    told = f": {said.note[:400].rstrip('.')}." if said.note else "."
    if said.state == TaskState.TASK_STATE_FAILED:
        raise NodeError("tool", f"The remote agent failed{told}", "Ask who runs it, or try again.")
    if said.state == TaskState.TASK_STATE_REJECTED:
        raise NodeError("refused", f"The remote agent refused the task{told}", "Check what it takes.")
    if said.state == TaskState.TASK_STATE_CANCELED:
        raise NodeError("tool", f"The remote agent's task was cancelled over there{told}")
    if said.state == TaskState.TASK_STATE_AUTH_REQUIRED:
        raise NodeError("credentials", f"The remote agent wants to know who asks{told}", "Give a token in “Headers”.")
    text, data = said.text(), said.data()
    if len(text.encode()) > TEXT_CAP:
        raise NodeError("tool", f"The remote agent gave more than the {TEXT_CAP:,} bytes that a text may have.")
    found: dict[str, Value] = {"text": text}
    if data:
        found["data"] = data[0] if len(data) == 1 else data
    return found


class _Shown:
    """Tells watchers what the agent says, a few times a second however often it says something."""

    def __init__(self, call: Call[Any]) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.TimerHandle | None = None
        self._task = self._note = ""
        self._said: Said | None = None

    def tell(self, said: Said) -> None:
        """Takes what was said so far."""
        self._said = said
        if said.task != self._task:
            self._task = said.task
            self._call.emit("tool.result", {**_ABOUT, "ok": True, "text": f"{said.task} {said.context}".strip()})
        if self._due is None:
            self._due = self._loop.call_later(SHOW_S, self.flush)

    def flush(self) -> None:
        """Shows what was not shown yet."""
        due, self._due, said = self._due, None, self._said
        if due is None or said is None:
            return
        due.cancel()
        if said.taken_back:
            said.taken_back = False
            self._call.emit("node.attempt_discarded", {})
        if said.fresh:
            self._call.emit("text", {"text": said.fresh})
            said.fresh = ""
        if said.note != self._note:
            self._note = said.note
            self._call.progress(0, 0, said.note[:200])
