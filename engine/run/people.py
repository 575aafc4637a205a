"""Questions that nodes put to people; answers come at the start, live, or from a rehearsal (semantics.md S13)."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engine.base.errors import WrongUse
from engine.base.values import Value, repair
from engine.kinds.contract import Review, Verdict

if TYPE_CHECKING:
    from engine.run.context import NodeCall

DECISIONS: Final = ("approved", "rejected")
REASON: Final = "waits for a person"


@dataclass(frozen=True, slots=True)
class _Question:
    """A question that nobody has answered yet."""

    call: NodeCall
    asked: Review
    answer: asyncio.Future[tuple[Verdict, str]]


class People:
    """The open questions of one run.

    Args:
        answers: by key, what is answered as soon as it is asked: `{"decision", "value", "form"}` each.
        rehearsal: nobody is asked: every question is approved with the value that it is about.

    Raises:
        WrongUse: one of the answers is none.
    """

    def __init__(self, answers: Mapping[str, Value], rehearsal: bool) -> None:
        self._given = {key: read_answer(key, answer) for key, answer in answers.items()}
        self._rehearsal = rehearsal
        self._asked: Counter[str] = Counter()
        self._open: dict[str, _Question] = {}
        self._lock = threading.Lock()

    @property
    def waiting(self) -> bool:
        """Whether a question is open."""
        return bool(self._open)

    async def ask(self, call: NodeCall, asked: Review) -> Verdict:
        """Asks, and waits for the first answer.

        The key of a node's first question is the node's own, `scope/node`; its next ones end in `#2`, `#3`.
        """
        node = call.scope.prefix + call.node
        self._asked[node] += 1
        key = node if self._asked[node] == 1 else f"{node}#{self._asked[node]}"
        schema = None if asked.schema is None else dict(asked.schema)
        call.emit(
            "human.requested",
            {"key": key, "kind": asked.kind, "question": asked.question, "schema": schema, "value": asked.value},
        )
        verdict, who = self._known(call, key, asked) or await self._wait(call, key, asked)
        answer = {"decision": verdict.decision, "value": verdict.value, "form": dict(verdict.form)}
        call.emit("human.resolved", {"key": key, "by": who, **answer})
        return verdict

    def answer(self, key: str, answer: Value) -> None:
        """Answers an open question. From any thread; the first answer wins.

        Raises:
            WrongUse: nothing waits under this key, or the answer does not fit what was asked.
        """
        verdict = read_answer(key, answer)
        question = self._open.get(key)
        if question is not None and (wrong := _misfit(question.asked, verdict)):
            raise WrongUse(f"The answer to “{key}” does not fit what was asked: {wrong}.", "Correct it.")
        with self._lock:
            question = self._open.pop(key, None)
            if question is None:
                waiting = f"These wait: {', '.join(self._open)}." if self._open else "No question is open."
                raise WrongUse(f"Nothing waits for an answer under “{key}”.", waiting)
            question.call.asking -= 1
        question.answer.get_loop().call_soon_threadsafe(_settle, question.answer, verdict)

    def _known(self, call: NodeCall, key: str, asked: Review) -> tuple[Verdict, str] | None:
        """The answer that needs no person now, and who gave it; one that does not fit is told, and a person asked."""
        given = self._given.get(key)
        if given is not None:
            wrong = _misfit(asked, given)
            if not wrong:
                return given, "given"
            call.scope.warnings.append(f"{key}: the answer given does not fit what was asked: {wrong}")
        return (Verdict("approved", asked.value), "rehearsal") if self._rehearsal else None

    async def _wait(self, call: NodeCall, key: str, asked: Review) -> tuple[Verdict, str]:
        question = _Question(call, asked, asyncio.get_running_loop().create_future())
        call.emit("node.waiting", {"reason": REASON, "for": []})
        with self._lock:
            self._open[key] = question
            call.asking += 1
        call.rest()
        try:
            answered = await question.answer
        finally:
            with self._lock:
                if self._open.pop(key, None) is not None:  # nobody answered: it was cancelled
                    call.asking -= 1
        await call.take_up()
        return answered


def _settle(answer: asyncio.Future[tuple[Verdict, str]], verdict: Verdict) -> None:
    if not answer.done():
        answer.set_result((verdict, "person"))


def read_answer(key: str, answer: Any) -> Verdict:
    """A person's answer from `{"decision": "approved" | "rejected", "value": ..., "form": {...}}`.

    Raises:
        WrongUse: it is not of that form.
    """
    form = '{"decision": "approved" or "rejected", "value": ..., "form": {...}}'
    if not isinstance(answer, Mapping) or answer.get("decision") not in DECISIONS:
        raise WrongUse(f"The answer to “{key}” needs a decision: approved or rejected.", f"Write {form}.")
    fields = answer.get("form") or {}
    if not isinstance(fields, Mapping):
        raise WrongUse(f"The form in the answer to “{key}” is not an object.", f"Write {form}.")
    return Verdict(answer["decision"], repair(answer.get("value")), repair(dict(fields)))


def _misfit(asked: Review, verdict: Verdict) -> str:
    """Why an answer does not fit the schema of its question, "" when it does; a rejection need not fit."""
    from engine.agents.answers import misfit

    if asked.schema is None or verdict.decision == "rejected":
        return ""
    return misfit(dict(verdict.form) if verdict.form else verdict.value, asked.schema)
