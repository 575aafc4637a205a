"""A graph as a tool over MCP: its schema from the inputs, progress, structured output, questions, cancelling."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from engine.base.errors import BatonError, Refused
from engine.base.values import Value, as_text, repair
from engine.run.events import Event
from engine.serve.answers import as_data, asked_in_words, form_of, from_form
from engine.serve.graph import ServedGraph
from engine.serve.runs import ServedRun, Waiting

if TYPE_CHECKING:
    from starlette.applications import Starlette

Context = ServerRequestContext[Any, Any]
PATH: Final = "/mcp"
OVER: Final = "mcp"
"""By which protocol runs come that callers of the tool have started, as it is stored with them."""
MOST_ROUNDS: Final = 50
"""Questions of one run that a client is asked one after the other."""
_SETTLED: Final = ("node.ok", "node.failed", "node.handled", "node.skipped", "node.cancelled")


class GraphTool:
    """One graph as the only tool of a server."""

    def __init__(self, served: ServedGraph) -> None:
        self._served = served
        self._total = len(served.graph.nodes)

    def server(self) -> Server[Any]:
        """The SDK's server with the tool in it."""
        logging.getLogger("mcp").setLevel(logging.CRITICAL)  # stderr is for people
        return Server(
            "baton", version=_version(), title=self._served.title, on_list_tools=self._listed, on_call_tool=self._called
        )

    def http_app(self) -> Starlette:
        """The same over streamable HTTP. Host and Origin are judged by who stands before it."""
        from mcp.server.transport_security import TransportSecuritySettings

        unjudged = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        return self.server().streamable_http_app(streamable_http_path=PATH, transport_security=unjudged)

    async def _listed(self, _ctx: Context, _params: Any) -> types.ListToolsResult:
        served = self._served
        outputs: dict[str, Any] = {name: {} for name in served.outputs}
        hints = types.ToolAnnotations(
            title=served.title, read_only_hint=not any(one.writes for one in served.could.all), destructive_hint=False,
            idempotent_hint=False, open_world_hint=bool(served.could),
        )  # fmt: skip
        tool = types.Tool(
            name=served.name, title=served.title, description=served.description, input_schema=served.input_schema,
            output_schema={"type": "object", "properties": outputs}, annotations=hints,
        )  # fmt: skip
        return types.ListToolsResult(tools=[tool])

    async def _called(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        if params.name != self._served.name:
            raise MCPError(
                types.INVALID_PARAMS, f"There is no tool “{params.name[:80]}”; there is “{self._served.name}”."
            )
        try:
            if params.request_state is not None:
                run = self._answered(params)
            else:
                run = self._served.start(repair(dict(params.arguments or {})), {"over": OVER})
            return await self._carried_out(ctx, run)
        except BatonError as error:
            return _failed(str(error))

    def _answered(self, params: types.CallToolRequestParams) -> ServedRun:
        """The run that a client comes back to with answers."""
        paused = self._served.paused(str(params.request_state), OVER)
        answers: dict[str, Value] = {}
        for key, reply in (params.input_responses or {}).items():
            if key in paused.questions and isinstance(reply, types.ElicitResult):
                answers |= _answer(key, paused.questions[key], reply)
        if not answers:
            raise Refused("Nobody answered.", _waits(paused))
        return self._served.resume(paused.id, answers)

    async def _carried_out(self, ctx: Context, run: ServedRun) -> types.CallToolResult | types.InputRequiredResult:
        """Runs it to its end, asking the client what it asks a person, where the client can."""
        for _ in range(MOST_ROUNDS):
            await self._watched(ctx, run)
            assert run.result is not None
            if run.result.status != "paused" or not run.questions or not _can_ask(ctx):
                break
            if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
                return _to_be_asked(run)
            answers = await _asked(ctx, run)
            if not answers:
                break
            run = self._served.resume(run.id, answers)
        return _result(run)

    async def _watched(self, ctx: Context, run: ServedRun) -> None:
        done = 0
        async with aclosing(run.events()) as batches:
            async for batch in batches:
                settled = [event for event in batch if event.kind in _SETTLED and not event.scope]
                done += len(settled)
                if settled:
                    await ctx.session.report_progress(done, self._total, self._note(settled))

    def _note(self, settled: Sequence[Event]) -> str:
        last = settled[-1]
        node = self._served.graph.nodes.get(last.node)
        return f"{node.name if node else last.node}: {last.kind.removeprefix('node.')}"


def _result(run: ServedRun) -> types.CallToolResult:
    """What the caller gets: each output as text, and all of them as data."""
    result = run.result
    assert result is not None
    if result.status == "paused":
        return _failed(_waits(run) if run.questions else f"The run {run.id} paused: its {result.reason} is used up.")
    if result.status not in ("completed", "completed_with_warnings"):
        return _failed(f"The run {run.id} {result.status}. {result.reason}".strip())
    outputs = dict(result.outputs)
    if not outputs:
        return types.CallToolResult(content=[_text("No output got a value.")], structured_content={})
    one = len(outputs) == 1
    said = [_text(as_text(value) if one else f"{name}:\n{as_text(value)}") for name, value in outputs.items()]
    notes = [_text(f"Warning: {warning}") for warning in result.warnings]
    return types.CallToolResult(content=[*said, *notes], structured_content=json.loads(json.dumps(outputs)))


def _failed(said: str) -> types.CallToolResult:
    return types.CallToolResult(content=[_text(said)], is_error=True)


def _text(text: str) -> types.TextContent:
    return types.TextContent(type="text", text=text)


def _waits(run: ServedRun | Waiting) -> str:
    how = f"Answer in Baton's inbox, or with baton run --resume {run.id} --answer KEY=JSON."
    questions = json.dumps(as_data(run.questions), ensure_ascii=False)
    return f"The run {run.id} waits for a person. {how}\n\n{asked_in_words(run.questions)}\n\n{questions}"


def _can_ask(ctx: Context) -> bool:
    """Whether there is a person behind the client who can be asked."""
    able = ctx.session.client_capabilities
    if able is None or able.elicitation is None:
        return False
    only_url = able.elicitation.url is not None and able.elicitation.form is None
    return not only_url and (ctx.protocol_version in MODERN_PROTOCOL_VERSIONS or ctx.session.can_send_request)


def _to_be_asked(run: ServedRun) -> types.InputRequiredResult:
    """Today's protocol: the client asks, and comes back with the answers."""
    asked: dict[str, Any] = {
        key: types.ElicitRequest(params=types.ElicitRequestFormParams(
            message=asked_in_words({key: told}), requested_schema=form_of(told)))
        for key, told in run.questions.items()
    }  # fmt: skip
    return types.InputRequiredResult(input_requests=asked, request_state=run.id)


async def _asked(ctx: Context, run: ServedRun) -> dict[str, Value]:
    """The older protocols: the client is asked while it waits. Returns the answers; none when nobody answers."""
    answers: dict[str, Value] = {}
    for key, told in run.questions.items():
        reply = await ctx.session.elicit_form(asked_in_words({key: told}), form_of(told), ctx.request_id)
        answers |= _answer(key, told, reply)
    return answers


def _answer(key: str, told: Mapping[str, Any], reply: types.ElicitResult) -> dict[str, Value]:
    if reply.action == "cancel":
        return {}
    if reply.action == "decline":
        return {key: {"decision": "rejected"}}
    return {key: repair(from_form(told, reply.content or {}))}


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("baton-studio")
    except PackageNotFoundError:
        return "0"
