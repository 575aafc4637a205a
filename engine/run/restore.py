"""Takes what is known of earlier work into a scope that opens, so that only the rest is done (semantics.md S11)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Final

from engine.plan.plan import Plan, after
from engine.run.frontier import FAILED, LIVE, OPEN, PENDING, Conflict, EdgeFate, Late, Ready, Skipped, Step
from engine.run.memory import Memory, ScopeMemory, Settled
from engine.run.recorder import Recorder
from engine.run.scope import Scope
from engine.run.settling import Settling

FOLLOWING: Final = ("not_chosen", "muted")
"""Why a node did not run, where that follows from the graph and from the others: it need not be remembered."""
BLOCKED: Final = ("upstream_failed", "cancelled", "run_failed", "breaker")
"""Why a node did not run, where another session may run it."""


def kept(plan: Plan, known: ScopeMemory, *, anew: bool) -> list[Settled]:
    """The nodes that stay as they ended, in the order in which they did. Pure.

    Args:
        anew: every failure is tried again, and so is what followed from it. Else one stays whose successors have all
            gone on without it: what they made of it is not to be paid for again.
    """
    ends = {plan.nodes[index].id: index for index in range(len(plan.nodes))}
    stay = {name for name, each in known.settled.items() if name in ends and _stays(each)}
    failed = [name for name, each in known.settled.items() if name in ends and each.status == "failed"]
    for name in failed:
        targets = {plan.nodes[plan.edges[edge].target].id for edge in plan.nodes[ends[name]].outgoing}
        if anew:
            stay -= {plan.nodes[index].id for index in after(plan, [ends[name]])}
        elif targets and targets <= stay:
            stay.add(name)
    return [each for name, each in known.settled.items() if name in stay and each.reason not in FOLLOWING]


def _stays(each: Settled) -> bool:
    return each.status in ("ok", "handled") or (
        each.status in ("skipped", "cancelled") and each.reason not in BLOCKED and bool(each.reason)
    )


class Restoring:
    """Settles in one scope what is known of it.

    When the same run goes on, nothing is told twice; when another run's results are used, all is told as `reused`.
    """

    def __init__(self, scope: Scope, memory: Memory, settling: Settling, recorder: Recorder) -> None:
        self._scope, self._settling, self._recorder = scope, settling, recorder
        self._memory, self._known = memory, memory.scope(scope.path)
        self._left: dict[int, Step] = {}

    def steps(self, first: Sequence[Step]) -> list[Step]:
        """What is left to do in the scope: nodes that may start now, and conflicts.

        Args:
            first: what the frontier began with.
        """
        scope = self._scope
        scope.left = self._known.left
        ends = {node.id: node.index for node in scope.plan.nodes}
        self._take(first)
        for each in self._kept():
            index = ends[each.node]
            if scope.frontier.status[index] == PENDING:  # else it followed from another
                self._settle(index, each)
        left = {index: step for index, step in self._left.items() if scope.frontier.status[index] == PENDING}
        if not self._memory.base:
            self._reopen(left)
        return list(left.values())

    def _reopen(self, now: Container[int]) -> None:
        """Says which nodes have not ended after all, since another is done anew that they follow from.

        Args:
            now: those that start, which says as much.
        """
        scope, plan, fates = self._scope, self._scope.plan, self._scope.frontier.fates
        for index in scope.frontier.pending():
            node = plan.nodes[index]
            if node.id in self._known.settled and index not in now:
                told = [plan.edges[edge].key for edge in node.incoming if fates[edge] == OPEN]
                self._recorder.emit("node.reopened", scope.key(index), node.id, scope.path, 0, {"edges": told})

    def _kept(self) -> list[Settled]:
        if self._memory.base:  # chosen already, by what has changed
            return list(self._known.settled.values())
        return kept(self._scope.plan, self._known, anew=self._memory.failed)

    def races(self) -> Iterator[int]:
        """Joins that fired in an earlier session, which may not have come to cancelling those who lost."""
        frontier = self._scope.frontier
        for index in frontier.fired:
            join = self._scope.plan.nodes[index].join
            if join is not None and join.cancel_losers and frontier.status[index] != PENDING:
                yield index

    def _settle(self, index: int, each: Settled) -> None:
        scope, told = self._scope, each.told
        if each.status in ("ok", "handled"):
            scope.outputs[index] = each.outputs
        elif each.status == "failed":
            scope.errors[index] = told["error"]
        else:
            scope.reasons[index] = each.reason
        scope.attempts = max(scope.attempts, each.attempt)
        scope.warnings.extend(told.get("inside", ()))
        if degraded := told.get("degraded"):
            scope.warnings.append(f"{scope.key(index)}: {degraded}")
        if self._memory.base:
            self._tell(index, each)
        live = each.outputs if each.status in ("ok", "handled") else ()
        self._take(scope.frontier.settle(index, each.status, live))

    def _tell(self, index: int, each: Settled) -> None:
        """Says that a result of the base run is used again, with the routes that were chosen then."""
        scope, emit = self._scope, self._recorder.emit
        key = scope.key(index)
        if each.routes is not None:
            emit("route.chosen", key, each.node, scope.path, 0, each.routes)
        data = {**each.told, "source": "reused", "base": self._memory.base}
        data |= {"model": each.model} if each.model else {}
        emit(f"node.{each.status}", key, each.node, scope.path, 0, data)

    def _take(self, steps: Sequence[Step]) -> None:
        """Keeps what is left to do, and lets be followed what was not told yet."""
        untold: list[Step] = []
        for step in steps:
            if isinstance(step, Ready | Conflict):
                self._left[step.node] = step
            elif not isinstance(step, Late) and not self._was_told(step):
                untold.append(step)
        self._settling.follow(self._scope, untold)

    def _was_told(self, step: EdgeFate | Skipped) -> bool:
        scope = self._scope
        if self._memory.base:
            return False
        if isinstance(step, EdgeFate):
            fate = "live" if step.fate == LIVE else "dead:failed" if step.fate == FAILED else "dead:benign"
            return self._known.edges.get(scope.plan.edges[step.edge].key) == fate
        earlier = self._known.settled.get(scope.plan.nodes[step.node].id)
        if earlier is None or earlier.status != "skipped" or earlier.reason != step.reason:
            return False
        scope.reasons[step.node] = step.reason
        return True
