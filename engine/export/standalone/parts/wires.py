"""Speaks to servers of models: the chat completions of OpenAI and the messages of Anthropic, both streamed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from engine.export.standalone.parts.values import Failed


@dataclass
class Question:
    """What a model is asked. Messages have a role and content; `answer_now` forbids calls of the tools on offer."""

    messages: Sequence[Mapping[str, Any]]
    schema: Mapping[str, Any] | None = None
    tools: Sequence[Mapping[str, Any]] = ()
    answer_now: bool = False


@dataclass
class Reply:
    """What a model said: text, or calls of tools; whether it was cut off; which of the models asked it was."""

    text: str
    cut: bool = False
    calls: Sequence[Mapping[str, Any]] = ()
    model: str = ""


class Transient(Exception):
    """A failure that may be gone at the next try."""


class RateLimited(Exception):
    """Too many requests. `seconds` is how long the server asks to wait, if it does."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass
class Call:
    """A call of a tool while it streams in."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)


async def openai_chat(
    http: httpx.AsyncClient, provider: Mapping[str, Any], model: str, key: str, asked: Question,
    sampling: Mapping[str, Any],
) -> Reply:  # fmt: skip
    """POST /chat/completions."""
    options = provider["options"]
    body: dict[str, Any] = {"model": model, "messages": _openai_messages(asked.messages), "stream": True}
    if options.get("stream_options", True):
        body["stream_options"] = {"include_usage": True}
    names = {"max_tokens": options.get("max_tokens", "max_tokens")}
    body |= {names.get(name, name): value for name, value in sampling.items() if value is not None}
    if asked.tools:
        body["tools"] = [{"type": "function", "function": {**tool, "name": sent_name(tool["name"])}}
                         for tool in asked.tools]  # fmt: skip
        if asked.answer_now:
            body["tool_choice"] = "none"
    wrapped = asked.schema is not None and _hold_to(asked.schema, body, options)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    said, finish = "", ""
    calls: dict[int, Call] = {}
    async for event in _events(http, f"{provider['address']}/chat/completions", headers, body):
        choice = next(iter(event.get("choices") or [{}]))
        delta = choice.get("delta") or choice.get("message") or {}
        said += delta.get("content") or ""
        finish = choice.get("finish_reason") or finish
        for piece in delta.get("tool_calls") or ():
            call, function = calls.setdefault(piece.get("index", len(calls)), Call()), piece.get("function") or {}
            call.id, call.name = call.id or piece.get("id") or "", call.name or function.get("name") or ""
            call.pieces.append(function.get("arguments") or "")
        if delta.get("refusal") or finish in ("content_filter", "refusal", "safety"):
            raise Failed("refused", f"{model} declined to answer.")
    if not finish:
        raise Transient("the answer was cut off")
    cut = finish in ("length", "max_tokens", "model_length")
    return Reply(said if calls else _unwrap(said, wrapped), cut, _calls(list(calls.values()), asked, cut))


def _hold_to(schema: Mapping[str, Any], body: dict[str, Any], options: Mapping[str, Any]) -> bool:
    """Asks for JSON that fits a schema, in the way of the server. Whether the answer stands in a wrapper."""
    wanted, wrapped = _object(schema)
    how = options.get("schema", "json_schema")
    if body.get("tools") and not options.get("schema_with_tools", True):
        how = "prompt"
    if how == "json_schema":
        named = {"name": "answer", "schema": wanted, "strict": _strict(wanted)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
        return wrapped
    if how == "json_object":
        body["response_format"] = {"type": "json_object"}
    told = f"Give the final answer as one JSON object that satisfies this JSON Schema:\n{json.dumps(wanted)}"
    body["messages"].insert(0, {"role": "system", "content": told})
    return wrapped


def _openai_messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Messages as the protocol has them; pictures out of tools follow as a user's message, since no other takes any."""
    made: list[dict[str, Any]] = []
    pictures: list[Any] = []
    for message in (*messages, None):
        if pictures and (message is None or message["role"] != "tool"):
            told = {"role": "user", "content": "The images that the tools gave:", "images": pictures}
            made.append(_openai_message(told))
            pictures = []
        if message is not None:
            made.append(_openai_message(message))
            pictures += message.get("images", ()) if message["role"] == "tool" else ()
    return made


