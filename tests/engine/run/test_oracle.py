"""The engine against an independent reading of semantics.md S1 and S3, on random graphs in random orders."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.run.services import Services
from engine.run.view import View
from engine.testing import Played, play

PORTS_IN = ("many", "one", "maybe")
PORTS_OUT = ("out", "alt", "error")


@dataclass(frozen=True)
class Told:
    """What the oracle says of a node."""

    status: str
    reason: str = ""
    saw: tuple[tuple[str, tuple[str, ...]], ...] = ()


def oracle(graph: Graph) -> dict[str, Told]:
    """S1 by plain recursion over the file order, which is topological here: nothing of the engine is used."""
    told: dict[str, Told] = {}
    fates: dict[str, str] = {}
    for node in graph.nodes.values():
        edges = [edge for edge in graph.edges.values() if edge.target == node.id]
        told[node.id] = _judge(node, edges, fates)
        for edge in graph.edges.values():
            if edge.source == node.id:
                fates[edge.key] = _fate(node, edge, told[node.id])
    return told


def _judge(node: Node, edges: list[Edge], fates: dict[str, str]) -> Told:
    by_port = {port: [edge for edge in edges if edge.target_port == port] for port in _takes(node)}
    tolerant = bool(node.config.get("tolerate_failures"))
    blocking = []
    for port, into in by_port.items():
        live = [edge for edge in into if fates[edge.key] == "live"]
        failed = [edge for edge in into if fates[edge.key] == "failed"]
        optional = port in ("maybe", "base")
        if into and not optional and (not live or (failed and not tolerant)):
            blocking.append(bool(failed))
    if blocking:
        return Told("skipped", "upstream_failed" if any(blocking) else "not_chosen")
    for port, into in by_port.items():
        if port == "one" and sum(fates[edge.key] == "live" for edge in into) > 1:
            return _failed(node)
    if node.config.get("fails"):
        return _failed(node)
    return Told("ok", "", _saw(by_port, fates))


def _failed(node: Node) -> Told:
    return Told("handled" if node.config["handled"] else "failed")


def _saw(by_port: dict[str, list[Edge]], fates: dict[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    live = {port: tuple(e.source for e in into if fates[e.key] == "live") for port, into in by_port.items()}
    return tuple(sorted(live.items()))


def _fate(node: Node, edge: Edge, told: Told) -> str:
    if told.status == "ok":
        given = ("value",) if node.kind == "merge" else node.config["gives"]
        return "live" if edge.source_port in given else "benign"
    if told.status == "handled":
        return "live" if edge.source_port == "error" else "benign"
    return "failed" if told.status == "failed" or told.reason == "upstream_failed" else "benign"


def _takes(node: Node) -> tuple[str, ...]:
    return ("items",) if node.kind == "merge" else tuple(node.config["takes"])


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Random acyclic graphs of probes and tolerant or strict merges; every probe does something random."""
    count = draw(st.integers(2, 12))
    kinds = ["probe" if i == 0 else draw(st.sampled_from(["probe", "probe", "probe", "merge"])) for i in range(count)]
    edges: dict[str, Edge] = {}
    for target in range(1, count):
        for _ in range(draw(st.integers(1 if kinds[target] == "merge" else 0, 4))):
            source = draw(st.integers(0, target - 1))
            port_out = "value" if kinds[source] == "merge" else draw(st.sampled_from(PORTS_OUT))
            port_in = "items" if kinds[target] == "merge" else draw(st.sampled_from(PORTS_IN))
            edge = Edge(f"n{source}", port_out, f"n{target}", port_in)
            edges[edge.key] = edge
    edges = dict(draw(st.permutations(list(edges.items()))))
    nodes = {f"n{i}": _random_node(draw, f"n{i}", kinds[i], list(edges.values())) for i in range(count)}
    return Graph(nodes=nodes, edges=edges)


def _random_node(draw: st.DrawFn, node_id: str, kind: str, edges: list[Edge]) -> Node:
    if kind == "merge":
        return Node(node_id, "merge", config={"strategy": "list", "tolerate_failures": draw(st.booleans())})
    takes = [port for port in PORTS_IN if any(e.target == node_id and e.target_port == port for e in edges)]
    config: dict[str, Any] = {
        "takes": takes,
        "gives": draw(st.sampled_from([["out"], ["out"], ["alt"], ["out", "alt"], []])),
        "fails": draw(st.sampled_from(["", "", "", "tool"])),
        "turns": draw(st.integers(0, 6)),
        "handled": any(e.source == node_id and e.source_port == "error" for e in edges),
    }
    return Node(node_id, "probe", config=config)


def shuffled(graph: Graph, turns: list[int]) -> Graph:
    """The same graph in which probes take other times."""
    nodes = {
        node.id: Node(node.id, node.kind, config={**node.config, "turns": turns[i % len(turns)]})
        if node.kind == "probe"
        else node
        for i, node in enumerate(graph.nodes.values())
    }
    return graph.with_tables(nodes=nodes)


def seen(played: Played) -> dict[str, Told]:
    """What the events of a run say of each node, in the oracle's words."""
    saw = {e.key: tuple(sorted((p, tuple(s)) for p, s in e.data["saw"].items())) for e in played.of("node.progress")}
    found = {}
    for key, node in played.result.view.nodes.items():
        looked = saw.get(key, ()) if node.status == "ok" else ()
        found[key] = Told(node.status, node.reason if node.status == "skipped" else "", looked)
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs(), turns=st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_every_order_of_finishing_gives_what_the_rules_say(services: Services, graph: Graph, turns: list[int]) -> None:
    expected = oracle(graph)
    for variant in (graph, shuffled(graph, turns)):
        played = asyncio.run(play(variant, services=services))
        found = seen(played)
        for node in graph.nodes.values():
            told = expected[node.id]
            if node.kind == "merge" and told.status == "ok":
                assert found[node.id].status == "ok"
                values = played.result.view.nodes[node.id].outputs["value"]
                assert values == _merged(told, played), "a merge gets its live values in edge order"
            else:
                assert found[node.id] == told
        _invariants(graph, played)


def _merged(told: Told, played: Played) -> list[Any]:
    """What a list merge must give: the values of the sources that it saw, in edge order."""
    sources = dict(told.saw)["items"]
    return [_value_of(source, played) for source in sources]


def _value_of(source: str, played: Played) -> Any:
    node = played.result.view.nodes[source]
    return node.error if node.status == "handled" else next(iter(node.outputs.values()))


def _invariants(graph: Graph, played: Played) -> None:
    assert [event.seq for event in played.events] == list(range(1, len(played.events) + 1)), "seq has no gaps"
    view = View()
    for event in played.events:
        view.apply(event)
    assert view == played.result.view, "state is a fold of events"
    assert all(node.settled for node in view.nodes.values())
    assert set(view.edges) == set(graph.edges), "every edge has a fate"
    failed = any(
        (node.status == "skipped" and node.reason == "upstream_failed")
        or (node.status == "failed" and not graph.outgoing(node.node))
        for node in view.nodes.values()
    )
    absorbed = any(node.status == "failed" for node in view.nodes.values())
    assert played.result.status == ("failed" if failed else "completed_with_warnings" if absorbed else "completed")


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
