"""The clipboard: a part of a graph as text that is itself a small graph file, and back."""

from __future__ import annotations

from collections.abc import Collection

from engine.base.errors import FileProblem
from engine.files.format import dumps
from engine.files.open import loads
from engine.graph.graph import Graph


def copy(graph: Graph, nodes: Collection[str], marks: Collection[str] = ()) -> str:
    """Text of the chosen nodes, frames and notes, with the edges between the nodes and those that lead into them.

    Args:
        nodes: their ids; unknown ones are passed over.
        marks: ids of frames and notes.
    """
    chosen, around = set(nodes), set(marks)
    part = Graph(
        nodes={key: node for key, node in graph.nodes.items() if key in chosen},
        edges={key: edge for key, edge in graph.edges.items() if edge.target in chosen and edge.target in graph.nodes},
        places={key: place for key, place in graph.places.items() if key in chosen},
        bends={key: points for key, points in graph.bends.items() if key in graph.edges},
        frames={key: frame for key, frame in graph.frames.items() if key in around},
        notes={key: note for key, note in graph.notes.items() if key in around},
    )
    return dumps(part)


def paste(text: str) -> Graph | None:
    """The graph that a text holds, to be given to `commands.insert`; None when it is anything else.

    Edges that came from outside are in it: `insert` joins them to nodes of the same ids, or leaves them out.
    """
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return None
    try:
        part = loads(text)
    except FileProblem:
        return None
    return None if part.read_only or not (part.nodes or part.frames or part.notes) else part
