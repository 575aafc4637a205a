"""Settles nodes and edges as the frontier says, and tells of it: nothing here waits (S1, S3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from engine.base.errors import NodeError
from engine.base.values import Value
from engine.kinds.contract import Outputs
from engine.plan.plan import PlanNode
from engine.run.faults import port_conflict
from engine.run.frontier import FAILED as FAILED_FATE
from engine.run.frontier import LIVE, PENDING, Conflict, EdgeFate, Late, Ready, Skipped, Step
from engine.run.recorder import Recorder
from engine.run.scope import Scope

if TYPE_CHECKING:
    from engine.run.context import NodeCall


class Settling:
    """Ends nodes, and follows what comes of it through their scopes.

    Args:
        policy: `continue`, `drain` or `fail_fast`: what an unhandled failure does (S1).
        enqueue: takes each node that may start.
    """

    def __init__(self, recorder: Recorder, policy: str, enqueue: Callable[[Scope, PlanNode], None]) -> None:
        self._recorder, self._policy, self._enqueue = recorder, policy, enqueue
        self._loop = asyncio.get_running_loop()

    def follow(self, scope: Scope, steps: list[Step]) -> None:
        """Records what the frontier decided and queues the nodes that may start."""
        emit, plan, prefix, path = self._recorder.emit, scope.plan, scope.prefix, scope.path
        conflicts: list[Conflict] = []
        races: list[int] = []
        blocked = False
        for step in steps:
            if isinstance(step, EdgeFate):
                edge = plan.edges[step.edge]
                node_id = plan.nodes[edge.source].id
                if step.fate == LIVE:
                    emit("edge.live", prefix + node_id, node_id, path, 0, {"edge": edge.key})
                else:
                    why = "failed" if step.fate == FAILED_FATE else "benign"
                    emit("edge.dead", prefix + node_id, node_id, path, 0, {"edge": edge.key, "why": why})
            elif isinstance(step, Ready):
                node = plan.nodes[step.node]
                self._enqueue(scope, node)
                if node.join is not None and node.join.cancel_losers:
                    races.append(step.node)
            elif isinstance(step, Skipped):
                scope.reasons[step.node] = step.reason
                blocked = blocked or step.reason == "upstream_failed"
                node_id = plan.nodes[step.node].id
                by = {} if step.by is None else {"by": plan.nodes[step.by].id}
                emit("node.skipped", prefix + node_id, node_id, path, 0, {"reason": step.reason, **by})
            elif isinstance(step, Late):
                node_id = plan.nodes[step.node].id
                emit("late", prefix + node_id, node_id, path, 0, {"edge": plan.edges[step.edge].key})
            else:
                conflicts.append(step)
        for conflict in conflicts:
            if scope.frontier.status[conflict.node] == PENDING:  # an earlier one may have stopped the scope
                self.fail(scope, conflict.node, port_conflict(plan, conflict), 0)
        for join in races:
            self.end_race(scope, join)
        if blocked:  # what was to absorb a failure, such as a race whose contenders all failed, could not
            self._unhandled(scope)
        scope.check_finished()

    def succeed(self, call: NodeCall, outputs: Outputs) -> None:
        """A node has done its work."""
        scope, node = call.scope, call.plan_node
        scope.outputs[node.index] = outputs
        if call.attempt > scope.attempts:
            scope.attempts = call.attempt
        data: dict[str, Value] = {"source": call.source, "outputs": outputs}
        if call.warned:
            data["inside"] = call.warned
        if call.degraded_by:
            data["degraded"] = call.degraded_by
            scope.warnings.append(f"{scope.key(node.index)}: {call.degraded_by}")
        self._recorder.emit("node.ok", scope.prefix + node.id, node.id, scope.path, call.attempt, data)
        self.follow(scope, scope.frontier.settle(node.index, "ok", outputs))

    def fail(self, scope: Scope, index: int, error: NodeError, attempt: int) -> None:
        """A node failed, for good: where its port for errors is wired, that is a result like others (S1)."""
        node = scope.plan.nodes[index]
        record = {"node": node.id, "class": error.error_class, "message": str(error), "attempts": attempt}
        status = "handled" if node.handles_errors else "failed"
        scope.attempts = max(scope.attempts, attempt)
        if node.handles_errors:
            scope.outputs[index] = {"error": record}
        else:
            scope.errors[index] = record
        key = scope.prefix + node.id
        self._recorder.emit(f"node.{status}", key, node.id, scope.path, attempt, {"error": record})
        self.follow(scope, scope.frontier.settle(index, status, ("error",) if node.handles_errors else ()))
        if status == "failed" and not node.absorbed:
            self._unhandled(scope)

    def end_race(self, scope: Scope, join: int) -> None:
        """Cancels what ran for a race that is over; what they have cost so far stays counted (S3)."""
        for index in scope.frontier.losers(join):
            task = scope.running.get(index)
            if scope.frontier.status[index] != PENDING:  # what followed from an earlier one settled it
                continue
            if task is None:
                self.lose(scope, index, "skipped")
            else:
                scope.losers.add(index)
                self.interrupt((task,), "race_lost")

    def lose(self, scope: Scope, index: int, status: str) -> None:
        """A node ends because the race that it worked for is over: `skipped`, or `cancelled` while it ran (S3)."""
        node = scope.plan.nodes[index]
        scope.reasons[index] = "race_lost"
        self._recorder.emit(f"node.{status}", scope.prefix + node.id, node.id, scope.path, 0, {"reason": "race_lost"})
        self.follow(scope, scope.frontier.settle(index, status))

    def stop(self, scope: Scope, reason: str) -> None:
        """Starts no more nodes of a scope: those that never started are settled now (S1, S10)."""
        if scope.stopping:
            return
        scope.stopping = reason
        status = "cancelled" if reason == "cancelled" else "skipped"
        for index in scope.frontier.pending():
            if index not in scope.running:
                self.drop(scope, index, status, reason)
        scope.check_finished()

    def drop(self, scope: Scope, index: int, status: str, reason: str) -> None:
        """Settles a node without looking at what follows from it: the whole scope is stopping."""
        node = scope.plan.nodes[index]
        scope.reasons[index] = reason
        scope.frontier.drop(index, status)
        self._recorder.emit(f"node.{status}", scope.prefix + node.id, node.id, scope.path, 0, {"reason": reason})

    def interrupt(self, tasks: Iterable[asyncio.Task[None]], reason: str) -> None:
        """Cancels work in the loop's next round: a task cancelled before its first step could not settle its node.

        The reason travels with the CancelledError, so that the nodes inside containers say the same.
        """
        for task in tasks:
            self._loop.call_soon(task.cancel, reason)

    def _unhandled(self, scope: Scope) -> None:
        """A failure that nothing took: the policy of the run decides (S1)."""
        if self._policy != "continue":
            self.stop(scope, "run_failed")
            if self._policy == "fail_fast":
                self.interrupt(scope.running.values(), "run_failed")
