"""What one run of one node sees and may do: the `Call` of engine.kinds.contract."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.base.tuples import maker
from engine.base.values import Value, as_text
from engine.kinds.contract import Arrival, NodeConfig, Review, ScopeResult, Verdict
from engine.kinds.outside import Outside
from engine.models.contract import ModelRequest, Reply
from engine.plan.compile import PlanNode
from engine.run.scope import Scope

if TYPE_CHECKING:
    from engine.run.scheduler import Scheduler

_arrival = maker(Arrival)


class NodeCall:
    """Implements `Call` for one node in one scope.

    Attributes:
        attempt: tries so far, over all models (S8).
        asking: questions to people that wait for an answer.
        inside: runs of its body that go on.
        holds_slot: whether it counts among the leaf nodes that run at once.
        source: where the value comes from: `ran`, unless a guard says otherwise.
        degraded_by: why the result is less than asked for, or "".
        spent: US dollars that are known to be paid.
    """

    __slots__ = (
        "_calling", "_ports", "_scheduler", "asking", "attempt", "degraded_by", "holds_slot", "inside", "plan_node",
        "scope", "source", "spent", "streamed",
    )  # fmt: skip

    def __init__(self, scheduler: Scheduler, scope: Scope, node: PlanNode) -> None:
        self._scheduler = scheduler
        self.scope = scope
        self.plan_node = node
        self.attempt = 1
        self.source = "ran"
        self.degraded_by = ""
        self.streamed = False
        self.spent = 0.0
        self.asking = self.inside = self._calling = 0
        self.holds_slot = False
        self._ports: dict[str, list[Arrival]] | None = None

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

    def arrivals(self, port: str) -> Sequence[Arrival]:
        return self._arrived().get(port, ())

    def missing(self, port: str) -> Sequence[str]:
        plan, taken = self.scope.plan, {(a.source, a.port) for a in self.arrivals(port)}
        edges = (plan.edges[edge] for found in self.plan_node.ports if found.name == port for edge in found.edges)
        labels = ((plan.nodes[edge.source].id, edge.source_port) for edge in edges)
        return [source for source, source_port in labels if (source, source_port) not in taken]

    def has(self, port: str) -> bool:
        return bool(self.arrivals(port))

    def value(self, port: str) -> Value:
        arrived = self.arrivals(port)
        if len(arrived) == 1:
            return arrived[0].value
        return "\n\n".join(as_text(arrival.value) for arrival in arrived)

    def values(self) -> dict[str, Value]:
        found = {port.name: self.value(port.name) for port in self.plan_node.ports}
        return {**dict.fromkeys(self.plan_node.missing_names, ""), **found}

    def given(self, name: str) -> tuple[bool, Value]:
        return (True, self.scope.given[name]) if name in self.scope.given else (False, None)

    async def chat(self, model: str, request: ModelRequest, fallback: Sequence[str] = ()) -> Reply:
        self._calling += 1
        try:
            return await self._scheduler.models.chat(self, (model, *fallback), request)
        finally:
            self._calling -= 1
            self._scheduler.look_soon()

    def fell_back(self, model: str, to: str, why: str) -> None:
        self._scheduler.models.fell_back(self, model, to, why)

    def context_tokens(self, model: str) -> int | None:
        return self._scheduler.models.context_tokens(model)

    def review(self, asked: Review) -> Awaitable[Verdict]:
        return self._scheduler.people.ask(self, asked)

    @property
    def outside(self) -> Outside:
        return self._scheduler.outside.within(self.scope.plan.folder)

    @property
    def resting(self) -> bool:
        """Whether nothing of it can go on before a person answers, or before its body ends (S13)."""
        return self.asking + self.inside > 0 and not self._calling

    def rest(self) -> None:
        """Gives its slot to others while it waits for a person."""
        self._scheduler.rest(self)

    async def take_up(self) -> None:
        """Waits for a slot again."""
        await self._scheduler.take_up(self)

    async def body(self, inputs: Mapping[str, Value], scope: str) -> ScopeResult:
        plan = self.scope.plan.bodies[self.plan_node.index]
        inner = Scope(plan, self.scope.prefix + scope, inputs)
        self.inside += 1
        try:
            await self._scheduler.run(inner)
        finally:
            self.inside -= 1
            self._scheduler.look_soon()
        self.paid(inner.cost)
        result = inner.result()
        if result.status == "completed_with_warnings":
            self.scope.warnings.extend(inner.warnings or [f"{inner.path}: a failure was absorbed"])
        return result

    def paid(self, usd: float | None) -> None:
        """Adds to what this node and the scope around it have cost; None is an unknown price."""
        self.spent += usd or 0.0
        scope = self.scope
        scope.cost = None if scope.cost is None or usd is None else scope.cost + usd

    def emit(self, kind: str, data: Mapping[str, Value]) -> None:
        scope, node = self.scope, self.plan_node
        self._scheduler.recorder.emit(kind, scope.prefix + node.id, node.id, scope.path, self.attempt, data)

    def progress(self, done: int, total: int, note: str = "") -> None:
        self.emit("node.progress", {"done": done, "total": total, "note": note})

    def degraded(self, why: str) -> None:
        self.degraded_by = why

    def _arrived(self) -> dict[str, list[Arrival]]:
        if self._ports is None:
            scope, plan = self.scope, self.scope.plan
            self._ports = {}
            for position, port in enumerate(self.plan_node.ports):
                edges = [plan.edges[edge] for edge in scope.frontier.taken_edges(self.plan_node, position)]
                self._ports[port.name] = [
                    _arrival((plan.nodes[e.source].id, e.source_port, scope.outputs[e.source][e.source_port]))
                    for e in edges
                ]
        return self._ports
