"""One question to a model and its answer: text, or JSON that fits a schema, with calls of tools on the way (S8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from engine.agents.answers import read_json
from engine.base.errors import NodeError
from engine.base.fitting import misfit
from engine.base.values import Value
from engine.models.contract import Image, Message, ModelRequest, Reply, ToolCall, ToolSpec

Chat = Callable[[str, ModelRequest, Sequence[str]], Awaitable[Reply]]
"""Calls a model by name, with fallbacks: `engine.kinds.contract.Call.chat`."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: texts are rendered already.

    Attributes:
        like: what its requests have beside the conversation: the schema of the answer, sampling, limits.
        images: pictures that go with the prompt.
        history: what was said before; `engine.agents.history.window` made it short enough.
        max_turns: most replies of the model, of which all but the last may call tools.
    """

    instructions: str
    prompt: str
    like: ModelRequest = field(default_factory=lambda: ModelRequest(()))
    images: tuple[Image, ...] = ()
    history: tuple[Message, ...] = ()
    max_turns: int = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the text, the JSON in it when a schema asked for it, and all that was said from the prompt on."""

    text: str
    data: Value = None
    said: tuple[Message, ...] = ()


class ToolUse(Protocol):
    """Tools that an agent may call: `engine.agents.tool_loop.Workbench`."""

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """The tools as a model is told of them."""

    @property
    def used_up(self) -> bool:
        """Whether no call would be made any more: the next reply has to be the answer."""

    async def answer(self, calls: Sequence[ToolCall]) -> tuple[Message, ...]:
        """A message of role `tool` for each call, in the order of the calls. What went wrong is told to the model."""


class Told(Protocol):
    """Who hears how it goes: `engine.kinds.contract.Call`."""

    def emit(self, kind: str, data: Mapping[str, Value]) -> None: ...

    def fell_back(self, model: str, to: str, why: str) -> None: ...


async def ask(
    chat: Chat, model: str, fallback: Sequence[str], question: Question, *, tools: ToolUse | None = None,
    told: Told | None = None,
) -> Answer:  # fmt: skip
    """Asks, lets the model call tools until it answers, and with a schema re-asks once when the answer does not fit.

    Then each fallback model is tried, from where the conversation stood; its own attempts are the run's (S8).

    Raises:
        NodeError: the model failed; no model's answer fits the schema (`invalid_output`); or it never came to an
            answer (`tool`).
    """
    return await _Talk(chat, [model, *fallback], question, tools, told).answer()


@dataclass(slots=True)
class _Talk:
    """A conversation that goes on. `candidates` are the models that are left, the one in use first."""

    chat: Chat
    candidates: list[str]
    question: Question
    tools: ToolUse | None
    told: Told | None
    said: list[Message] = field(default_factory=list)
    turns: int = 0
    complaint: list[Message] = field(default_factory=list)
    """An answer that did not fit and what was said to it; never part of what is kept."""

    async def answer(self) -> Answer:
        self.said.append(Message("user", self.question.prompt, self.question.images))
        while True:
            reply = await self._reply()
            if reply.tool_calls and self.tools is not None:
                await self._use(self.tools, reply)
                continue
            schema = self.question.like.output_schema
            if schema is None:
                return self._done(reply)
            data, why = _read(reply, schema)
            if not why:
                return self._done(reply, data)
            self._complain(reply, why)

    async def _reply(self) -> Reply:
        reply = await self.chat(self.candidates[0], self._request(), self.candidates[1:])
        if reply.asked in self.candidates:
            del self.candidates[: self.candidates.index(reply.asked)]
        if reply.finish == "refused":
            raise NodeError("refused", f"The model refused to answer: {reply.text[:200]}", "Change the prompt.")
        return reply

    async def _use(self, tools: ToolUse, reply: Reply) -> None:
        self.turns += 1
        if self.turns >= self.question.max_turns or tools.used_up:
            raise NodeError(
                "tool", f"The model still called tools in its last turn ({self.turns}) and gave no answer.",
                "Raise its limits, or give it a narrower task.",
            )  # fmt: skip
        if reply.text and self.told is not None:
            self.told.emit("text", {"text": "\n\n"})  # what it says next stands apart
        self.said += self.complaint  # a model that went back to its tools goes on from there
        self.complaint = []
        self.said.append(Message("assistant", reply.text, tool_calls=reply.tool_calls))
        self.said += await tools.answer(reply.tool_calls)

    def _complain(self, reply: Reply, why: str) -> None:
        """Once to each model; after that the next one takes over. Raises NodeError when there is none."""
        failure = NodeError("invalid_output", f"The answer does not fit the output schema: {why}.")
        if not self.complaint:
            if self.told is not None:
                self.told.emit("node.attempt_discarded", {})
            again = f"That answer cannot be used: {why}. Answer again with JSON that fits the schema, and nothing else."
            self.complaint = [Message("assistant", reply.text), Message("user", again)]
            return
        if len(self.candidates) == 1:
            raise failure
        model, to = self.candidates[:2]
        del self.candidates[0]
        self.complaint = []
        if self.told is not None:
            self.told.fell_back(model, to, failure.message)

    def _request(self) -> ModelRequest:
        question = self.question
        system = (Message("system", question.instructions),) if question.instructions.strip() else ()
        return replace(
            question.like,
            messages=(*system, *question.history, *self.said, *self.complaint),
            tools=self.tools.specs if self.tools is not None else (),
            answer_now=self.turns + 1 >= question.max_turns or (self.tools is not None and self.tools.used_up),
        )

    def _done(self, reply: Reply, data: Value = None) -> Answer:
        return Answer(reply.text, data, (*self.said, Message("assistant", reply.text)))


def _read(reply: Reply, schema: Mapping[str, Any]) -> tuple[Value, str]:
    """The JSON of an answer, or why it cannot be used."""
    if reply.finish == "length":
        return None, "it was cut off at the limit of tokens"
    try:
        data = read_json(reply.text)
    except ValueError as error:
        return None, f"it is {error}"
    return data, misfit(data, schema)
