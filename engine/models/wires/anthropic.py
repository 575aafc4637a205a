"""The messages protocol of Anthropic.

A schema for the answer is asked for as a tool that the model must call: every model of theirs can do that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from engine.base.values import TEXT_CAP, repair_text
from engine.models import failures
from engine.models.bodies import get_json
from engine.models.contract import Endpoint, Finish, ModelRequest, OnText, Reply, ToolCall, Usage
from engine.models.exchange import DONE, Exchange, Text, rate_headers
from engine.models.messages import ToolNames, count, cut_off_call, object_schema, tool_call, unwrap
from engine.models.tokens import estimate_usage
from engine.models.toolcalls import MOST, own_ids
from engine.models.turns import turns

VERSION = "2023-06-01"
MAX_TOKENS = 8192
"""The protocol requires a limit; this one holds for every model in use."""
ANSWER = "final answer"
"""With a space, so that no tool of a graph can have this name; it is sent as `final_answer`."""
_COUNTED = frozenset({"input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"})
_FINISH: dict[str, Finish] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}


class Anthropic:
    """`Wire` for `POST /v1/messages`. The base address goes without `/v1`; one that has it is understood."""

    name = "anthropic"

    async def complete(
        self, http: Any, endpoint: Endpoint, model: str, request: ModelRequest, on_text: OnText
    ) -> Reply:
        """One streamed request. Raises NodeError for every failure (S1)."""
        names = ToolNames.of(request)
        body, wrapped = _body(model, request, names)
        exchange = Exchange(http, endpoint, _path(endpoint, "/messages"), _headers(endpoint), body, request)
        answer = _Answer(exchange, Text(exchange, on_text), names.there(ANSWER) if request.output_schema else "")
        await exchange.read(answer.take)
        return answer.reply(request, names, model, wrapped)

    async def list_models(self, http: Any, endpoint: Endpoint) -> list[str]:
        """The names under `GET /v1/models`."""
        data = await get_json(http, endpoint, _path(endpoint, "/models?limit=1000"), _headers(endpoint))
        rows = data.get("data") if isinstance(data, dict) else None
        rows = rows if isinstance(rows, list) else []
        return [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]


WIRE = Anthropic()


def _path(endpoint: Endpoint, path: str) -> str:
    return path if endpoint.base_url.rstrip("/").endswith("/v1") else f"/v1{path}"


def _headers(endpoint: Endpoint) -> dict[str, str]:
    headers = {"content-type": "application/json", "anthropic-version": VERSION}
    return {**headers, "x-api-key": endpoint.key} if endpoint.key else headers


def _body(model: str, request: ModelRequest, names: ToolNames) -> tuple[dict[str, Any], bool]:
    system = "\n\n".join(message.text for message in request.messages if message.role == "system" and message.text)
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens or MAX_TOKENS,
        "messages": turns(request.messages, names),
        "stream": True,
    }
    if system:
        body["system"] = system
    if request.temperature is not None:
        body["temperature"] = min(request.temperature, 1.0)
    if request.top_p is not None:
        body["top_p"] = request.top_p
    tools = [
        {
            "name": names.there(tool.name),
            "description": tool.description,
            "input_schema": {"type": "object", "properties": {}, **tool.parameters},
        }
        for tool in request.tools
    ]
    wrapped = False
    if request.output_schema is not None:
        schema, wrapped = object_schema(request.output_schema)
        told = "Gives the final answer. Call it exactly once, when the answer is complete."
        tools.append({"name": names.there(ANSWER), "description": told, "input_schema": schema})
        # With other tools on offer the model decides which comes first, but it must end with this one.
        only = not request.tools or request.answer_now
        body["tool_choice"] = {"type": "tool", "name": names.there(ANSWER)} if only else {"type": "any"}
    elif tools and request.answer_now:
        body["tool_choice"] = {"type": "none"}
    if tools:
        body["tools"] = tools
    return body, wrapped


@dataclass(slots=True)
class _Block:
    """A part of the answer while it streams in."""

    index: int
    id: str = ""
    name: str = ""
    given: Any = None
    parts: list[str] = field(default_factory=list)

    @property
    def raw(self) -> Any:
        """Its arguments as they came: the deltas, or what stood in its first event."""
        return "".join(self.parts) if self.parts else self.given or {}


@dataclass(slots=True)
class _Answer:
    """Puts one reply together from events."""

    exchange: Exchange
    text: Text
    answer_tool: str
    """The name under which the answer is asked for as a tool; empty when plain text is wanted."""
    tools: list[_Block] = field(default_factory=list)
    size: int = 0
    finish: str = ""
    said: str = ""
    model: str = ""
    stopped: bool = False
    counts: dict[str, int | None] = field(default_factory=dict)

    def take(self, event: Any) -> None:
        if event == DONE:
            return
        if not isinstance(event, dict):
            raise failures.garbage(self.exchange.endpoint, "something that is not a message")
        kind = event.get("type")
        if kind == "message_start":
            self._message(_dict(event.get("message")))
        elif kind == "message" or self.exchange.whole:
            self._whole(event)
        elif kind == "content_block_start":
            self._start(event.get("index"), _dict(event.get("content_block")))
        elif kind == "content_block_delta":
            self._delta(event.get("index"), _dict(event.get("delta")))
        elif kind == "message_delta":
            self._stop(_dict(event.get("delta")))
            self._count(event.get("usage"))
        elif kind == "message_stop":
            self.stopped = self.exchange.over = True

    def _message(self, message: dict[str, Any]) -> None:
        self.model = str(message.get("model") or "")
        self._count(message.get("usage"))

    def _whole(self, message: dict[str, Any]) -> None:
        content = message.get("content")
        if not isinstance(content, list):
            raise failures.garbage(self.exchange.endpoint, "a reply without an answer in it")
        self._message(message)
        for index, block in enumerate(content):
            self._start(index, _dict(block))
        self._stop(message)
        self.stopped = bool(self.finish)

    def _start(self, index: Any, block: dict[str, Any]) -> None:
        if block.get("type") == "tool_use":
            self.exchange.started = True
            begun = _Block(_int(index), str(block.get("id") or ""), str(block.get("name") or ""), block.get("input"))
            if len(self.tools) >= MOST:
                raise failures.garbage(self.exchange.endpoint, "far too many calls of tools")
            if not any(begun.id and begun.id == other.id and begun.index == other.index for other in self.tools):
                self.tools.append(begun)
        elif block.get("type") == "text" and isinstance(block.get("text"), str):
            self.text.add(block["text"])

    def _delta(self, index: Any, delta: dict[str, Any]) -> None:
        if isinstance(delta.get("text"), str) and delta.get("type") == "text_delta":
            self.text.add(delta["text"])
        elif isinstance(piece := delta.get("partial_json"), str) and self.tools:
            same = (block for block in reversed(self.tools) if block.index == index)
            block = next(same, self.tools[-1])
            block.parts.append(piece)
            self.size += len(piece)
            if self.size > TEXT_CAP:
                raise failures.garbage(self.exchange.endpoint, "far too much text")
            if block.name == self.answer_tool and piece:
                self.text.show()  # what came before it
                self.text.on_text(repair_text(piece))
        elif delta.get("type") == "thinking_delta":
            self.exchange.started = True

    def _stop(self, message: dict[str, Any]) -> None:
        self.finish = str(message.get("stop_reason") or self.finish)
        self.said = str(_dict(message.get("stop_details")).get("explanation") or self.said)

    def _count(self, usage: Any) -> None:
        for key in _COUNTED & _dict(usage).keys():
            self.counts[key] = count(_dict(usage)[key])

    def reply(self, request: ModelRequest, names: ToolNames, model: str, wrapped: bool) -> Reply:
        endpoint = self.exchange.endpoint
        if self.finish == "refusal":
            raise failures.refusal(endpoint, self.said)
        if not self.stopped or not self.finish:
            raise failures.cut_off(endpoint)
        finish = _FINISH.get(self.finish, "stop")
        answer = next((block for block in self.tools if self.answer_tool and block.name == self.answer_tool), None)
        if finish == "length" and self.tools and answer is None:
            raise cut_off_call(endpoint.title or endpoint.provider)
        calls, text = (self._tool_calls(names), str(self.text)) if answer is None else ((), _text_of(answer, wrapped))
        if finish == "tool_calls" and not calls and not text:
            raise failures.garbage(endpoint, "a call of no tool")
        if finish != "length":
            finish = "tool_calls" if calls else "stop"
        usage = self._usage() or estimate_usage(request, text, calls)
        return Reply(text, calls, usage, finish, repair_text(self.model) or model, rate_headers(self.exchange.headers))

    def _usage(self) -> Usage | None:
        if None in self.counts.values():
            return None
        told = {key: value or 0 for key, value in self.counts.items()}
        cached = told.get("cache_read_input_tokens", 0)
        # Theirs counts what came from the cache apart; ours counts it in, as other vendors do.
        given = told.get("input_tokens", 0) + cached + told.get("cache_creation_input_tokens", 0)
        made = told.get("output_tokens", 0)
        return Usage(given, made, cached) if given or made else None

    def _tool_calls(self, names: ToolNames) -> tuple[ToolCall, ...]:
        if not all(block.name for block in self.tools):
            raise failures.garbage(self.exchange.endpoint, "a tool call without a name")
        ids = own_ids([block.id for block in self.tools])
        # Blocks are told apart by their index, which need not come in order.
        return tuple(
            tool_call(call_id, names.back(repair_text(block.name)), block.raw)
            for call_id, block in sorted(zip(ids, self.tools, strict=True), key=lambda pair: pair[1].index)
        )


def _text_of(answer: _Block, wrapped: bool) -> str:
    """The answer that was asked for as a tool, as JSON text; text that is no JSON stays as it came."""
    raw = answer.raw
    return unwrap(repair_text(raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)), wrapped)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _int(value: Any) -> int:
    return value if isinstance(value, int) else 0
