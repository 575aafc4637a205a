"""Each setting of each kind in turn: the program asks and gives what the app does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock

from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.testing import build
from tests.engine.export.programs import both
from tests.engine.export.test_programs_of_kinds import ASK, merging, one

ITEM: Mapping[str, Any] = {
    "nodes": [{"id": "item", "kind": "input"},
              {"id": "r", "kind": "router", "config": {"allow_none": True, "routes": [
                  {"id": "ok", "when": {"field": "", "op": "lt", "value": 3}}]}},
              {"id": "t", "kind": "tool", "config": {"tool": "calc.evaluate", "arguments": {
                  "expression": "6 / (2 - {{ v }})"}}},
              {"id": "o", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "r.value"}, {"from": "r.ok", "to": "t.v"},
              {"from": "t.result", "to": "o.value"}],
}  # fmt: skip
"""Fails for 2, is skipped above it."""
MATRIX: Mapping[str, Any] = {
    "nodes": [{"id": "item", "kind": "input"}, {"id": "os", "kind": "input"},
              {"id": "t", "kind": "template", "config": {"template": "{{ item }} {{ os }}"}},
              {"id": "o", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "t.item"}, {"from": "os.value", "to": "t.os"},
              {"from": "t.text", "to": "o.value"}],
}  # fmt: skip
PASS: Mapping[str, Any] = {
    "nodes": [{"id": "d", "kind": "input"}, {"id": "x", "kind": "output", "config": {"name": "d"}},
              {"id": "c", "kind": "code", "config": {"source": "def run(d):\n    return {'d': d + 1, 's': -d}",
                                                     "outputs": ["d", "s"]}},
              {"id": "y", "kind": "output", "config": {"name": "s"}}],
    "edges": [{"from": "d.value", "to": "c.d"}, {"from": "c.d", "to": "x.value"}, {"from": "c.s", "to": "y.value"}],
}  # fmt: skip
RULES: Sequence[Mapping[str, Any]] = (
    {"id": "a", "when": {"any": [{"field": "l.-1", "op": "in", "value": [1, 2]}, {"field": "q", "op": "exists"}]}},
    {"id": "b", "when": {"not": {"field": "t", "op": "matches", "value": "^x.z$"}}},
    {"id": "c", "when": {"field": "n", "op": "gte", "value": "3"}},
    {"id": "d", "when": {"field": "l", "op": "contains", "value": "2"}},
    {"id": "e", "when": {"field": "z", "op": "is_empty"}},
)
MAPS: Sequence[tuple[dict[str, Any], str, Any]] = (
    ({}, "items", [0, 1, 9]), ({}, "error", [0, 2, 9]), ({"on_item_failure": "drop"}, "items", [0, 2, 9, 1]),
    ({"on_item_failure": "null"}, "items", [0, 2, 9]), ({"max_failures": 1}, "errors", [0, 2]),
    ({"canary": 1}, "items", [0, 1]), ({"dedupe": True}, "items", [1, 1, 0]), ({}, "error", "no list"),
    ({}, "items", []),
    ({"item_retries": 1, "on_item_failure": "drop", "concurrency": 1}, "items", [1, 0]),
)  # fmt: skip
LOOPS: Sequence[tuple[dict[str, Any], str]] = (
    ({"on_max": "best", "score": "s", "max_passes": 3, "until": {"field": "d", "op": "gt", "value": 99}}, "d"),
    ({"on_max": "fail", "max_passes": 2, "until": {"field": "d", "op": "gt", "value": 9}}, "error"),
    ({"until": {"field": "d", "op": "gte", "value": 2}}, "d"), ({"max_passes": 2}, "s"),
)  # fmt: skip
LABELS = "{% for l in labels %}{{ l }}:{{ items[loop.index0] }} {% endfor %}{{ missing | length }}"
MERGES: Sequence[tuple[dict[str, Any], tuple[Any, ...]]] = (
    ({"strategy": "vote", "vote": "unanimous", "on_conflict": "collect"}, ("x", "y")),
    ({"strategy": "vote", "vote": "weighted", "weights": {"v1": 3}}, ("x", "Y ", "x")),
    ({"strategy": "template", "template": LABELS}, ("x", "y")), ({"strategy": "dict"}, ("x", None)),
    ({"separator": " + "}, ("x", {"a": [1]}, None)), ({"join": "quorum", "k": 2, "strategy": "list"}, ("x", "y")),
    ({"strategy": "first_success"}, ("x",)),
)  # fmt: skip
CLOSED = build(
    {"i": ("input", {"default": "x"}), "o": "output",
     "r": ("router", {"routes": [{"id": "a", "when": {"field": "", "op": "equals", "value": "q"}}]}),
     "t": ("template", {"template": "[{{ a }}|{{ i }}]", "optional": ["a"]})},
    "i.value -> r.value", "r.a -> t.a", "i.value -> t.i", "r.default -> t.i", "t.text -> o.value",
)  # fmt: skip
MEETING = build(
    {"a": ("input", {"default": "x"}), "b": ("input", {"default": "y"}), "r": ("router", {"routes": []}),
     "e": ("template", {"template": "{{ e.class }} after {{ e.attempts }}"}), "o": "output"},
    "a.value -> r.value", "b.value -> r.value", "r.error -> e.e", "e.text -> o.value",
)  # fmt: skip


def together(graphs: Sequence[Graph]) -> Graph:
    """Several graphs side by side in one."""
    whole = build({})
    for number, graph in enumerate(graphs):
        head = f"g{number}_"
        nodes = {head + key: replace(node, id=head + key) for key, node in graph.nodes.items()}
        edges = [Edge(head + e.source, e.source_port, head + e.target, e.target_port) for e in graph.edges.values()]
        whole = whole.with_tables(nodes={**whole.nodes, **nodes},
                                  edges={**whole.edges, **{edge.key: edge for edge in edges}})  # fmt: skip
    return whole


async def test_what_needs_no_model_gives_the_same(llmock: LLMock, tmp_path: Path) -> None:
    wrong = {"timezone": "Europe/Nowhere"}
    graphs = [
        one("router", {"multi": True, "routes": list(RULES)}, "c", value={"l": [1, 2], "t": "xyz", "n": 3}),
        *(one("map", {"body": ITEM, **config}, port, items=items) for config, port, items in MAPS),
        one("map", {"body": MATRIX, "over": "matrix", "matrix": ["py", "os"],
                    "exclude": {"field": "os", "op": "equals", "value": "b"}}, "items", py=[1, 2], os=["a", "b"]),
        *(one("loop", {"body": PASS, **config}, port, d=0) for config, port in LOOPS),
        *(merging(config, *values) for config, values in MERGES), CLOSED, MEETING,
        one("tool", {"tool": "calc.evaluate", "arguments": {"expression": "{{ x }}"}}, "error", x="1/0"),
        one("tool", {"tool": "calc.evaluate", "arguments": {"expr": "{{ x }}"}}, "error", x="1"),
        one("tool", {"tool": "clock.now", "arguments": wrong}, "error"),
        one("agent", {**ASK, "pinned": {"value": "pin", "at": 1}}, "text", i="hi"),
    ]  # fmt: skip
    app, program, _ = await both(together(graphs), llmock, tmp_path)
    assert "Traceback" not in program.stderr and program.returncode == app.exit_code
    ours, theirs = json.loads(program.stdout), dict(app.outputs)
    assert ours == theirs
    given = {name for name in theirs if name.endswith(("_out", "_o"))}
    assert len(given) == len(graphs), "each gave what it was asked for"


def verdict(**said: Any) -> str:
    return json.dumps({"confidence": 0.9, "reason": "r", **said})


def routed(port: str, **config: Any) -> Graph:
    ways = [{"id": "a", "label": "Ay", "description": "first"}, {"id": "b"}]
    return one("router", {"mode": "model", "model": "openai/gpt-4o", "routes": ways, **config}, port, value={"k": 1})


LIST = {"type": "array", "items": {"type": "integer"}}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
TRIED = build(
    {"i": ("input", {"default": "x"}), "o": "output", "e": ("template", {"template": "{{ e.class }} {{ e.attempts }}"}),
     "a": ("agent", {**ASK, "retry": {"attempts": 2, "base_s": 0.01}, "fallback": ["openai/gpt-4o-mini"]})},
    "i.value -> a.i", "a.error -> e.e", "e.text -> o.value",
)  # fmt: skip
ASKING: Mapping[str, tuple[Graph, Sequence[str | int]]] = {
    "sampling": (one("agent", {**ASK, "temperature": 0.3, "top_p": 0.5, "max_tokens": 50, "instructions": "Be {{ i }}"},
                     "text", i="hi"), ()),
    "a reasoning model": (one("agent", {**ASK, "model": "openai/o3", "max_tokens": 9}, "text", i="hi"), ()),
    "a list": (one("agent", {**ASK, "output_schema": LIST}, "data", i="x"), ('{"value": [1, 2]}',)),
    "an open object": (one("agent", {**ASK, "output_schema": OPEN}, "data", i="x"), ('```json\n{"a": "b"}\n```',)),
    "no JSON": (one("agent", {**ASK, "output_schema": LIST, "on_error": {"value": "-"}}, "text", i="x"),
                ("no", "nope")),
    "an empty answer": (one("agent", ASK, "text", i="x"), ("",)),
    "tries": (TRIED, (500, 500, 500, 500)),
    "tries, then refused": (TRIED, (500, 400, 400)),
    "several routes": (routed("b", multi=True, instructions="Look."), (verdict(routes=["a", "b"]),)),
    "no route": (routed("default", allow_none=True), (verdict(route=None),)),
    "a label": (routed("a"), (verdict(route=" AY "),)),
    "no such route": (routed("default"), ("zzz", verdict(route="q"))),
    "in doubt": (routed("a", below="openai/o3", threshold=0.95),
                 (verdict(route="b"), verdict(route="a", confidence=1))),
    "a judge of passes": (one("loop", {"body": PASS, "judge": "Good?", "model": "openai/gpt-4o"}, "d", d=0),
                          (verdict(route="no"), verdict(route="yes"))),
    "a judge that picks": (merging({"strategy": "judge", "model": "openai/gpt-4o"}, "x", "y"),
                           (json.dumps({"choose": "v1", "reason": "r"}),)),
    "a judge that writes": (merging({"strategy": "judge", "judge": "write", "model": "openai/gpt-4o"}, "x", {"k": 1}),
                            ("both",)),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKING)
async def test_what_asks_a_model_asks_and_gives_the_same(name: str, llmock: LLMock, tmp_path: Path) -> None:
    graph, said = ASKING[name]

    def script() -> None:
        for each in said:
            llmock.reply(each) if isinstance(each, str) else llmock.fail(each, times=1)

    app, program, asked = await both(graph, llmock, tmp_path, script)
    assert "Traceback" not in program.stderr and program.returncode == app.exit_code
    assert asked[0] == asked[1] and len(asked[0]) >= max(1, len(said))
    assert json.loads(program.stdout) == dict(app.outputs)
