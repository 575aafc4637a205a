"""Starts nodes when the frontier says so, and hears how they end: the only place where a run's tasks are made."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Sequence
from functools import cached_property
from time import monotonic
from typing import Final

from engine.base.errors import NodeError
from engine.kinds.contract import Outputs
from engine.kinds.outside import Outside
from engine.plan.plan import PlanNode
from engine.run.admission.controller import Admission
from engine.run.cache import Cache
from engine.run.context import NodeCall
from engine.run.conversations import Conversations
from engine.run.delegation import Open
from engine.run.faults import broken
from engine.run.frontier import PENDING
from engine.run.guard import Guard, Guards, guarded
from engine.run.memory import Memory
from engine.run.people import People
from engine.run.quiet import Quiet
from engine.run.recorder import Recorder
from engine.run.restore import Restoring
from engine.run.scope import ReadyNode, Scope
from engine.run.settling import Settling
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
        outside: makes what nodes may use outside the program, once one of them does.
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
        outside: Callable[[], Outside],
        tools: RunTools,
        memory: Memory | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.recorder, self.models, self.rehearsal = recorder, models, rehearsal
        self.people, self.cache, self._open_outside = people, cache, outside
        self.tools, self.settling = tools, Settling(recorder, policy, self._enqueue)
        self._remembered = memory
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

    @cached_property
    def outside(self) -> Outside:
        """What nodes may use outside the program; most runs use nothing."""
        return self._open_outside()

    @cached_property
    def memory(self) -> Memory:
        """What is known of earlier work; nothing in most runs."""
        return self._remembered or Memory()

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
            self.cancel(scope, str(stopped.args[0]) if stopped.args else "cancelled")
            if scope.running:
                await asyncio.wait(list(scope.running.values()))
            raise
        finally:
            del self._scopes[scope]

    def _open(self, scope: Scope) -> None:
        """Begins with the nodes that wait for nothing, or where an earlier session was (S11)."""
        steps = scope.frontier.start()
        if self._remembered is None:
            self.settling.follow(scope, steps)
            return
        restoring = Restoring(scope, self._remembered, self.settling, self.recorder)
        self.settling.follow(scope, restoring.steps(steps))
        for join in list(restoring.races()):
            self.settling.end_race(scope, join)

    def cancel(self, scope: Scope, reason: str) -> None:
        """Begins to end a scope before its time: it is finished when what runs in it has ended."""
        if not self.pausing:
            self.settling.stop(scope, reason)
        self.settling.interrupt(scope.running.values(), reason)

    def abandon(self) -> None:
        """Settles what still runs after a stop and did not end in time, and cancels it once more (S10)."""
        for scope in list(self._scopes):
            self.settling.stop(scope, "cancelled")
            self.settling.interrupt(scope.running.values(), "cancelled")
            for index in scope.frontier.pending():
                self.settling.drop(scope, index, "cancelled", "cancelled")
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
        if self.pausing:
            self._check_stall()
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
        chain = self._chains.get(id(node))
        if chain is None:
            chain = self._chains[id(node)] = self._guards.of(node)
        breakpoints, memory = self.people.breakpoints, self._remembered
        if memory is not None and not memory.base and (changed := memory.changed.get(call.key)):
            breakpoints.repeat(call, changed)
        held = breakpoints.catching(scope, node) if breakpoints.armed else ()
        attempts = node.config.retry.attempts
        if not held:
            self.recorder.emit("node.started", scope.prefix + node.id, node.id, scope.path, 1, {"attempts": attempts})
        if node.instant and not chain and not held:
            try:
                outputs = node.kind.run_now(call)
            except NodeError as error:
                self.settling.fail(scope, node.index, error, 1)
            except Exception as error:  # a kind's bug fails its node, never the run
                self.settling.fail(scope, node.index, broken(call, error), 1)
            else:
                self.settling.succeed(call, outputs)
            return
        if node.holds_slot and not held:
            self._slots.take(call)
        task = self._loop.create_task(self._work(call, chain, held))
        scope.running[node.index] = task
        self._tasks[task] = call

    # Working

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
                self.settling.fail(scope, node.index, failure, call.attempt)
            elif outputs is None and node.index in scope.losers and not scope.stopping:
                self.settling.lose(scope, node.index, "cancelled")
            elif outputs is None:
                reason = scope.stopping or "cancelled"
                self.settling.drop(scope, node.index, "cancelled", reason)
                scope.check_finished()
            else:
                self.settling.succeed(call, outputs)
        self._pump()

    def _check_stall(self) -> None:
        """Ends a run that pauses once nothing runs; raises into the scopes of any other when nothing runs or can start
        and something is pending (S1)."""
        if self._tasks or ((self._instant or self._leaves) and not self.pausing):
            self.look_soon()
            return
        for scope in self._scopes:
            if not scope.frontier.unsettled or scope.finished.done():
                continue
            if self.pausing:
                scope.finished.set_result(None)
                continue
            names = ", ".join(scope.key(index) for index in scope.frontier.pending()[:20])
            scope.finished.set_exception(SchedulerStalled(f"nothing runs, but these nodes are pending: {names}"))
