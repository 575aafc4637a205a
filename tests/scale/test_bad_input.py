"""Bad and huge input through the real command: bounded time and memory, and a sentence that names the node."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.scale.shapes import Baton, Nodes, Write, chain, node

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are set as on Linux"),
]


def test_a_hundred_thousand_nodes_are_checked_and_run(baton: Baton, write: Write) -> None:
    nodes: Nodes = [node("start", "input", default="x")]
    nodes += [node(f"n{i}", "merge", strategy="concat") for i in range(99_998)]
    edges = [f"{'start' if i % 100 == 0 else f'n{i - 1}'}.value > n{i}.items" for i in range(99_998)]
    graph = write([*nodes, node("end", "output")], [*edges, "n99997.value > end.value"])
    problems = baton("check", graph, "--json").json["problems"]
    assert {problem["severity"] for problem in problems} == {"warning"}, "values that reach no output are told"
    found = baton("run", graph, "--json")
    assert found.code == 0, found.err
    assert found.json["outputs"] == {"end": "x"}
    assert len(found.json["nodes"]) == 100_000


def test_a_fan_in_of_fifty_thousand_gets_everything_in_edge_order(baton: Baton, write: Write) -> None:
    count = 50_000
    nodes = [node(f"n{i}", "input", name=f"n{i}", default=f"v{i}") for i in range(count)]
    edges = [f"n{i}.value > all.items" for i in reversed(range(count))]
    graph = write(
        [*nodes, node("all", "merge", strategy="list"), node("end", "output")], [*edges, "all.value > end.value"]
    )
    found = baton("run", graph, "--json")
    assert found.json["outputs"]["end"] == [f"v{i}" for i in reversed(range(count))]


def test_a_dead_chain_of_fifty_thousand_settles_without_recursion(baton: Baton, write: Write) -> None:
    never = {"id": "never", "when": {"field": "", "op": "equals", "value": "no"}}
    nodes, edges = chain(50_000, node("start", "input", default="x"))
    nodes.append(node("r", "router", routes=[never]))
    graph = write(nodes, [*edges, "start.value > r.value", "r.never > n1.items"])
    found = baton("run", graph, "--json").json
    assert (found["status"], found["no_output"]) == ("completed", {"closed_by": "r"})
    assert found["nodes"]["n49999"] == {"status": "skipped", "reason": "not_chosen"}


def nested(depth: int) -> str:
    """The text of a sub-graph in a sub-graph and so on; the innermost passes its value through."""
    ends = '{"id": "x", "kind": "input", "config": {"type": "json"}}, {"id": "y", "kind": "output"}'
    body = f'{{"nodes": [{ends}], "edges": [{{"from": "x.value", "to": "y.value"}}]}}'
    joined = '{"from": "x.value", "to": "s.x"}, {"from": "s.y", "to": "y.value"}'
    for _ in range(depth - 1):
        inner = f'{{"id": "s", "kind": "subgraph", "config": {{"body": {body}}}}}'
        body = f'{{"nodes": [{ends}, {inner}], "edges": [{joined}]}}'
    return body


@pytest.mark.parametrize(("depth", "code"), [(20, 0), (65, 2), (500, 2)])
def test_graphs_inside_graphs_run_down_to_the_cap_and_are_refused_below(
    baton: Baton, write: Write, depth: int, code: int
) -> None:
    nodes = [node("i", "input", default="deep"), node("s", "subgraph", body="BODY"), node("end", "output")]
    graph = write(nodes, ["i.value > s.x", "s.y > end.value"])
    graph.write_text(graph.read_text("utf-8").replace('"BODY"', nested(depth)), "utf-8")
    found = baton("run", graph, "--json")
    assert found.code == code, found.err
    assert found.json["outputs"] == {"end": "deep"} if not code else "deep" in found.err


@pytest.mark.parametrize("files", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "b"}])
def test_files_that_contain_each_other_are_refused(baton: Baton, write: Write, files: dict[str, str]) -> None:
    for name, inner in files.items():
        again = node("again", "subgraph", graph=f"{inner}.baton.json")
        nodes = [node("i", "input", default="x"), again, node("o", "output")]
        path = write(nodes, ["i.value > again.i", "again.o > o.value"], name)
        start = path if name == "a" else path.with_name("a.baton.json")
    for command in ("check", "run"):
        found = baton(command, start)
        assert found.code == 2
        assert "contain" in found.out + found.err
        assert "again" in found.out + found.err


@pytest.mark.parametrize("value", ["null", '"text"', '{"a": 1}', "3"])
def test_a_map_over_something_else_names_itself(baton: Baton, write: Write, value: str) -> None:
    inner = [node("item", "input", type="json"), node("out", "output")]
    body = {"nodes": inner, "edges": [{"from": "item.value", "to": "out.value"}]}
    nodes = [node("i", "input", type="json"), node("each", "map", body=body), node("end", "output")]
    given = write([], [], "given").with_suffix(".inputs")
    given.write_text(f'{{"i": {value}}}', "utf-8")
    found = baton("run", write(nodes, ["i.value > each.items", "each.items > end.value"]), "--json", "--inputs", given)
    assert found.code == 1
    assert found.json["nodes"]["each"]["error"]["class"] == "type"
    assert "each" in found.json["reason"]


@pytest.mark.parametrize("schema", [{"not": {}}, {"type": "string", "minLength": 5, "maxLength": 1}, {"enum": []}])
def test_a_schema_that_nothing_satisfies_ends_with_a_word(baton: Baton, write: Write, schema: dict[str, Any]) -> None:
    nodes = [node("i", "input", default="x"), node("judge", "agent", model="rehearsal", prompt="{{ i }}",
             output_schema=schema), node("end", "output")]  # fmt: skip
    found = baton("run", write(nodes, ["i.value > judge.i", "judge.data > end.value"]), "--rehearse", "--json")
    assert found.code in (1, 2)
    assert "judge" in found.out + found.err


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(10**9) %}x{% endfor %}", "{{ 'x' * 10**9 }}", "{{ a.b.c }}",
        "{% for i in a %}{% for j in a %}{% for k in a %}{{ a }}{% endfor %}{% endfor %}{% endfor %}",
        "{{ a", "{% set x = [] %}{{ x.append(1) }}", "{{ a|center(10**9) }}", "{{ a.__class__.__mro__ }}",
    ],
)  # fmt: skip
def test_a_template_without_end_fails_its_node(baton: Baton, write: Write, template: str) -> None:
    nodes = [node("a", "input", default="x" * 2000), node("page", "template", template=template + "{{ a }}"),
             node("end", "output")]  # fmt: skip
    found = baton("run", write(nodes, ["a.value > page.a", "page.text > end.value"]), "--json")
    assert found.code in (1, 2)
    assert "page" in found.err + found.out
