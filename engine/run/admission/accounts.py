"""Budgets as a chain of accounts: node, map or loop, run, day; a call must fit into every one of them (S9). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.run.admission.line import Line

PICO: Final = 10**12
"""Money is counted in whole 1e-12 dollars: a sum is then exact, whatever the order in which calls end."""
_MOST_USD: Final = 1e15
WARN_AT: Final = 0.8
"""Share of a cap at which a run warns, once."""


def to_pico(usd: float) -> int:
    """US dollars as a whole number; what is more than anybody has counts as that."""
    return round(min(usd, _MOST_USD) * PICO)


@dataclass(slots=True)
class Purse:
    """One cap and what counts against it, in one unit. `cap` None is no limit."""

    cap: int | None = None
    spent: int = 0
    reserved: int = 0

    def fits(self, amount: int) -> bool:
        """`spent + reserved + amount <= cap` (S9)."""
        return self.cap is None or self.spent + self.reserved + amount <= self.cap

    @property
    def nearly_spent(self) -> bool:
        return self.cap is not None and self.spent >= WARN_AT * self.cap


@dataclass(slots=True, eq=False)
class Account:
    """One level's budget.

    Attributes:
        name: for people: `the run`, `the node “a”`, `today`.
        key: the node whose cap it is, as `scope/node`; "" for the run and the day.
        parent: the level around, or None.
        line: calls that wait for room here, the oldest first.
        held: calls in flight that count here.
        reached: nothing in flight could make room for the oldest that waits: only a higher cap helps.
        asking: a person is being asked for a higher cap.
        final: nobody is asked again: what finds no room waits for the run to pause.
        refuses: what finds no room fails, and whoever set the cap goes on without it: the slice of a delegation (S7).
    """

    name: str
    key: str = ""
    parent: Account | None = None
    usd: Purse = field(default_factory=Purse)
    tokens: Purse = field(default_factory=Purse)
    line: Line = field(default_factory=Line)
    held: int = 0
    reached: bool = False
    asking: bool = False
    final: bool = False
    warned: bool = False
    refuses: bool = False

    @classmethod
    def opened(
        cls, name: str, usd: float | None, tokens: int | None, parent: Account | None = None, key: str = ""
    ) -> Account | None:
        """An account with these caps inside `parent`; without a cap of its own it is the parent itself."""
        if usd is None and tokens is None:
            return parent
        return cls(name, key, parent, Purse(None if usd is None else to_pico(usd)), Purse(tokens))

    def chain(self) -> Iterator[Account]:
        """This account and all around it, the innermost first."""
        account: Account | None = self
        while account is not None:
            yield account
            account = account.parent

    def has_room(self, usd: int, tokens: int) -> bool:
        """Whether a call fits here, whatever the other levels say."""
        return self.usd.fits(usd) and self.tokens.fits(tokens)

    def without_room(self, usd: int, tokens: int) -> Account | None:
        """The innermost level into which a call does not fit; None when it fits into all."""
        return next((account for account in self.chain() if not account.has_room(usd, tokens)), None)

    def take(self, usd: int, tokens: int) -> None:
        """Reserves at every level."""
        for account in self.chain():
            account.usd.reserved += usd
            account.tokens.reserved += tokens
            account.held += 1

    def settle(self, held: tuple[int, int], usd: int, tokens: int) -> list[Account]:
        """Turns what a call held, money and tokens, into what it cost, at every level.

        Returns:
            the levels that are nearly spent from now on.
        """
        warned = []
        for account in self.chain():
            account.held -= 1
            account.usd.reserved -= held[0]
            account.tokens.reserved -= held[1]
            account.usd.spent += usd
            account.tokens.spent += tokens
            if not account.warned and (account.usd.nearly_spent or account.tokens.nearly_spent):
                account.warned = True
                warned.append(account)
        return warned

    def unguarded(self) -> Account | None:
        """The level whose cap in money cannot hold a call of unknown price: no cap in tokens stands there or inside."""
        guarded = False
        for account in self.chain():
            guarded = guarded or account.tokens.cap is not None
            if account.usd.cap is not None and not guarded:
                return account
        return None

    def told(self) -> dict[str, float | int | str]:
        """What events say of it: US dollars and tokens."""
        found: dict[str, float | int | str] = {"account": self.name}
        if self.usd.cap is not None:
            found |= {"cap_usd": self.usd.cap / PICO, "spent_usd": self.usd.spent / PICO}
        if self.tokens.cap is not None:
            found |= {"cap_tokens": self.tokens.cap, "spent_tokens": self.tokens.spent}
        return found
