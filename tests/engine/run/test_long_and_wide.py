"""Long and wide graphs settle by a worklist, in edge order (S1)."""

from __future__ import annotations

import pytest

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.run.services import Services
from engine.testing import play

pytestmark = pytest.mark.slow


async def test_a_long_dead_chain_is_skipped_without_recursion(services: Services) -> None:
    count = 20_000
    nodes = {f"n{i}": Node(f"n{i}", "probe", config={"takes": ["many"] if i else []}) for i in range(count)}
    nodes["n0"] = Node("n0", "probe", config={"takes": [], "gives": []})
    edges = [Edge(f"n{i}", "out", f"n{i + 1}", "many") for i in range(count - 1)]
    played = await play(Graph(nodes=nodes, edges={e.key: e for e in edges}), services=services)
    reasons = {node.reason for node in played.result.view.nodes.values() if node.status == "skipped"}
    assert reasons == {"not_chosen"}
    assert len(played.of("node.skipped")) == count - 1


async def test_a_wide_fan_in_gets_everything_in_edge_order(services: Services) -> None:
    count = 20_000
    nodes = {f"n{i}": Node(f"n{i}", "probe", config={"takes": []}) for i in range(count)}
    nodes["end"] = Node("end", "merge", config={"strategy": "list"})
    edges = [Edge(f"n{i}", "out", "end", "items") for i in reversed(range(count))]
    graph = Graph({"settings": {"concurrency": 100}}, nodes, {e.key: e for e in edges})
    played = await play(graph, services=services)
    assert played.result.view.nodes["end"].outputs["value"] == [f"n{i}" for i in reversed(range(count))]
