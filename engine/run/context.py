"""What one run of one node sees and may do: the `Call` of engine.kinds.contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from engine.base.clock import Clock
from engine.base.errors import NodeError
from engine.base.values import Value
from engine.kinds.contract import Done, NodeConfig, Review, ScopeResult, SpendingConfig, Task, Verdict
from engine.kinds.outside import Outside
from engine.models.contract import ModelRequest, Reply
from engine.plan.plan import PlanNode
from engine.run.admission.accounts import Account, to_pico
from engine.run.arrived import Arrived
from engine.run.deadline import Deadline
from engine.run.delegation import perform, reject
from engine.run.memory import Memory
from engine.run.scope import Scope
from engine.run.uncertain import resolved
from engine.tools.contract import Doubt, Tool, ToolStep

if TYPE_CHECKING:
    from engine.run.cache import Cache
    from engine.run.scheduler import Scheduler


class NodeCall(Arrived):
    """Implements `Call` for one node in one scope.

    Attributes:
        account: the budgets that its calls count against, the innermost first; None when there are none (S9).
        attempt: tries so far, over all models (S8).
        asking: questions to people that wait for an answer.
        inside: runs of its body that go on.
        calls_out, calls_waiting: calls of models in flight, and those that wait to be admitted.
        deadlines: time limits that stand still while it waits.
        stalled: calls that wait for what only a person can give.
        slots: how many it holds of those for leaf nodes and calls that work at once (S9).
        source: where the value comes from: `ran`, unless a guard says otherwise.
        degraded_by: why the result is less than asked for, or "".
        spent: US dollars that are known to be paid.
        warned: what the runs of its body have added to the warnings.
        told: the events that it has written, but for text, when somebody wants to know them; else None.
    """

    # One is made for each node: what few of them change stands here and not in each.
    attempt = 1
    source = "ran"
    degraded_by = ""
    streamed = False
    spent = 0.0
    told: list[tuple[str, Mapping[str, Any]]] | None = None
    asking = inside = stalled = _calling = calls_out = calls_waiting = slots = 0

    def __init__(self, scheduler: Scheduler, scope: Scope, node: PlanNode) -> None:
        self._scheduler = scheduler
        self.scope = scope
        self.plan_node = node
        self.deadlines: list[Deadline] = []
        self.account = _account(scheduler.memory, scope, node) if node.capped else scope.account
        self.warned: list[str] = []
        self._tools: dict[str, int] = {}

    @property
    def node(self) -> str:
        return self.plan_node.id

    @property
    def key(self) -> str:
        return self.scope.prefix + self.plan_node.id

    @property
    def title(self) -> str:
        return self.plan_node.title

    @property
    def config(self) -> Any:
        return self.plan_node.config

    @property
    def limits(self) -> NodeConfig:
        """The settings that every kind has."""
        return self.plan_node.config

    @property
    def rehearsal(self) -> bool:
        return self._scheduler.rehearsal

    async def chat(self, model: str, request: ModelRequest, fallback: Sequence[str] = ()) -> Reply:
        with self.busy():
            return await self._scheduler.models.chat(self, (model, *fallback), request)

    @contextmanager
    def busy(self) -> Iterator[None]:
        self._calling += 1
        try:
            yield
        finally:
            self._calling -= 1
            self._scheduler.look_soon()

    @contextmanager
    def waits(self, why: str, on: Sequence[str]) -> Iterator[None]:
        self.emit("node.waiting", {"reason": why, "for": list(on)})
        self.stalled += 1
        try:
            with self.busy(), self.off_the_clock():
                yield
        finally:
            self.stalled -= 1
            self._scheduler.look_soon()

    def fell_back(self, model: str, to: str, why: str) -> None:
        self._scheduler.models.fell_back(self, model, to, why)

    def context_tokens(self, model: str) -> int | None:
        return self._scheduler.models.context_tokens(model)

    async def tools(self, patterns: Sequence[str]) -> tuple[Tool, ...]:
        scope, plan = self.scope, self.scope.plan

        def warn(what: str) -> None:
            if (said := f"{self.key}: {what}") not in scope.warnings:
                scope.warnings.append(said)

        with self.busy():
            return await self._scheduler.tools.chosen(plan.servers, plan.folder, patterns, warn)

    @property
    def pausing(self) -> bool:
        return bool(self._scheduler.pausing)

    def may_write(self, tool: str) -> bool:
        return self._scheduler.people.may_write(tool)

    async def review(self, asked: Review) -> Verdict:
        with self.off_the_clock():
            return await self._scheduler.people.ask(self, asked)

    @property
    def outside(self) -> Outside:
        return self._scheduler.outside.within(self.scope.plan.folder)

    @property
    def cache(self) -> Cache | None:
        """The results of earlier runs, when this run may use them (S12)."""
        return self._scheduler.cache

    @property
    def resting(self) -> bool:
        """Whether nothing of it can go on before a person acts, or before its body ends (S9, S13)."""
        return self.asking + self.inside + self.stalled > 0 and self._calling <= self.stalled

    @property
    def clock(self) -> Clock:
        """The run's clock: every wait goes through it."""
        return self._scheduler.models.clock

    @property
    def keeps_slot(self) -> bool:
        """Whether it holds a slot between its calls of models too; containers do not (S5)."""
        return self.plan_node.holds_slot

    def rest(self) -> None:
        """Gives its slot to others while it waits."""
        self._scheduler.rest(self)

    async def take_up(self) -> None:
        """Waits for a slot again."""
        if self.keeps_slot:
            with self.off_the_clock():
                await self._scheduler.admission.seat(self)

    @contextmanager
    def off_the_clock(self) -> Iterator[None]:
        """Stops its time limits, and those of the containers around: such a wait is not charged (S8)."""
        paused: list[Deadline] = []
        call: NodeCall | None = self
        while call is not None:
            paused += [*call.deadlines, *call.scope.deadlines]
            call = call.scope.owner
        for deadline in paused:
            deadline.pause()
        try:
            yield
        finally:
            for deadline in paused:
                deadline.resume()

    async def body(self, inputs: Mapping[str, Value], scope: str) -> ScopeResult:
        plan = self.scope.plan.bodies[self.plan_node.index]
        inner = Scope(plan, self.scope.prefix + scope, inputs)
        inner.owner, inner.account = self, self.account
        before = self._scheduler.memory.spent(inner.path).cost
        inner.cost = before
        self.inside += 1
        try:
            await self._scheduler.run(inner)
        finally:
            self.inside -= 1
            self._scheduler.look_soon()
        self.paid(None if inner.cost is None or before is None else inner.cost - before)
        result = inner.result()
        if result.status == "completed_with_warnings":
            warned = inner.warned()
            self.warned.extend(warned)
            self.scope.warnings.extend(warned)
        return result

    def paid(self, usd: float | None) -> None:
        """Adds to what this node and the scope around it have cost; None is an unknown price."""
        self.spent += usd or 0.0
        scope = self.scope
        scope.cost = None if scope.cost is None or usd is None else scope.cost + usd

    def leave(self, reason: str) -> bool:
        scope = self.scope
        while scope.owner is not None:
            if scope.owner.plan_node.kind.repeats:
                scope.left = reason
                self.emit("loop.left", {"scope": scope.path, "reason": reason})
                return True
            scope = scope.owner.scope
        return False

    @property
    def team(self) -> Mapping[str, str]:
        specialists = self.scope.plan.teams.get(self.plan_node.index, {})
        nodes = {name: plan.nodes[0] for name, plan in specialists.items()}
        return {name: node.kind.describe(node.config) or node.title for name, node in nodes.items()}

    @property
    def depth(self) -> int:
        found, scope = 0, self.scope
        while scope.owner is not None:
            found += scope.broken is not None
            scope = scope.owner.scope
        return found

    @property
    def briefed(self) -> bool:
        return bool(self.plan_node.fed) and self.scope.broken is not None

    async def delegate(self, task: Task) -> Done:
        return await perform(self._scheduler, self, task)

    def finished(self, delegation: str) -> Mapping[str, Any] | None:
        return self._scheduler.memory.finished.get(delegation)

    def reject(self, reason: str) -> bool:
        return reject(self, reason)

    def recall(self, call_id: str) -> ToolStep | None:
        steps = self._scheduler.memory.tools.get((self.key, call_id), ())
        place = self._tools.get(call_id, 0)
        self._tools[call_id] = place + 1
        if place < len(steps):
            return steps[place]
        return ToolStep(True, False, "no result of this call is stored.") if self._scheduler.memory.complete else None

    def told_failure(self, request: str = "") -> NodeError | None:
        """How the node was failed, in a run that has only what is stored; None when that is not stored.

        Args:
            request: the digest of what was asked of a model; "" when what is outside failed it.
        """
        found = self._scheduler.memory.failures.get((self.key, request))
        return NodeError(*found) if found else None

    def taped(self) -> tuple[bool, Mapping[str, Value] | None]:
        """Whether the run has only what is stored, and what that is for this node, which reaches outside."""
        memory = self._scheduler.memory
        return memory.complete, memory.results.get(self.key)

    async def stored(self) -> None:
        await self._scheduler.recorder.barrier()

    async def uncertain(self, what: str) -> Doubt:
        return await resolved(self, what)

    @property
    def was_writing(self) -> bool:
        """Whether an earlier session was cut off while it may have changed something outside."""
        return self.key in self._scheduler.memory.writing

    def emit(self, kind: str, data: Mapping[str, Value]) -> None:
        scope, node = self.scope, self.plan_node
        if self.told is not None and kind != "text":
            self.told.append((kind, data))
        self._scheduler.recorder.emit(kind, scope.prefix + node.id, node.id, scope.path, self.attempt, data)

    def progress(self, done: int, total: int, note: str = "") -> None:
        self.emit("node.progress", {"done": done, "total": total, "note": note})

    def degraded(self, why: str) -> None:
        self.degraded_by = why


def _account(memory: Memory, scope: Scope, node: PlanNode) -> Account:
    """The budget that a node has of its own, within that of its scope (S9)."""
    config, key = cast("SpendingConfig", node.config), scope.prefix + node.id
    account = Account.opened(f"the node “{node.id}”", config.budget_usd, config.budget_tokens, scope.account, key)
    assert account is not None
    before = memory.spent(key)
    account.usd.spent, account.tokens.spent = to_pico(before.usd), before.tokens
    return account
