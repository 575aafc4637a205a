"""The forecast holds what a run then takes, tells unknown prices from free ones, and counts what may not run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.base.secrets import Secrets
from engine.base.settings import Settings
from engine.files.open import open_graph
from engine.graph.records import Edge, Node
from engine.kinds.contract import Kind, NodeConfig, Port, Ports
from engine.kinds.registry import Kinds
from engine.models.catalog import Models
from engine.plan.estimate import PLANS, Estimate, estimate
from engine.plan.forecast import forecast
from engine.plan.forecast_calls import OVERHEAD
from engine.plan.manner import VENDOR
from engine.run.control import Run, RunOptions
from engine.run.services import Services
from tests.engine.plan.building import graph

KINDS = Kinds.load()
WHEN = 1_700_000_000.0
SAVED = sorted((Path(__file__).resolve().parents[3] / "saved_graphs").glob("*.baton.json"))


def models(**environ: str) -> Models:
    """Models without network and keyring."""
    return Models(Settings(local_discovery=False), Secrets(environ, keyring=lambda: None), environ)


def plans(found: object, known: Models | None = None, **options: object) -> Mapping[str, Estimate]:
    made = estimate(found, KINDS, known or models(), when=WHEN, **options)  # type: ignore[arg-type]  # passed on as given
    return {each.plan: each for each in made}


PIPELINE = graph(
    {"i": ("input", {"default": "x" * 400}), "a": ("agent", {"model": "cheap", "prompt": "{{ i }}"}),
     "b": ("agent", {"model": "best", "prompt": "{{ a }}", "max_tokens": 40}), "o": "output"},
    "i.value > a.i", "a.text > b.a", "b.text > o.value",
)  # fmt: skip


def test_every_plan_says_its_models() -> None:
    found = plans(PIPELINE, models(OPENAI_API_KEY="k"))
    assert list(found) == list(PLANS)
    assert found["rehearsal"].models == {"a": "rehearsal", "b": "rehearsal"}
    cheap, best = found["cheap"].models["a"], found["best"].models["a"]
    assert cheap.startswith("openai/")
    assert cheap != best
    assert found["mapped"].models == {"a": cheap, "b": best}
    named = PIPELINE.with_tables(nodes={**PIPELINE.nodes, "b": Node("b", "agent", config={"model": "openai/gpt-5"})})
    for plan in ("cheap", "best"):
        assert plans(named, models(OPENAI_API_KEY="k"))[plan].models["b"] == "openai/gpt-5", "chosen by its name"


def test_money_follows_the_models_and_unknown_is_not_free() -> None:
    found = plans(PIPELINE, models(OPENAI_API_KEY="k"))
    cheap, mapped, best, free = (found[name].usd for name in ("cheap", "mapped", "best", "rehearsal"))
    assert cheap and mapped and best and free
    assert 0 < cheap.high < mapped.high < best.high
    assert 0 < cheap.low <= cheap.high
    assert free == (0, 0)
    unknown = plans(PIPELINE, tiers={"best": "openrouter/nobody/knows"})["mapped"]
    assert unknown.usd is None
    assert unknown.as_json()["usd"] is None
    assert unknown.unknown == ("openrouter/nobody/knows",)


def test_inputs_and_caps_count() -> None:
    short = plans(PIPELINE, inputs={"i": "hi"})["mapped"]
    long = plans(PIPELINE, inputs={"i": "word " * 4000})["mapped"]
    assert long.input_tokens.low - short.input_tokens.low == pytest.approx(5000, abs=5)
    uncapped = PIPELINE.nodes["b"].config | {"max_tokens": None}
    wide = graph({"b": ("agent", {**uncapped, "prompt": "x"}), "o": "output"}, "b.text > o.value")
    narrow = graph({"b": ("agent", {**uncapped, "prompt": "x", "max_tokens": 40}), "o": "output"}, "b.text > o.value")
    assert plans(narrow)["mapped"].output_tokens.high == 40
    assert plans(wide)["mapped"].output_tokens.high > 40


def test_what_stands_behind_a_route_may_not_be_called() -> None:
    routed = graph(
        {"i": ("input", {"default": "x"}), "r": ("router", {"routes": [{"id": "x", "when": {"op": "exists"}}]}),
         "a": ("agent", {"prompt": "{{ r }}"}), "o": "output"},
        "i.value > r.value", "r.x > a.r", "a.text > o.value", "r.default > o.value",
    )  # fmt: skip
    assert plans(routed)["mapped"].calls == (0, 1)
    assert plans(routed)["mapped"].input_tokens.low == 0
    asks = {"nodes": [{"id": "x", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"prompt": "{{ x }}"}}],
            "edges": [{"from": "x.value", "to": "a.x"}]}  # fmt: skip
    boxed = routed.with_tables(nodes={**routed.nodes, "a": Node("a", "subgraph", config={"body": asks})}, edges={
        edge.key: edge for edge in (Edge("i", "value", "r", "value"), Edge("r", "x", "a", "x"))})  # fmt: skip
    assert plans(boxed)["mapped"].calls == (0, 1), "nor what stands inside it"


def test_bodies_are_walked_with_what_they_are_given() -> None:
    body = {
        "nodes": [{"id": "x", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"prompt": "{{ x }}"}},
                  {"id": "y", "kind": "output"}],
        "edges": [{"from": "x.value", "to": "a.x"}, {"from": "a.text", "to": "y.value"}],
    }  # fmt: skip
    boxed = graph(
        {"i": ("input", {"default": "x" * 4000}), "s": ("subgraph", {"body": body}), "o": "output"},
        "i.value > s.x", "s.y > o.value",
    )  # fmt: skip
    found = plans(boxed)["mapped"]
    assert found.models == {"s/a": "rehearsal"}
    assert found.input_tokens.low >= 1000


class Repeating(NodeConfig):
    """A container's settings that say how often."""

    body: Mapping[str, Any] = {}
    max_passes: int | None = None
    max_items: int | None = None
    concurrency: int = 4


