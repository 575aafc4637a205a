"""Questions that nodes put to people; answers come at the start, live, or from a rehearsal (semantics.md S13)."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from engine.base.errors import WrongUse
from engine.base.values import Value, as_text, repair
from engine.kinds.contract import Review, Verdict
from engine.run.asked import Known, Questions
from engine.run.breakpoints import Breakpoints

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.memory import Memory

DECISIONS: Final = ("approved", "rejected")
REASON: Final = "waits for a person"
FOR_RUN: Final = "for_run"
"""In an approval of a writing tool: it may act without asking for the rest of the run."""
DEADLINE: Final = "deadline"
"""Who answered when nobody did in time."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A question that nobody has answered yet."""

    call: NodeCall
    asked: Review
    answer: asyncio.Future[tuple[Verdict, str]]


class People:
    """The open questions of one run, and its breakpoints.

    Args:
        answers: by key, what is answered as soon as it is asked: `{"decision", "value", "form"}` each.
        rehearsal: nobody is asked: every question is approved with the value that it is about, or a sample that fits.
        memory: of earlier sessions of the run: what was answered then is not asked again (S11).
        breakpoints: see `Breakpoints`.
        allow_writes: names of writing tools that may act unasked, or patterns such as `fs.*`.

    Raises:
        WrongUse: one of the answers is none.
    """

    def __init__(
        self, answers: Mapping[str, Value], rehearsal: bool, memory: Memory | None = None, *,
        breakpoints: Iterable[str] = (), allow_writes: Sequence[str] = (),
    ) -> None:  # fmt: skip
        for key, answer in answers.items():
            read_answer(key, answer)
        self._given, self._rehearsal, self._allowed = dict(answers), rehearsal, tuple(allow_writes)
        self.breakpoints = Breakpoints(breakpoints)
        self._questions = Questions({}, {})
        if memory is not None and not memory.base:  # another run was another person's decision
            self._questions = Questions(memory.asked, memory.answers)
            let = (memory.asked.get(key, {}) for key, told in memory.answers.items() if told.get(FOR_RUN) is True)
            self._allowed += tuple(each["tool"] for each in let if each.get("tool"))
        self._open: dict[str, _Question] = {}
        self._lock = threading.Lock()

    @property
    def waiting(self) -> bool:
        """Whether a question is open, or a node is held at a breakpoint."""
        return bool(self._open or self.breakpoints.held)

    @property
    def reason(self) -> str:
        """Why the run pauses when nothing else goes on: `uncertain` when only writes are in question, else `human`."""
        kinds = {each.asked.kind for each in self._open.values()}
        return "uncertain" if kinds == {"uncertain"} and not self.breakpoints.held else "human"

    def may_write(self, tool: str) -> bool:
        """Whether a writing tool may act without asking each time."""
        return any(fnmatchcase(tool, pattern) for pattern in self._allowed)

    async def ask(self, call: NodeCall, asked: Review) -> Verdict:
        """Asks, and waits for the first answer, or for the deadline. What was answered before is not asked again."""
        known = self._questions.find(call.scope.prefix + call.node, asked)
        if known.answer is not None:
            verdict = read_answer(known.key, known.answer)
            return replace(verdict, expired=known.answer.get("by") == DEADLINE)
        if known.deadline is None and asked.deadline_s is not None:
            known = replace(known, deadline=call.clock.wall() + asked.deadline_s)
        key, schema = known.key, None if asked.schema is None else dict(asked.schema)
        told = {"key": key, "kind": asked.kind, "question": asked.question, "schema": schema, "value": asked.value}
        told |= {"tool": asked.tool} if asked.tool else {}
        call.emit("human.requested", told if known.deadline is None else {**told, "deadline": known.deadline})
        verdict, who = self._at_once(call, known, asked) or await self._wait(call, known, asked)
        answer = {"decision": verdict.decision, "value": verdict.value, "form": dict(verdict.form)}
        if verdict.for_run and asked.tool:
            answer[FOR_RUN] = True
            self._let(asked.tool)
        call.emit("human.expired" if verdict.expired else "human.resolved", {"key": key, "by": who, **answer})
        return verdict

    def answer(self, key: str, answer: Value) -> None:
        """Answers an open question. From any thread; the first answer wins.

        Raises:
            WrongUse: nothing waits under this key, or the answer does not fit what was asked.
        """
        question = self._open.get(key)
        verdict = read_answer(key, answer, question.asked.value if question is not None else None)
        if question is not None and (wrong := _misfit(question.asked, verdict)):
            raise WrongUse(f"The answer to “{key}” does not fit what was asked: {wrong}.", "Correct it.")
        with self._lock:
            question = self._open.pop(key, None)
            if question is None:
                waiting = f"These wait: {', '.join(self._open)}." if self._open else "No question is open."
                raise WrongUse(f"Nothing waits for an answer under “{key}”.", waiting)
            question.call.asking -= 1
        question.answer.get_loop().call_soon_threadsafe(_settle, question.answer, verdict, "person")

    def _let(self, tool: str) -> None:
        """A writing tool may act without being asked about, from now on and where it waits to be."""
        self._allowed = (*self._allowed, tool)
        with self._lock:
            waiting = [key for key, each in self._open.items() if each.asked.tool == tool]
            found = [self._open.pop(key) for key in waiting]
            for each in found:
                each.call.asking -= 1
        for each in found:
            _settle(each.answer, Verdict("approved", each.asked.value), "person")

    def _at_once(self, call: NodeCall, known: Known, asked: Review) -> tuple[Verdict, str] | None:
        """The answer that needs no person now, and who gave it; one that does not count is told, and a person asked."""
        key, given = known.key, self._given.get(known.key)
        if known.deadline is not None and known.deadline <= call.clock.wall():
            if given is not None:
                call.scope.warnings.append(f"{key}: the answer came after the deadline")
            return _expired(asked), DEADLINE
        if given is not None:
            verdict = read_answer(key, given, asked.value)
            wrong = _misfit(asked, verdict)
            if not wrong:
                return verdict, "given"
            call.scope.warnings.append(f"{key}: the answer given does not fit what was asked: {wrong}")
        return (Verdict("approved", _sample(asked)), "rehearsal") if self._rehearsal else None

    async def _wait(self, call: NodeCall, known: Known, asked: Review) -> tuple[Verdict, str]:
        key, clock, timer = known.key, call.clock, None
        question = _Question(call, asked, asyncio.get_running_loop().create_future())
        call.emit("node.waiting", {"reason": REASON, "for": []})
        with self._lock:
            self._open[key] = question
            call.asking += 1
        if known.deadline is not None:
            timer = clock.call_later(max(0.0, known.deadline - clock.wall()), lambda: self._expire(key))
        call.rest()
        try:
            answered = await question.answer
        finally:
            if timer is not None:
                timer.cancel()
            with self._lock:
                if self._open.pop(key, None) is not None:  # nobody answered: it was cancelled
                    call.asking -= 1
        await call.take_up()
        return answered

    def _expire(self, key: str) -> None:
        """Nobody has answered in time."""
        with self._lock:
            question = self._open.pop(key, None)
            if question is None:
                return
            question.call.asking -= 1
        _settle(question.answer, _expired(question.asked), DEADLINE)


