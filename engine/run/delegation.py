"""One attempt at a delegation: a specialist works in a scope of its own, until it is done or somebody ends it (S7)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from engine.base.errors import WrongUse
from engine.base.suggest import did_you_mean
from engine.base.values import Value
from engine.kinds.contract import Done, Task
from engine.run.admission.accounts import Account, to_pico
from engine.run.deadline import Deadline
from engine.run.scope import Scope

if TYPE_CHECKING:
    from engine.run.context import NodeCall
    from engine.run.memory import ScopeMemory
    from engine.run.scheduler import Scheduler

BODY_INPUT: Final = "brief"
"""The input of a manager's own body that gets the brief."""


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """Why a delegation ends before its work does: its specialist turned it down, or a person decided."""

    status: Literal["rejected", "stopped", "redirected"]
    message: str = ""
    to: str = ""

    @classmethod
    def known(cls, memory: ScopeMemory) -> BrokenOff | None:
        """What ended it in an earlier session; None when nothing did."""
        told = memory.broken
        if told is None:
            return None
        if "do" not in told:
            return cls("rejected", str(told.get("reason", "")))
        if told["do"] == "stop":
            return cls("stopped")
        return cls("redirected", str(told.get("message", "")), str(told.get("to", "")))


class Open:
    """The delegations of a run that go on, by key such as `manager[2]`: where a person reaches them."""

    def __init__(self) -> None:
        self._scopes: dict[str, Scope] = {}

    def put(self, key: str, scope: Scope) -> None:
        self._scopes[key] = scope

    def drop(self, key: str) -> None:
        self._scopes.pop(key, None)

    def check(self, key: str, to: str = "") -> None:
        """Whether an order can be carried out. From any thread.

        Raises:
            WrongUse: nothing goes on under this key, or there is no such specialist.
        """
        scope = self._scopes.get(key)
        if scope is None or scope.owner is None:
            there = ", ".join(self._scopes)
            raise WrongUse(f"No delegation “{key}” goes on.", f"These do: {there}." if there else "None goes on.")
        if to and to not in scope.owner.team:
            known = ", ".join(scope.owner.team) or "none"
            raise WrongUse(
                f"“{to}” is no specialist of “{scope.owner.node}”.",
                did_you_mean(to, scope.owner.team) or f"There are: {known}.",
            )

    def order(self, key: str, what: BrokenOff) -> None:
        """Carries a person's order out; without effect when the delegation is over. On the run's loop."""
        scope = self._scopes.get(key)
        if scope is None or scope.owner is None or scope.broken is None or scope.broken.done():
            return
        told = {"scope": scope.path, "do": "stop" if what.status == "stopped" else "redirect"}
        scope.owner.emit("delegation.ordered", {**told, "message": what.message, "to": what.to})
        scope.broken.set_result(what)


def reject(call: NodeCall, reason: str) -> bool:
    """The specialist around a node turns its brief down; False when there is none."""
    scope: Scope | None = call.scope
    while scope is not None and scope.broken is None:
        scope = scope.owner.scope if scope.owner is not None else None
    if scope is None or scope.broken is None or scope.owner is None:
        return False
    if not scope.broken.done():
        scope.owner.emit("delegation.rejected", {"scope": scope.path, "reason": reason})
        scope.broken.set_result(BrokenOff("rejected", reason))
    return True


async def perform(scheduler: Scheduler, call: NodeCall, task: Task) -> Done:
    """Lets a specialist work; see `Call.delegate`."""
    scope = _opened(scheduler, call, task)
    known = BrokenOff.known(scheduler.memory.scope(scope.path))
    if known is not None:
        return Done(known.status, message=known.message, to=known.to)
    before = scope.cost = scheduler.memory.spent(scope.path).cost
    key = scope.path[: scope.path.rfind("]") + 1]
    scheduler.delegations.put(key, scope)
    call.inside += 1
    try:
        late = await _worked(scheduler, call, scope, task.deadline_s)
    finally:
        call.inside -= 1
        scheduler.delegations.drop(key)
        cost = None if scope.cost is None or before is None else scope.cost - before
        call.paid(cost)
        scheduler.look_soon()
    return _done(call, scope, task, cost, late)


def _opened(scheduler: Scheduler, call: NodeCall, task: Task) -> Scope:
    plan, index = call.scope.plan, call.plan_node.index
    path = call.scope.prefix + task.scope
    inner = plan.teams[index][task.specialist] if task.specialist else plan.bodies[index]
    given = {inner.nodes[0].fed or BODY_INPUT: task.brief}
    scope = Scope(inner, path, given)
    scope.owner, scope.account = call, call.account
    scope.broken = asyncio.get_running_loop().create_future()
    if task.budget_usd is not None:
        name = f"the delegation to “{task.specialist or call.node}”"
        account = Account.opened(name, task.budget_usd, None, call.account, path)
        assert account is not None
        before = scheduler.memory.spent(path)
        account.usd.spent, account.refuses = to_pico(before.usd), True
        scope.account = account
    return scope


async def _worked(scheduler: Scheduler, call: NodeCall, scope: Scope, deadline_s: float | None) -> bool:
    """Runs a scope until it ends or is broken off.

    Returns:
        Whether its time was over.
    """
    assert scope.broken is not None
    work = asyncio.get_running_loop().create_task(scheduler.run(scope))
    ends: set[asyncio.Future[Any]] = {work, scope.broken}
    why: Any = "cancelled"
    try:
        async with Deadline(call.clock, deadline_s, scope.deadlines):
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    except TimeoutError:
        return True
    except asyncio.CancelledError as stopped:
        why = stopped.args[0] if stopped.args else why
        raise
    finally:
        if not work.done():
            work.cancel(why)
            await asyncio.wait({work})
    if not work.cancelled():
        work.result()
    return False


def _done(call: NodeCall, scope: Scope, task: Task, cost: float | None, late: bool) -> Done:
    assert scope.broken is not None
    if scope.broken.done():
        why = scope.broken.result()
        return Done(why.status, message=why.message, to=why.to, cost_usd=cost)
    if late:
        return _failed("timeout", f"It gave no result in {task.deadline_s:g} s.", cost)
    status = scope.status()
    if status not in ("completed", "completed_with_warnings"):
        error = scope.first_error() or {"class": "internal", "message": "It did not come to an end."}
        return Done("failed", error=error, cost_usd=cost)
    if status == "completed_with_warnings":
        warned = scope.warned()
        call.warned.extend(warned)
        call.scope.warnings.extend(warned)
    outputs: Mapping[str, Value] = scope.outputs[0] if task.specialist else scope.results()
    return Done("ok", outputs, cost_usd=cost)


def _failed(error_class: str, message: str, cost: float | None) -> Done:
    return Done("failed", error={"class": error_class, "message": message}, cost_usd=cost)
