"""The chat completions protocol of OpenAI, which most other servers speak too, each with an accent.

Options of a provider that this wire reads: `max_tokens` (the field's name, where it is another), `schema`
(`json_object` where the server knows no schemas, `prompt` where it cannot hold a streamed answer to JSON at all:
the prompt then carries the schema), `schema_with_tools` (false where a schema and tools exclude each other),
`stream_options` (false where the server refuses the field; it then sends its usage unasked).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.base.values import repair_text
from engine.models import failures
from engine.models.bodies import get_json
from engine.models.contract import Endpoint, Finish, Image, Message, ModelRequest, OnText, Reply, Usage
from engine.models.exchange import DONE, Exchange, Text, rate_headers
from engine.models.messages import ToolNames, count, cut_off_call, object_schema, unwrap
from engine.models.tokens import estimate_usage
from engine.models.toolcalls import CallPieces

_FINISH: dict[str, Finish] = {
    "length": "length", "max_tokens": "length", "model_length": "length",
    "tool_calls": "tool_calls", "function_call": "tool_calls",
}  # fmt: skip
_SHOWN = "The images that the tools gave:"
_REFUSED = frozenset({"content_filter", "refusal", "safety"})


class OpenAIChat:
    """`Wire` for `POST /chat/completions`. The base address includes `/v1`."""

    name = "openai_chat"

    async def complete(
        self, http: Any, endpoint: Endpoint, model: str, request: ModelRequest, on_text: OnText
    ) -> Reply:
        """One streamed request. Raises NodeError for every failure (S1)."""
        names = ToolNames.of(request)
        body, wrapped = _body(endpoint, model, request, names)
        exchange = Exchange(http, endpoint, "/chat/completions", _headers(endpoint), body, request)
        answer = _Answer(exchange, Text(exchange, on_text), CallPieces(endpoint))
        await exchange.read(answer.take)
        return answer.reply(request, names, model, wrapped)

    async def list_models(self, http: Any, endpoint: Endpoint) -> list[str]:
        """The names under `GET /models`."""
        data = await get_json(http, endpoint, "/models", _headers(endpoint))
        rows = data.get("data") if isinstance(data, dict) else data
        rows = rows if isinstance(rows, list) else []
        return [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]


WIRE = OpenAIChat()


def _headers(endpoint: Endpoint) -> dict[str, str]:
    headers = {"content-type": "application/json"}
    return {**headers, "authorization": f"Bearer {endpoint.key}"} if endpoint.key else headers


def _body(endpoint: Endpoint, model: str, request: ModelRequest, names: ToolNames) -> tuple[dict[str, Any], bool]:
    options = endpoint.options
    messages = _messages(request.messages, names)
    body: dict[str, Any] = {"model": model, "messages": messages, "stream": True}
    if options.get("stream_options", True):
        body["stream_options"] = {"include_usage": True}
    sampling = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        options.get("max_tokens", "max_tokens"): request.max_tokens,
    }
    body |= {name: value for name, value in sampling.items() if value is not None}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": names.there(tool.name),
                    "description": tool.description,
                    "parameters": {"type": "object", "properties": {}, **tool.parameters},
                },
            }
            for tool in request.tools
        ]
        if request.answer_now:
            body["tool_choice"] = "none"
    if request.output_schema is None:
        return body, False
    schema, wrapped = object_schema(request.output_schema)
    how = options.get("schema", "json_schema")
    if request.tools and not options.get("schema_with_tools", True):
        how = "prompt"
    if how == "json_schema":
        asked = {"name": "answer", "schema": schema, "strict": _strict(schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": asked}
        return body, wrapped
    if how == "json_object":
        body["response_format"] = {"type": "json_object"}
    told = f"Give the final answer as one JSON object that satisfies this JSON Schema:\n{json.dumps(schema)}"
    messages.insert(0, {"role": "system", "content": told})
    return body, wrapped


def _strict(schema: Any) -> bool:
    """Whether the server may be held to every word: strict mode refuses objects with open or optional keys."""
    if isinstance(schema, list):
        return all(_strict(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, dict):
        closed = schema.get("additionalProperties") is False
        if not closed or set(properties or {}) != set(schema.get("required", [])):
            return False
    return all(_strict(value) for value in schema.values())


def _messages(messages: Sequence[Message], names: ToolNames) -> list[dict[str, Any]]:
    """Messages as the protocol has them; pictures out of tools follow as a user's message, since no other takes any."""
    made: list[dict[str, Any]] = []
    pictures: list[Image] = []
    for message in messages:
        if pictures and message.role != "tool":
            made.append(_message(Message("user", _SHOWN, tuple(pictures)), names))
            pictures = []
        made.append(_message(message, names))
        pictures += message.images if message.role == "tool" else ()
    return [*made, _message(Message("user", _SHOWN, tuple(pictures)), names)] if pictures else made


