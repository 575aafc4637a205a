"""A drawn circle becomes a loop that carries what led back (S6)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.base.secrets import Secrets
from engine.base.settings import Home, Settings
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.check import check
from engine.plan.compile import compile_graph
from engine.plan.wrap import wrap_in_loop
from engine.run.services import Services
from engine.testing import build, play, probing

CIRCLE = build(
    {"task": ("input", {"default": "x"}), "write": ("template", {"template": "({{ text }})"}),
     "judge": ("template", {"template": "{{ draft }}!"}), "end": "output", "side": "output"},
    "task.value -> write.text", "write.text -> judge.draft", "judge.text -> write.text", "judge.text -> end.value",
    "write.text -> side.value",
)  # fmt: skip


def test_check_offers_it_and_afterwards_the_graph_can_run() -> None:
    kinds = Kinds.load()
    [problem] = [each for each in check(CIRCLE, kinds) if each.code == "cycle"]
    assert problem.offer == "wrap_in_loop"
    after, loop = wrap_in_loop(CIRCLE, problem.place.split())
    assert [each for each in check(after, kinds) if each.severity == "error"] == []
    assert list(after.nodes) == ["task", "end", "side", loop]


async def test_what_led_back_is_carried_from_pass_to_pass() -> None:
    after, loop = wrap_in_loop(CIRCLE, ["write", "judge"])
    services = probing(Services(Kinds.load(), Home(), Settings(local_discovery=False), Secrets({})))
    played = await play(after, services=services)
    assert played.result.outputs["end"] == "(((((x)!)!)!)!)!"
    assert played.result.outputs["side"] == "(((((x)!)!)!)!)"
    assert len(played.of("loop.pass")) == 5
    assert played.result.nodes[f"{loop}[2]/write"]["status"] == "ok"


def test_several_ways_back_to_one_port_share_its_output() -> None:
    routes = [{"id": "again", "when": {"op": "contains", "value": "weak"}}]
    graph = build(
        {"task": ("input", {"default": "x"}), "write": ("template", {"template": "({{ text }})"}),
         "judge": ("router", {"routes": [*routes, {"id": "done", "when": {"op": "contains", "value": "good"}}]}),
         "end": "output"},
        "task.value -> write.text", "write.text -> judge.value", "judge.again -> write.text",
        "judge.default -> write.text", "judge.done -> end.value",
    )  # fmt: skip
    after, loop = wrap_in_loop(graph, ["write", "judge"])
    assert [each for each in check(after, Kinds.load()) if each.severity != "hint"] == []
    body = after.nodes[loop].config["body"]
    [carried] = [node["id"] for node in body["nodes"] if node["config"].get("name") == "text"]
    back = [edge["from"] for edge in body["edges"] if edge["to"] == f"{carried}.value"]
    assert back == ["judge.again", "judge.default"]


@given(st.integers(2, 6), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6))
def test_any_ring_with_any_neighbours_leaves_no_edge_behind(size: int, extra: list[tuple[int, int]]) -> None:
    ring = [f"n{i} -> n{(i + 1) % size}" for i in range(size)]
    edges = [edge.replace(" ->", ".out ->") + ".many" for edge in ring]
    edges += [f"in{a}.out -> n{b % size}.many" for a, b in extra] + [
        f"n{a % size}.alt -> out{b}.many" for a, b in extra
    ]
    names = {f"n{i}" for i in range(size)} | {f"in{a}" for a, _ in extra} | {f"out{b}" for _, b in extra}
    graph: Graph = build(dict.fromkeys(sorted(names), "probe"), *edges)
    after, loop = wrap_in_loop(graph, [f"n{i}" for i in range(size)])
    assert set(after.nodes) == {name for name in names if not name.startswith("n")} | {loop}
    assert all(edge.source in after.nodes and edge.target in after.nodes for edge in after.edges.values())
    assert {e.source for e in after.edges.values() if e.target == loop} == {f"in{a}" for a, _ in extra}
    assert {e.target for e in after.edges.values() if e.source == loop} == {f"out{b}" for _, b in extra}


def test_the_wrapped_graph_compiles() -> None:
    after, _ = wrap_in_loop(CIRCLE, ["judge", "write"])
    assert len(compile_graph(after, Kinds.load()).nodes) == 4
