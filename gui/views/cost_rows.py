"""What a run paid, summed up by node, by model, or over runs: rows of a table. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.run.journal import StoredRun
from engine.run.places import place
from engine.run.view import View
from gui.figures import money, tokens


@dataclass(slots=True)
class Cost:
    """One row: calls of models, tokens, US dollars (None when a price is unknown), and what it belongs to."""

    title: str
    key: str = ""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = 0.0

    def add(self, into: int, out: int, usd: float | None) -> None:
        """One more call."""
        self.calls += 1
        self.input_tokens += into
        self.output_tokens += out
        self.usd = None if self.usd is None or usd is None else self.usd + usd

    @property
    def cells(self) -> tuple[str, ...]:
        """Words for each column."""
        known = money(self.usd) if self.usd is not None else "unknown"
        calls = str(self.calls) if self.calls else ""
        return self.title, calls, tokens(self.input_tokens), tokens(self.output_tokens), known


def by_node(view: View, name: Callable[[str], str]) -> list[Cost]:
    """A row for each node that asked a model, all its items and passes together; the dearest first."""
    found: dict[str, Cost] = {}
    for node in view.nodes.values():
        for reply in node.replies:
            where = place(node.key)
            row = found.get(where) or found.setdefault(where, Cost(name(where), node.key))
            row.add(*_paid(reply))
    return _sorted(found.values())


def by_model(view: View) -> list[Cost]:
    """A row for each model that answered; the dearest first."""
    found: dict[str, Cost] = {}
    for node in view.nodes.values():
        for reply in node.replies:
            model = str(reply.get("model") or node.model)
            found.setdefault(model, Cost(model)).add(*_paid(reply))
    return _sorted(found.values())


def by_run(runs: Iterable[StoredRun], when: Callable[[StoredRun], str]) -> list[Cost]:
    """A row for each stored run that has ended, in their order."""
    return [Cost(f"{when(run)} · {run.name or 'Untitled'} · {run.status.replace('_', ' ')}", run.id, usd=run.cost_usd)
            for run in runs if run.ended is not None]  # fmt: skip


def total(rows: Iterable[Cost]) -> Cost:
    """All rows together."""
    found = Cost("Together")
    for row in rows:
        found.calls += row.calls
        found.input_tokens += row.input_tokens
        found.output_tokens += row.output_tokens
        found.usd = None if found.usd is None or row.usd is None else found.usd + row.usd
    return found


def _paid(reply: object) -> tuple[int, int, float | None]:
    told = reply if isinstance(reply, dict) else {}
    usage = told.get("usage") or {}
    return usage.get("input_tokens", 0), usage.get("output_tokens", 0), told.get("cost_usd")


def _sorted(rows: Iterable[Cost]) -> list[Cost]:
    return sorted(rows, key=lambda row: (row.usd is not None, -(row.usd or 0.0), -row.input_tokens))
