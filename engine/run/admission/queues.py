"""Who waits for what, and who goes next: one line for each account, bucket and width, and one for slots (S9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.base.clock import Clock, Timer
from engine.base.errors import NodeError
from engine.run.admission.accounts import PICO, Account
from engine.run.admission.bucket import Bucket
from engine.run.admission.claim import Claim
from engine.run.admission.line import HIGHER, ROOM
from engine.run.admission.slots import Slots
from engine.run.admission.width import Width

Obstacle = Account | Bucket | Width | Slots
"""What a call waits for; each has a `line`."""
Tell = Callable[[str, Account, Mapping[str, Any]], None]
"""Takes the events `budget.warn` and `budget.stop`."""


class CapReached(Exception):
    """A call finds no room in a budget, and nothing in flight could make some."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.name)
        self.account = account


class Queues:
    """Lets claims wait and go on.

    A claim waits for the first thing that it lacks, in a line where nobody overtakes, and is looked at again when
    that one thing changes; whatever the number of those who wait, news costs a look at those whom it can help.

    Args:
        slots: how many leaf nodes and calls work at once.
        on_budget: `pause`, `ask` or `cheaper`: what happens at a cap.
        tell: takes events about budgets.
    """

    def __init__(self, clock: Clock, slots: int, on_budget: str, tell: Tell) -> None:
        self._clock, self.on_budget, self._tell = clock, on_budget, tell
        self.slots = Slots(slots)
        self.stalled = 0
        """Calls that only a higher cap can help."""
        self.stuck: Callable[[], None] = nothing
        """Called when calls have begun to wait for a higher cap."""
        self.serial = 0
        """The number of the latest grant."""
        self._timers: dict[Bucket, tuple[float, Timer]] = {}

    def close(self) -> None:
        """Lets go of all timers (S10)."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def obstacle(self, claim: Claim) -> Obstacle | None:
        """The first thing that a claim lacks, or None."""
        if claim.account is not None:
            usd, tokens = claim.usd, claim.most.tokens
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
        if _lacks_slot(claim) and (self.slots.line.older_than(claim) or self.slots.free <= 0):
            return self.slots
        return None

    def take(self, claim: Claim) -> None:
        self.serial += 1
        claim.serial = self.serial
        claim.holder.calls_out += 1
        if claim.account is not None:
            claim.account.take(claim.usd, claim.most.tokens)
        if claim.bucket is not None:
            claim.bucket.take(claim.need)
        if claim.width is not None:
            claim.width.running += 1
        if claim.holder.slots < claim.holder.calls_out:
            self.slots.take(claim.holder)

    def stand(self, claim: Claim, obstacle: Obstacle) -> None:
        """Lets a claim wait for something."""
        obstacle.line.join(claim)
        seconds = None
        if isinstance(obstacle, Bucket):
            if impatience := self.impatience(obstacle, claim):
                self.reject(claim, impatience)
                return
            seconds = self._arm(obstacle)
        assert claim.waiting is not None
        claim.waiting(_named(obstacle), seconds)
        if isinstance(obstacle, Account):
            self.stall(claim, obstacle.reached)
            self._look(obstacle)

    def drain(self, obstacle: Obstacle) -> None:
        """Something has changed about an obstacle: the oldest of those who wait for it go on, as far as they can."""
        line = obstacle.line
        while (claim := line.head()) is not None:
            line.pop()
            found = self.obstacle(claim)
            if found is obstacle:
                line.join(claim)
                break
            self.stall(claim, False)
            self._go_on(claim, found)
        if isinstance(obstacle, Bucket) and line.head() is not None:
            self._arm(obstacle)
        elif isinstance(obstacle, Account):
            self._look(obstacle)

    def _go_on(self, claim: Claim, obstacle: Obstacle | None) -> None:
        """Grants a claim, or lets it wait for something else."""
        if obstacle is not None:
            self.stand(claim, obstacle)
            return
        self.take(claim)
        assert claim.granted is not None
        if not claim.granted.done():
            claim.granted.set_result(None)

    def _look(self, account: Account) -> None:
        """Whether an account has reached its cap: the oldest does not fit, and nothing in flight could make room."""
        head = account.line.head()
        if head is None or account.held or account.has_room(head.usd, head.most.tokens):
            return
        news = not account.reached
        account.reached = True
        if news and not account.refuses:
            needs = {"needs_usd": head.usd / PICO, "needs_tokens": head.most.tokens}
            self._tell("budget.stop", account, {**account.told(), **needs})
        for claim in account.line:
            self._at_cap(account, claim)
        if self.stalled:
            self.stuck()

    def _at_cap(self, account: Account, claim: Claim) -> None:
        """What becomes of one claim at a cap that is reached."""
        found = self.obstacle(claim)
        if found is not account:
            claim.line = None
            self.stall(claim, False)
            self._go_on(claim, found)
        elif account.refuses:
            self.reject(claim, _spent(account))
        elif self.on_budget == "cheaper" and not claim.final:
            self.reject(claim, CapReached(account))
        elif self.on_budget == "ask" and not account.asking and not account.final:
            account.asking = True
            self.reject(claim, CapReached(account))
        elif not claim.stalled:
            self.stall(claim, True)
            assert claim.waiting is not None
            claim.waiting(_named(account), None)

    def reject(self, claim: Claim, error: Exception) -> None:
        claim.line = None
        assert claim.granted is not None
        if not claim.granted.done():
            claim.granted.set_exception(error)

    def stall(self, claim: Claim, stalled: bool) -> None:
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
                self.drain(bucket)

            self._timers[bucket] = when, self._clock.call_later(max(0.0, when - now), opened)
        return max(0.0, when - now)

    def impatience(self, bucket: Bucket, claim: Claim) -> NodeError | None:
        """The failure of a claim whose model is shut for longer than it may still wait; None when it waits (S8)."""
        seconds = bucket.shut_until - max(self._clock.mono(), claim.charged_until)
        if seconds <= claim.patience_s or seconds <= 0:
            return None
        return NodeError(
            "rate", f"{bucket.name} asks to wait {seconds:.0f} s, longer than a call may wait.",
            "Wait, use another model, or raise max_wait_s of its retries.",
        )  # fmt: skip


def _lacks_slot(claim: Claim) -> bool:
    """Whether the slots that its node holds are all in use by other calls of it."""
    return claim.holder.slots <= claim.holder.calls_out


def _spent(account: Account) -> NodeError:
    return NodeError("budget", f"The budget of {account.name} has no room for the next call.", "Give it more.")


def _named(obstacle: Obstacle) -> str:
    """What people read of a node that waits."""
    if isinstance(obstacle, Account):
        what = HIGHER if obstacle.reached else ROOM
        return what if not obstacle.key else f"{what} of {obstacle.name}"
    if isinstance(obstacle, Bucket):
        return "rate limit"
    return f"room at {obstacle.provider}" if isinstance(obstacle, Width) else "a free slot"


def nothing() -> None:
    """Until somebody wishes to be told."""
