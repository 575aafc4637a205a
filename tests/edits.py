"""A long series of random edits, the same for the same seed: what a person might do to a graph all day."""

from __future__ import annotations

import random
from collections.abc import Iterator

from engine.base.errors import Refused
from engine.graph import commands, marks
from engine.graph.changes import between
from engine.graph.graph import Graph
from engine.graph.records import Edge, Frame, Note


def edits(chance: random.Random, count: int) -> Iterator[Graph]:
    """The graph after each of `count` edits, beginning with an empty one; each differs from the one before."""
    graph = Graph()
    while count:
        try:
            after = edited(graph, chance)
        except Refused:
            continue
        if between(graph, after):
            graph = after
            count -= 1
            yield graph


def edited(graph: Graph, chance: random.Random) -> Graph:
    """The graph after one edit. Raises Refused when chance chose one that cannot be made."""
    place = (chance.randrange(100) * 8.0, chance.random())
    if len(graph.nodes) < 3 or (len(graph.nodes) < 30 and chance.random() < 0.2):
        return commands.add_node(graph, chance.choice(["agent", "merge"]), place, title=chance.choice(["", "Ünï"]))[0]
    one, two = chance.sample(list(graph.nodes), 2)
    match chance.randrange(9):
        case 0:
            return commands.connect(graph, Edge(one, "text", two, "task"))
        case 1:
            return commands.move(graph, {one: place})
        case 2:
            return commands.set_config(graph, one, {"prompt": "🙂" * chance.randrange(20), "n": chance.random()})
        case 3:
            return commands.rename(graph, one, f"r{chance.randrange(1000)}")
        case 4:
            return commands.remove(graph, [one], keep_chain=True)
        case 5:
            return commands.set_head(graph, chance.choice(["name", "x"]), chance.randrange(1000))
        case 6:
            return marks.put_frame(graph, Frame(f"f{chance.randrange(3)}", "F", (*place, 10.0, 10.0)))
        case 7:
            return marks.put_note(graph, Note(f"n{chance.randrange(3)}", "N", (*place, 10.0, 10.0)))
    return graph.with_tables(nodes=dict(chance.sample(list(graph.nodes.items()), len(graph.nodes))))