class Container(Kind[Repeating]):
    """A kind that runs its body again and again, as loops and maps do."""

    name, title, group, icon, hint, Config, container = "again", "Again", "flow", "loop", "", Repeating, True

    def ports(self, config: Repeating) -> Ports:
        return Ports((), (Port("out"),))


@pytest.mark.parametrize(
    ("often", "calls", "rounds"), [({}, (1, 1), 1), ({"max_passes": 5}, (1, 5), 5), ({"max_items": 10}, (0, 10), 3)]
)
def test_what_repeats_counts_as_often(often: dict[str, int], calls: tuple[int, int], rounds: int) -> None:
    body = {"nodes": [{"id": "a", "kind": "agent", "config": {"prompt": "hi"}}], "edges": []}
    found = graph({"c": ("again", {"body": body, **often}), "o": "output"}, "c.out > o.value")
    once = graph({"c": ("again", {"body": body}), "o": "output"}, "c.out > o.value")
    kinds = KINDS.with_kind(Container())
    plan, single = (estimate(each, kinds, models(), when=WHEN)[0] for each in (found, once))
    assert plan.calls == calls
    assert plan.seconds.high == pytest.approx(rounds * single.seconds.high)


def test_what_a_body_is_given_counts_and_not_the_default_that_it_stands_in_for() -> None:
    body = {"nodes": [{"id": "x", "kind": "input", "config": {"default": "short"}},
                      {"id": "a", "kind": "agent", "config": {"model": "cheap", "prompt": "{{ x }}"}},
                      {"id": "y", "kind": "output"}],
            "edges": [{"from": "x.value", "to": "a.x"}, {"from": "a.text", "to": "y.value"}]}  # fmt: skip
    nodes = {"i": ("input", {"default": "w" * 4000}), "s": ("subgraph", {"body": body}), "o": "output"}
    for edges, tokens in ((("i.value > s.x",), 1000), ((), 2)):
        [call] = forecast(graph(nodes, *edges, "s.y > o.value"), KINDS, {}, lambda *_: VENDOR).calls
        assert call.input.low == tokens + OVERHEAD


def test_a_model_that_there_is_not() -> None:
    with pytest.raises(NodeError):
        plans(graph({"a": ("agent", {"model": "nobody/x", "prompt": "hi"})}))


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name.split(".")[0])
async def test_a_rehearsal_takes_what_was_forecast(path: Path, services: Services) -> None:
    found, options = open_graph(path), RunOptions(rehearse=True, pace=0)
    kinds = services.beside(path.parent).kinds
    forecast = {e.plan: e for e in estimate(found, kinds, services.models(), when=WHEN)}["rehearsal"]
    result = await Run(found, None, options, folder=path.parent, services=services).execute()
    called = sum(1 for node in result.view.nodes.values() if node.replies)
    assert forecast.calls.low <= called <= forecast.calls.high
    assert forecast.input_tokens.low <= result.view.input_tokens <= forecast.input_tokens.high
    assert forecast.output_tokens.low <= result.view.output_tokens <= forecast.output_tokens.high


