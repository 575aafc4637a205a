"""Asks models over their HTTP interfaces: streamed, retried, with other models to fall back on."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from engine.export.standalone.parts.schemas import misfit, read_json
from engine.export.standalone.parts.values import Failed

TIERS: dict[str, str] = {}
PROVIDERS: dict[str, dict[str, Any]] = {}
CONCURRENCY = 16

AT_ONCE = asyncio.Semaphore(CONCURRENCY)


@dataclass
class Answer:
    """What a model said: the text, and the JSON in it when a schema asked for it."""

    text: str
    data: Any = None


async def ask(
    models: Sequence[str],
    prompt: str,
    *,
    instructions: str = "",
    schema: Mapping[str, Any] | None = None,
    **how: Any,
) -> Answer:
    """Asks a model. An answer that does not fit the schema is asked for once more, then the next model takes over."""
    left = list(models)
    complaint: list[dict[str, Any]] = []
    messages = [{"role": "system", "content": instructions}] if instructions.strip() else []
    messages.append({"role": "user", "content": prompt})
    while True:
        used, said, cut = await chat(left, [*messages, *complaint], schema, **how)
        del left[: left.index(used)]
        if schema is None:
            return Answer(said)
        try:
            data = read_json(said)
            why = "it was cut off at the limit of tokens" if cut else misfit(data, schema)
        except ValueError as error:
            why = f"it is {error}"
        if not why:
            return Answer(said, data)
        if not complaint:
            again = f"That answer cannot be used: {why}. Answer again with JSON that fits the schema, and nothing else."
            complaint = [{"role": "assistant", "content": said}, {"role": "user", "content": again}]
        elif len(left) == 1:
            raise Failed("invalid_output", f"The answer does not fit the output schema: {why}.")
        else:
            left, complaint = left[1:], []


async def chat(
    models: Sequence[str], messages: list[dict[str, Any]], schema: Mapping[str, Any] | None = None, **how: Any
) -> tuple[str, str, bool]:
    """The first model of a list that answers: its name, what it said, and whether it was cut off."""
    for position, name in enumerate(models):
        try:
            said, cut = await _attempts(name, messages, schema, **how)
            return name, said, cut
        except Failed:
            if position + 1 == len(models):
                raise
    raise AssertionError("there is always a model")


async def _attempts(
    name: str,
    messages: list[dict[str, Any]],
    schema: Mapping[str, Any] | None,
    *,
    attempts: int = 3,
    base_s: float = 1.0,
    cap_s: float = 30.0,
    max_wait_s: float = 300.0,
    timeout_s: float | None = 120.0,
    idle_s: float = 60.0,
    connect_s: float = 10.0,
    **sampling: Any,
) -> tuple[str, bool]:
    """Failures that may pass are tried again; a rate limit is waited for, and is no attempt."""
    waited, failures = 0.0, 0
    provider, model, key = _resolve(name)
    limits = httpx.Timeout(idle_s, connect=connect_s)
    while True:
        try:
            async with AT_ONCE, asyncio.timeout(timeout_s), httpx.AsyncClient(timeout=limits) as http:
                wire = _anthropic if provider["wire"] == "anthropic" else _openai
                return await wire(http, provider, model, key, messages, schema, sampling)
        except RateLimited as limit:
            pause = limit.seconds if limit.seconds is not None else random.uniform(1, 5)
            waited += pause
            if waited > max_wait_s:
                raise Failed("rate", f"{name} kept refusing: too many requests.") from None
        except (TimeoutError, httpx.TransportError, Transient) as error:
            failures += 1
            if failures >= attempts:
                raise Failed("transient", f"{name} gave no answer: {str(error) or 'it took too long'}.") from None
            pause = random.uniform(0, min(cap_s, base_s * 2**failures))
        await asyncio.sleep(pause)


class Transient(Exception):
    """A failure that may be gone at the next try."""


class RateLimited(Exception):
    """Too many requests. `seconds` is how long the server asks to wait, if it does."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__()
        self.seconds = seconds


def _resolve(name: str) -> tuple[dict[str, Any], str, str]:
    """The provider, the model and the key of a tier or of `provider/model`. Keys come from the environment."""
    if name in ("cheap", "medium", "best"):
        name = os.environ.get(f"BATON_{name.upper()}") or TIERS.get(name) or _keyed(name)
    provider, _, model = name.partition("/")
    if provider not in PROVIDERS:
        raise Failed("bad_request", f"There is no model “{name}” here.")
    found = PROVIDERS[provider]
    key = os.environ.get(found["key_env"], "") if found["key_env"] else ""
    if found["key_env"] and not key and not found["local"]:
        raise Failed("credentials", f"Set {found['key_env']}: {name} needs a key.")
    address = os.environ.get(found["url_env"], "") if found["url_env"] else ""
    return {**found, "address": (address or found["address"]).rstrip("/")}, model, key


