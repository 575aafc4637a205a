"""Starts nodes when the frontier says so, and settles them: the only place where a run's tasks are made."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Final

from engine.base.errors import NodeError
from engine.base.values import Value
from engine.kinds.contract import Outputs
from engine.kinds.outside import Outside
from engine.plan.plan import PlanNode
from engine.run.admission.controller import Admission
from engine.run.cache import Cache
from engine.run.context import NodeCall
from engine.run.conversations import Conversations
from engine.run.delegation import Open
from engine.run.faults import broken, port_conflict
from engine.run.frontier import FAILED as FAILED_FATE
from engine.run.frontier import LIVE, PENDING, Conflict, EdgeFate, Late, Ready, Skipped, Step
from engine.run.guard import Guard, Guards, guarded
from engine.run.memory import Memory
from engine.run.people import People
from engine.run.quiet import Quiet
from engine.run.recorder import Recorder
from engine.run.restore import Restoring
from engine.run.scope import ReadyNode, Scope
from engine.run.tools import RunTools
from engine.run.turns import Turns

SLICE_S: Final = 0.005
"""Longest time that instant nodes keep the loop to themselves, in seconds."""


class SchedulerStalled(RuntimeError):
    """Something is pending, but nothing runs or waits: a bug of the engine, never reported as completed (S1)."""


class Scheduler:
    """Runs the scopes of one run.

    Args:
        recorder: where events go.
        models: calls models for the nodes.
        policy: `continue`, `drain` or `fail_fast`: what an unhandled failure does (S1).
        admission: holds the slots: as many leaf nodes and calls work at once; containers hold none (S5).
        rehearsal: every model is the built-in one.
        guards: what may stand around a node's work.
        chains: the guards of each node of the plan by its `id()`, as far as they are known; kept with the plan.
        people: who is asked.
        outside: what nodes may use outside the program.
        tools: finds the tools that nodes name.
        cache: results of earlier runs that may be used again; None uses none.
        memory: what is known of earlier work; None when there was none (S11).
        stuck: called when nothing goes on before a person has answered or raised a budget (S9, S13).
    """

    def __init__(
        self,
        recorder: Recorder,
        models: Conversations,
        *,
        policy: str,
        admission: Admission,
        rehearsal: bool,
        guards: Guards,
        chains: dict[int, tuple[Guard, ...]],
        people: People,
        stuck: Callable[[], None],
        outside: Outside,
        tools: RunTools,
        memory: Memory | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.recorder, self.models, self.rehearsal = recorder, models, rehearsal
        self.people, self.outside, self.cache = people, outside, cache
        self._policy, self.tools = policy, tools
        self.memory = memory or Memory()
        self._remembers = memory is not None
        self.admission, self._slots = admission, admission.slots
        self.look_soon = Quiet(self._anyone_waits, self._at_rest, stuck).look_soon
        admission.more, admission.queues.stuck = self._pump, self.look_soon
        self._instant: list[ReadyNode] = []
        self._leaves: Turns[ReadyNode] = Turns()
        self._scopes: dict[Scope, None] = {}
        self._opened = 0
        self._guards, self._chains = guards, chains
        self._pumping = False
        self._tasks: dict[asyncio.Task[None], NodeCall] = {}
        self.delegations = Open()
        self._loop = asyncio.get_running_loop()
        self.pausing = ""
        """Why the run pauses, or "": its nodes then stay as they are, to be gone on with (S9)."""

    async def run(self, scope: Scope) -> None:
        """Runs a scope to its end.

        Raises:
            SchedulerStalled: see there.
            asyncio.CancelledError: the caller was cancelled; the scope's nodes are settled as cancelled.
        """
        self._scopes[scope] = None
        self._opened += 1
        scope.number = self._opened
        owner = scope.owner
        scope.turns = self._leaves if owner is None else owner.scope.turns_inside(owner.plan_node.index)
        self._open(scope)
        self._pump()
        try:
            await scope.finished
        except asyncio.CancelledError as stopped:
            await self._cancel(scope, str(stopped.args[0]) if stopped.args else "cancelled")
            raise
        finally:
            del self._scopes[scope]

    def _open(self, scope: Scope) -> None:
        """Begins with the nodes that wait for nothing, or where an earlier session was (S11)."""
        steps = scope.frontier.start()
        if not self._remembers:
            self.follow(scope, steps)
            return
        restoring = Restoring(self, scope, self.memory.scope(scope.path))
        self.follow(scope, restoring.steps(steps))
        for join in list(restoring.races()):
            self._end_race(scope, join)

    def stop(self, scope: Scope, reason: str) -> None:
        """Starts no more nodes of a scope: those that never started are settled now (S1, S10)."""
        if scope.stopping:
            return
        scope.stopping = reason
        status = "cancelled" if reason == "cancelled" else "skipped"
        for index in scope.frontier.pending():
            if index not in scope.running:
                self._drop(scope, index, status, reason)
        scope.check_finished()

    async def _cancel(self, scope: Scope, reason: str) -> None:
        if not self.pausing:
            self.stop(scope, reason)
        self._interrupt(scope.running.values(), reason)
        if scope.running:
            await asyncio.wait(list(scope.running.values()))

    def _interrupt(self, tasks: Iterable[asyncio.Task[None]], reason: str) -> None:
        """Cancels work in the loop's next round: a task cancelled before its first step could not settle its node.

        The reason travels with the CancelledError, so that the nodes inside containers say the same.
        """
        for task in tasks:
            self._loop.call_soon(task.cancel, reason)

    def abandon(self) -> None:
        """Settles what still runs after a stop and did not end in time (S10)."""
        for scope in list(self._scopes):
            self.stop(scope, "cancelled")
            for index in scope.frontier.pending():
                self._drop(scope, index, "cancelled", "cancelled")
            scope.check_finished()

    # Waiting for people

    def rest(self, call: NodeCall) -> None:
        """A node waits: others may have its slot, unless other work of it goes on."""
        if not call.calls_out:
            self.admission.leave(call)
        self._pump()

    def _anyone_waits(self) -> bool:
        return bool(self.people.waiting or self.admission.queues.stalled)

    def _at_rest(self) -> bool:
        if self._instant or self._leaves or any(scope.finished.done() for scope in self._scopes):
            return False
        return bool(self._tasks) and all(call.resting for call in self._tasks.values())

    # Starting nodes

    def follow(self, scope: Scope, steps: list[Step]) -> None:
        """Records what the frontier decided and queues the nodes that may start."""
        emit, plan, prefix, path = self.recorder.emit, scope.plan, scope.prefix, scope.path
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
                emit("node.skipped", prefix + node_id, node_id, path, 0, {"reason": step.reason})
            elif isinstance(step, Late):
                node_id = plan.nodes[step.node].id
                emit("late", prefix + node_id, node_id, path, 0, {"edge": plan.edges[step.edge].key})
            else:
                conflicts.append(step)
        for conflict in conflicts:
            if scope.frontier.status[conflict.node] == PENDING:  # an earlier one may have stopped the scope
                self._fail(scope, conflict.node, port_conflict(plan, conflict), 0)
        for join in races:
            self._end_race(scope, join)
        if blocked:  # what was to absorb a failure, such as a race whose contenders all failed, could not
            self._unhandled(scope)
        scope.check_finished()

    def _end_race(self, scope: Scope, join: int) -> None:
        """Cancels what ran for a race that is over; what they have cost so far stays counted (S3)."""
        for index in scope.frontier.losers(join):
            task = scope.running.get(index)
            if scope.frontier.status[index] != PENDING:  # what followed from an earlier one settled it
                continue
            if task is None:
                self._lose(scope, index, "skipped")
            else:
                scope.losers.add(index)
                self._interrupt((task,), "race_lost")

    def _lose(self, scope: Scope, index: int, status: str) -> None:
        node = scope.plan.nodes[index]
        scope.reasons[index] = "race_lost"
        self.recorder.emit(f"node.{status}", scope.prefix + node.id, node.id, scope.path, 0, {"reason": "race_lost"})
        self.follow(scope, scope.frontier.settle(index, status))

    def _enqueue(self, scope: Scope, node: PlanNode) -> None:
        self.recorder.emit("node.queued", scope.prefix + node.id, node.id, scope.path)
        item = (-node.rank, scope.number, node.index, scope)
        if node.holds_slot:
            scope.turns.push(item)
        else:
            heapq.heappush(self._instant, item)

    def _pump(self) -> None:
        """Starts what may start now. Never runs inside itself, and gives way to the loop now and then."""
        if self._pumping:
            return
        self._pumping = True
        until = monotonic() + SLICE_S
        try:
            while self._instant or (self._leaves and self._slots.free > 0):
                if monotonic() > until:
                    self._loop.call_soon(self._pump)
                    return
                if self._instant:
                    _, _, index, scope = heapq.heappop(self._instant)
                else:
                    _, _, index, scope = self._leaves.pop()
                if scope.frontier.status[index] == PENDING:
                    self._begin(scope, scope.plan.nodes[index])
        finally:
            self._pumping = False
        self._check_stall()

    def _begin(self, scope: Scope, node: PlanNode) -> None:
        call = NodeCall(self, scope, node)
        chain = self._chain(node)
        breakpoints, memory = self.people.breakpoints, self.memory
        if memory.changed and not memory.base and (changed := memory.changed.get(call.key)):
            breakpoints.repeat(call, changed)
        held = breakpoints.catching(scope, node) if breakpoints.armed else ()
        attempts = node.config.retry.attempts
        if not held:
            self.recorder.emit("node.started", scope.prefix + node.id, node.id, scope.path, 1, {"attempts": attempts})
        if node.instant and not chain and not held:
            try:
                outputs = node.kind.run_now(call)
            except NodeError as error:
                self._fail(scope, node.index, error, 1)
            except Exception as error:  # a kind's bug fails its node, never the run
                self._fail(scope, node.index, broken(call, error), 1)
            else:
                self._succeed(call, outputs)
            return
        if node.holds_slot and not held:
            self._slots.take(call)
        task = self._loop.create_task(self._work(call, chain, held))
        scope.running[node.index] = task
        self._tasks[task] = call

    def _chain(self, node: PlanNode) -> tuple[Guard, ...]:
        chain = self._chains.get(id(node))
        if chain is None:
            chain = self._chains[id(node)] = self._guards.of(node)
        return chain

    # Ending nodes

    async def _release(self, call: NodeCall, held: Sequence[str]) -> None:
        """Starts a node that is held at breakpoints, once a person lets it go on."""
        changed = await self.people.breakpoints.hold(call, held)
        await call.take_up()
        attempts = {"attempts": call.limits.retry.attempts}
        call.emit("node.started", {**attempts, "changed": changed} if changed else attempts)

    async def _work(self, call: NodeCall, chain: tuple[Guard, ...], held: Sequence[str]) -> None:
        scope, node = call.scope, call.plan_node
        outputs: Outputs | None = None
        failure: NodeError | None = None
        try:
            if held:
                await self._release(call, held)
            outputs = await (guarded(chain, call, lambda: node.kind.run(call)) if chain else node.kind.run(call))
        except asyncio.CancelledError:
            pass
        except NodeError as error:
            failure = error
        except SchedulerStalled:
            raise
        except Exception as error:  # a kind's bug fails its node, never the run
            failure = broken(call, error)
        self._tasks.pop(scope.running.pop(node.index), None)
        if call.slots:
            self.admission.leave(call)
        given_up = outputs is None and failure is None
        if scope.frontier.status[node.index] == PENDING and not (given_up and self.pausing):
            if failure is not None:
                self._fail(scope, node.index, failure, call.attempt)
            elif outputs is None and node.index in scope.losers and not scope.stopping:
                self._lose(scope, node.index, "cancelled")
            elif outputs is None:
                reason = scope.stopping or "cancelled"
                self._drop(scope, node.index, "cancelled", reason)
                scope.check_finished()
            else:
                self._succeed(call, outputs)
        self._pump()

    def _succeed(self, call: NodeCall, outputs: Outputs) -> None:
        scope, node = call.scope, call.plan_node
        scope.outputs[node.index] = outputs
        scope.attempts = max(scope.attempts, call.attempt)
        data: dict[str, Value] = {"source": call.source, "outputs": outputs}
        if call.warned:
            data["inside"] = call.warned
        if call.degraded_by:
            data["degraded"] = call.degraded_by
            scope.warnings.append(f"{scope.key(node.index)}: {call.degraded_by}")
        self.recorder.emit("node.ok", scope.prefix + node.id, node.id, scope.path, call.attempt, data)
        self.follow(scope, scope.frontier.settle(node.index, "ok", outputs))

    def _fail(self, scope: Scope, index: int, error: NodeError, attempt: int) -> None:
        node = scope.plan.nodes[index]
        record = {"node": node.id, "class": error.error_class, "message": str(error), "attempts": attempt}
        status = "handled" if node.handles_errors else "failed"
        scope.attempts = max(scope.attempts, attempt)
        scope.errors[index] = record
        key = scope.prefix + node.id
        if node.handles_errors:
            scope.errors.pop(index)
            scope.outputs[index] = {"error": record}
        self.recorder.emit(f"node.{status}", key, node.id, scope.path, attempt, {"error": record})
        self.follow(scope, scope.frontier.settle(index, status, ("error",) if node.handles_errors else ()))
        if status == "failed" and not node.absorbed:
            self._unhandled(scope)

    def _unhandled(self, scope: Scope) -> None:
        """A failure that nothing took: the policy of the run decides (S1)."""
        if self._policy != "continue":
            self.stop(scope, "run_failed")
            if self._policy == "fail_fast":
                self._interrupt(scope.running.values(), "run_failed")

    def _drop(self, scope: Scope, index: int, status: str, reason: str) -> None:
        """Settles a node without looking at what follows from it: the whole scope is stopping."""
        node = scope.plan.nodes[index]
        scope.reasons[index] = reason
        scope.frontier.drop(index, status)
        self.recorder.emit(f"node.{status}", scope.prefix + node.id, node.id, scope.path, 0, {"reason": reason})

    def _check_stall(self) -> None:
        """Raises into the scopes when nothing runs or can start and something is pending (S1)."""
        if self._tasks or self._instant or self._leaves:
            self.look_soon()
            return
        if self.pausing:
            return
        for scope in self._scopes:
            if scope.frontier.unsettled and not scope.finished.done():
                names = ", ".join(scope.key(index) for index in scope.frontier.pending()[:20])
                scope.finished.set_exception(SchedulerStalled(f"nothing runs, but these nodes are pending: {names}"))
