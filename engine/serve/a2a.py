"""A graph as an agent over A2A: its card, a run for each task, text as it comes, questions, cancelling, artifacts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Final

from a2a.helpers import new_task_from_user_message
from a2a.server.agent_execution import AgentExecutor, RequestContext, SimpleRequestContextBuilder
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import TaskUpdater
from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    HTTPAuthSecurityScheme,
    Message,
    Part,
    SecurityRequirement,
    SecurityScheme,
    StringList,
)
from starlette.applications import Starlette

from engine.base.errors import BatonError, WrongUse
from engine.base.values import TEXT_CAP, Value, repair, type_of
from engine.kinds.a2a.card import WELL_KNOWN
from engine.kinds.a2a.parts import JSON, TEXT, data_values, texts, to_parts
from engine.run.events import Event
from engine.run.result import Result
from engine.serve.answers import answers_from
from engine.serve.graph import ServedGraph, ServedInput
from engine.serve.runs import ServedRun
from engine.serve.tasks import A2A, RunIds, Tasks, question_parts

SHOW_S: Final = 0.1
"""Seconds between two pieces of one text: the SDK copies the whole task for each."""
_TAKERS: Final = {"list": ("list", "messages"), "number": ("number",), "boolean": ("boolean",), "text": ("text",)}
"""Types of inputs that take a value of data without a name, beside those that take anything."""


def card_of(served: ServedGraph, base: str) -> AgentCard:
    """The card: what the agent does, what it takes, where it is and what it asks for."""
    takes = "; ".join(f"{each.name} ({each.type}{', optional' if not each.required else ''})" for each in served.inputs)
    gives = ", ".join(served.outputs)
    skill = AgentSkill(
        id=served.name, name=served.title, tags=["baton", "workflow"], input_modes=[TEXT, JSON],
        description=f"{served.description} Takes: {takes or 'nothing'}. Gives: {gives or 'nothing'}.",
    )  # fmt: skip
    ways = [AgentInterface(url=f"{base}/", protocol_binding="JSONRPC", protocol_version=v) for v in ("1.0", "0.3")]
    bearer = SecurityScheme(http_auth_security_scheme=HTTPAuthSecurityScheme(scheme="bearer"))
    return AgentCard(
        name=served.title, description=served.description, version="1", supported_interfaces=ways,
        capabilities=AgentCapabilities(streaming=True, push_notifications=False), skills=[skill],
        default_input_modes=[TEXT, JSON], default_output_modes=[TEXT, JSON], security_schemes={"token": bearer},
        security_requirements=[SecurityRequirement(schemes={"token": StringList()})],
    )  # fmt: skip


def http_app(served: ServedGraph, base: str) -> Starlette:
    """The agent as an application; the card may be read by all, the rest is for whoever knows the token."""
    logging.getLogger("a2a").setLevel(logging.CRITICAL)  # stderr is for people
    card = card_of(served, base)
    handler = DefaultRequestHandler(
        agent_executor=GraphAgent(served), task_store=Tasks(served), agent_card=card,
        request_context_builder=SimpleRequestContextBuilder(task_id_generator=RunIds()),
    )  # fmt: skip
    cards = [route for path in WELL_KNOWN for route in create_agent_card_routes(card, card_url=path)]
    return Starlette(routes=[*cards, *create_jsonrpc_routes(handler, "/", enable_v0_3_compat=True)])


class GraphAgent(AgentExecutor):
    """Runs the graph for each task. What a run asks makes the task wait; the next message is the answer."""

    def __init__(self, served: ServedGraph) -> None:
        self._served = served

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Works on a message: the first of a task, or an answer."""
        message = context.message
        assert message is not None  # the SDK calls it for messages only
        task = TaskUpdater(event_queue, str(context.task_id), str(context.context_id))
        new = context.current_task is None
        if new:
            await event_queue.enqueue_event(new_task_from_user_message(message))
        try:
            run = self._started(task, message) if new else self._answered(task.task_id, message)
        except BatonError as error:
            said = task.new_agent_message(to_parts(str(error)))
            await (task.reject(said) if new else task.requires_input(said))
            return
        try:
            await self._followed(task, run)
        except BatonError as error:
            await task.failed(task.new_agent_message(to_parts(str(error))))

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Stops the run, waits for its end, and says so."""
        await self._served.cancel(str(context.task_id), A2A)
        await TaskUpdater(event_queue, str(context.task_id), str(context.context_id)).cancel()

    def _started(self, task: TaskUpdater, message: Message) -> ServedRun:
        caller = {"over": A2A, "context": task.context_id}
        return self._served.start(inputs_from(message, self._served.inputs), caller, task.task_id)

    def _answered(self, run: str, message: Message) -> ServedRun:
        questions = self._served.paused(run, A2A).questions
        answers = answers_from(questions, texts(message.parts), data_values(message.parts))
        return self._served.resume(run, repair(answers))

    async def _followed(self, task: TaskUpdater, run: ServedRun) -> None:
        await task.start_work()
        told = _Told(task, self._served)
        async with aclosing(run.events()) as batches:
            async for batch in batches:
                await told.take(batch)
        if run.cancelled:
            return
        assert run.result is not None
        if run.result.status == "paused" and run.questions:
            await task.requires_input(task.new_agent_message(question_parts(run.questions)))
            return
        await told.end(run.result)


class _Told:
    """Tells the caller how a run goes: nodes as they start, text of outputs as it comes, then the outputs."""

    def __init__(self, task: TaskUpdater, served: ServedGraph) -> None:
        self._task, self._served = task, served
        self._streamed: dict[str, str] = {}
        self._held: dict[str, str] = {}
        self._now = asyncio.get_running_loop().time
        self._next = 0.0

    async def take(self, batch: Sequence[Event]) -> None:
        """Some more events."""
        held = self._held
        for event in batch:
            if event.scope:
                continue
            name = self._served.streamed.get(event.node)
            if event.kind == "text" and name:
                held[name] = held.get(name, "") + event.data["text"]
            elif event.kind == "node.attempt_discarded" and name:
                held.pop(name, None)
                await self._replace(name, "")
            elif event.kind == "node.started":
                node = self._served.graph.nodes.get(event.node)
                if node is not None and node.kind not in ("input", "output"):
                    await self._task.start_work(self._task.new_agent_message(to_parts(node.name)))
        if held and self._now() >= self._next:
            await self._flush()

    async def end(self, result: Result) -> None:
        """The outputs as artifacts, whole, and how it ended."""
        await self._flush()
        for name, value in result.outputs.items():
            if self._streamed.get(name) != value:
                await self._task.add_artifact(to_parts(value), artifact_id=name, name=name, last_chunk=True)
        for name in self._streamed:
            if name not in result.outputs:
                await self._replace(name, "")  # part of a text is never an answer
        if result.status in ("completed", "completed_with_warnings"):
            said = "; ".join(result.warnings) or ("" if result.outputs else "No output got a value.")
            await self._task.complete(self._task.new_agent_message(to_parts(said)) if said else None)
        elif result.status == "cancelled":
            await self._task.cancel()
        else:
            why = result.reason or result.status
            await self._task.failed(
                self._task.new_agent_message(to_parts(f"The run {result.run} {result.status}: {why}"))
            )

    async def _flush(self) -> None:
        """Sends the text that was held back."""
        held, self._held = self._held, {}
        self._next = self._now() + SHOW_S
        for name, text in held.items():
            append = name in self._streamed
            self._streamed[name] = self._streamed.get(name, "") + text
            await self._task.add_artifact(to_parts(text), artifact_id=name, name=name, append=append)

    async def _replace(self, name: str, text: str) -> None:
        if self._streamed.get(name):
            self._streamed[name] = text
            await self._task.add_artifact(to_parts(text), artifact_id=name, name=name)


def inputs_from(message: Message, inputs: Sequence[ServedInput]) -> dict[str, Value]:
    """Values for the graph's inputs: data by their names, text for the first that takes one.

    Raises:
        WrongUse: there is more than the graph takes, or a part that is only an address.
    """
    known = {each.name: each for each in inputs}
    found: dict[str, Value] = {}
    for value in data_values(message.parts):
        if isinstance(value, Mapping) and value and all(name in known for name in value):
            found |= value
        else:
            found[_free(inputs, found, (*_TAKERS.get(type_of(value), ()), "json", "any"), "data")] = value
    for part in message.parts:
        if part.HasField("url"):
            raise WrongUse("A part of the message is an address, and nothing is fetched from there.", "Send the bytes.")
        if part.HasField("raw"):
            sort, value = _file(part)
            found[_free(inputs, found, (sort, "any"), sort)] = value
    if said := texts(message.parts):
        found[_free(inputs, found, ("text", "any", "json"), "text")] = said
    return {name: repair(value) for name, value in found.items()}


def _free(inputs: Sequence[ServedInput], found: Mapping[str, Value], types: Sequence[str], what: str) -> str:
    """The input for something that came without a name: a required one first, then in file order."""
    fitting = [each for each in inputs if each.type in types and each.name not in found]
    fitting.sort(key=lambda each: not each.required)
    if not fitting:
        names = ", ".join(f"{each.name} ({each.type})" for each in inputs) or "none"
        raise WrongUse(f"There is no input for the {what} of the message.", f"Send data with these names: {names}.")
    return fitting[0].name


def _file(part: Part) -> tuple[str, Value]:
    import base64

    if part.media_type.startswith("image/"):
        data = base64.b64encode(part.raw).decode()
        return "image", {"path": part.filename, "media_type": part.media_type, "data": data}
    if len(part.raw) > TEXT_CAP:
        raise WrongUse(f"The file {part.filename[:80]} is larger than {TEXT_CAP:,} bytes.", "Send a part of it.")
    return "file", {"path": part.filename, "text": part.raw.decode("utf-8", "replace")}