def _openai_message(message: Mapping[str, Any]) -> dict[str, Any]:
    if not message.get("tool_calls"):
        plain = {key: value for key, value in message.items() if key != "images"}
        if not message.get("images") or message["role"] == "tool":
            return plain
        shown = [{"type": "image_url", "image_url": {"url": f"data:{sort};base64,{data}"}}
                 for sort, data in message["images"]]  # fmt: skip
        return {
            **plain,
            "content": [*([{"type": "text", "text": plain["content"]}] if plain["content"] else []), *shown],
        }
    calls = [
        {"id": call["id"], "type": "function",
         "function": {"name": sent_name(call["name"]), "arguments": json.dumps(call["arguments"])}}
        for call in message["tool_calls"]
    ]  # fmt: skip
    return {"role": message["role"], "content": message["content"] or None, "tool_calls": calls}


async def anthropic(
    http: httpx.AsyncClient, provider: Mapping[str, Any], model: str, key: str, asked: Question,
    sampling: Mapping[str, Any],
) -> Reply:  # fmt: skip
    """POST /v1/messages. JSON is asked for as a tool that the model must call."""
    body: dict[str, Any] = {
        "model": model, "max_tokens": sampling.get("max_tokens") or 8192, "messages": _turns(asked.messages),
        "stream": True,
    }  # fmt: skip
    if system := "\n\n".join(each["content"] for each in asked.messages if each["role"] == "system"):
        body["system"] = system
    if sampling.get("temperature") is not None:
        body["temperature"] = min(sampling["temperature"], 1.0)
    if sampling.get("top_p") is not None:
        body["top_p"] = sampling["top_p"]
    wrapped = _offer(asked, body)
    headers = {"anthropic-version": "2023-06-01", **({"x-api-key": key} if key else {})}
    path = "/messages" if provider["address"].endswith("/v1") else "/v1/messages"
    said, finish, stopped = "", "", False
    calls: dict[int, Call] = {}
    async for event in _events(http, provider["address"] + path, headers, body):
        block, delta = event.get("content_block") or {}, event.get("delta") or {}
        if block.get("type") == "tool_use":
            calls[event["index"]] = Call(block["id"], block["name"])
        said += delta.get("text") or block.get("text") or ""
        if delta.get("partial_json") and event.get("index") in calls:
            calls[event["index"]].pieces.append(delta["partial_json"])
        finish = delta.get("stop_reason") or finish
        stopped = stopped or event.get("type") == "message_stop"
    if finish == "refusal":
        raise Failed("refused", f"{model} declined to answer.")
    if not stopped or not finish:
        raise Transient("the answer was cut off")
    cut = finish in ("max_tokens", "model_context_window_exceeded")
    final = next((call for call in calls.values() if asked.schema is not None and call.name == FINAL), None)
    if final is not None:
        return Reply(_unwrap("".join(final.pieces), wrapped), cut)
    return Reply(said, cut, _calls([call for _, call in sorted(calls.items())], asked, cut))


FINAL = "final_answer"


def _offer(asked: Question, body: dict[str, Any]) -> bool:
    """Puts the tools into a request, that for the answer among them. Whether the answer stands in a wrapper."""
    tools = [{"name": sent_name(tool["name"]), "description": tool["description"], "input_schema": tool["parameters"]}
             for tool in asked.tools]  # fmt: skip
    wrapped = False
    if asked.schema is not None:
        wanted, wrapped = _object(asked.schema)
        told = "Gives the final answer. Call it exactly once, when the answer is complete."
        only = not tools or asked.answer_now
        tools.append({"name": FINAL, "description": told, "input_schema": wanted})
        body["tool_choice"] = {"type": "tool", "name": FINAL} if only else {"type": "any"}
    elif tools and asked.answer_now:
        body["tool_choice"] = {"type": "none"}
    if tools:
        body["tools"] = tools
    return wrapped


