"""The schema is a valid one, accepts what Baton saves and what this version does not know, and refuses wrong files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from engine.files.format import dumps
from engine.graph.graph import Graph
from engine.graph.records import GraphSettings
from engine.kinds.registry import Kinds
from engine.kinds.schema import graph_schema
from tests.graphs import graphs

KINDS = Kinds.load()
SCHEMA = graph_schema(KINDS)
JUDGE = Draft202012Validator(SCHEMA)
SAVED = sorted((Path(__file__).resolve().parents[3] / "saved_graphs").glob("*.baton.json"))


def wrong(**parts: Any) -> list[str]:
    """What the schema says against a small file."""
    return [error.message for error in JUDGE.iter_errors({"baton": 1, "nodes": [], "edges": [], **parts})]


def node(kind: str, **config: Any) -> list[dict[str, Any]]:
    return [{"id": "n", "kind": kind, "config": config}]


def test_it_is_a_schema_of_2020_12_with_every_kind() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert {f"{kind.name}.config" for kind in KINDS} <= SCHEMA["$defs"].keys()
    text = json.dumps(SCHEMA)
    refs = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert refs <= SCHEMA["$defs"].keys()


def test_it_knows_every_setting_of_a_graph() -> None:
    told = SCHEMA["$defs"]["settings"]["properties"]
    assert {name: each["default"] for name, each in told.items()} == asdict(GraphSettings())
    assert wrong(settings={"on_budget": "explode"}) and not wrong(settings={"on_budget": "cheaper"})


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name.split(".")[0])
def test_shipped_graphs_fit(path: Path) -> None:
    assert list(JUDGE.iter_errors(json.loads(path.read_text("utf-8")))) == []


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(graphs())
def test_every_graph_of_unknown_kinds_that_is_saved_fits(graph: Graph) -> None:
    settled = graph.with_tables(
        head={key: value for key, value in graph.head.items() if key != "settings"},
        nodes={key: item for key, item in graph.nodes.items() if item.kind not in KINDS},
    )
    assert list(JUDGE.iter_errors(json.loads(dumps(settled)))) == []


@pytest.mark.parametrize("kind", sorted(kind.name for kind in KINDS))
def test_a_fresh_node_of_each_kind_fits(kind: str) -> None:
    known = KINDS.get(kind)
    assert known is not None
    assert wrong(nodes=node(kind, **known.starter)) == []


@pytest.mark.parametrize(
    "nodes",
    [node("agent", model=5), node("router", mode="guess"), node("merge", k=0), node("agent", temperature=9),
     node("agent", retry={"attempts": 0}), node("router", routes=[{"label": "no id"}]), [{"id": "n"}],
     [{"id": "N n", "kind": "input"}], [{"kind": "input"}]],
)  # fmt: skip
def test_wrong_nodes_are_refused(nodes: list[dict[str, Any]]) -> None:
    assert wrong(nodes=nodes)


def test_wrong_files_are_refused() -> None:
    assert wrong(edges=[{"from": "a", "to": "b.c"}])
    assert wrong(edges=[{"from": "a.b"}])
    assert wrong(settings={"concurrency": 0})
    assert wrong(layout={"nodes": {"a": [1]}})
    assert wrong(baton=0)
    assert list(JUDGE.iter_errors({"nodes": []}))


def test_what_is_not_known_is_allowed() -> None:
    assert wrong(nodes=[{"id": "n", "kind": "from_the_future", "config": {"x": 1}, "y": 2}], z=3) == []
    assert wrong(nodes=node("agent", prompt="hi", later=True), settings={"later": 1}) == []
