"""One open connection to a server: its tools listed and called, within limits, whatever it sends. Imported late."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import anyio
import mcp_types as types
from mcp import Client, MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from engine.base.fitting import misfit
from engine.base.values import Value, repair, repair_text
from engine.base.visible import visible
from engine.tools.contract import ToolContext, ToolError
from engine.tools.mcp.channel import channel
from engine.tools.mcp.definitions import Definition, unfit
from engine.tools.mcp.description import Description
from engine.tools.mcp.faults import Broken, Tail
from engine.tools.mcp.results import value_of

PAGES: Final = 50
"""Pages of a listing."""
TOOLS: Final = 1_000
"""Tools of a server."""
PING_S: Final = 5.0
"""Seconds that a server may take to say that it lives, after a call got no answer."""
PROGRESS_S: Final = 0.1
"""Seconds between two words of progress."""
SHOWN: Final = 500
"""Characters of a server's own words in a sentence of ours."""
ASKED: Final = 2_000
"""Characters of what a server asks a person."""


class Connection:
    """A server that answers. Used on the loop where it was opened.

    Attributes:
        over: set when nothing can be asked any more; `why` then completes "it ...".
        stale: the server has said that its tools are others now.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.over = asyncio.Event()
        self.why = ""
        self.stale = False
        self._client: Client | None = None
        self._calls: list[ToolContext] = []
        self._calling: ContextVar[ToolContext | None] = ContextVar("the call that is being answered", default=None)
        self._results: dict[str, Mapping[str, Any]] = {}

    @property
    def client(self) -> Client:
        assert self._client is not None  # a connection is handed out open
        return self._client

    @property
    def told(self) -> dict[str, str]:
        """Who the server says it is: name, version, and the protocol that is spoken."""
        info = self.client.session.server_info
        said = {"name": info.name, "version": info.version} if info else {}
        return {**{key: visible(text, 80) for key, text in said.items()}, "protocol": str(self.client.protocol_version)}

    def broke(self, why: str) -> None:
        """Nothing can be asked any more. The first reason counts."""
        if not self.over.is_set():
            self.why = why
            self.over.set()

    async def tools(self) -> list[Definition]:
        """All tools that the server offers.

        Raises:
            Broken: it lists them without end.
            MCPError, ValidationError: it refused, or answered with something else.
        """
        self.stale = False
        capabilities = self.client.session.server_capabilities
        if capabilities is not None and capabilities.tools is None:
            return []
        found: list[Definition] = []
        cursor: str | None = None
        for _ in range(PAGES):
            page = await self.client.list_tools(cursor=cursor)
            found += map(_definition, page.tools)
            if not page.next_cursor:
                self._results = {each.name: each.result for each in found if each.result}
                return found
            if page.next_cursor == cursor or len(found) > TOOLS:
                break
            cursor = page.next_cursor
        raise Broken("lists its tools without end")

    async def call(self, name: str, arguments: Mapping[str, Any], context: ToolContext) -> Value:
        """Calls a tool. How long it may take is the caller's to say: a cancelled call is cancelled at the server too.

        Raises:
            ToolError: it failed, or gave what is no result.
            Broken: the connection ended.
        """
        token = self._calling.set(context)
        self._calls.append(context)
        try:
            result = await self.client.call_tool(name, dict(arguments), progress_callback=_Progress(context))
        except MCPError as error:
            if self.over.is_set() or error.error.code == types.CONNECTION_CLOSED:
                raise Broken(self.why or "closed the connection") from None
            raise ToolError(f"The server refused: {visible(repair_text(error.error.message), SHOWN)}.") from None
        except ValidationError:
            raise ToolError("The server answered with what is no result of a tool.") from None
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            raise Broken(self.why or "closed the connection") from None
        finally:
            self._calls.remove(context)
            self._calling.reset(token)
        value = value_of(result)
        self._judge(name, result)
        return value

    async def lives(self) -> bool:
        """Whether the server answers at all."""
        try:
            async with asyncio.timeout(PING_S):
                await self.client.session.send_ping()
        except MCPError as error:
            return error.error.code not in (types.CONNECTION_CLOSED, types.REQUEST_TIMEOUT)
        except TimeoutError:
            return False
        except (anyio.ClosedResourceError, anyio.BrokenResourceError, ValidationError):
            return not self.over.is_set()
        return True

    def _judge(self, name: str, result: types.CallToolResult) -> None:
        """Holds a result against the server's own word; by patterns that end, unlike the SDK's."""
        schema = self._results.get(name)
        if schema is None or result.structured_content is None:
            return
        if why := misfit(result.structured_content, schema):
            raise ToolError(f"The result is not what the server says that the tool gives: {visible(why, SHOWN)}.")

    async def elicited(
        self, context: Any, params: types.ElicitRequestFormParams | types.ElicitRequestURLParams
    ) -> types.ElicitResult:
        """The server asks a person, by way of the call that it is working on (S13).

        Older protocols do not say which call that is; then it is the newest one.
        """
        call = self._calling.get() or (self._calls[-1] if self._calls else None)
        if call is None:
            return types.ElicitResult(action="decline")
        said = visible(repair_text(params.message), ASKED)
        if isinstance(params, types.ElicitRequestURLParams):
            question = f"The tool server “{self.name}” wants you to open {visible(params.url, ASKED)} and says: {said}"
            answer = await call.ask(question, None)
            return types.ElicitResult(action="decline" if answer is None else "accept")
        schema: dict[str, Any] = repair(params.requested_schema)
        if unfit(schema):
            return types.ElicitResult(action="decline")
        answer = await call.ask(f"The tool server “{self.name}” asks: {said}", schema)
        if answer is None:
            return types.ElicitResult(action="decline")
        return types.ElicitResult(action="accept", content=dict(answer))

    async def heard(self, message: Any) -> None:
        """Anything that the server says unasked."""
        if isinstance(message, types.ToolListChangedNotification):
            self.stale = True

    async def listen(self) -> None:
        """Newer protocols tell of changed tools only to those who listen."""
        if self.client.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            return
        with suppress(Exception):  # whoever does not offer it says so in many ways, and nothing depends on it
            async with self.client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self.stale = True

    async def _unjudged(self, name: str, result: types.CallToolResult) -> None:
        """Stands in for the SDK's judge of results, whose patterns may take for ever; see `_judge`."""

    @classmethod
    @asynccontextmanager
    async def open(cls, server: Description, secrets: Mapping[str, str], log: Tail) -> AsyncIterator[Connection]:
        """Connects: starts the server's process or finds it, and agrees on a protocol.

        Raises:
            OSError: the process cannot be started.
            Broken: it ended, or sent what no server sends.
            Exception: whatever the transport raises when the server cannot be reached, perhaps in a group.
        """
        quiet = logging.getLogger("mcp")
        if not quiet.handlers:
            quiet.addHandler(logging.NullHandler())  # else what servers do wrong goes to our stderr, with tracebacks
        connection = cls(server.name)
        try:
            own = version("baton-studio")
        except PackageNotFoundError:
            own = "0"
        client = Client(
            channel(server, secrets, log, connection.broke), cache=None, client_info=types.Implementation(
                name="Baton", version=own), elicitation_callback=connection.elicited,
            message_handler=connection.heard,
        )  # fmt: skip
        try:
            async with client, anyio.create_task_group() as tasks:
                client.session.validate_tool_result = connection._unjudged  # type: ignore[method-assign] # the docstring of `_unjudged` says why
                connection._client = client
                tasks.start_soon(connection.listen)
                try:
                    yield connection
                finally:
                    tasks.cancel_scope.cancel()
        except Exception:
            if connection._client is None and connection.over.is_set():
                raise Broken(connection.why) from None
            raise


class _Progress:
    """Passes on what a server says of its progress, now and then."""

    def __init__(self, context: ToolContext) -> None:
        self._context, self._next = context, 0.0

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next:
            self._next = now + PROGRESS_S
            self._context.progress(progress, total or 0.0, visible(repair_text(message or ""), SHOWN))


def _definition(tool: types.Tool) -> Definition:
    hints = tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations else {}
    schema: dict[str, Any] = repair(tool.input_schema)
    said = repair_text(tool.description or "")
    return Definition(repair_text(tool.name), said, schema, repair(hints), repair(tool.output_schema))
