"""What a merge would ask of a model: the more, the more its branches are too long to be read at once (S4)."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Final

from engine.agents.judging import MOST
from engine.agents.parts import AT_ONCE, FENCE, room_for_parts
from engine.agents.reducing import LEAST_GAIN, SHARE
from engine.graph.records import Edge
from engine.kinds.merge_config import MergeConfig
from engine.kinds.registry import AnyKind
from engine.plan.amount import Amount, exactly, total
from engine.plan.forecast_calls import Asking

LOOSE: Final = 2
"""Groups of parts may be filled by half only, since a part is not cut where it fits into the next one."""

TASK: Final = 250
"""Tokens that a request has at most beside the parts: what is to be done, and in which form."""


def merged(asking: Asking, node: str, kind: AnyKind, config: MergeConfig, edges: list[Edge]) -> tuple[Amount, Amount]:
    """The size of what a merge with a model gives, in tokens, and the seconds that it takes."""
    branches = [edge for edge in edges if edge.target_port == "items" and edge.source_port != "error"]
    written = asking.written(config, edges) + Amount(0, FENCE * len(branches))
    answer, seconds = asking.asked(node, kind, config, written, config.model)
    call = asking.calls[-1]
    manner = asking.way.manners(config.model, call.node)
    room = config.max_input_tokens or room_for_parts(manner.context_tokens, config.instructions)
    times, rounds = _times(config, written, room, len(branches))
    read = Amount(call.input.low / max(1, times.low), min(call.input.high, room) + TASK)
    asking.calls[-1] = replace(call, input=read, times=times if call.times.low else Amount(0, times.high))
    if config.strategy == "reduce" or (config.strategy == "judge" and config.judge == "write"):
        return answer, seconds * rounds
    parts = [asking.sizes[edge.source] for edge in branches]
    picked = Amount(min((part.low for part in parts), default=0.0), max((part.high for part in parts), default=0.0))
    return (picked if config.strategy == "judge" else total(parts)), seconds * rounds


def _times(config: MergeConfig, written: Amount, room: int, branches: int) -> tuple[Amount, Amount]:
    """How many calls it makes, and how many of them come one after another: none for a single branch."""
    if branches < 2 or config.waits_for == "first":
        return exactly(0), exactly(0)
    certain = config.waits_for == "wait_all" or config.k > 1
    low, least = _levels(written.low, room) if certain and not config.asks else (0, 0)
    if config.strategy == "judge" and config.judge == "pick":
        most = 1 if written.high <= room and branches <= MOST else branches - 1
        return Amount(min(low, 1), most), Amount(min(least, 1), most)
    if config.asks:  # all contradictions in as few questions as they fit into
        most = max(1, ceil(LOOSE * written.high / room))
        return Amount(0, most), Amount(0, ceil(most / AT_ONCE))
    high, longest = _levels(written.high, room, LOOSE)
    return Amount(low, high), Amount(least, longest)


def _levels(size: float, room: int, loose: int = 1) -> tuple[int, int]:
    """The calls of a tree reduce of so many tokens, and how many of them come one after another."""
    calls = rounds = 1
    while size > room:
        groups = ceil(loose * size / room)
        calls, rounds = calls + groups, rounds + ceil(groups / AT_ONCE)
        size = min(size * LEAST_GAIN, groups * room / SHARE)
    return calls, rounds
