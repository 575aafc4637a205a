"""What each built-in kind does with its values and its config."""

from __future__ import annotations

from typing import Any

import pytest

from engine.base.errors import Refused
from engine.kinds.fields import form_fields
from engine.kinds.registry import Kinds
from engine.run.services import Services
from engine.testing import build, play

ROUTES = [
    {"id": "low", "label": "Low", "when": {"field": "score", "op": "lt", "value": 5}},
    {"id": "any", "label": "Any", "when": {"field": "score", "op": "exists"}},
]


async def routed(services: Services, value: Any, **config: Any) -> tuple[dict[str, str], dict[str, Any]]:
    graph = build(
        {"x": ("input", {"type": "json"}), "r": ("router", {"routes": ROUTES, **config}),
         "low": "output", "any": "output", "rest": "output"},
        "x.value -> r.value", "r.low -> low.value", "r.any -> any.value", "r.default -> rest.value",
    )  # fmt: skip
    played = await play(graph, {"x": value}, services=services)
    chosen = played.of("route.chosen")[0].data
    return dict(played.result.outputs), dict(chosen)


async def test_the_first_rule_that_holds_takes_the_value(services: Services) -> None:
    outputs, chosen = await routed(services, {"score": 3})
    assert outputs == {"low": {"score": 3}}
    assert chosen["routes"] == ["low"]
    assert "score < 5" in chosen["reason"]


async def test_several_rules_may_hold_with_multi(services: Services) -> None:
    outputs, _ = await routed(services, {"score": 3}, multi=True)
    assert set(outputs) == {"low", "any"}


async def test_no_rule_means_default_or_nothing(services: Services) -> None:
    assert set((await routed(services, {"other": 1}))[0]) == {"rest"}
    outputs, chosen = await routed(services, {"other": 1}, allow_none=True)
    assert outputs == {}
    assert chosen["routes"] == []


async def test_the_rehearsal_model_routes_by_descriptions(services: Services) -> None:
    routes = [{"id": "billing", "description": "invoices, refunds, payments, money"},
              {"id": "tech", "description": "errors, crashes, installation, bugs"}]  # fmt: skip
    graph = build(
        {"x": "input", "r": ("router", {"mode": "model", "routes": routes, "threshold": 0}), "b": "output",
         "t": "output"},
        "x.value -> r.value", "r.billing -> b.value", "r.tech -> t.value",
    )  # fmt: skip
    for text, port in (("Please refund my last invoice", "b"), ("The installation crashes with errors", "t")):
        played = await play(graph, {"x": text}, services=services)
        assert played.result.outputs == {port: text}


async def test_below_the_threshold_the_default_route_is_taken(services: Services) -> None:
    routes = [{"id": "billing", "description": "invoices"}, {"id": "tech", "description": "errors"}]
    graph = build(
        {"x": "input", "r": ("router", {"mode": "model", "routes": routes, "threshold": 1.0}), "d": "output"},
        "x.value -> r.value",
        "r.default -> d.value",
    )
    played = await play(graph, {"x": "something about invoices, perhaps errors"}, services=services)
    assert list(played.result.outputs) == ["d"]
    assert "is below" in played.of("route.chosen")[0].data["reason"]


@pytest.mark.parametrize(
    ("config", "value"),
    [
        ({"strategy": "concat"}, "A\n\nB"),
        ({"strategy": "concat", "separator": " | "}, "A | B"),
        ({"strategy": "list"}, ["A", "B"]),
        ({"strategy": "dict"}, {"a": "A", "b": "B"}),
        ({"strategy": "template",
          "template": "{% for i in items %}<{{ i }}>{% endfor %} {{ labels[1] }} {{ missing[0] }}"}, "<A><B> b c"),
    ],
)  # fmt: skip
async def test_a_merge_makes_one_value_in_edge_order(services: Services, config: dict[str, Any], value: Any) -> None:
    graph = build(
        {"a": ("input", {"default": "A"}), "b": ("input", {"default": "B"}),
         "c": ("probe", {"takes": [], "gives": []}), "m": ("merge", config), "end": "output", "con": "output"},
        "a.value -> m.items", "c.out -> m.items", "b.value -> m.items", "m.value -> end.value",
        "m.conflicts -> con.value",
    )  # fmt: skip
    played = await play(graph, services=services)
    assert played.result.outputs == {"end": value, "con": []}


async def test_two_edges_of_one_source_keep_apart_in_a_dict(services: Services) -> None:
    graph = build(
        {"p": ("probe", {"takes": [], "gives": ["out", "alt"]}), "m": ("merge", {"strategy": "dict"}), "end": "output"},
        "p.out -> m.items",
        "p.alt -> m.items",
        "m.value -> end.value",
    )
    assert (await play(graph, services=services)).result.outputs == {"end": {"p.out": "p", "p.alt": "p"}}


async def test_labels_do_not_depend_on_what_arrives(services: Services) -> None:
    config = {"strategy": "template", "template": "{{ labels[0] }} {{ missing[0] }} {{ missing[1] }}"}
    graph = build(
        {"p": ("probe", {"takes": []}), "q": ("probe", {"takes": [], "gives": []}), "m": ("merge", config),
         "end": "output"},
        "p.out -> m.items", "p.alt -> m.items", "q.out -> m.items", "m.value -> end.value",
    )  # fmt: skip
    assert (await play(graph, services=services)).result.outputs == {"end": "p.out p.alt q"}


async def test_an_undefined_name_fails_its_node_with_the_name(services: Services) -> None:
    config = {"template": "{% set y = x.nothing %}{{ y }}"}
    graph = build({"x": ("input", {"default": "1"}), "t": ("template", config)}, "x.value -> t.x")
    error = (await play(graph, services=services)).result.nodes["t"]["error"]
    assert error["class"] == "bad_request"
    assert "nothing" in error["message"]


@pytest.mark.parametrize(
    ("kind", "config", "names"),
    [
        ("router", {"routes": [{"id": "error"}]}, "error"),
        ("router", {"routes": [{"id": "a"}, {"id": "a"}]}, "“a”"),
        ("agent", {"temperature": 9}, "temperature"),
        ("merge", {"strategy": "guess"}, "strategy"),
        ("nope", {}, "nope"),
    ],
)
def test_a_config_that_does_not_fit_is_refused_by_name(kind: str, config: dict[str, Any], names: str) -> None:
    with pytest.raises(Refused, match=names):
        Kinds.load().config(kind, config)


def test_every_kind_describes_itself() -> None:
    for kind in Kinds.load():
        assert kind.title
        assert kind.hint
        assert kind.group in ("flow", "work")
        config = kind.Config.model_validate(dict(kind.starter))
        assert kind.ports(config).inputs or kind.ports(config).outputs
        names = [port.name for port in kind.ports(config).outputs]
        assert len(names) == len(set(names))
        assert all(row.title and row.widget for row in form_fields(kind.Config))
