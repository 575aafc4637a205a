"""What one model's server still takes in this minute, as far as it told (S9). Pure: the time is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from engine.run.admission.claim import Need
from engine.run.admission.headers import Reading
from engine.run.admission.line import Line

MINUTE_S: Final = 60.0


@dataclass(slots=True)
class Meter:
    """One allowance. `left` is what may be asked for before `reset_at`, in monotonic seconds; it then starts anew."""

    limit: int | None
    left: float
    reset_at: float

    def opens(self, need: int, in_flight: int, now: float) -> float:
        """When `need` may be asked for: a moment that is not after `now` when at once."""
        if now >= self.reset_at:
            self.left = float("inf") if self.limit is None else self.limit - in_flight
            self.reset_at = now + MINUTE_S
        # What is more than all of it is sent alone, and the server judges.
        if self.left >= need or (not in_flight and self.limit is not None and self.left >= self.limit):
            return now
        return self.reset_at


@dataclass(slots=True, eq=False)
class Bucket:
    """The allowances of one model, and whether its server has asked for quiet.

    Attributes:
        meters: by their names in headers; empty until a header told of them.
        shut_until: no call goes out before, in monotonic seconds: a 429 said so.
        strikes: rate limits in a row, for the length of the next pause when none is told.
        cooled: number of the last grant before it cooled: later news of older calls do not cool it again.
        beyond: tokens of input that its server has billed beyond all that a request can hold, at most.
        line: calls that wait for it.
    """

    name: str
    meters: dict[str, Meter] = field(default_factory=dict)
    in_flight: int = 0
    input_in_flight: int = 0
    output_in_flight: int = 0
    shut_until: float = 0.0
    strikes: int = 0
    cooled: int = 0
    beyond: int = 0
    line: Line = field(default_factory=Line)

    def opens(self, need: Need, now: float) -> float:
        """When a call may go out, in monotonic seconds: not after `now` when at once. The reply to one in flight
        may tell sooner."""
        if not self.meters:
            return self.shut_until
        flying = self._flying()
        moments = (meter.opens(_amount(what, need), flying[what], now) for what, meter in self.meters.items())
        return max(self.shut_until, *moments)

    def take(self, need: Need) -> None:
        """A call goes out."""
        for what, meter in self.meters.items():
            meter.left -= _amount(what, need)
        self._count(need, 1)

    def give(self, need: Need) -> None:
        """A call is over; what it took of the minute stays taken."""
        self._count(need, -1)

    def give_back(self, need: Need) -> None:
        """A call was never sent."""
        for what, meter in self.meters.items():
            meter.left += _amount(what, need)
        self._count(need, -1)

    def learn(self, told: Iterable[Reading], now: float) -> bool:
        """Takes over what a server told. What is in flight may not have been counted there yet, so it counts here.

        Returns:
            whether anything was told.
        """
        news = False
        for reading in told:
            news = True
            left = reading.remaining - self._flying()[reading.what]
            self.meters[reading.what] = Meter(reading.limit, left, now + reading.reset_s)
        return news

    def cool(self, serial: int, granted: int, until: float) -> bool:
        """A call was refused with a 429.

        Args:
            serial: the number of its grant.
            granted: the number of the latest grant.
            until: what the server asked for, in monotonic seconds.

        Returns:
            whether this is the first news of it: calls that were in flight together cool it once.
        """
        self.shut_until = max(self.shut_until, until)
        if serial <= self.cooled:
            return False
        self.cooled = granted
        self.strikes += 1
        return True

    def _flying(self) -> dict[str, int]:
        tokens = self.input_in_flight + self.output_in_flight
        return {"requests": self.in_flight, "tokens": tokens, "input-tokens": self.input_in_flight, "output-tokens": 0}

    def _count(self, need: Need, sign: int) -> None:
        self.in_flight += sign
        self.input_in_flight += sign * need.input_tokens
        self.output_in_flight += sign * need.output_tokens


def _amount(what: str, need: Need) -> int:
    if what == "requests":
        return 1
    if what == "output-tokens":
        return 1  # how long an answer gets nobody knows beforehand, and servers count it as it is written
    return need.tokens if what == "tokens" else need.input_tokens
