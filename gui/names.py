"""What people call the nodes of a run, also those inside containers: each body is read once."""

from __future__ import annotations

from engine.base.errors import BatonError
from engine.files.inside import inner
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.run.places import part_name, part_of, place


class Names:
    """The names of one run's nodes.

    Args:
        graph: the snapshot that it runs on; None knows no names.
    """

    def __init__(self, graph: Graph | None) -> None:
        self._graphs: dict[str, Graph | None] = {"": graph}

    def of(self, key: str) -> str:
        """The name of a node by its key; the last part of the key where it is not known."""
        node = self._node(key)
        return node.name if node else place(key).rpartition("/")[2]

    def path(self, key: str) -> str:
        """The name of a node with what it stands in: `Each one › item 4 › Draft`."""
        words, path = list[str](), ""
        for part in key.split("/"):
            path = f"{path}/{part}" if path else part
            owner, number = part_of(path)
            words.append(self.of(owner))
            if number is not None:
                node = self._node(owner)
                words.append(part_name(node.kind if node else "", number))
        return " › ".join(words)

    def _node(self, key: str) -> Node | None:
        around, _, name = place(key).rpartition("/")
        graph = self._graph(around)
        return graph.nodes.get(name) if graph else None

    def _graph(self, around: str) -> Graph | None:
        if around in self._graphs:
            return self._graphs[around]
        outer, _, name = around.rpartition("/")
        graph = self._graph(outer)
        try:
            found = inner(graph, (name,)).graph if graph else None
        except BatonError:
            found = None
        self._graphs[around] = found
        return found
