"""What holds inside a container of which one item, pass or node is done again, or that was not finished: all that does
not follow from that (S11).

Pure. Items of a map know nothing of each other, so the others are kept; a loop is kept up to the pass in question.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from engine.base.errors import WrongUse
from engine.base.values import Value
from engine.plan.plan import Plan, after
from engine.run.memory import Memory, ScopeMemory, Settled
from engine.run.places import part_of
from engine.run.restore import kept


@dataclass
class Inside:
    """Collects what is kept of the scopes inside containers.

    Args:
        base: what is known of the base run.
        again: places that are done again, as scope and node: `("each[3]", "say")`.
        edited: outputs changed by hand, by such places.
        failed: items that failed are done again too.
    """

    base: Memory
    again: Iterable[tuple[str, str]] = ()
    edited: Mapping[tuple[str, str], Mapping[str, Value]] = field(default_factory=dict)
    failed: bool = False
    taken: dict[str, ScopeMemory] = field(default_factory=dict)

    def entered(self, plan: Plan, path: str, ended: Container[str]) -> set[int]:
        """The containers of a scope into which a place leads, and those that were begun and have not `ended`: they run
        again, with what is kept inside."""
        prefix = f"{path}/" if path else ""
        found: set[int] = set()
        for node in plan.nodes:
            scopes = self._scopes(prefix + node.id) if node.kind.container else []
            if scopes and (node.id not in ended or any(map(self._concerns, scopes))):
                found.add(node.index)
        return found

    def enter(self, plan: Plan, index: int, path: str) -> None:
        """Takes over the scopes inside one container of a scope, those that are not done again."""
        node, body = plan.nodes[index], plan.bodies[index]
        key = f"{path}/{node.id}" if path else node.id
        scopes = self._scopes(key)
        changed = [number for scope in scopes if self._concerns(scope) and (number := part_of(scope)[1]) is not None]
        for scope in scopes:
            number = part_of(scope)[1]
            if node.kind.repeats and changed and (number or 0) > min(changed):
                continue  # what a pass is given follows from the one before it
            self._take(body, scope, key if number is None else f"{key}[{number}]")

    def _take(self, plan: Plan, path: str, place: str) -> None:
        """Takes over one scope of the base run, as it will be called."""
        known = self.base.scopes.get(path) or ScopeMemory()
        ends = {node.id: node.index for node in plan.nodes}
        keeps = {each.node: each for each in kept(plan, known, anew=self.failed)}
        inner = self.entered(plan, path, keeps)
        fresh = {ends[name] for scope, name in self.again if scope == path and name in ends}
        edits = {name: outputs for (scope, name), outputs in self.edited.items() if scope == path and name in ends}
        follows = {plan.edges[edge].target for name in edits for edge in plan.nodes[ends[name]].outgoing}
        gone = after(plan, [*fresh, *follows, *inner])
        settled = {name: each for name, each in keeps.items() if ends[name] not in gone and name not in edits}
        settled |= {name: edited(keeps.get(name), name, outputs) for name, outputs in edits.items()}
        self.taken[place] = ScopeMemory(settled=settled)
        for index in inner:
            if index not in after(plan, [*fresh, *follows, *(inner - {index})]):
                self.enter(plan, index, path)

    def _scopes(self, key: str) -> list[str]:
        """The scopes that a container opened, of each number the last one."""
        found: dict[int | None, str] = {}
        for path in self.base.scopes:
            if path.startswith(key) and "/" not in path[len(key) :] and part_of(path)[0] == key:
                found[part_of(path)[1]] = path
        return list(found.values())

    def _concerns(self, path: str) -> bool:
        """Whether something is to be done again in a scope, or inside it."""
        places = [scope for scope, _ in (*self.again, *self.edited)]
        if any(scope == path or scope.startswith(f"{path}/") for scope in places):
            return True
        return self.failed and any(
            each.status == "failed"
            for scope, known in self.base.scopes.items() if scope == path or scope.startswith(f"{path}/")
            for each in known.settled.values()
        )  # fmt: skip


def checked(base: Memory, plan: Plan, place: str) -> tuple[str, str]:
    """A place inside containers, such as `each[3]/say`, as scope and node.

    Raises:
        WrongUse: there is no such node, or the base run never was there.
    """
    scope, _, name = place.rpartition("/")
    here: Plan | None = plan
    for part in filter(None, scope.split("/")):
        found = next((node for node in here.nodes if node.id == part_of(part)[0]), None) if here else None
        here = here.bodies.get(found.index) if here and found else None
    if here is None or all(node.id != name for node in here.nodes):
        raise WrongUse(f"The graph has no node “{place}”.", "See its nodes.")
    if scope not in base.scopes:
        raise WrongUse(f"The base run never was at “{scope}”.", "Name an item or a pass that it worked on.")
    return scope, name


def edited(each: Settled | None, name: str, outputs: Mapping[str, Value]) -> Settled:
    """A node that ended with other outputs."""
    found = each or Settled(name, "ok")
    return replace(found, status="ok", told={"outputs": {**found.outputs, **outputs}, "edited": True})