def _settle(answer: asyncio.Future[tuple[Verdict, str]], verdict: Verdict, who: str) -> None:
    if not answer.done():
        answer.set_result((verdict, who))


def _expired(asked: Review) -> Verdict:
    return Verdict(asked.on_expire, asked.value, expired=True)


def read_answer(key: str, answer: Any, shown: Value = None) -> Verdict:
    """A person's answer from `{"decision": "approved" | "rejected", "value": ..., "form": {...}}`.

    Args:
        shown: what is approved by an answer that has neither a value nor a form.

    Raises:
        WrongUse: it is not of that form.
    """
    form = '{"decision": "approved" or "rejected", "value": ..., "form": {...}}'
    if not isinstance(answer, Mapping) or answer.get("decision") not in DECISIONS:
        raise WrongUse(f"The answer to “{key}” needs a decision: approved or rejected.", f"Write {form}.")
    fields = answer.get("form") or {}
    if not isinstance(fields, Mapping):
        raise WrongUse(f"The form in the answer to “{key}” is not an object.", f"Write {form}.")
    form_filled = repair(dict(fields))
    approved = answer["decision"] == "approved"
    value = repair(answer["value"]) if "value" in answer else form_filled or shown if approved else None
    return Verdict(answer["decision"], value, form_filled, for_run=approved and answer.get(FOR_RUN) is True)


def check_answers(
    answers: Mapping[str, Value], waiting: Mapping[str, Mapping[str, Any]], nodes: Container[str]
) -> None:
    """Refuses answers that cannot be meant, before a run goes on with them.

    Args:
        answers: by key.
        waiting: the questions that are open, as `View.waiting` has them; others may come.
        nodes: the ids of the graph's nodes.

    Raises:
        WrongUse: one is no answer, does not fit its question, or is for a node that there is not.
    """
    for key, answer in answers.items():
        told = waiting.get(key)
        if told is None:
            read_answer(key, answer)
            if re.split(r"[\[/#]", key)[0] not in nodes:
                there = f"These wait: {', '.join(waiting)}." if waiting else "No question is open."
                raise WrongUse(f"Nothing asks under “{key}”.", there)
            continue
        asked = Review(told["kind"], told["question"], told["schema"], told["value"])
        if wrong := _misfit(asked, read_answer(key, answer, asked.value)):
            raise WrongUse(f"The answer to “{key}” does not fit what was asked: {wrong}.", "Correct it.")


def _misfit(asked: Review, verdict: Verdict) -> str:
    """Why an answer does not fit the schema of its question, "" when it does; a rejection need not fit."""
    from engine.base.fitting import misfit

    if asked.schema is None or verdict.decision == "rejected":
        return ""
    return misfit(dict(verdict.form) if verdict.form else verdict.value, asked.schema)


def _sample(asked: Review) -> Value:
    """What a rehearsal approves: the value as it is; where it does not fit the schema, one that does."""
    if not _misfit(asked, Verdict("approved", asked.value)):
        return asked.value
    from engine.models.rehearsal.fill import fill
    from engine.models.rehearsal.shape import Material

    assert asked.schema is not None
    return repair(fill(asked.schema, Material.of(f"{asked.question}\n\n{as_text(asked.value)}", "")))
