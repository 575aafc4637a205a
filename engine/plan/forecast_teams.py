"""What a manager and those who work for it would ask: a range, since its model decides how often it delegates (S7)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from engine.graph.records import Edge
from engine.kinds.registry import AnyKind
from engine.plan.amount import NOTHING, Amount

if TYPE_CHECKING:
    from engine.plan.forecast import Walk

BRIEF: Final = Amount(20, 500)
"""Tokens of a brief."""


def managed(walk: Walk, node: str, kind: AnyKind, config: Any, edges: list[Edge]) -> tuple[Amount, Amount]:
    """The size of what a manager gives, in tokens, and the seconds that it takes, with all that works for it."""
    written = walk.written(config, edges)
    if config.swarm:
        return _swarm(walk, node, kind, config, written)
    said, waited = _team(walk, node, config)
    turns = config.max_turns if config.tools else min(config.max_turns, config.max_delegations + 1)
    turns = turns if config.tools or walk.facts.teams.get(node) else 1
    answer, seconds = walk.asked(node, kind, config, written, config.model, turns=turns, between=said)
    return answer, seconds + waited


def _team(walk: Walk, manager: str, config: Any) -> tuple[Amount, Amount]:
    """The tokens of a specialist's result, and the seconds of all delegations one after another.

    The delegations are taken as spread evenly over the team; specialists are forecast here, before their manager.
    """
    team = walk.facts.teams.get(manager, [])
    walk.sizes[manager] = BRIEF
    said = seconds = NOTHING
    for edge in team:
        name = edge.target
        kind, own = walk.facts.kinds.get(walk.facts.graph.nodes[name].kind), walk.facts.configs.get(name)
        if kind is None or own is None or name in walk.sizes:
            continue
        walk.sure[name], before = False, len(walk.calls)
        size, taken = walk.worked(name, kind, own, [edge])
        share = Amount(0, -(-config.max_delegations // len(team)))
        walk.calls[before:] = [replace(call, times=call.times * share) for call in walk.calls[before:]]
        walk.sizes[name] = size
        said = Amount(0, max(said.high, size.high))
        seconds += Amount(0, taken.high * share.high)
    return said, seconds


def _swarm(walk: Walk, node: str, kind: AnyKind, config: Any, written: Amount) -> tuple[Amount, Amount]:
    """A plan, then each sub-task by a sub-agent, then one text of them."""
    tasks = Amount(1, config.max_tasks)
    inner = walk.inside(node, config.sub_agent, {"brief": BRIEF})
    walk.calls += [replace(call, times=call.times * tasks) for call in inner.calls]
    result = next(iter(inner.outputs.values()), NOTHING)
    _, planned = walk.asked(node, kind, config, written, config.model)
    rounds = Amount(1, -(-config.max_tasks // config.width))
    if config.merge == "list":
        return result * tasks, planned + inner.seconds * rounds
    answer, merged = walk.asked(node, kind, config, written + result * tasks, config.model)
    return answer, planned + inner.seconds * rounds + merged