def _message(message: Message, names: ToolNames) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.text}
    content: Any = message.text
    if message.images:
        pictures = [
            {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{image.data}"}}
            for image in message.images
        ]
        content = [*([{"type": "text", "text": message.text}] if message.text else []), *pictures]
    sent: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        sent["content"] = message.text or None
        sent["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": names.there(call.name), "arguments": json.dumps(dict(call.arguments))},
            }
            for call in message.tool_calls
        ]
    return sent


@dataclass(slots=True)
class _Answer:
    """Puts one reply together from chunks, whatever the accent."""

    exchange: Exchange
    text: Text
    calls: CallPieces
    refusal: str = ""
    finish: str = ""
    usage: Usage | None = None
    model: str = ""
    done: bool = False

    def take(self, chunk: Any) -> None:
        if chunk == DONE:
            self.done = True
            return
        if not isinstance(chunk, dict):
            raise failures.garbage(self.exchange.endpoint, "something that is not a chat completion")
        if isinstance(chunk.get("model"), str):
            self.model = chunk["model"]
        groq = chunk.get("x_groq")
        said = chunk.get("usage") or (groq.get("usage") if isinstance(groq, dict) else None)
        self.usage = (_usage(said) if said else None) or self.usage
        choices = chunk.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, dict) or first.get("index") not in (0, None):
            if self.exchange.whole:
                raise failures.garbage(self.exchange.endpoint, "a reply without an answer in it")
            return
        if isinstance(finish := first.get("finish_reason"), str) and finish:
            self.finish = finish.lower()
            self.exchange.complete = True
        delta = first.get("message") if self.exchange.whole else first.get("delta")
        if isinstance(delta, dict):
            self._delta(delta)

    def _delta(self, delta: dict[str, Any]) -> None:
        self.text.add(_text_of(delta.get("content")))
        if len(delta) == 1 and "content" in delta:  # as nearly all are
            return
        if isinstance(delta.get("refusal"), str):
            self.refusal += delta["refusal"]
        if delta.get("reasoning_content") or delta.get("reasoning"):
            self.exchange.started = True
        calls = delta.get("tool_calls")
        if isinstance(only := delta.get("function_call"), dict):
            calls = [{"function": only}]  # how the protocol once had it
        for piece in calls if isinstance(calls, list) else []:
            if isinstance(piece, dict):
                self.exchange.started = True
                self.calls.add(piece)

    def reply(self, request: ModelRequest, names: ToolNames, model: str, wrapped: bool) -> Reply:
        endpoint = self.exchange.endpoint
        if self.refusal or self.finish in _REFUSED:
            raise failures.refusal(endpoint, self.refusal)
        complete = (
            self.finish
            or (self.done and (self.text.parts or self.calls.calls))
            or (self.exchange.whole and self.text.parts)
        )
        if not complete:
            raise failures.cut_off(endpoint)
        if self.finish == "error":
            raise failures.from_error_body(endpoint, {})
        finish = _FINISH.get(self.finish, "stop")
        if finish == "length" and self.calls.calls:
            raise cut_off_call(endpoint.title or endpoint.provider)
        calls, text = self.calls.made(names), str(self.text)
        if finish == "tool_calls" and not calls and not text:
            raise failures.garbage(endpoint, "a call of no tool")
        if finish != "length":
            finish = "tool_calls" if calls else "stop"
        if wrapped and not calls:
            text = unwrap(text, wrapped)
        usage = self.usage or estimate_usage(request, text, calls)
        return Reply(text, calls, usage, finish, repair_text(self.model) or model, rate_headers(self.exchange.headers))


def _text_of(content: Any) -> str:
    """The text of a delta: plain, or as a list of parts, of which those for thinking are left out."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(
        part["text"]
        for part in parts
        if isinstance(part, dict) and part.get("type") in ("text", None) and isinstance(part.get("text"), str)
    )


def _usage(said: Any) -> Usage | None:
    if not isinstance(said, dict) or not (said.get("prompt_tokens") or said.get("completion_tokens")):
        return None
    details = said.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else said.get("prompt_cache_hit_tokens")
    given, made = count(said.get("prompt_tokens")), count(said.get("completion_tokens"))
    return None if given is None or made is None else Usage(given, made, min(count(cached) or 0, given))
