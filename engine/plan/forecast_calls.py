"""What a node asks of models, by the sizes of what is asked: one call, its answer, how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.base.values import Value
from engine.graph.records import Edge
from engine.kinds.contract import NodeConfig
from engine.kinds.registry import AnyKind
from engine.models.tokens import estimate_tokens
from engine.plan import sizes
from engine.plan.amount import NOTHING, Amount, exactly, total
from engine.plan.facts import Facts
from engine.plan.learnt import Learnt
from engine.plan.manner import Manner, Manners

OVERHEAD: Final = 8
"""Tokens that a request adds to its texts."""
MOST_FILES: Final = 1000
"""How often files are looked into, counted each time that a node names one."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A node's call of a model: how many tokens go in and come out, and how many such calls there are."""

    node: str
    model: str
    input: Amount
    output: Amount
    times: Amount


@dataclass(slots=True)
class Way:
    """What is known of how models write and bodies repeat, the same in all of a graph.

    Attributes:
        files_left: how many more times a file is walked; files that name each other twice would never end.
    """

    manners: Manners
    learnt: Learnt
    files_left: int = MOST_FILES


class Asking:
    """The calls of one graph so far, and what is known of the texts that they are made of.

    Attributes:
        sizes: of what nodes give, in tokens; `values` what they give where that is known.
        sure: whether a node works in every run.
    """

    def __init__(self, facts: Facts, way: Way) -> None:
        self.facts, self.way = facts, way
        self.sizes: dict[str, Amount] = {}
        self.values: dict[str, Value] = {}
        self.sure: dict[str, bool] = {}
        self.calls: list[ModelCall] = []

    def asked(
        self, node_id: str, kind: AnyKind, config: NodeConfig, written: Amount, model: str, *,
        turns: int = 0, between: Amount = NOTHING,
    ) -> tuple[Amount, Amount]:  # fmt: skip
        """The tokens of the answer to what a node asks, and its seconds.

        Args:
            turns: how often it may ask; 0 goes by its config.
            between: tokens that it is told between two turns, beside its own answer.
        """
        place = self.place(node_id)
        manner = self.way.manners(model, place)
        answer, turns = _answer(kind, config, manner), turns or _turns(config)
        times = Amount(1 if self.sure[node_id] else 0, turns)
        read = written + Amount(OVERHEAD, OVERHEAD + (turns - 1) * (answer.high + between.high))
        self.calls.append(ModelCall(place, model, self._as_before(place, read), answer, times))
        return answer, manner.seconds(answer) * Amount(1, turns)

    def _as_before(self, place: str, read: Amount) -> Amount:
        """What a call reads, by earlier runs: but never less than is known of it, and nothing else where all is."""
        before = self.way.learnt.prompts.get(place)
        if before is None or read.low == read.high or before.high < read.low:
            return read
        return Amount(max(read.low, before.low), before.high)

    def written(self, config: NodeConfig, edges: list[Edge]) -> Amount:
        """The tokens of a node's texts once they are filled in: exactly, where all that fills them in is known."""
        values = {edge.target_port: self.values[edge.source] for edge in edges if edge.source in self.values}
        arriving: dict[str, Amount] = {}
        for edge in edges:
            if edge.source_port != "error":
                arriving[edge.target_port] = arriving.get(edge.target_port, NOTHING) + self.sizes[edge.source]
        alone = len(values) == len(edges)  # a port with two values is filled in by both
        texts = [sizes.rendered(text, values) if alone else None for text in sizes.texts(config)]
        named = set(arriving)
        found = NOTHING
        for template, text in zip(sizes.texts(config), texts, strict=True):
            if text is not None:
                found += exactly(estimate_tokens(text))
                named -= set(sizes.names(template))
                continue
            size, uses = sizes.shape(template)
            found += exactly(size)
            for name, count in uses.items():
                found += arriving.get(name, NOTHING) * exactly(count)
                named.discard(name)
        return found + total(arriving[name] for name in named)

    def place(self, node_id: str) -> str:
        """The node with the containers around it: `map1/draft`."""
        return f"{self.facts.inside}/{node_id}" if self.facts.inside else node_id


def _answer(kind: AnyKind, config: NodeConfig, manner: Manner) -> Amount:
    typed = getattr(config, "output_schema", None) is not None
    size = manner.route if kind.name == "router" else manner.data if typed else manner.answer
    cap = getattr(config, "max_tokens", None)
    return Amount(min(size.low, cap), min(size.high, cap)) if cap else size


def _turns(config: NodeConfig) -> int:
    """How often a node may ask: an agent with tools once for each turn."""
    return int(getattr(config, "max_turns", 1)) if getattr(config, "tools", ()) else 1