def _keyed(tier: str) -> str:
    for name, provider in PROVIDERS.items():
        if tier in provider["tiers"] and os.environ.get(provider["key_env"] or ""):
            return f"{name}/{provider['tiers'][tier]}"
    keys = ", ".join(provider["key_env"] for provider in PROVIDERS.values() if provider["tiers"])
    raise Failed("credentials", f"Set one of {keys}, or BATON_{tier.upper()}=provider/model.")


async def _openai(
    http: httpx.AsyncClient, provider: Mapping[str, Any], model: str, key: str, messages: list[dict[str, Any]],
    schema: Mapping[str, Any] | None, sampling: Mapping[str, Any],
) -> tuple[str, bool]:  # fmt: skip
    """POST /chat/completions."""
    options = provider["options"]
    body: dict[str, Any] = {"model": model, "messages": list(messages), "stream": True}
    if options.get("stream_options", True):
        body["stream_options"] = {"include_usage": True}
    names = {"max_tokens": options.get("max_tokens", "max_tokens")}
    body |= {names.get(name, name): value for name, value in sampling.items() if value is not None}
    wrapped = False
    if schema is not None:
        asked, wrapped = _object(schema)
        how = options.get("schema", "json_schema")
        if how == "json_schema":
            named = {"name": "answer", "schema": asked, "strict": _strict(asked)}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        else:
            if how == "json_object":
                body["response_format"] = {"type": "json_object"}
            told = f"Give the final answer as one JSON object that satisfies this JSON Schema:\n{json.dumps(asked)}"
            body["messages"].insert(0, {"role": "system", "content": told})
    headers = {"authorization": f"Bearer {key}"} if key else {}
    said, finish = "", ""
    async for event in _events(http, f"{provider['address']}/chat/completions", headers, body):
        choice = next(iter(event.get("choices") or [{}]))
        delta = choice.get("delta") or choice.get("message") or {}
        said += delta.get("content") or ""
        finish = choice.get("finish_reason") or finish
        if delta.get("refusal") or finish in ("content_filter", "refusal", "safety"):
            raise Failed("refused", f"{model} declined to answer.")
    if not finish:
        raise Transient("the answer was cut off")
    return _unwrap(said, wrapped), finish in ("length", "max_tokens", "model_length")


async def _anthropic(
    http: httpx.AsyncClient, provider: Mapping[str, Any], model: str, key: str, messages: list[dict[str, Any]],
    schema: Mapping[str, Any] | None, sampling: Mapping[str, Any],
) -> tuple[str, bool]:  # fmt: skip
    """POST /v1/messages. JSON is asked for as a tool that the model must call."""
    turns = [
        {"role": each["role"], "content": [{"type": "text", "text": each["content"] or "(empty)"}]}
        for each in messages
        if each["role"] != "system"
    ]
    body: dict[str, Any] = {
        "model": model, "max_tokens": sampling.get("max_tokens") or 8192, "messages": turns, "stream": True,
    }  # fmt: skip
    if system := "\n\n".join(each["content"] for each in messages if each["role"] == "system"):
        body["system"] = system
    if sampling.get("temperature") is not None:
        body["temperature"] = min(sampling["temperature"], 1.0)
    if sampling.get("top_p") is not None:
        body["top_p"] = sampling["top_p"]
    wrapped = False
    if schema is not None:
        asked, wrapped = _object(schema)
        told = "Gives the final answer. Call it exactly once, when the answer is complete."
        body["tool_choice"] = {"type": "tool", "name": "final_answer"}
        body["tools"] = [{"name": "final_answer", "description": told, "input_schema": asked}]
    headers = {"anthropic-version": "2023-06-01", **({"x-api-key": key} if key else {})}
    path = "/messages" if provider["address"].endswith("/v1") else "/v1/messages"
    said, called, finish, stopped = "", "", "", False
    async for event in _events(http, provider["address"] + path, headers, body):
        delta = event.get("delta") or {}
        said += delta.get("text") or ""
        called += delta.get("partial_json") or ""
        finish = delta.get("stop_reason") or finish
        stopped = stopped or event.get("type") == "message_stop"
    if finish == "refusal":
        raise Failed("refused", f"{model} declined to answer.")
    if not stopped or not finish:
        raise Transient("the answer was cut off")
    answer = _unwrap(called, wrapped) if schema is not None and called else said
    return answer, finish in ("max_tokens", "model_context_window_exceeded")


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
