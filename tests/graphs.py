"""What the tests of documents and files share: random graphs, and a comparison that looks at order too."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from engine.graph.graph import TABLES, Graph
from engine.graph.records import Edge, Frame, Node, Note

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
ids = st.sampled_from(["a", "b", "c", "agent", "agent_2", "n_1", "merge", "x9"])
ports = st.sampled_from(["text", "value", "task", "error", "items"])
numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
configs = st.dictionaries(st.sampled_from(["prompt", "model", "retry", "body", "zz"]) | texts, values, max_size=4)
coordinates = st.integers(-100, 100).map(lambda n: n * 8.0) | st.floats(-1e6, 1e6).map(lambda x: x + 0.0)  # no -0.0
places = st.tuples(coordinates, coordinates)
rects = st.tuples(coordinates, coordinates, st.floats(0, 1e4), st.floats(0, 1e4))
unknown = st.dictionaries(texts.map(lambda text: f"x_{text}"), values, max_size=2)
asides = st.sampled_from(["", "muted", "bypassed"])
nodes = st.builds(
    Node,
    ids,
    st.sampled_from(["agent", "input", "odd kind"]),
    texts,
    configs,
    unknown,
    asides,
)
edges = st.builds(Edge, ids, ports, ids, ports, unknown)
frames = st.builds(Frame, ids, texts, rects, st.sampled_from(["", "blue"]), unknown)
notes = st.builds(Note, ids, texts, rects, unknown)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any graph that a file may hold: dangling edges, unplaced nodes and unknown keys are in it."""
    chosen = {node.id: node for node in draw(st.lists(nodes, max_size=5))}
    placed = [key for key in draw(st.permutations(list(chosen))) if draw(st.booleans())]
    wires = {edge.key: edge for edge in draw(st.lists(edges, max_size=5))}
    head = draw(st.fixed_dictionaries({}, optional={"name": texts, "description": texts, "settings": configs}))
    marked = {frame.id: frame for frame in draw(st.lists(frames, max_size=2))}
    return Graph(
        head={**head, **draw(unknown)},
        nodes=chosen,
        edges=wires,
        places={key: draw(places) for key in placed},
        bends={key: tuple(draw(st.lists(places, min_size=1, max_size=2))) for key in wires if draw(st.booleans())},
        frames=marked,
        notes={note.id: note for note in draw(st.lists(notes, max_size=2)) if note.id not in marked},
        bookmarks=draw(st.dictionaries(texts, st.tuples(coordinates, coordinates, st.floats(0.02, 4)), max_size=2)),
        layout_extra=draw(unknown),
    )


def exact(graph: Graph) -> str:
    """All of a graph with the order of every table and key, to be compared: equality of dicts ignores order."""
    tables: dict[str, Any] = {name: [[key, repr(item)] for key, item in graph.table(name).items()] for name in TABLES}
    return json.dumps({**tables, "layout_extra": repr(graph.layout_extra)}, indent=1)
