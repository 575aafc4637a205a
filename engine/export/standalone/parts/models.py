"""Asks models: retried, with other models to fall back on, with tools that they may call before they answer."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from engine.export.standalone.parts.schemas import misfit, read_json
from engine.export.standalone.parts.values import Failed
from engine.export.standalone.parts.wires import Question, RateLimited, Reply, Transient, anthropic, openai_chat

TIERS: dict[str, str] = {}
PROVIDERS: dict[str, dict[str, Any]] = {}
CONCURRENCY = 16

AT_ONCE = asyncio.Semaphore(CONCURRENCY)


@dataclass
class Answer:
    """What a model said: the text, the JSON in it when a schema asked for it, and all messages from the prompt on."""

    text: str
    data: Any = None
    said: Sequence[Mapping[str, Any]] = ()


class Talk:
    """A question, what was said to it so far, and the models that are left to answer it, the one in use first."""

    def __init__(self, models: Sequence[str], prompt: str, schema: Mapping[str, Any] | None) -> None:
        self.models, self.schema = list(models), schema
        self.said: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
        self.complaint: list[dict[str, Any]] = []

    def answer(self, reply: Reply) -> Answer | None:
        """The answer in a reply. One that does not fit is asked for once more, then the next model takes over."""
        data, why = None, ""
        if self.schema is not None:
            try:
                data = read_json(reply.text)
                why = "it was cut off at the limit of tokens" if reply.cut else misfit(data, self.schema)
            except ValueError as error:
                why = f"it is {error}"
        if not why:
            return Answer(reply.text, data, [*self.said, {"role": "assistant", "content": reply.text}])
        if not self.complaint:
            again = f"That answer cannot be used: {why}. Answer again with JSON that fits the schema, and nothing else."
            self.complaint = [{"role": "assistant", "content": reply.text}, {"role": "user", "content": again}]
        elif len(self.models) == 1:
            raise Failed("invalid_output", f"The answer does not fit the output schema: {why}.")
        else:
            self.models, self.complaint = self.models[1:], []
        return None


async def ask(
    models: Sequence[str], prompt: str, *, instructions: str = "", schema: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] = (), tools: Any = None, max_turns: int = 20, images: Sequence[Any] = (),
    **how: Any,
) -> Answer:  # fmt: skip
    """Asks a model and lets it call tools until it answers, in at most so many turns."""
    talk, turns = Talk(models, prompt, schema), 0
    if images:
        talk.said[0]["images"] = images
    before = [{"role": "system", "content": instructions}] if instructions.strip() else []
    while True:
        messages = [*before, *history, *talk.said, *talk.complaint]
        offered = tools.offered if tools is not None else ()
        last = turns + 1 >= max_turns or (tools is not None and tools.used_up)
        reply = await chat(talk.models, Question(messages, schema, offered, last), **how)
        del talk.models[: talk.models.index(reply.model)]
        if reply.calls and tools is not None:
            turns += 1
            if last:
                raise Failed("tool", f"The model still called tools in its last turn ({turns}) and gave no answer.")
            talk.said += [*talk.complaint, {"role": "assistant", "content": reply.text, "tool_calls": reply.calls}]
            talk.said += await tools.answer(reply.calls)
            talk.complaint = []
        elif (answer := talk.answer(reply)) is not None:
            return answer


async def chat(models: Sequence[str], asked: Question, **how: Any) -> Reply:
    """The reply of the first model of a list that gives one."""
    tries = 0
    for position, name in enumerate(models):
        try:
            return await _attempts(name, asked, **how)
        except Failed as error:
            tries += error.attempts
            error.attempts = tries
            if position + 1 == len(models):
                raise
    raise AssertionError("there is always a model")


async def _attempts(
    name: str,
    asked: Question,
    *,
    attempts: int = 3,
    base_s: float = 1.0,
    cap_s: float = 30.0,
    max_wait_s: float = 300.0,
    timeout_s: float | None = 120.0,
    idle_s: float = 60.0,
    connect_s: float = 10.0,
    **sampling: Any,
) -> Reply:
    """Failures that may pass are tried again; a rate limit is waited for, and is no attempt."""
    waited, failures = 0.0, 0
    provider, model, key = _resolve(name)
    limits = httpx.Timeout(idle_s, connect=connect_s)
    while True:
        try:
            async with AT_ONCE, asyncio.timeout(timeout_s), httpx.AsyncClient(timeout=limits) as http:
                wire = anthropic if provider["wire"] == "anthropic" else openai_chat
                return replace(await wire(http, provider, model, key, asked, sampling), model=name)
        except RateLimited as limit:
            pause = limit.seconds if limit.seconds is not None else random.uniform(1, 5)
            waited += pause
            if waited > max_wait_s:
                raise Failed("rate", f"{name} kept refusing: too many requests.") from None
        except Failed as error:
            error.attempts = failures + 1
            raise
        except (TimeoutError, httpx.TransportError, Transient) as error:
            failures += 1
            if failures >= attempts:
                failed = Failed("transient", f"{name} gave no answer: {str(error) or 'it took too long'}.")
                failed.attempts = failures
                raise failed from None
            pause = random.uniform(0, min(cap_s, base_s * 2**failures))
        await asyncio.sleep(pause)


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
