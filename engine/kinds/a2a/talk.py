"""One task of a remote agent: sent, followed over broken connections, answered, cancelled (semantics.md S8, S10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from traceback import clear_frames
from typing import Any, Final
from uuid import uuid4

import httpx
from a2a.client import ClientConfig, ClientFactory
from a2a.client.errors import A2AClientError, A2AClientTimeoutError
from a2a.client.interceptors import AfterArgs, BeforeArgs, ClientCallInterceptor
from a2a.types import (
    AgentCard,
    CancelTaskRequest,
    GetTaskRequest,
    Message,
    Part,
    Role,
    SendMessageRequest,
    StreamResponse,
    SubscribeToTaskRequest,
)
from a2a.utils import errors
from google.protobuf.json_format import ParseError

from engine.base.errors import NodeError
from engine.kinds.a2a.card import BINDINGS
from engine.kinds.a2a.said import Said
from engine.kinds.a2a.transport import JudgedTransport, Reach

CANCEL_S: Final = 3.0
"""Longest wait for an agent that is told to cancel; a stopped run ends within 5 s (S10)."""
RECONNECTS: Final = 5
"""Tries in a row to reach an agent again whose task goes on."""
_PAUSES: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each of them, and between two looks at a task that cannot be streamed."""
_PASSING: Final = frozenset({"transient", "timeout", "rate"})
_TURNS: Final = 20
"""Turns of the loop in which generators that were let go of are closed."""
_BAD_REQUESTS = (
    errors.InvalidParamsError, errors.InvalidRequestError, errors.ContentTypeNotSupportedError,
    errors.MethodNotFoundError, errors.VersionNotSupportedError, errors.ExtensionSupportRequiredError,
    errors.UnsupportedOperationError,
)  # fmt: skip
_UNREADABLE = (errors.A2AError, ParseError, ValueError, TypeError, AttributeError, KeyError, RecursionError)
"""What the SDK raises over an answer that the protocol does not allow."""