@pytest.mark.parametrize(
    ("config", "length"),
    [({"strategy": "reduce"}, 100), ({"strategy": "reduce"}, 12_000), ({"strategy": "judge"}, 100),
     ({"strategy": "judge"}, 12_000), ({"strategy": "judge", "judge": "write"}, 12_000),
     ({"strategy": "vote", "vote": "unanimous", "on_conflict": "judge"}, 100),
     ({"strategy": "reduce", "join": "first"}, 12_000)],
)  # fmt: skip
async def test_a_merge_asks_as_often_as_its_branches_are_long(
    config: dict[str, Any], length: int, services: Services
) -> None:
    names = "abcdef"
    said = {name: " ".join(f"Bird {name}{number} came at dawn." for number in range(length // 25)) for name in names}
    texts = {name: ("input", {"default": text}) for name, text in said.items()}
    found = graph(
        {**texts, "m": ("merge", {"max_input_tokens": 9000, **config}), "o": "output"},
        *(f"{name}.value > m.items" for name in names), "m.value > o.value",
    )  # fmt: skip
    expected = {each.plan: each for each in estimate(found, KINDS, services.models(), when=WHEN)}["rehearsal"]
    result = await Run(found, None, RunOptions(rehearse=True, pace=0), services=services).execute()
    called = len(result.view.nodes["m"].replies)
    assert result.status == "completed", result.reason
    assert expected.calls.low <= called <= expected.calls.high
    assert expected.input_tokens.low <= result.view.input_tokens <= expected.input_tokens.high
    assert (expected.calls.high > 1) == (length > 1000 and config.get("join") != "first")


def test_a_prompt_is_measured_as_it_would_be_sent() -> None:
    twice = graph({"i": ("input", {"default": "x" * 400}), "a": ("agent", {"prompt": "{{ i }} and {{ i }}"}),
                   "o": "output"}, "i.value > a.i", "a.text > o.value")  # fmt: skip
    assert plans(twice)["mapped"].input_tokens.low == 202 + 8
    used = graph({"i": ("input", {"default": "x" * 400}), "a": ("agent", {"prompt": "{% if not i %}?{% endif %}"}),
                  "o": "output"}, "i.value > a.i", "a.text > o.value")  # fmt: skip
    assert plans(used)["mapped"].input_tokens.high == 8


def test_what_an_answer_fills_in_counts_as_often_as_it_is_named() -> None:
    chained = graph({"a": ("agent", {"prompt": "hi", "max_tokens": 100}), "b": ("agent", {"prompt": "{{ a }}{{ a }}"}),
                     "o": "output"}, "a.text > b.a", "b.text > o.value")  # fmt: skip
    assert plans(chained)["mapped"].input_tokens.high == (1 + 8) + (2 * 100 + 8)


def test_a_known_list_says_how_many_items_a_map_has() -> None:
    body = {"nodes": [{"id": "item", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"prompt": "{{ item }}"}},
                      {"id": "o", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "a.item"}, {"from": "a.text", "to": "o.value"}]}  # fmt: skip
    source = ("input", {"type": "list", "default": [1, 2, 3]})
    mapped = graph({"i": source, "m": ("map", {"body": body}), "o": "output"},
                   "i.value > m.items", "m.items > o.value")  # fmt: skip
    assert plans(mapped)["mapped"].calls == (3, 3)
    assert plans(mapped, inputs={"i": [1] * 7})["mapped"].calls == (7, 7)


@pytest.mark.parametrize(
    ("config", "values", "times"),
    [
        ({"over": "rows"}, {"items": "a,b\n1,2\n3,4\n"}, 2),
        ({"over": "matrix", "matrix": ["a", "b"]}, {"a": [1, 2, 3], "b": ["x", "y"]}, 6),
        ({"over": "matrix", "matrix": ["a"], "exclude": {"field": "a", "op": "gt", "value": 1}}, {"a": [1, 2, 3]}, 1),
    ],
)
def test_the_items_of_a_map_are_counted_where_its_tables_and_lists_are_known(
    config: dict[str, Any], values: dict[str, Any], times: int
) -> None:
    body = {
        "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, {"id": "out", "kind": "output"},
                  {"id": "work", "kind": "agent", "config": {"prompt": "{{ item }}"}}],
        "edges": [{"from": "item.value", "to": "work.item"}, {"from": "work.text", "to": "out.value"}],
    }  # fmt: skip
    found = graph({**{name: ("input", {"type": "json"}) for name in values}, "m": ("map", {"body": body, **config})},
                  *(f"{name}.value > m.{name}" for name in values))  # fmt: skip
    (call,) = forecast(found, KINDS, values, lambda model, place: VENDOR).calls
    assert call.times == (times, times)
    assert call.input.high < 2_000