def _turns(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Messages as turns of user and assistant in alternation, none of them empty."""
    made: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message["role"] == "assistant" else "user"
        said, shown = message["content"] or "", _shown_to_anthropic(message)
        blocks: list[dict[str, Any]] = shown
        if message["role"] == "tool":
            content: Any = said if said.strip() else "(empty)"
            content = [{"type": "text", "text": content}, *shown] if shown else content
            blocks = [{"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": content}]
        elif said.strip() or (role == "user" and not shown):
            blocks = [*shown, {"type": "text", "text": said if said.strip() else "(empty)"}]
        blocks += [{"type": "tool_use", "id": call["id"], "name": sent_name(call["name"]), "input": call["arguments"]}
                   for call in message.get("tool_calls") or ()]  # fmt: skip
        if message["role"] == "system" or not blocks:
            continue
        if made and made[-1]["role"] == role:
            made[-1]["content"] += blocks
        else:
            made.append({"role": role, "content": blocks})
    return made


def _shown_to_anthropic(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "image", "source": {"type": "base64", "media_type": sort, "data": data}}
            for sort, data in message.get("images", ())]  # fmt: skip


def sent_name(name: str) -> str:
    """The name of a tool as servers accept it."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64]


def _calls(calls: Sequence[Call], asked: Question, cut: bool) -> list[dict[str, Any]]:
    """Calls under the names of the tools. Arguments that are no JSON object stay as text in `broken`."""
    if cut and calls:
        raise Failed("invalid_output", "The answer was cut off within a call of a tool.")
    names = {sent_name(tool["name"]): tool["name"] for tool in asked.tools}
    made: list[dict[str, Any]] = []
    for number, call in enumerate(calls, 1):
        raw = "".join(call.pieces)
        try:
            arguments = json.loads(raw) if raw.strip() else {}
        except ValueError:
            arguments = None
        found = {"id": call.id or f"call_{number}", "name": names.get(call.name, call.name)}
        sound = isinstance(arguments, dict)
        made.append({**found, "arguments": arguments if sound else {}, **({} if sound else {"broken": raw[:1000]})})
    return made


async def _events(
    http: httpx.AsyncClient, url: str, headers: Mapping[str, str], body: Mapping[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    """The server-sent events of an answer. Lines end at line feeds alone: other separators may stand in a text."""
    async with http.stream("POST", url, headers=dict(headers), json=body) as response:
        if response.status_code >= 300:
            _refuse(response, (await response.aread()).decode("utf-8", "replace"))
        rest = b""
        async for chunk in response.aiter_bytes():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.startswith(b"data:") and line[5:].strip() not in (b"", b"[DONE]"):
                    try:
                        event = json.loads(line[5:])
                    except ValueError:
                        raise Transient("the answer was damaged") from None
                    if event.get("error") or event.get("type") == "error":
                        raise Transient(str(event.get("error"))[:200])
                    yield event


def _refuse(response: httpx.Response, said: str) -> None:
    """Raises what a status of 300 or more stands for."""
    status = response.status_code
    if status == 429 and "insufficient_quota" not in said:
        try:
            raise RateLimited(float(response.headers.get("retry-after", "")))
        except ValueError:
            raise RateLimited(None) from None
    if status in (408, 409, 425) or status >= 500:
        raise Transient(f"status {status}: {said[:200]}")
    kind = "credentials" if status in (401, 402, 403, 429) else "context" if status == 413 else "bad_request"
    raise Failed(kind, f"The server refused ({status}): {said[:200]}")


def _object(schema: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """A schema whose answer is an object, since servers take no other; and whether the answer stands wrapped in it."""
    if schema.get("type") == "object" or "properties" in schema:
        return {"type": "object", **schema}, False
    definitions = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in definitions}
    wrapped = {"type": "object", "properties": {"value": inner}, "required": ["value"]}
    return {**wrapped, "additionalProperties": False, **definitions}, True


def _unwrap(said: str, wrapped: bool) -> str:
    try:
        value = json.loads(said) if wrapped else None
    except ValueError:
        return said
    return json.dumps(value["value"], ensure_ascii=False) if isinstance(value, dict) and "value" in value else said


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