class Talk:
    """Speaks with one agent about one task. Used as a context, which closes its connections.

    Args:
        card: who it is, and where.
        told: called after each event, with what was said so far.
        sleep: waits, in seconds.
    """

    def __init__(
        self, card: AgentCard, reach: Reach, told: Callable[[Said], None], sleep: Callable[[float], Any] = asyncio.sleep
    ) -> None:
        self.said = Said()
        self._told, self._sleep = told, sleep
        self._failure: NodeError | None = None
        self._transport = JudgedTransport(reach)
        self._http = httpx.AsyncClient(transport=self._transport, trust_env=False, follow_redirects=False)
        config = ClientConfig(
            httpx_client=self._http, supported_protocol_bindings=[*BINDINGS], use_client_preference=True
        )
        self._streams = card.capabilities.streaming
        try:
            self._client = ClientFactory(config).create(card, [_Listener(self._hear)])
        except _UNREADABLE as error:
            raise _unreadable(error) from None

    async def __aenter__(self) -> Talk:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(self, parts: Sequence[Part]) -> None:
        """Gives the agent a message, the first or an answer, and follows its task until it ends or asks.

        Raises:
            NodeError: `transient` only where the agent has certainly not got the message.
        """
        said, first = self.said, not self.said.task
        said.state = 0
        message = Message(message_id=uuid4().hex, role=Role.ROLE_USER, parts=parts, task_id=said.task,
                          context_id=said.context)  # fmt: skip
        for failures in range(RECONNECTS):
            try:
                await self._take(self._client.send_message(SendMessageRequest(message=message)))
                break
            except NodeError as error:
                if error.error_class not in _PASSING or (first and error.unpaid):
                    raise
                if not said.task:
                    raise NodeError(
                        "tool", f"{error.message} Nobody knows whether the agent got its message."
                    ) from None
                if not error.unpaid:  # the answer may have come through: the task says so
                    break
                await self._sleep(_PAUSES[failures])
        await self.follow()

    async def resume(self, task: str, context: str) -> bool:
        """Takes up a task of an earlier session. Returns whether the agent still knows it."""
        self.said.task, self.said.context = task, context
        try:
            await self._look()
        except _Unknown:
            return False
        return True

    def start_over(self) -> None:
        """Forgets the task: what is sent next begins another one."""
        self.said = Said()

    async def follow(self) -> None:
        """Waits until the task ends or asks, over broken connections.

        Raises:
            NodeError: `tool`: the agent is gone, or has forgotten the task.
        """
        failures = looks = 0
        while not self.said.settled:
            if not self.said.task:
                raise NodeError("tool", "The remote agent ended without an answer.", "Ask who runs it.")
            try:
                over = await self._look()
                failures = 0
                if not over and self._streams:
                    request = SubscribeToTaskRequest(id=self.said.task)
                    await self._take(self._client.subscribe(request))
            except _Unknown:
                raise NodeError("tool", "The remote agent does not know its task any more.") from None
            except NodeError as error:
                failures += 1
                if failures > RECONNECTS or error.error_class not in _PASSING:
                    message = f"The remote agent disappeared while it worked. {error.message}"
                    raise NodeError("tool", message, error.hint) from None
            if not self.said.settled:
                await self._sleep(_PAUSES[min(max(failures - 1, looks), len(_PAUSES) - 1)])
                looks += 1

    async def cancel(self) -> None:
        """Tells the agent to cancel its task, as far as it listens."""
        if self.said.task and not self.said.answered:
            with suppress(NodeError, TimeoutError, *_UNREADABLE):
                async with asyncio.timeout(CANCEL_S):
                    await self._client.cancel_task(CancelTaskRequest(id=self.said.task))

    async def _look(self) -> bool:
        """Reads the task as it stands. Returns whether it has ended, or asks."""
        try:
            task = await self._client.get_task(GetTaskRequest(id=self.said.task))
        except errors.TaskNotFoundError:
            raise _Unknown from None
        except _UNREADABLE as error:
            raise _unreadable(error) from None
        self.said.take_task(task)
        self._told(self.said)
        return self.said.settled

    async def _take(self, events: AsyncIterator[StreamResponse]) -> None:
        """Follows a stream to its end, or until the task has ended or asks.

        The SDK leaves generators open where reading stops early, so the end is made below it, in the transport; and
        where it finds a fault itself, what it left open is let go of here, so that nothing is left of it (S10).
        """
        self._transport.ended, self._failure = False, None
        try:
            async for event in events:
                if event.WhichOneof("payload"):  # a stream's events were heard by the listener already
                    self._hear(event)
        except _UNREADABLE as error:
            self._failure = _unreadable(error)
            clear_frames(error.__traceback__)
        if self._failure is not None:
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            raise self._failure

    def _hear(self, event: StreamResponse) -> None:
        if self._failure is None:
            try:
                self.said.take(event)
                self._told(self.said)
            except NodeError as error:
                self._failure = error
        self._transport.ended = self._failure is not None or self.said.settled


class _Listener(ClientCallInterceptor):
    """Takes each event of a stream out of the SDK's hands, which stops reading in the middle after a plain message."""

    def __init__(self, heard: Callable[[StreamResponse], None]) -> None:
        self._heard = heard

    async def before(self, args: BeforeArgs) -> None:
        """Nothing is changed on the way out."""

    async def after(self, args: AfterArgs) -> None:
        """Hears an event, and leaves an empty one in its place."""
        if isinstance(args.result, StreamResponse):
            self._heard(args.result)
            args.result = StreamResponse()


class _Unknown(Exception):
    """The agent does not know the task."""


def _unreadable(error: Exception) -> NodeError:
    """The error of the SDK in words: what the agent refused, or that its answer is none."""
    said = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    if isinstance(error, A2AClientTimeoutError):
        return NodeError("timeout", "The remote agent was silent for too long.", "Raise its idle limit.")
    if isinstance(error, _BAD_REQUESTS):
        return NodeError("bad_request", f"The remote agent refused the request: {said}.", "Check what it takes.")
    theirs = not isinstance(error, A2AClientError) or said.startswith("JSON-RPC Error")
    if isinstance(error, errors.A2AError) and theirs:
        return NodeError("tool", f"The remote agent answered with an error: {said}.")
    return NodeError("tool", f"The remote agent answered with what the protocol does not allow: {said}.")
