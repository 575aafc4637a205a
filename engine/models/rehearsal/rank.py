"""Which sentences matter: TextRank over a networkx graph of sentences joined by the words they share."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from engine.models.rehearsal.language import stems

MOST = 240
"""Sentences that are compared with each other; of more, an even sample is taken."""
_DAMPING = 0.85
_ROUNDS = 40
_CLOSE = 1e-6


def top(sentences: Sequence[str], limit: int) -> list[str]:
    """The `limit` most telling sentences, in the order of the text, each once."""
    chosen = sample(list(dict.fromkeys(sentences)))
    telling = [sentence for sentence in chosen if len(sentence.split()) >= 4] or chosen
    scores = textrank(telling)
    best = sorted(range(len(telling)), key=lambda index: (-scores[index], index))[:limit]
    return [telling[index] for index in sorted(best)]


def sample(sentences: list[str]) -> list[str]:
    """At most `MOST` sentences, evenly spread, the first one among them."""
    if len(sentences) <= MOST:
        return sentences
    return [sentences[index * len(sentences) // MOST] for index in range(MOST)]


def textrank(sentences: Sequence[str]) -> list[float]:
    """A score for each sentence; sentences that share words with many others score high.

    The graph is networkx's; the ranking is iterated here, since networkx's own needs SciPy.
    """
    import networkx as nx

    bags = [frozenset(stems(sentence)) for sentence in sentences]
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(sentences)))
    for (a, b), shared in _shared(bags).items():
        graph.add_edge(a, b, weight=shared / (math.log(len(bags[a]) + 1) + math.log(len(bags[b]) + 1)))
    strength = dict(graph.degree(weight="weight"))
    scores = dict.fromkeys(graph, 1.0)
    for _ in range(_ROUNDS):
        new = {
            node: 1 - _DAMPING
            + _DAMPING * sum(scores[other] * data["weight"] / strength[other] for other, data in graph[node].items())
            for node in graph
        }  # fmt: skip
        moved = max((abs(new[node] - scores[node]) for node in graph), default=0.0)
        scores = new
        if moved < _CLOSE:
            break
    # The first sentences of a text introduce it, so a tie goes to them.
    return [round(scores[index] + 0.1 / (1 + index), 9) for index in range(len(sentences))]


def _shared(bags: Sequence[frozenset[str]]) -> dict[tuple[int, int], int]:
    """How many words each two sentences share, in an order that does not depend on hashing."""
    where: dict[str, list[int]] = defaultdict(list)
    for index, bag in enumerate(bags):
        for root in sorted(bag):
            where[root].append(index)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for places in where.values():
        if len(places) <= MOST // 2:  # a word in most sentences tells none of them apart
            for position, a in enumerate(places):
                for b in places[position + 1 :]:
                    shared[a, b] += 1
    return dict(sorted(shared.items()))
