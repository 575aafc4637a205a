"""What a call does at a budget's cap: it goes on with a cheaper model, or a person is asked (semantics.md S9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.base.settings import TIERS
from engine.base.values import Value
from engine.kinds.contract import Review
from engine.models.contract import ModelRequest
from engine.run.admission.accounts import PICO, Account
from engine.run.admission.claim import Claim
from engine.run.admission.controller import Admission
from engine.run.admission.queues import Tell
from engine.run.recorder import Recorder

if TYPE_CHECKING:
    from engine.run.context import NodeCall

Cheaper = Callable[["NodeCall", Claim, ModelRequest, str], Claim | None]
"""Gives a claim for the model of a name, when that costs less and can be called."""


def teller(recorder: Recorder) -> Tell:
    """Writes events about an account under the node whose cap it is, or under the run."""

    def tell(kind: str, account: Account, data: Mapping[str, Any]) -> None:
        scope, _, node = account.key.rpartition("/")
        recorder.emit(kind, account.key, node, scope, 0, data)

    return tell


class Caps:
    """Decides for calls that find no room, where nothing in flight could make some.

    Args:
        admission: keeps the budgets.
        cheaper: see `Cheaper`.
    """

    def __init__(self, admission: Admission, cheaper: Cheaper) -> None:
        self._admission, self._cheaper = admission, cheaper

    async def next(
        self, call: NodeCall, claim: Claim, request: ModelRequest, others: Sequence[str], account: Account
    ) -> Claim:
        """How a call goes on: with the same claim, once a person has raised the cap, or with that of another model.

        Args:
            others: models that the node names after this one; they are tried before the tiers.
        """
        if self._admission.queues.on_budget == "ask":
            await self._ask(call, claim, account)
            return claim
        for name in (*others, *reversed(TIERS)):
            other = self._cheaper(call, claim, request, name)
            if other is not None and self._admission.fits(other):
                why = f"the budget of {account.name} has no room for {claim.ref}"
                call.fell_back(str(claim.ref), name, why)
                call.degraded(f"{why}, so {other.ref} answered")
                other.number = claim.number
                return other
        claim.final = True
        return claim

    async def _ask(self, call: NodeCall, claim: Claim, account: Account) -> None:
        """Asks a person for a higher cap. Without one, calls wait for the run to pause; but a node at its own budget
        fails when the person says no, and the rest goes on: so an item of a map is left out."""
        in_usd = not account.usd.fits(claim.usd)
        purse = account.usd if in_usd else account.tokens
        cap, needed = purse.cap or 0, purse.spent + purse.reserved + (claim.usd if in_usd else claim.most.tokens)
        unit, kind = (PICO, "US dollars") if in_usd else (1, "tokens")
        asked = Review(
            "budget",
            f"The budget of {account.name}, {cap / unit:g} {kind}, has no room for the next call. What may it be?",
            schema={"type": "number" if in_usd else "integer", "minimum": needed / unit if in_usd else needed},
            value=max(2 * cap, needed) / unit if in_usd else max(2 * cap, needed),
        )
        call.stalled += 1
        final = account.final
        try:
            verdict = await call.review(asked)
            given: Value = verdict.value
            account.refuses = verdict.decision != "approved" and account.key == call.key
            final = verdict.decision != "approved" or isinstance(given, bool) or not isinstance(given, int | float)
            if not final:
                assert isinstance(given, int | float)
                self._admission.raise_cap(account, *((float(given), None) if in_usd else (None, int(given))))
        finally:
            call.stalled -= 1
            self._admission.asked(account, final=final)
