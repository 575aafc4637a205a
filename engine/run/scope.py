"""One graph being run once: its frontier, its values, and how it ended (semantics.md S1)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from engine.base.values import Value
from engine.kinds.contract import ScopeResult
from engine.plan.plan import Plan
from engine.run.frontier import BENIGN, FAILED, Frontier
from engine.run.turns import Turns

if TYPE_CHECKING:
    from engine.run.admission.accounts import Account
    from engine.run.context import NodeCall
    from engine.run.deadline import Deadline
    from engine.run.delegation import BrokenOff


ReadyNode: TypeAlias = "tuple[int, int, int, Scope]"
"""A ready node where it waits: minus its rank, its scope's number, its index, its scope."""


class Scope:
    """The state of one run of one graph.

    Args:
        plan: the graph made ready.
        path: `map1[3]`, or "" at the top level.
        given: values for the input nodes, by name.
    """

    # One is made for each item of a map: what few of them change stands here and not in each.
    number = 0
    """Its place among the scopes of the run, in order of opening."""
    turns: Turns[ReadyNode]
    """Where its ready leaf nodes wait for a slot; shared by all scopes of one container. Given when it is opened."""
    cost: float | None = 0.0
    """US dollars of all calls in it and in the scopes of its containers; None once a price was unknown (S9)."""
    attempts = 1
    """The most tries that one of its nodes needed."""
    left: str | None = None
    """Why one of its nodes asked the loop that it is a pass of to end, or None (S6)."""
    account: Account | None = None
    """The budgets that its nodes count against (S9)."""
    broken: asyncio.Future[BrokenOff] | None = None
    """Of a delegation: why it ends before its work does (S7). None for any other scope."""
    owner: NodeCall | None = None
    """The container's call whose body it is; None at the top level."""
    stopping = ""
    """Why no more of its nodes start, or ""."""

    def __init__(self, plan: Plan, path: str, given: Mapping[str, Value]) -> None:
        self.plan = plan
        self.path = path
        self.prefix = f"{path}/" if path else ""
        self.given = given
        self.frontier = Frontier(plan)
        self.outputs: list[Mapping[str, Value]] = [{}] * len(plan.nodes)
        self.reasons: dict[int, str] = {}
        self.errors: dict[int, Mapping[str, Value]] = {}
        self.warnings: list[str] = []
        self.running: dict[int, asyncio.Task[None]] = {}
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns_inside: dict[int, Turns[ReadyNode]] = {}
        self.losers: set[int] = set()
        """Nodes that run although the race that they were for is over; they are being cancelled (S3)."""
        self.deadlines: list[Deadline] = []
        """Time limits of it alone, not of others that the container works on; they stand still while it waits (S8)."""

    def turns_inside(self, container: int) -> Turns[ReadyNode]:
        """Where the ready leaf nodes inside one of its containers wait."""
        found = self._turns_inside.get(container)
        if found is None:
            found = self._turns_inside[container] = Turns(self.turns)
        return found

    def key(self, node: int) -> str:
        """`scope/node`: the identity of a node in a run."""
        return self.prefix + self.plan.nodes[node].id

    def check_finished(self) -> None:
        """Ends the scope when every node has its terminal status."""
        if not self.frontier.unsettled and not self.finished.done():
            self.finished.set_result(None)

    def status(self) -> str:
        """The outcome by the rules of S1."""
        if self.stopping == "cancelled":
            return "cancelled"
        nodes = self.plan.nodes
        for index, status in enumerate(self.frontier.status):
            if status == "skipped" and self.reasons.get(index) in ("upstream_failed", "run_failed"):
                return "failed"
            if status == "failed" and not nodes[index].leads_on:
                return "failed"
        absorbed = "failed" in self.frontier.status
        return "completed_with_warnings" if absorbed or self.warnings else "completed"

    def results(self) -> dict[str, Value]:
        """The values that output nodes got, by name; one without a value is absent (S1)."""
        statuses = self.frontier.status
        return {
            name: self.outputs[index]["value"] for name, index in self.plan.outputs.items() if statuses[index] == "ok"
        }

    def first_error(self) -> Mapping[str, Value] | None:
        """The error of the first failed node in file order; one that nothing absorbed comes first."""
        loud = [index for index in self.errors if not self.plan.nodes[index].absorbed]
        return self.errors[min(loud or self.errors)] if self.errors else None

    def warned(self) -> list[str]:
        """All that there is to warn of at the end: each failure too that what followed could do without (S1)."""
        if self.status() != "completed_with_warnings":
            return self.warnings
        missing: list[str] = []
        for index, error in sorted(self.errors.items()):
            why = f"{error['class']}: {str(error['message']).rstrip('.')}"
            missing.append(f"{self.key(index)}: failed ({why}), and what followed went on without it")
        return [*self.warnings, *missing]

    def result(self) -> ScopeResult:
        """What the container around is told."""
        names = tuple(self.plan.outputs)
        return ScopeResult(
            self.status(), self.results(), self.first_error(), names, self.cost, self.attempts, self.left
        )

    def ending(self, problem: str = "") -> dict[str, Any]:
        """What `run.finished` tells, of the scope that is the whole run.

        Args:
            problem: why the run failed whatever its nodes did, such as a full disk; "" when nothing like it happened.
        """
        status, error = self.status(), self.first_error()
        reason = f"{error.get('node', '')}: {error.get('message', '')}" if status == "failed" and error else ""
        data: dict[str, Any] = {
            "status": "failed" if problem else status, "reason": problem or reason, "outputs": self.results(),
            "warnings": self.warned(), "cost_usd": self.cost,
        }  # fmt: skip
        if data["status"] in ("completed", "completed_with_warnings") and (closed := self.no_output()) is not None:
            data["no_output"] = closed
        return data

    def no_output(self) -> dict[str, Any] | None:
        """`{"closed_by": id}` when there are output nodes and none got a value: who closed the way (S1)."""
        if not self.plan.outputs or self.results():
            return None
        fates, edges, nodes = self.frontier.fates, self.plan.edges, self.plan.nodes
        work, seen = list(self.plan.outputs.values()), set(self.plan.outputs.values())
        while work:
            node = work.pop(0)
            for index in nodes[node].incoming:
                source = edges[index].source
                if fates[index] in (BENIGN, FAILED) and self.frontier.status[source] != "skipped":
                    return {"closed_by": nodes[source].id}
                if fates[index] in (BENIGN, FAILED) and source not in seen:
                    seen.add(source)
                    work.append(source)
        return {"closed_by": None}
