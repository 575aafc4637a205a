"""The one keeper of what calls of models need: budget, rate, width and a slot, granted together or not at all (S9)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.base.clock import Clock, Timer
from engine.base.errors import NodeError
from engine.models.catalog import Models
from engine.models.contract import ModelRef, ModelRequest, Usage
from engine.models.tokens import estimate_input
from engine.run.admission.accounts import PICO, Account, to_pico
from engine.run.admission.bucket import Bucket
from engine.run.admission.claim import Claim, Holder, Need
from engine.run.admission.day import Day
from engine.run.admission.headers import readings
from engine.run.admission.slots import Slots
from engine.run.admission.width import Width

OUTPUT_RESERVE: Final = 4096
"""Tokens of output reserved for a call whose request sets no limit."""
COOL_S: Final = 1.0
COOL_CAP_S: Final = 60.0
"""First and longest pause after a 429 that says nothing of its own, in seconds."""

Obstacle = Account | Bucket | Width | Slots
"""What a call waits for; each has a `line`."""
Tell = Callable[[str, Account, Mapping[str, Any]], None]
"""Takes the events `budget.warn` and `budget.stop`."""


class CapReached(Exception):
    """A call finds no room in a budget, and nothing in flight could make some."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.name)
        self.account = account


class Admission:
    """Grants claims. Used on the run's loop only, so that a grant is atomic.

    A claim waits for the first thing that it lacks, in a line where nobody overtakes, and is looked at again when
    that one thing changes; whatever the number of those who wait, news costs a look at those whom it can help.

    Args:
        models: tells prices and widths.
        slots: how many leaf nodes work at once.
        on_budget: `pause`, `ask` or `cheaper`: what happens at a cap.
        tell: takes events about budgets.
        day: the budget of the day.
    """

    def __init__(self, models: Models, clock: Clock, slots: int, *, on_budget: str, tell: Tell, day: Day) -> None:
        self._models, self._clock, self.on_budget, self._tell = models, clock, on_budget, tell
        self.slots, self.day = Slots(slots), day
        self.stalled = 0
        """Calls that only a higher cap can help."""
        self.more: Callable[[], None] = _nothing
        """Called when a slot is free: the scheduler may start a node."""
        self.stuck: Callable[[], None] = _nothing
        """Called when calls have begun to wait for a higher cap."""
        self._buckets: dict[ModelRef, Bucket] = {}
        self._widths: dict[str, Width] = {}
        self._timers: dict[Bucket, tuple[float, Timer]] = {}
        self._numbers = self._serial = 0

    def close(self) -> None:
        """Lets go of all timers (S10)."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

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
        need, usd = Need(0, 0), 0
        if account is not None or bucket.meters:
            need = Need(estimate_input(request), request.max_tokens or OUTPUT_RESERVE)
        if account is not None:
            price = self._models.price(ref, Usage(need.input_tokens, need.output_tokens), self._clock.wall()).usd
            if price is None and (open_level := account.unguarded()):
                raise NodeError(
                    "budget", f"The price of {ref} is unknown, so the budget in dollars of {open_level.name} cannot "
                    "hold it.", "Set a budget in tokens beside it, or take it away.",
                )  # fmt: skip
            usd = to_pico(price or 0.0)
        self._numbers += 1
        return Claim(holder, ref, account, usd, need, bucket, width, self._numbers, patience_s)

    async def grant(self, claim: Claim, waiting: Callable[[str, float | None], None]) -> None:
        """Waits until a claim can have all that it needs, and gives it that.

        The node gives its slot back meanwhile, unless it has other calls in flight.

        Args:
            waiting: told what it waits for, and for how many seconds where that is known; once for each thing.

        Raises:
            NodeError: `rate`: its model is shut for longer than the claim has patience.
            CapReached: at a cap, unless the claim is final or the policy is `pause`.
        """
        obstacle = self._obstacle(claim)
        if obstacle is None:
            self._take(claim)
            return
        claim.granted = asyncio.get_running_loop().create_future()
        claim.waiting = waiting
        self._stand(claim, obstacle)
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
            claim.line = None
            self._stall(claim, False)

    def _give_back(self, claim: Claim) -> None:
        """What was granted to a call that was cancelled in the same moment."""
        if claim.bucket is not None:
            self.settle(claim, 0, 0, sent=False)
        else:
            claim.holder.calls_out -= 1

    async def seat(self, holder: Holder) -> None:
        """Waits for a slot for a node that gave its own back."""
        if not holder.holds_slot:
            self._numbers += 1
            await self.grant(Claim(holder, number=self._numbers), lambda _what, _seconds: None)
            holder.calls_out -= 1

    def leave(self, holder: Holder) -> None:
        """A node waits or has ended: others may have its slot."""
        self.slots.leave(holder)
        self._drain(self.slots)

    def settle(
        self, claim: Claim, usd: int, tokens: int, *, sent: bool = True, well: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """A call is over: what it held becomes what it cost, and those who waited for that are looked at.

        Args:
            usd: pico-dollars that it cost, or may have cost.
            sent: whether it went out at all.
            well: whether it was answered.
            headers: of the answer, for what they say of limits.
        """
        bucket, width, account = claim.bucket, claim.width, claim.account
        assert bucket is not None and width is not None
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
            for warned in account.settle((claim.usd, claim.need.tokens), usd, tokens):
                self._tell("budget.warn", warned, warned.told())
            for level in account.chain():
                self._drain(level)
        if not claim.holder.keeps_slot and not claim.holder.calls_out:
            self.slots.leave(claim.holder)
        for obstacle in (bucket, width, self.slots):
            self._drain(obstacle)

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
        width.halve(serial, self._serial)
        if told_s is not None:
            bucket.cool(serial, self._serial, now + told_s)
        elif serial > bucket.cooled:
            bucket.cool(serial, self._serial, now + pause_s(bucket.strikes))
        claim.patience_s -= max(0.0, bucket.shut_until - max(now, claim.charged_until))
        claim.charged_until = bucket.shut_until
        for each in bucket.line:
            if impatience := self._impatience(bucket, each):
                self._reject(each, impatience)
        return claim.patience_s >= 0

    def _impatience(self, bucket: Bucket, claim: Claim) -> NodeError | None:
        """The failure of a claim whose model is shut for longer than it may still wait; None when it waits (S8)."""
        seconds = bucket.shut_until - max(self._clock.mono(), claim.charged_until)
        if seconds <= claim.patience_s or seconds <= 0:
            return None
        return NodeError(
            "rate", f"{bucket.name} asks to wait {seconds:.0f} s, longer than a call may wait.",
            "Wait, use another model, or raise max_wait_s of its retries.",
        )  # fmt: skip

    # Caps

    async def refresh(self) -> None:
        """Reads now and then what other runs of the day have cost; call it when `day.due`."""
        await self.day.look()
        if self.day.account is not None:
            self._drain(self.day.account)

    def fits(self, claim: Claim) -> bool:
        """Whether a claim would find room in all its budgets now."""
        return claim.account is None or claim.account.without_room(claim.usd, claim.need.tokens) is None

    def raise_cap(self, account: Account, usd: float | None, tokens: int | None) -> None:
        """Sets a higher cap; calls that waited for it go on and repeat nothing (S9)."""
        if usd is not None:
            account.usd.cap = to_pico(usd)
        if tokens is not None:
            account.tokens.cap = tokens
        account.reached = account.final = account.warned = False
        self._tell("budget.raised", account, account.told())
        self._drain(account)

    def asked(self, account: Account, *, final: bool) -> None:
        """A person was asked about a cap. `final`: nothing came of it, so calls wait for the run to pause."""
        account.asking, account.final = False, final
        self._drain(account)

    # Who goes next

    def _obstacle(self, claim: Claim) -> Obstacle | None:
        """The first thing that a claim lacks, or None."""
        if claim.account is not None:
            usd, tokens = claim.usd, claim.need.tokens
            for level in claim.account.chain():
                # At a cap that nothing in flight can help, what still fits goes on: the others wait for a person.
                if not level.has_room(usd, tokens) or (level.line.older_than(claim) and not level.reached):
                    return level
        bucket, width = claim.bucket, claim.width
        if bucket is not None and (bucket.shut_until or bucket.meters):
            now = self._clock.mono()
            if bucket.line.older_than(claim) or bucket.opens(claim.need, now) > now:
                return bucket
        if width is not None and (width.line.older_than(claim) or not width.has_room):
            return width
        if not claim.holder.holds_slot and (self.slots.line.older_than(claim) or self.slots.free <= 0):
            return self.slots
        return None

    def _take(self, claim: Claim) -> None:
        self._serial += 1
        claim.serial = self._serial
        claim.holder.calls_out += 1
        if claim.account is not None:
            claim.account.take(claim.usd, claim.need.tokens)
        if claim.bucket is not None:
            claim.bucket.take(claim.need)
        if claim.width is not None:
            claim.width.running += 1
        if not claim.holder.holds_slot:
            self.slots.take(claim.holder)

    def _stand(self, claim: Claim, obstacle: Obstacle) -> None:
        """Lets a claim wait for something."""
        obstacle.line.join(claim)
        seconds = None
        if isinstance(obstacle, Bucket):
            if impatience := self._impatience(obstacle, claim):
                self._reject(claim, impatience)
                return
            seconds = self._arm(obstacle)
        assert claim.waiting is not None
        claim.waiting(_named(obstacle), seconds)
        if isinstance(obstacle, Account):
            self._stall(claim, obstacle.reached)
            self._look(obstacle)

    def _drain(self, obstacle: Obstacle) -> None:
        """Something has changed about an obstacle: the oldest of those who wait for it go on, as far as they can."""
        line = obstacle.line
        while (claim := line.head()) is not None:
            line.pop()
            found = self._obstacle(claim)
            if found is obstacle:
                line.join(claim)
                break
            self._stall(claim, False)
            self._go_on(claim, found)
        if isinstance(obstacle, Bucket) and line.head() is not None:
            self._arm(obstacle)
        elif isinstance(obstacle, Account):
            self._look(obstacle)

    def _go_on(self, claim: Claim, obstacle: Obstacle | None) -> None:
        """Grants a claim, or lets it wait for something else."""
        if obstacle is not None:
            self._stand(claim, obstacle)
            return
        self._take(claim)
        assert claim.granted is not None
        if not claim.granted.done():
            claim.granted.set_result(None)

    def _look(self, account: Account) -> None:
        """Whether an account has reached its cap: the oldest does not fit, and nothing in flight could make room."""
        head = account.line.head()
        if head is None or account.held or account.has_room(head.usd, head.need.tokens):
            return
        news = not account.reached
        account.reached = True
        if news:
            needs = {"needs_usd": head.usd / PICO, "needs_tokens": head.need.tokens}
            self._tell("budget.stop", account, {**account.told(), **needs})
        for claim in account.line:
            self._at_cap(account, claim)
        if self.stalled:
            self.stuck()

    def _at_cap(self, account: Account, claim: Claim) -> None:
        """What becomes of one claim at a cap that is reached."""
        found = self._obstacle(claim)
        if found is not account:
            claim.line = None
            self._stall(claim, False)
            self._go_on(claim, found)
        elif self.on_budget == "cheaper" and not claim.final:
            self._reject(claim, CapReached(account))
        elif self.on_budget == "ask" and not account.asking and not account.final:
            account.asking = True
            self._reject(claim, CapReached(account))
        else:
            self._stall(claim, True)

    def _reject(self, claim: Claim, error: Exception) -> None:
        claim.line = None
        assert claim.granted is not None
        if not claim.granted.done():
            claim.granted.set_exception(error)

    def _stall(self, claim: Claim, stalled: bool) -> None:
        """Keeps count of the calls that only a higher cap can help."""
        if claim.stalled != stalled:
            claim.stalled = stalled
            self.stalled += 1 if stalled else -1
            claim.holder.stalled += 1 if stalled else -1

    def _arm(self, bucket: Bucket) -> float:
        """Makes sure that a bucket is looked at again when it opens. Returns the seconds until then."""
        head, now = bucket.line.head(), self._clock.mono()
        assert head is not None
        when = bucket.opens(head.need, now)
        armed = self._timers.get(bucket)
        if armed is None or armed[0] != when:
            if armed is not None:
                armed[1].cancel()

            def opened() -> None:
                del self._timers[bucket]
                self._drain(bucket)

            self._timers[bucket] = when, self._clock.call_later(max(0.0, when - now), opened)
        return max(0.0, when - now)


def pause_s(strikes: int) -> float:
    """Seconds of quiet after a 429 that says nothing of its own; longer for each in a row, with jitter."""
    longest = min(COOL_CAP_S, COOL_S * 2.0 ** min(strikes + 1, 10))
    return random.uniform(longest / 2, longest)


def _named(obstacle: Obstacle) -> str:
    """What people read of a node that waits."""
    if isinstance(obstacle, Account):
        return "budget" if not obstacle.key else f"budget of {obstacle.name}"
    if isinstance(obstacle, Bucket):
        return "rate limit"
    return f"room at {obstacle.provider}" if isinstance(obstacle, Width) else "a free slot"


def _nothing() -> None:
    pass
