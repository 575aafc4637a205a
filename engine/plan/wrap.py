"""Wraps nodes that wait for each other in a circle into a loop: the way back becomes its carried values (S6). Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.base.ids import id_from, unique_id
from engine.files.format import graph_to_json
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node


def wrap_in_loop(graph: Graph, circle: Collection[str]) -> tuple[Graph, str]:
    """Moves the nodes of a circle into the body of a new loop.

    The pass begins at the first node that anything outside leads to. What led back to it is carried from pass to
    pass; every other edge into or out of the circle becomes a port of the loop.

    Returns:
        The graph, and the id of the loop.
    """
    inside = [node for node in graph.nodes if node in set(circle)]
    entered = [node for node in inside if any(edge.source not in inside for edge in graph.incoming(node))]
    head = (entered or inside)[0]
    place = graph.places.get(head, (0.0, 0.0))
    after, loop = commands.add_node(graph, "loop", place, title="Loop")
    sketch = _Sketch(head, loop, {node: graph.nodes[node] for node in inside})
    for edge in graph.edges.values():
        sketch.take(edge)
    body = Graph({}, sketch.nodes, {edge.key: edge for edge in sketch.inner}, _kept(graph, inside))
    after = commands.set_config(after, loop, {"body": _as_body(body), "max_passes": 5})
    after = commands.remove(after, inside)
    for edge in sketch.outer:
        if edge.key not in after.edges:
            after = commands.connect(after, edge)
    return after, loop


def circle_of(graph: Graph, node: str) -> set[str]:
    """All nodes that a node leads to and that lead back to it."""

    def reached(step: Callable[[str], Iterable[str]]) -> set[str]:
        found, work = {node}, [node]
        while work:
            for other in step(work.pop()):
                if other in graph.nodes and other not in found:
                    found.add(other)
                    work.append(other)
        return found

    ahead = reached(lambda each: (edge.target for edge in graph.outgoing(each)))
    return ahead & reached(lambda each: (edge.source for edge in graph.incoming(each)))


@dataclass(slots=True)
class _Sketch:
    """The body as it grows, and the edges that the loop itself will have."""

    head: str
    loop: str
    nodes: dict[str, Node]
    inner: list[Edge] = field(default_factory=list)
    outer: list[Edge] = field(default_factory=list)
    inputs: dict[tuple[str, str], str] = field(default_factory=dict)
    outputs: dict[tuple[str, str], str] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)
    """The ids of the body's output nodes, by the names of the outputs."""

    def take(self, edge: Edge) -> None:
        """Sorts one edge of the graph into the body, the loop's own edges, or neither."""
        from_inside, to_inside = edge.source in self.nodes, edge.target in self.nodes
        if to_inside and from_inside and edge.target == self.head:
            name = self._input(edge)
            self.outputs[(edge.source, edge.source_port)] = name
            self._output_node(edge, name)
        elif to_inside and from_inside:
            self.inner.append(edge)
        elif to_inside:
            self.outer.append(Edge(edge.source, edge.source_port, self.loop, self._input(edge)))
        elif from_inside:
            self.outer.append(Edge(self.loop, self._output(edge), edge.target, edge.target_port))

    def _input(self, edge: Edge) -> str:
        """The body's input for a port; with an empty default, so that a first pass can begin without a value."""
        end = (edge.target, edge.target_port)
        if end not in self.inputs:
            name = unique_id(id_from(edge.target_port), self.nodes)
            self.inputs[end] = name
            self.nodes[name] = Node(name, "input", config={"type": "json", "default": ""})
            self.inner.append(Edge(name, "value", *end))
        return self.inputs[end]

    def _output(self, edge: Edge) -> str:
        start = (edge.source, edge.source_port)
        if start not in self.outputs:
            self.outputs[start] = unique_id(id_from(f"{edge.source}_{edge.source_port}"), self.nodes)
            self._output_node(edge, self.outputs[start])
        return self.outputs[start]

    def _output_node(self, edge: Edge, name: str) -> None:
        """Leads an edge to the output of a name; several ways back into one port, as routes of a router, share it."""
        node_id = self.ends.get(name)
        if node_id is None:
            node_id = self.ends[name] = unique_id(id_from(f"{name}_out"), self.nodes)
            self.nodes[node_id] = Node(node_id, "output", config={"name": name})
        self.inner.append(Edge(edge.source, edge.source_port, node_id, "value"))


def _kept(graph: Graph, nodes: Collection[str]) -> dict[str, tuple[float, float]]:
    return {node: graph.places[node] for node in nodes if node in graph.places}


def _as_body(graph: Graph) -> dict[str, Any]:
    return {key: value for key, value in graph_to_json(graph).items() if key != "baton"}
