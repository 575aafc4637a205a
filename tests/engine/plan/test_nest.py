"""Collapsing into a sub-graph and taking it apart: the same edges in the same order, the same results."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import Refused
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.check import check
from engine.plan.nest import collapse, take_apart
from engine.run.services import Services
from engine.testing import build, play
from tests.engine.teams import Cast, delegate, told

KINDS = Kinds.load()


def diamond() -> Graph:
    """An input, two templates that read it, one that reads both and the input again, an output."""
    return build(
        {"task": ("input", {"type": "text", "default": "T"}), "one": ("template", {"template": "1{{ x }}"}),
         "two": ("template", {"template": "2{{ x }}"}), "both": ("template", {"template": "{{ y }}"}), "end": "output"},
        "task.value -> one.x", "task.value -> two.x", "two.text -> both.y", "task.value -> both.y",
        "one.text -> both.y", "both.text -> end.value",
    )  # fmt: skip


def into(graph: Graph) -> dict[str, list[str]]:
    """What leads to each end, in order."""
    found: dict[str, list[str]] = {}
    for edge in graph.edges.values():
        found.setdefault(edge.end, []).append(edge.start)
    return found


@given(st.sets(st.sampled_from(["one", "two", "both"]), min_size=1))
def test_taking_apart_undoes_collapsing(chosen: set[str]) -> None:
    places = {"task": (0.0, 0.0), "one": (240.0, 0.0), "two": (240.0, 96.0), "both": (490.0, 8.0), "end": (700.0, 8.0)}
    start = replace(diamond(), places=places)
    nested, made = collapse(start, KINDS, chosen)
    assert not chosen & nested.nodes.keys()
    assert not [problem for problem in check(nested, KINDS) if problem.severity == "error"]
    again, ids = take_apart(nested, made)
    assert ids == {node: node for node in chosen}
    assert into(again) == into(start) and again.places == places
    assert min(places[node][0] for node in chosen) <= nested.places[made][0] <= max(places[node][0] for node in chosen)
    assert {key: again.nodes[key] for key in start.nodes} == dict(start.nodes)


@pytest.mark.parametrize("chosen", [{"one"}, {"one", "two"}, {"two", "both"}, {"one", "two", "both"}])
async def test_a_collapsed_graph_gives_the_same(services: Services, chosen: set[str]) -> None:
    nested, _ = collapse(diamond(), KINDS, chosen)
    assert (await play(nested, services=services)).result.outputs == {"end": "2T\n\nT\n\n1T"}


def test_what_leads_into_a_sub_graph_keeps_its_type() -> None:
    nested, made = collapse(diamond(), KINDS, {"one"})
    [given] = [node for node in nested.nodes[made].config["body"]["nodes"] if node["kind"] == "input"]
    assert given["config"]["type"] == "text"


def test_what_cannot_be_collapsed_says_why() -> None:
    chain = build({"a": ("template", {"template": "a"}), "b": ("template", {"template": "{{ x }}"}),
                   "c": ("template", {"template": "{{ x }}"})}, "a.text -> b.x", "b.text -> c.x")  # fmt: skip
    with pytest.raises(Refused, match="through “b”"):
        collapse(chain, KINDS, {"a", "c"})
    with pytest.raises(Refused, match="nothing"):
        collapse(diamond(), KINDS, {"task", "end"})
    with pytest.raises(Refused, match="no graph of its own"):
        take_apart(diamond(), "one")


def team(model: str = "cheap") -> Graph:
    return build(
        {"lead": ("manager", {"model": model, "prompt": "go"}), "law": ("template", {"template": "Law: {{ task }}"}),
         "tax": ("template", {"template": "Tax: {{ task }}"}), "end": "output"},
        "lead.team -> law.task", "lead.team -> tax.task", "lead.text -> end.value",
    )  # fmt: skip


async def test_a_specialist_alone_becomes_a_sub_graph_that_its_manager_hands_work_to(services: Services) -> None:
    drawn, _ = collapse(team(), KINDS, {"law"}, "Lawyers")
    assert not [problem for problem in check(drawn, KINDS) if problem.severity == "error"]
    nested, made = collapse(team("lead"), KINDS, {"law"}, "Lawyers")
    cast = Cast(services, lead=[delegate((made, "Look at this.")), "Done."])
    assert (await play(nested, services=cast.serve(services))).result.outputs == {"end": "Done."}
    assert told(cast.of("lead")[1])[0].startswith("Law: Look at this.")


@pytest.mark.parametrize("chosen", [{"law", "tax"}, {"lead"}, {"lead", "tax"}])
def test_a_team_is_not_torn_apart(chosen: set[str]) -> None:
    with pytest.raises(Refused, match="a team stays together"):
        collapse(team(), KINDS, chosen)
    whole, _ = collapse(team(), KINDS, {"lead", "law", "tax"})
    assert not [problem for problem in check(whole, KINDS) if problem.severity == "error"]


def test_an_input_that_lives_on_its_default_stays() -> None:
    body = {"nodes": [{"id": "n", "kind": "input", "config": {"default": 3}}, {"id": "o", "kind": "output"},
                      {"id": "t", "kind": "template", "config": {"template": "{{ n }}"}}],
            "edges": [{"from": "n.value", "to": "t.n"}, {"from": "t.text", "to": "o.value"}]}  # fmt: skip
    graph = build({"s": ("subgraph", {"body": body}), "end": "output"}, "s.o -> end.value")
    apart, ids = take_apart(graph, "s")
    assert set(ids) == {"n", "t"}
    assert into(apart) == {"t.n": ["n.value"], "end.value": ["t.text"]}
