"""What earlier sessions of a run have paid, at every place in it: nodes, scopes, the run (S9, S11). Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from engine.run.events import Event
from engine.run.places import containers


@dataclass(slots=True)
class Spent:
    """Money and tokens.

    Attributes:
        cost: US dollars of all answers; None once a price was unknown.
        usd, tokens: what counts against budgets: also calls that were cut off, with all that they may have cost.
    """

    cost: float | None = 0.0
    usd: float = 0.0
    tokens: int = 0


@dataclass(slots=True)
class Spending:
    """Adds up what events tell of money."""

    _at: dict[str, Spent] = field(default_factory=dict)
    _held: dict[tuple[str, str], list[tuple[float, int]]] = field(default_factory=dict)
    _settled: Counter[str] = field(default_factory=Counter)

    def at(self, place: str) -> Spent:
        """What was paid at a node (by its key) or in a scope (by its path), and inside; "" is the run."""
        return self._at.get(place) or Spent()

    def take(self, event: Event) -> None:
        """One more event, in order."""
        data = event.data
        if event.kind == "budget.reserved":
            self._held.setdefault((event.key, event.scope), []).append((data.get("usd", 0.0), data.get("tokens", 0)))
        elif event.kind == "budget.settled":
            held = self._held.get((event.key, event.scope))
            if held:
                held.pop(0)
            self._charge(event.key, event.scope, data.get("usd", 0.0), data.get("tokens", 0))
            self._settled[event.key] += bool(data.get("sure"))
        elif event.kind == "model.response":
            self._answered(event)
        elif event.kind == "run.resumed":
            self.end()

    def end(self) -> None:
        """The session is over: what was reserved and never settled counts as spent, since nobody knows better."""
        for (key, scope), held in self._held.items():
            for usd, tokens in held:
                self._charge(key, scope, usd, tokens)
        self._held.clear()

    def _answered(self, event: Event) -> None:
        cost, usage = event.data.get("cost_usd"), event.data.get("usage", {})
        for place in _places(event.key, event.scope):
            spent = self._place(place)
            spent.cost = None if spent.cost is None or cost is None else spent.cost + cost
        if self._settled[event.key]:
            self._settled[event.key] -= 1
            return
        tokens = usage.get("input_tokens", 0) + usage.get("output_tokens", 0)
        self._charge(event.key, event.scope, cost or 0.0, tokens)

    def _charge(self, key: str, scope: str, usd: float, tokens: int) -> None:
        for place in _places(key, scope):
            spent = self._place(place)
            spent.usd += usd
            spent.tokens += tokens

    def _place(self, place: str) -> Spent:
        found = self._at.get(place)
        if found is None:
            found = self._at[place] = Spent()
        return found


def _places(key: str, scope: str) -> set[str]:
    """The node itself, the scopes and containers around it, and the run."""
    parts = scope.split("/") if scope else []
    around = {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return {"", key, *around, *containers(scope)}
