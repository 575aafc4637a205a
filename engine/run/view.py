"""What a run looks like: a fold of its events. The canvas, the terminal and the result all read this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.base.values import Value
from engine.run.children import Delegations, DelegationView
from engine.run.events import Event, as_stored
from engine.run.fold import calls, delegations, nodes, runs
from engine.run.shown import AttemptView, EdgeView, NodeView, PartView

__all__ = ["AttemptView", "EdgeView", "NodeView", "PartView", "View"]


@dataclass(slots=True)
class View:
    """A run at one moment, folded from its events with `apply`.

    Attributes:
        status: `created`, `running`, `cancelling`, `paused`, `interrupted`, or an outcome of semantics.md S1.
        started: monotonic seconds of `run.started`; `now` of the last event.
        cost: US dollars so far; None when some price is unknown.
        reserved_usd: US dollars that calls in flight may cost at most, while a budget stands.
        cap: the budget that the run came up against, as `budget.stop` says: `account`, `cap_usd`, ...; else None.
        outputs: the result, once finished.
    """

    run: str = ""
    seq: int = 0
    status: str = "created"
    reason: str = ""
    started: float | None = None
    started_at: float | None = None
    ended: float | None = None
    now: float = 0.0
    rehearsal: bool = False
    budget_usd: float | None = None
    budget_tokens: int | None = None
    reserved_usd: float = 0.0
    cap: Mapping[str, Any] | None = None
    cost: float | None = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    nodes: dict[str, NodeView] = field(default_factory=dict)
    edges: dict[str, EdgeView] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    no_output: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    waiting: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Questions to people that nobody has answered, by key: `node`, `kind`, `question`, `schema`, `value`, and
    `deadline` (seconds since 1970) where there is one (S13)."""
    held: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is held at a breakpoint, by node or edge: the key of the `node`, and the `value` that may be changed."""

    delegations: Delegations = field(default_factory=dict)
    """What managers have delegated, by key such as `manager[2]`, in the order in which it began (S7)."""
    servers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The tool servers by name: `state` (`starting`, `ready`, `failed`), `again` (starts before this one), `changed`
    (tool -> difference), and what the last event said: `tools`, `version`, `reason`, `log`."""

    scopes: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The scopes that were begun, each with the key of its container."""
    _own: set[str] | None = field(default=None, repr=False, compare=False)
    """After `parted`, the nodes and delegations that are no longer shared with the other view; None when nothing is."""

    @classmethod
    def of(cls, events: Sequence[Event], *, interrupted: bool = False) -> View:
        """What a stored run has come to.

        Args:
            interrupted: its program ended before it did, which its events alone cannot say.

        Raises:
            FileProblem: its events are damaged.
        """
        view = cls()
        with as_stored(events[0].run if events else ""):
            view.take(events)
        if interrupted:
            view.status, view.ended = "interrupted", view.now
        return view

    def node(self, key: str) -> NodeView:
        """The node of a key, to be changed; made when it was not heard of before."""
        found = self.nodes.get(key)
        if found is None:
            scope, _, name = key.rpartition("/")
            found = self.nodes[key] = NodeView.begun(key, name, scope)
        elif self._own is None or key in self._own:
            return found
        else:
            found = self.nodes[key] = found.copied()
        if self._own is not None:
            self._own.add(key)
        return found

    def delegation(self, key: str) -> DelegationView | None:
        """The delegation of a key, to be changed; None when it was not heard of before."""
        found = self.delegations.get(key)
        if found is None or self._own is None or key in self._own:
            return found
        self._own.add(key)
        own = self.delegations[key] = replace(found)
        return own

    def parted(self) -> View:
        """A second view of this moment. Both may go on apart: what one changes from now on, it copies first."""
        self._own = set()
        nodes, edges, waiting = dict(self.nodes), dict(self.edges), dict(self.waiting)
        return replace(
            self, nodes=nodes, edges=edges, waiting=waiting, delegations=dict(self.delegations),
            scopes=dict(self.scopes), _own=set(),
        )  # fmt: skip

    def children(self, manager: str) -> list[DelegationView]:
        """What a manager, by its key, has delegated, in order; each with `children` of its own when its specialist
        (`DelegationView.node`) delegates too."""
        return [one for one in self.delegations.values() if one.manager == manager]

    def apply(self, event: Event) -> None:
        """Takes one more event in. Events come in order of `seq`."""
        self.take((event,))

    def take(self, events: Sequence[Event]) -> None:
        """Takes many more events in: the same as `apply` for each, in less time."""
        find = _HANDLERS.get
        for event in events:
            handler = find(event.kind)
            if handler:
                handler(self, event)
        if events:
            last = events[-1]
            self.seq, self.now, self.run = last.seq, last.mono, last.run

    @property
    def finished(self) -> bool:
        return self.ended is not None


_HANDLERS: Final[Mapping[str, Callable[[View, Event], None]]] = {
    **runs.HANDLERS,
    **nodes.HANDLERS,
    **calls.HANDLERS,
    **delegations.HANDLERS,
}
