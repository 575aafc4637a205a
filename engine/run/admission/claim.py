"""What one call asks of admission, waits for, and holds until it is over (S9)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from engine.models.contract import ModelRef

if TYPE_CHECKING:
    from engine.run.admission.accounts import Account
    from engine.run.admission.bucket import Bucket
    from engine.run.admission.line import Line
    from engine.run.admission.width import Width


class Holder(Protocol):
    """The node on whose behalf calls are made: `engine.run.context.NodeCall`.

    Attributes:
        slots: how many it holds: one for each call in flight, and one between its calls where it keeps one.
        calls_out, calls_waiting: its calls in flight, and those that wait to be admitted.
        stalled: those of them that only a person can help.
    """

    slots: int
    calls_out: int
    calls_waiting: int
    stalled: int

    @property
    def keeps_slot(self) -> bool:
        """Whether it holds a slot between its calls too; containers do not (S5)."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a call may take of a minute's allowance: one request, and so many tokens in and out."""

    input_tokens: int
    output_tokens: int

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(slots=True, eq=False)
class Claim:
    """A call before, while and after it is admitted.

    Attributes:
        ref: which model; None asks for a slot only.
        usd: the most it may cost, in pico-dollars; 0 when the price is unknown.
        need: the tokens that it will probably take of a minute's allowance.
        most: the tokens that it may cost at most: what budgets hold. 0 where there are none.
        number: its age; it keeps it over rate limits.
        patience_s: how much longer it waits for rate limits, in seconds (S8, `max_wait_s`).
        charged_until: what it waits until then is taken off its patience already, in monotonic seconds.
        final: at a cap it waits for the run to pause, rather than for a cheaper model or a person's answer.
        serial: the number of its grant; 0 until it is granted.
        line: where it waits, or None.
        granted: done when it is granted, or rejected.
        waiting: told what it waits for.
        stalled: it waits at a cap that only a person can raise.
        beyond: tokens of `most` that its request cannot hold, but that its server has billed before.
    """

    holder: Holder
    ref: ModelRef | None = None
    account: Account | None = None
    usd: int = 0
    need: Need = Need(0, 0)
    most: Need = Need(0, 0)
    bucket: Bucket | None = None
    width: Width | None = None
    number: int = 0
    patience_s: float = 0.0
    charged_until: float = 0.0
    final: bool = False
    serial: int = 0
    line: Line | None = None
    granted: asyncio.Future[None] | None = None
    waiting: Callable[[str, float | None], None] | None = None
    stalled: bool = False
    beyond: int = 0
