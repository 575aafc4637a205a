"""Which results of a stored run hold in another one that starts from a node, or with something changed (S11). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.errors import WrongUse
from engine.base.suggest import did_you_mean
from engine.base.values import Value
from engine.kinds.identity import settling
from engine.plan.plan import Plan, PlanNode, after
from engine.run.memory import Memory, ScopeMemory
from engine.run.places import part_of
from engine.run.restore import FOLLOWING, kept
from engine.run.reuse_inside import Inside, checked
from engine.run.reuse_inside import edited as with_outputs


def reused(
    base: Memory, run: str, old: Plan, new: Plan, *,
    given: tuple[Mapping[str, Value], Mapping[str, Value]], from_node: str = "",
    edited: Mapping[str, Mapping[str, Value]] | None = None, failed: bool = False,
) -> Memory:  # fmt: skip
    """What a new run takes over: nodes whose config, inputs and edges are the same, and so for all before them. Of
    containers that the base run did not finish it is what was finished inside.

    Args:
        base, run: what is known of the base run, and its id.
        old, new: the plans of the base and of the new run.
        given: the inputs of the base and of the new run.
        from_node: it is done again, and all that follows from it; "" for none. Inside a container: `each[3]/say`.
        edited: outputs changed by hand, by node and port: what follows from them is done again.
        failed: items that failed are done again, in maps that passed over them too, with all that follows.

    Raises:
        WrongUse: a node named is not there.
    """
    edited = edited or {}
    places = {node.id: node.index for node in new.nodes}
    for name in (*([from_node] if from_node else ()), *edited):
        if name not in places and "/" not in name:
            raise WrongUse(f"The graph has no node “{name}”.", did_you_mean(name, places) or "See its nodes.")
    inside = Inside(
        base, [checked(base, new, from_node)] if "/" in from_node else [],
        {checked(base, new, name): outputs for name, outputs in edited.items() if "/" in name}, failed,
    )  # fmt: skip
    edited = {name: outputs for name, outputs in edited.items() if "/" not in name}
    known = base.scope("")
    keeps = {each.node: each for each in kept(old, known, anew=False)}
    before = {node.id: node for node in old.nodes}
    entered = inside.entered(new, "", {*keeps, *edited})
    fresh = {
        node.index
        for node in new.nodes
        if node.id == from_node or not _same(node, before.get(node.id), (new, old), given)
        or (node.id not in keeps and node.id not in edited and node.index not in entered
            and not _unreached(known, node.id))
    }  # fmt: skip
    entered -= fresh
    follows = {new.edges[edge].target for name in edited for edge in new.nodes[places[name]].outgoing}
    again = after(new, [*fresh, *follows, *entered]) - {places[name] for name in edited if places[name] not in fresh}
    settled = {name: each for name, each in keeps.items() if name in places and places[name] not in again}
    for name, outputs in edited.items():
        if name != from_node:
            settled[name] = with_outputs(settled.get(name), name, outputs)
    for index in entered:
        if index not in after(new, [*fresh, *follows, *(entered - {index})]):
            inside.enter(new, index, "")
    scopes = {"": ScopeMemory(settled=settled), **inside.taken}
    return Memory(base=run, scopes=scopes, touched=[each for each in base.touched if _holds(scopes, each.node)])


def _holds(scopes: Mapping[str, ScopeMemory], key: str) -> bool:
    """Whether a node, or a container around it, is taken over."""
    parts = key.split("/")
    return any(
        part_of(part)[0] in scopes[path].settled
        for depth, part in enumerate(parts) if (path := "/".join(parts[:depth])) in scopes
    )  # fmt: skip


def _unreached(known: ScopeMemory, name: str) -> bool:
    """Whether the way to a node was not chosen: it needs no result, its fate follows from the others."""
    found = known.settled.get(name)
    return found is not None and found.status == "skipped" and found.reason in FOLLOWING


def _same(
    node: PlanNode, before: PlanNode | None, plans: tuple[Plan, Plan],
    given: tuple[Mapping[str, Value], Mapping[str, Value]],
) -> bool:  # fmt: skip
    """Whether a node is what it was: kind, settings, edges into it in their order, and what an input was given.

    Settings are those that an end follows from: with another title, place or time limit it is the same node (S12).
    """
    if before is None or node.kind.name != before.kind.name or settling(node.config) != settling(before.config):
        return False
    if node.kind.name == "input":
        name = getattr(node.config, "name", "") or node.id
        absent = object()
        if given[0].get(name, absent) != given[1].get(name, absent):
            return False
    return _sources(plans[0], node) == _sources(plans[1], before) and _team(plans[0], node) == _team(plans[1], before)


def _team(plan: Plan, manager: PlanNode) -> dict[str, list[tuple[Any, ...]]]:
    """The specialists that a node may delegate to, with those that these have: a manager's work follows from them, and
    from what its model is told that they are good at.
    """
    team = plan.teams.get(manager.index, {})
    return {name: list(_all(one)) for name, one in team.items()}


def _all(plan: Plan) -> Iterator[tuple[Any, ...]]:
    for node in plan.nodes:
        yield node.id, node.kind.name, settling(node.config), node.kind.describe(node.config) or node.title
    for team in plan.teams.values():
        for one in team.values():
            yield from _all(one)


def _sources(plan: Plan, node: PlanNode) -> list[tuple[str, str, str]]:
    edges = (plan.edges[edge] for edge in node.incoming)
    return [(plan.nodes[edge.source].id, edge.source_port, edge.target_port) for edge in edges]
