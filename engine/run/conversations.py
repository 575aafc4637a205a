"""Calls of models on behalf of nodes: the ladder of attempts and fallbacks, prices, events (semantics.md S8)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from engine.base.clock import Clock
from engine.base.errors import NodeError
from engine.models.catalog import Models
from engine.models.contract import Message, ModelRef, ModelRequest, Reply
from engine.run.admission import Admission, Reserve
from engine.run.recorder import Recorder

if TYPE_CHECKING:
    from engine.run.context import NodeCall

RETRIED: Final = frozenset({"transient", "timeout"})
MAX_RATE_WAIT_S: Final = 300.0
"""Longest that a call waits for a rate limit in all, in seconds (S8, `max_wait_s`)."""
REHEARSAL: Final = ModelRef("rehearsal", "rehearsal")


class Conversations:
    """Makes the calls of one run.

    Args:
        models: who can be called.
        admission: keeps the budget.
        tiers: what tiers mean in this run.
        rehearse: every model is the built-in one.
    """

    def __init__(
        self, models: Models, recorder: Recorder, clock: Clock, admission: Admission, *,
        tiers: Mapping[str, str], rehearse: bool,
    ) -> None:  # fmt: skip
        self._models, self._recorder, self._clock, self._admission = models, recorder, clock, admission
        self._tiers, self._rehearse = tiers, rehearse

    async def chat(self, call: NodeCall, names: Sequence[str], request: ModelRequest) -> Reply:
        """Calls the first of `names` that answers, each with its own attempts.

        Raises:
            NodeError: the last model's failure.
        """
        for position, name in enumerate(names):
            try:
                ref = REHEARSAL if self._rehearse else self._models.resolve(name, self._tiers)
                reply = await self._attempts(call, ref, request)
                return replace(reply, asked=name) if position else reply
            except NodeError as error:
                if position + 1 == len(names):
                    raise
                self.fell_back(call, name, names[position + 1], error.message)
        raise AssertionError("there is always a first model")

    def fell_back(self, call: NodeCall, name: str, to: str, message: str) -> None:
        """Another model takes over (S8): what the first one wrote so far is forgotten."""
        self._discard(call)
        call.emit("node.fallback", {"from": name, "to": to, "message": message})
        call.attempt += 1
        call.emit("node.started", {"attempts": call.limits.retry.attempts, "model": to})

    def context_tokens(self, name: str) -> int | None:
        """How many tokens the model of a name can read at once; None when that is unknown."""
        try:
            return self._models.quote(self._models.resolve(name, self._tiers), self._clock.wall()).context_tokens
        except NodeError:
            return None

    async def _attempts(self, call: NodeCall, ref: ModelRef, request: ModelRequest) -> Reply:
        retry = call.limits.retry
        waited, failures, rate_limited = 0.0, 0, 0
        while True:
            try:
                return await self._once(call, ref, request)
            except NodeError as error:
                if error.error_class == "rate":
                    rate_limited += 1
                    pause = error.retry_after or self._pause(rate_limited, 1.0, 60.0)
                    waited += pause
                    if waited > MAX_RATE_WAIT_S:
                        raise
                    call.emit("rate.wait", {"wait_s": pause, "model": str(ref)})
                    call.emit("node.waiting", {"reason": f"rate limit, {pause:.0f} s", "for": []})
                    await self._clock.sleep(pause)
                    continue
                failures += 1
                if error.error_class not in RETRIED or failures >= retry.attempts:
                    raise
                pause = error.retry_after or self._pause(failures, retry.base_s, retry.cap_s)
                self._discard(call)
                call.emit("node.retry", {
                    "class": error.error_class, "message": error.message, "wait_s": pause, "attempts": retry.attempts,
                })  # fmt: skip
                await self._clock.sleep(pause)
                call.attempt += 1
                call.emit("node.started", {"attempts": retry.attempts, "model": str(ref)})

    async def _once(self, call: NodeCall, ref: ModelRef, request: ModelRequest) -> Reply:
        """One attempt: the intent is stored before the call goes out, the answer before anybody acts on it (S11)."""
        usd: float | None = 0.0
        tokens = 0
        reserve = self._admission.reserve(ref, request, self._clock.wall())
        _hold_own_cap(call, getattr(call.config, "budget_usd", None), ref, reserve)
        await self._admission.grant(ref, reserve, lambda why: call.emit("node.waiting", {"reason": why, "for": []}))
        try:
            call.emit("model.request", {"model": str(ref), **_as_sent(request)})
            await self._recorder.barrier()
            reply = await self._complete(call, ref, request)
            usd = self._models.price(ref, reply.usage, self._clock.wall()).usd
            tokens = reply.usage.input_tokens + reply.usage.output_tokens
        finally:
            await self._admission.settle(reserve, usd, tokens)
        call.paid(usd)
        call.emit("model.response", {"model": reply.model or str(ref), "cost_usd": usd, **_as_answered(reply)})
        if reply.finish == "length":
            call.degraded("the answer was cut off at the limit of tokens")
        return reply

    async def _complete(self, call: NodeCall, ref: ModelRef, request: ModelRequest) -> Reply:
        limit = call.limits.timeout_s

        def streamed(text: str) -> None:
            if request.quiet:
                return
            call.streamed = True
            call.emit("text", {"text": text})

        try:
            async with asyncio.timeout(limit):
                return await self._models.model(ref).complete(request, streamed)
        except TimeoutError:
            raise NodeError(
                "timeout", f"{ref} gave no complete answer in {limit:g} s.", "Raise the time limit."
            ) from None

    def _discard(self, call: NodeCall) -> None:
        """Partial text of a failed attempt is never an answer: whoever watches is told to forget it (S8)."""
        if call.streamed:
            call.streamed = False
            call.emit("node.attempt_discarded", {})

    def _pause(self, failures: int, base: float, cap: float) -> float:
        """Seconds until the next attempt: exponential with full jitter (S8)."""
        return random.uniform(0.0, min(cap, base * 2.0**failures))


def _hold_own_cap(call: NodeCall, cap: float | None, ref: ModelRef, reserve: Reserve) -> None:
    """Refuses a call that could lead over the node's own budget (S9)."""
    if cap is None:
        return
    if reserve.usd is None:
        raise NodeError("budget", f"The price of {ref} is unknown, so the node's budget cannot hold it.",
                        "Take the node's budget away.")  # fmt: skip
    if call.spent + reserve.usd > cap:
        raise NodeError("budget", f"A call of {ref} may cost ${reserve.usd:.4f}, more than is left of the node's "
                        f"${cap:g}.", "Raise its budget, or set a limit on the longest answer.")  # fmt: skip


def _as_sent(request: ModelRequest) -> dict[str, Any]:
    sampling = {"temperature": request.temperature, "top_p": request.top_p, "max_tokens": request.max_tokens}
    sent: dict[str, Any] = {key: value for key, value in sampling.items() if value is not None}
    sent["messages"] = [_message(message) for message in request.messages]
    if request.tools:
        sent["tools"] = [tool.name for tool in request.tools]
    if request.output_schema is not None:
        sent["output_schema"] = dict(request.output_schema)
    return sent


def _as_answered(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "text": reply.text,
        "finish": reply.finish,
        "tool_calls": [{"name": tool.name, "arguments": dict(tool.arguments)} for tool in reply.tool_calls],
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cached_tokens,
            "estimated": usage.estimated,
        },
    }


def _message(message: Message) -> dict[str, Any]:
    shown: dict[str, Any] = {"role": message.role, "text": message.text}
    if message.images:
        shown["images"] = len(message.images)
    return shown
