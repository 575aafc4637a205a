"""Which of two nodes of a run comes before the other, whatever scopes they stand in (semantics.md S14)."""

from __future__ import annotations

from engine.plan.plan import Plan, after


class Order:
    """The order of the nodes of a plan by their keys.

    Inside one graph a node comes before all that its edges lead to. Nodes of different items of a map may run at once,
    a later pass of a loop never beside an earlier one. A container and what is inside it have no order.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._after: dict[tuple[int, int], frozenset[int]] = {}
        self._index: dict[int, dict[str, int]] = {}

    def before(self, one: str, other: str) -> bool:
        """Whether the first node must have ended before the second begins. Both by key, as `map1[3]/draft`."""
        plan: Plan | None = self._plan
        for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
            if mine == theirs and plan is not None:
                plan = self._body(plan, mine.partition("[")[0])
                continue
            return plan is not None and self._parts(plan, mine, theirs)
        return False

    def _parts(self, plan: Plan, mine: str, theirs: str) -> bool:
        (name, _, turn), (other, _, later) = mine.partition("["), theirs.partition("[")
        start, end = self._find(plan, name), self._find(plan, other)
        if start is None or end is None:
            return False
        if start != end:
            return end in self._following(plan, start)
        earlier, after = turn.rstrip("]"), later.rstrip("]")
        return plan.nodes[start].kind.repeats and earlier.isdigit() and after.isdigit() and int(earlier) < int(after)

    def _find(self, plan: Plan, name: str) -> int | None:
        index = self._index.get(id(plan))
        if index is None:
            index = self._index[id(plan)] = {node.id: node.index for node in plan.nodes}
        return index.get(name)

    def _body(self, plan: Plan, name: str) -> Plan | None:
        found = self._find(plan, name)
        return None if found is None else plan.bodies.get(found)

    def _following(self, plan: Plan, start: int) -> frozenset[int]:
        known = self._after.get((id(plan), start))
        if known is None:
            known = self._after[id(plan), start] = frozenset(after(plan, [start]) - {start})
        return known
