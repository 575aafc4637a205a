"""Calls of models on behalf of nodes: the ladder of attempts and fallbacks, prices, events (semantics.md S8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine.base.clock import Clock
from engine.base.errors import NodeError
from engine.base.redacted import RedactedText
from engine.models.catalog import Models
from engine.models.contract import ModelRef, ModelRequest, Reply, Usage
from engine.run.admission.accounts import PICO, to_pico
from engine.run.admission.claim import Claim
from engine.run.admission.controller import Admission
from engine.run.admission.queues import CapReached
from engine.run.caps import Caps
from engine.run.deadline import Deadline
from engine.run.ladder import RETRIED, back_off, discard
from engine.run.memory import Memory
from engine.run.recorder import Recorder
from engine.run.said import as_answered, as_sent, digest

if TYPE_CHECKING:
    from engine.run.context import NodeCall

REHEARSAL: Final = ModelRef("rehearsal", "rehearsal")
SHOWN: Final = 120
"""Letters of a prompt that a message shows."""


class Conversations:
    """Makes the calls of one run.

    Args:
        models: who can be called.
        admission: keeps the budget.
        tiers: what tiers mean in this run.
        rehearse: every model is the built-in one.
        memory: of earlier sessions of the run: what was answered then is not asked again (S11).
    """

    def __init__(
        self, models: Models, recorder: Recorder, clock: Clock, admission: Admission, *,
        tiers: Mapping[str, str], rehearse: bool, memory: Memory | None = None,
    ) -> None:  # fmt: skip
        self._models, self._recorder, self.clock, self._admission = models, recorder, clock, admission
        self._caps = Caps(admission, self._cheaper)
        self._tiers, self._rehearse = tiers, rehearse
        self._only_stored = memory is not None and memory.complete
        self._replies = {key: list(found) for key, found in memory.replies.items()} if memory else {}

    async def chat(self, call: NodeCall, names: Sequence[str], request: ModelRequest) -> Reply:
        """Calls the first of `names` that answers, each with its own attempts.

        Raises:
            NodeError: the last model's failure.
        """
        about = digest(names, request)
        if known := self._replies.get((call.key, about)):
            return _told(call, known.pop(0))
        if self._only_stored:
            raise call.told_failure(about) or _not_held(call, request)
        for position, name in enumerate(names):
            try:
                ref = REHEARSAL if self._rehearse else self._models.resolve(name, self._tiers)
                asked = {"request": about, **({"asked": name} if position else {})}
                reply = await self._attempts(call, ref, request, names[position + 1 :], asked)
                return replace(reply, asked=name) if position else reply
            except NodeError as error:
                if position + 1 == len(names):
                    raise
                self.fell_back(call, name, names[position + 1], error.message)
        raise AssertionError("there is always a first model")

    def fell_back(self, call: NodeCall, name: str, to: str, message: str) -> None:
        """Another model takes over (S8): what the first one wrote so far is forgotten."""
        discard(call)
        call.emit("node.fallback", {"from": name, "to": to, "message": message})
        call.attempt += 1
        call.emit("node.started", {"attempts": call.limits.retry.attempts, "model": to})

    def context_tokens(self, name: str) -> int | None:
        """How many tokens the model of a name can read at once; None when that is unknown."""
        try:
            return self._models.quote(self._models.resolve(name, self._tiers), self.clock.wall()).context_tokens
        except NodeError:
            return None

    async def _attempts(
        self, call: NodeCall, ref: ModelRef, request: ModelRequest, others: Sequence[str], asked: Mapping[str, str]
    ) -> Reply:
        """The attempts on one model, or on a cheaper one that a budget asks for.

        Args:
            others: models that the node names after this one.
            asked: how the answer is found again, for its event.
        """
        retry = call.limits.retry
        failures = 0
        if self._admission.day.due:
            await self._admission.refresh()
        claim = self._admission.claim(call, ref, request, call.account, retry.max_wait_s)
        while True:
            claim = await self._admit(call, claim, request, others)
            try:
                return await self._once(call, claim, request, asked)
            except NodeError as error:
                if error.error_class == "rate":
                    if claim.patience_s < 0:
                        raise
                    continue
                failures += 1
                if error.error_class not in RETRIED or failures >= retry.attempts:
                    raise
                await back_off(call, error, failures)
                call.emit("node.started", {"attempts": retry.attempts, "model": str(claim.ref)})

    async def _admit(self, call: NodeCall, claim: Claim, request: ModelRequest, others: Sequence[str]) -> Claim:
        """Waits until a call may go out. Such waits are not charged to the node's time limits (S8).

        Returns:
            the claim, or that of a cheaper model.
        """

        def waiting(what: str, seconds: float | None) -> None:
            if what == "rate limit":
                call.emit("rate.wait", {"wait_s": seconds, "model": str(claim.ref)})
                what = f"rate limit, {seconds:.0f} s"
            call.emit("node.waiting", {"reason": what, "for": []})

        while True:
            try:
                with call.off_the_clock():
                    await self._admission.grant(claim, waiting)
                return claim
            except CapReached as cap:
                claim = await self._caps.next(call, claim, request, others, cap.account)

    def _cheaper(self, call: NodeCall, claim: Claim, request: ModelRequest, name: str) -> Claim | None:
        """A claim for another model that costs less, if it does and can be called."""
        if self._rehearse:
            return None
        try:
            ref = self._models.resolve(name, self._tiers)
            if ref == claim.ref or self._models.missing(ref) is not None:
                return None
            usage = Usage(claim.most.input_tokens, claim.most.output_tokens)
            if self._models.price(ref, usage, self.clock.wall()).usd is None:
                return None
            other = self._admission.claim(call, ref, request, claim.account, claim.patience_s)
        except NodeError:
            return None
        return other if other.usd < claim.usd else None

    async def _once(self, call: NodeCall, claim: Claim, request: ModelRequest, asked: Mapping[str, str]) -> Reply:
        """One attempt: the intent is stored before the call goes out, the answer before anybody acts on it (S11).

        A call that went out and was cut off counts with all that it may have cost: nobody knows what was billed.
        """
        ref = claim.ref
        assert ref is not None
        spent, sent, well, billed = (0, 0), False, False, 0
        headers: Mapping[str, str] = {}
        if claim.account is not None:
            call.emit("budget.reserved", {"usd": claim.usd / PICO, "tokens": claim.most.tokens})
        try:
            call.emit("model.request", {"model": str(ref), **as_sent(request), **asked})
            await self._recorder.barrier()
            sent, spent = True, (claim.usd, claim.most.tokens)
            reply = await self._complete(call, ref, request)
            usd = self._models.price(ref, reply.usage, self.clock.wall()).usd
            spent = to_pico(usd or 0.0), reply.usage.input_tokens + reply.usage.output_tokens
            headers, well, billed = reply.headers, True, reply.usage.input_tokens
        except NodeError as error:
            headers = error.headers
            if error.unpaid or error.error_class == "rate":
                spent = (0, 0)
            if error.error_class == "rate":
                self._admission.refused(claim, error.retry_after)
            raise
        finally:
            if claim.account is not None:
                held = {"held_usd": claim.usd / PICO, "held_tokens": claim.most.tokens}
                call.emit("budget.settled", {"usd": spent[0] / PICO, "tokens": spent[1], "sure": well, **held})
            self._admission.settle(claim, *spent, sent=sent, well=well, headers=headers, billed_input=billed)
        call.paid(usd)
        call.emit("model.response", {"model": reply.model or str(ref), "cost_usd": usd, **as_answered(reply), **asked})
        return _told(call, reply)

    async def _complete(self, call: NodeCall, ref: ModelRef, request: ModelRequest) -> Reply:
        limit = call.limits.timeout_s

        def streamed(piece: str) -> None:
            if request.quiet:
                return
            call.streamed = True
            call.emit("text", {"text": piece})

        text = RedactedText(self._recorder.redactor, streamed)
        model = self._models.model(ref)
        try:
            async with Deadline(self.clock, limit, []):
                reply = await model.complete(request, text.add)
                text.finish()
                return reply
        except TimeoutError:
            raise NodeError(
                "timeout", f"{ref} gave no complete answer in {limit:g} s.", "Raise the time limit."
            ) from None


def _told(call: NodeCall, reply: Reply) -> Reply:
    """An answer, whose node is marked when it was cut off."""
    if reply.finish == "length":
        call.degraded("the answer was cut off at the limit of tokens")
    return reply


def _not_held(call: NodeCall, request: ModelRequest) -> NodeError:
    """The run has only what is stored, and that is no answer to this."""
    asked = " ".join(request.messages[-1].text.split()) if request.messages else ""
    shown = asked if len(asked) <= SHOWN else f"{asked[: SHOWN - 1]}…"
    return NodeError(
        "bad_request", f"No answer is stored for what “{call.key}” asks now: “{shown}”.",
        "Its prompt, model or settings have changed since: record it anew.",
    )  # fmt: skip
