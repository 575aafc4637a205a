"""The one keeper of what calls of models need: budget, rate, width and a slot, granted together or not at all (S9)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Final

from engine.base.clock import Clock
from engine.base.errors import NodeError
from engine.models.catalog import Models
from engine.models.contract import ModelRef, ModelRequest, Usage
from engine.models.tokens import estimate_input, most_tokens
from engine.run.admission.accounts import Account, to_pico
from engine.run.admission.bucket import Bucket
from engine.run.admission.claim import Claim, Holder, Need
from engine.run.admission.day import Day
from engine.run.admission.headers import readings
from engine.run.admission.queues import Queues, Tell, nothing
from engine.run.admission.width import Width

OUTPUT_RESERVE: Final = 4096
"""Tokens of output reserved for a call whose request sets no limit."""
COOL_S: Final = 1.0
COOL_CAP_S: Final = 60.0
"""First and longest pause after a 429 that says nothing of its own, in seconds."""


class Admission:
    """Grants claims. Used on the run's loop only, so that a grant is atomic.

    Args:
        models: tells prices and widths.
        slots: how many leaf nodes and calls work at once.
        on_budget: `pause`, `ask` or `cheaper`: what happens at a cap.
        tell: takes events about budgets.
        day: the budget of the day.
    """

    def __init__(self, models: Models, clock: Clock, slots: int, *, on_budget: str, tell: Tell, day: Day) -> None:
        self._models, self._clock, self._tell = models, clock, tell
        self.queues = Queues(clock, slots, on_budget, tell)
        self.slots, self.day = self.queues.slots, day
        self.more: Callable[[], None] = nothing
        """Called when a slot is free: the scheduler may start a node."""
        self._buckets: dict[ModelRef, Bucket] = {}
        self._widths: dict[str, Width] = {}
        self._numbers = 0

    # Claims

    def claim(
        self, holder: Holder, ref: ModelRef, request: ModelRequest, account: Account | None, patience_s: float
    ) -> Claim:
        """What a call needs, at most.

        Raises:
            NodeError: `budget`: the price is unknown, and a cap in money stands without one in tokens (S9).
        """
        bucket = self._buckets.get(ref)
        if bucket is None:
            bucket = self._buckets[ref] = Bucket(str(ref))
        width = self._widths.get(ref.provider)
        if width is None:
            width = self._widths[ref.provider] = Width(ref.provider, self._models.width(ref))
        need, most, usd = Need(0, 0), Need(0, 0), 0
        output = request.max_tokens or OUTPUT_RESERVE
        if bucket.meters:
            need = Need(estimate_input(request), output)
        if account is not None:
            most = Need(estimate_input(request, most_tokens) + bucket.beyond, output)
            price = self._models.price(ref, Usage(most.input_tokens, most.output_tokens), self._clock.wall()).usd
            if price is None and (open_level := account.unguarded()):
                raise NodeError(
                    "budget", f"The price of {ref} is unknown, so the budget in dollars of {open_level.name} cannot "
                    "hold it.", "Set a budget in tokens beside it, or take it away.",
                )  # fmt: skip
            usd = to_pico(price or 0.0)
        self._numbers += 1
        return Claim(
            holder, ref, account, usd, need, most, bucket, width, self._numbers, patience_s, beyond=bucket.beyond
        )

    async def grant(self, claim: Claim, waiting: Callable[[str, float | None], None]) -> None:
        """Waits until a claim can have all that it needs, and gives it that.

        The node gives its slot back meanwhile, unless it has other calls in flight.

        Args:
            waiting: told what it waits for, and for how many seconds where that is known; once for each thing.

        Raises:
            NodeError: `rate`: its model is shut for longer than the claim has patience.
            CapReached: at a cap, unless the claim is final or the policy is `pause`.
        """
        obstacle = self.queues.obstacle(claim)
        if obstacle is None:
            self.queues.take(claim)
            return
        claim.granted = asyncio.get_running_loop().create_future()
        claim.waiting = waiting
        claim.holder.calls_waiting += 1
        self.queues.stand(claim, obstacle)
        if not claim.holder.calls_out:
            self.leave(claim.holder)
            self.more()
        try:
            await claim.granted
        except asyncio.CancelledError:
            if claim.serial:
                self._give_back(claim)
            raise
        finally:
            claim.holder.calls_waiting -= 1
            claim.line = None
            self.queues.stall(claim, False)

    def _give_back(self, claim: Claim) -> None:
        """What was granted to a call that was cancelled in the same moment."""
        if claim.bucket is not None:
            self.settle(claim, 0, 0, sent=False)
        else:
            claim.holder.calls_out -= 1

    async def seat(self, holder: Holder) -> None:
        """Waits for a slot for a node that gave its own back."""
        if not holder.slots:
            self._numbers += 1
            await self.grant(Claim(holder, number=self._numbers), lambda _what, _seconds: None)
            holder.calls_out -= 1

    def leave(self, holder: Holder) -> None:
        """A node waits or has ended: others may have its slot."""
        self.slots.leave(holder)
        if self.slots.line.head() is not None:
            self.queues.drain(self.slots)

    def settle(
        self, claim: Claim, usd: int, tokens: int, *, sent: bool = True, well: bool = False,
        headers: Mapping[str, str] | None = None, billed_input: int = 0,
    ) -> None:  # fmt: skip
        """A call is over: what it held becomes what it cost, and those who waited for that are looked at.

        Args:
            usd: pico-dollars that it cost, or may have cost.
            sent: whether it went out at all.
            well: whether it was answered.
            headers: of the answer, for what they say of limits.
            billed_input: tokens that it cost to read; what a server adds of its own is expected of it again.
        """
        bucket, width, account = claim.bucket, claim.width, claim.account
        assert bucket is not None and width is not None
        if account is not None:
            bucket.beyond = max(bucket.beyond, claim.beyond + billed_input - claim.most.input_tokens)
        claim.serial = 0
        claim.holder.calls_out -= 1
        width.running -= 1
        (bucket.give if sent else bucket.give_back)(claim.need)
        if well:
            bucket.strikes = 0
            width.widen()
        if headers:
            bucket.learn(readings(headers, self._clock.wall()), self._clock.mono())
        if account is not None:
            for warned in account.settle((claim.usd, claim.most.tokens), usd, tokens):
                self._tell("budget.warn", warned, warned.told())
            for level in account.chain():
                self.queues.drain(level)
        holder = claim.holder
        freed = self.slots.leave(holder, max(holder.calls_out, holder.keeps_slot and not holder.calls_waiting))
        for obstacle in (bucket, width, self.slots):
            self.queues.drain(obstacle)
        if freed:
            self.more()

    def refused(self, claim: Claim, told_s: float | None) -> bool:
        """A call was answered with a 429. To be called before it is settled.

        Args:
            told_s: seconds that the server asks to wait, if it does.

        Returns:
            whether the call may wait for its next turn; else it has waited for as long as it may.
        """
        bucket, width = claim.bucket, claim.width
        assert bucket is not None and width is not None
        now, serial = self._clock.mono(), claim.serial
        width.halve(serial, self.queues.serial)
        if told_s is not None:
            bucket.cool(serial, self.queues.serial, now + told_s)
        elif serial > bucket.cooled:
            bucket.cool(serial, self.queues.serial, now + pause_s(bucket.strikes))
        claim.patience_s -= max(0.0, bucket.shut_until - max(now, claim.charged_until))
        claim.charged_until = bucket.shut_until
        for each in bucket.line:
            if impatience := self.queues.impatience(bucket, each):
                self.queues.reject(each, impatience)
        return claim.patience_s >= 0

    # Caps

    async def refresh(self) -> None:
        """Reads now and then what other runs of the day have cost; call it when `day.due`."""
        await self.day.look()
        if self.day.account is not None:
            self.queues.drain(self.day.account)

    def fits(self, claim: Claim) -> bool:
        """Whether a claim would find room in all its budgets now."""
        return claim.account is None or claim.account.without_room(claim.usd, claim.most.tokens) is None

    def raise_cap(self, account: Account, usd: float | None, tokens: int | None) -> None:
        """Sets a higher cap; calls that waited for it go on and repeat nothing (S9)."""
        if usd is not None:
            account.usd.cap = to_pico(usd)
        if tokens is not None:
            account.tokens.cap = tokens
        account.reached = account.final = account.warned = False
        self._tell("budget.raised", account, account.told())
        self.queues.drain(account)

    def asked(self, account: Account, *, final: bool) -> None:
        """A person was asked about a cap. `final`: nothing came of it, so calls wait for the run to pause."""
        account.asking, account.final = False, final
        self.queues.drain(account)


def pause_s(strikes: int) -> float:
    """Seconds of quiet after a 429 that says nothing of its own; longer for each in a row, with jitter."""
    longest = min(COOL_CAP_S, COOL_S * 2.0 ** min(strikes + 1, 10))
    return random.uniform(longest / 2, longest)
