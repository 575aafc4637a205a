"""Each problem that check promises is found, with its node and a fix, and a good graph has none."""

from __future__ import annotations

from typing import Any

import pytest

from engine.base.secrets import Secrets
from engine.base.settings import Settings
from engine.graph import commands
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.models.catalog import Models
from engine.plan.check import check
from engine.plan.checks.edges import SEARCHED
from tests.engine.plan.building import GIVEN, graph, problems, template

ROUTES = {"routes": [{"id": name, "when": {"op": "contains", "value": name}} for name in ("x", "y")]}
ROUTER = ("router", ROUTES)


def test_a_sound_graph_has_no_problem() -> None:
    sound = graph(
        {"i": GIVEN, "a": ("agent", {"model": "rehearsal", "prompt": "{{ i }}"}), "o": "output"},
        "i.value > a.i", "a.text > o.value",
    )  # fmt: skip
    assert problems(sound) == {}


def test_every_problem_says_what_to_do() -> None:
    broken = graph(
        {"i": "input", "a": template("p", "q"), "b": ("agent", {"model": "chaep", "modle": 1}), "z": "nokind"},
        "i.value > a.p", "gone.text > a.q", "a.text > gone.p",
    )  # fmt: skip
    found = check(broken, Kinds.load())
    assert len(found) > 5
    assert all(problem.message and problem.fix for problem in found)
    assert [p.severity for p in found] == sorted((p.severity for p in found), key=lambda s: s != "error")


@pytest.mark.parametrize(
    ("edge", "node"), [("i.value > gone.x", "i"), ("gone.x > o.value", "o"), ("i.text > o.value", "i"),
                       ("i.value > o.valu", "o")],
)  # fmt: skip
def test_an_edge_that_ends_in_the_air(edge: str, node: str) -> None:
    found = problems(graph({"i": GIVEN, "o": "output"}, "i.value > o.value", edge))
    problem = found[f"dangling_edge {node}"]
    assert problem.severity == "error"
    assert problem.edge == edge.replace(" > ", "->")
    assert problem.offer == "delete_edge"


def test_an_edge_between_types_that_do_not_fit() -> None:
    found = problems(
        graph({"i": ("input", {"type": "image"}), "m": template("p"), "o": "output", "s": _boxed("number")},
              "i.value > s.x", "s.y > o.value"),
    )  # fmt: skip
    assert found["impossible_edge s"].severity == "error"
    assert "takes a number" in found["impossible_edge s"].message


def _boxed(wanted: str) -> tuple[str, dict[str, Any]]:
    body = {
        "nodes": [{"id": "x", "kind": "input", "config": {"type": wanted}}, {"id": "y", "kind": "output"}],
        "edges": [{"from": "x.value", "to": "y.value"}],
    }
    return "subgraph", {"body": body}


@pytest.mark.parametrize(
    ("key", "setting", "fix"),
    [
        ("optional", {"optional": ["taks"]}, "Did you mean “task”?"),
        ("pinned.ports", {"pinned": {"ports": {"text": "", "data": 1}}}, "It has text, error."),
        ("on_error.ports", {"on_error": {"ports": {"txt": "none"}}}, "Did you mean “text”?"),
    ],
)
def test_a_setting_that_names_a_port_names_one_that_there_is(key: str, setting: dict[str, Any], fix: str) -> None:
    agent = {"model": "rehearsal", "prompt": "{{ task }}"}
    right = {"optional": ["task"], "pinned": {"ports": {"text": ""}}, "on_error": {"ports": {"error": {}}}}

    def drawn(config: dict[str, Any]) -> Graph:
        return graph(
            {"i": GIVEN, "a": ("agent", {**agent, **config}), "o": "output"}, "i.value > a.task", "a.text > o.value"
        )

    assert problems(drawn(right)) == {}
    problem = problems(drawn(setting))["unknown_port a"]
    assert (problem.severity, problem.place) == ("warning", f"config.{key}")
    assert fix in problem.fix


@pytest.mark.parametrize("stands_in", [{}, {"text": "Mine."}, {"at": "2026-11-01"}])
@pytest.mark.parametrize("key", ["pinned", "on_error"])
def test_what_stands_for_a_result_holds_one(key: str, stands_in: dict[str, Any]) -> None:
    agent = ("agent", {"model": "rehearsal", "prompt": "{{ task }}", key: stands_in})
    found = problems(graph({"i": GIVEN, "a": agent, "o": "output"}, "i.value > a.task", "a.text > o.value"))
    assert [(code, problem.severity, problem.place) for code, problem in found.items()] == [
        ("stands_for_nothing a", "error", f"config.{key}")
    ]


def test_a_cycle_names_its_nodes_and_offers_a_loop() -> None:
    found = problems(
        graph({"i": GIVEN, "a": template("b", "i"), "b": template("a"), "c": template("c"), "o": "output"},
              "i.value > a.i", "a.text > b.a", "b.text > a.b", "c.text > c.c", "b.text > o.value"),
    )  # fmt: skip
    assert found["cycle a"].offer == "wrap_in_loop"
    assert "a, b" in found["cycle a"].message
    assert found["cycle c"].severity == "error"


def test_what_leads_nowhere_or_stands_alone() -> None:
    found = problems(graph({"i": GIVEN, "a": template("i"), "b": ("agent", {"prompt": "hi"}), "o": "output"},
                           "i.value > a.i", "i.value > o.value"))  # fmt: skip
    assert found["leads_nowhere a"].severity == "warning"
    assert found["unreachable b"].severity == "warning"


def test_no_output_and_nothing_at_all() -> None:
    assert "no_output" in problems(graph({"i": GIVEN}))
    assert "empty_graph" in problems(Graph())


def test_what_is_set_aside_gives_no_result_and_takes_no_name() -> None:
    nodes = {"i": GIVEN, "o": "output", "p": ("output", {"name": "o"})}
    drawn = graph(nodes, "i.value > o.value", "i.value > p.value")
    assert "duplicate_name p" in problems(drawn)
    assert "duplicate_name p" not in problems(commands.set_aside(drawn, ["o"], "muted"))
    assert "no_output" in problems(commands.set_aside(drawn, ["o", "p"], "muted"))


def test_an_input_without_a_value_is_a_warning_until_a_run_is_meant() -> None:
    asked = graph({"i": "input", "o": "output"}, "i.value > o.value")
    assert problems(asked)["missing_input i"].severity == "warning"
    assert problems(asked, inputs=[])["missing_input i"].severity == "error"
    assert problems(asked, inputs=["i"]) == {}
    assert problems(asked, inputs=["i", "j"])["unknown_input"].severity == "error"
    assert problems(graph({"i": ("input", {"default": None}), "o": "output"}, "i.value > o.value")) == {}


def test_a_default_that_is_not_of_the_inputs_type() -> None:
    def told(wanted: str, default: object) -> bool:
        taken = graph({"i": ("input", {"type": wanted, "default": default}), "o": "output"}, "i.value > o.value")
        return "bad_default i" in problems(taken)

    assert told("number", "x") and told("list", "a") and told("text", 5) and told("boolean", 1)
    assert not (told("number", 2.5) or told("text", "") or told("json", "x") or told("list", None))


def test_an_input_called_like_a_node_before_it_can_be_wired_by_one_click() -> None:
    nodes = {"p": GIVEN, "q": template("r"), "r": template("p"), "o": "output"}
    found = problems(graph(nodes, "r.text > o.value"))
    assert found["unwired_port r"].offer == found["unwired_port q"].offer == "join_namesake"
    circle = problems(graph(nodes, "q.text > r.p", "r.text > o.value"))
    assert circle["unwired_port q"].offer == "", "r stands behind q"


def test_a_wire_is_offered_in_a_large_graph_where_it_is_known_to_make_no_circle() -> None:
    line = {f"n{at}": template(*((f"n{at - 1}",) if at else ())) for at in range(3 * SEARCHED)}
    edges = [f"n{at}.text > n{at + 1}.n{at}" for at in range(3 * SEARCHED - 1)]
    nodes = {"early": template("n7"), "late": template("n7"), "free": template("aside"), "aside": template(), **line}
    found = problems(graph(nodes, *edges, "early.text > n0.x", f"n{3 * SEARCHED - 1}.text > late.x"))
    offers = {place: problem.offer for place, problem in found.items() if place.startswith("unwired_port")}
    joined = dict.fromkeys(("unwired_port late", "unwired_port free"), "join_namesake")
    assert offers == {"unwired_port early": "", **joined}


def test_a_required_port_needs_an_edge_unless_it_is_optional() -> None:
    kind, config = template("p", "q")
    nodes = {"i": GIVEN, "a": (kind, config), "o": "output"}
    edges = ("i.value > a.p", "a.text > o.value")
    found = problems(graph(nodes, *edges))
    assert (found["unwired_port a"].severity, found["unwired_port a"].place) == ("error", "q")
    assert problems(graph({**nodes, "a": (kind, {**config, "optional": ["q"]})}, *edges)) == {}


def test_a_router_needs_its_default_and_its_routes_need_edges() -> None:
    nodes = {"i": GIVEN, "r": ROUTER, "o": "output"}
    found = problems(graph(nodes, "i.value > r.value", "r.x > o.value"))
    assert found["router_no_default r"].severity == "warning"
    assert found["route_unwired r"].place == "y"
    every = [f"r.{port} > o.value" for port in ("x", "y", "default")]
    assert problems(graph(nodes, "i.value > r.value", *every)) == {}
    quiet = {**nodes, "r": ("router", {**ROUTES, "multi": True, "allow_none": True})}
    assert "router_no_default r" not in problems(graph(quiet, "i.value > r.value", "r.x > o.value"))


def test_a_quorum_of_more_than_there_is() -> None:
    def quorum(k: int) -> Graph:
        nodes = {"i": GIVEN, "a": template("i"), "m": ("merge", {"join": "quorum", "k": k}), "o": "output"}
        return graph(nodes, "i.value > a.i", "i.value > m.items", "a.text > m.items", "m.value > o.value")

    assert problems(quorum(2)) == {}
    found = problems(quorum(3))
    assert found["join_never_fires m"].severity == "error"
    assert found["unreachable o"].severity == "warning"


def test_a_node_is_not_cut_off_while_one_of_its_ways_is_open() -> None:
    dead = ("merge", {"join": "quorum", "k": 3})
    nodes = {"i": GIVEN, "m": dead, "a": template("i"), "t": ("merge", {}), "o": "output"}
    edges = ("i.value > m.items", "i.value > a.i", "m.value > t.items", "t.value > o.value")
    assert {"unreachable t", "unreachable o"} <= problems(graph(nodes, *edges)).keys()
    assert "unreachable t" not in problems(graph(nodes, *edges, "a.text > t.items"))


def test_a_bypassed_node_passes_on_one_value_that_has_to_fit() -> None:
    nodes = {"i": GIVEN, "p": ("input", {"type": "image"}), "a": template("x", "y"), "n": _boxed("number"),
             "o": "output", "e": "output"}  # fmt: skip
    edges = ("i.value > a.y", "p.value > a.x", "n.y > o.value")

    def told(*more: str) -> list[str]:
        found = commands.set_aside(graph(nodes, *edges, *more), ["a"], "bypassed")
        return [problem.message for problem in check(found, Kinds.load()) if problem.code == "bypass"]

    assert told("a.text > e.value") == []
    [picture] = told("a.text > n.x")
    assert "an image" in picture, "what arrives at its first input is passed on, whichever wire was drawn first"
    [failure] = told("a.error > e.value")
    assert "nothing comes from “error”" in failure


def _routed(target: tuple[str, dict[str, Any]], *edges: str, router: Any = ROUTER) -> Graph:
    nodes = {"i": GIVEN, "r": router, "a": template("r"), "t": target, "o": "output", "e": "output"}
    return graph(nodes, "i.value > r.value", "r.default > e.value", "t.text > o.value", *edges)


def test_a_node_that_waits_for_two_routes_of_one_router() -> None:
    """Also when one of the routes comes by a detour."""
    direct = _routed(template("p", "q"), "r.x > t.p", "r.y > t.q")
    assert "join_never_fires t" in problems(direct)
    detour = _routed(template("p", "q"), "r.x > a.r", "a.text > t.p", "r.y > t.q")
    assert "join_never_fires t" in problems(detour)
    several = _routed(template("p", "q"), "r.x > t.p", "r.y > t.q", router=("router", {**ROUTES, "multi": True}))
    assert "join_never_fires t" not in problems(several)
    either = _routed(template("p"), "r.x > t.p", "r.y > t.p")
    assert "join_never_fires t" not in problems(either)


def test_a_node_that_waits_for_success_and_failure_of_one() -> None:
    both = graph({"i": GIVEN, "a": template("i"), "t": template("p", "q"), "o": "output"},
                 "i.value > a.i", "a.text > t.p", "a.error > t.q", "t.text > o.value")  # fmt: skip
    assert "join_never_fires t" in problems(both)


def test_two_values_for_a_port_that_takes_one() -> None:
    two = graph(
        {"i": GIVEN, "a": template("i"), "o": "output"}, "i.value > a.i", "i.value > o.value", "a.text > o.value"
    )
    assert problems(two)["port_conflict o"].severity == "warning"
    failing = graph(
        {"i": GIVEN, "a": template("i"), "o": "output"}, "i.value > a.i", "a.text > o.value", "a.error > o.value"
    )
    assert problems(failing) == {}
    nodes = {"i": GIVEN, "r": ROUTER, "a": template("r"), "o": "output"}
    routes = ("i.value > r.value", "r.x > a.r", "a.text > o.value", "r.y > o.value", "r.default > o.value")
    assert problems(graph(nodes, *routes)) == {}


def test_kinds_configs_and_templates_that_cannot_be() -> None:
    found = problems(
        graph({"u": "agnet", "c": ("merge", {"join": "sometimes"}), "t": ("template", {"template": "{{ a"}),
               "k": ("agent", {"prompt": "hi", "modle": "cheap"}), "o": "output"}, "k.text > o.value"),
    )  # fmt: skip
    assert "agent" in found["unknown_kind u"].fix
    assert found["bad_config c"].severity == "error"
    assert "join" in found["bad_config c"].message
    assert found["bad_template t"].severity == "error"
    assert found["unknown_key k"].severity == "warning"
    assert "“model”" in found["unknown_key k"].fix


def test_settings_of_the_graph() -> None:
    nodes, edge = {"i": GIVEN, "o": "output"}, "i.value > o.value"
    found = problems(graph(nodes, edge, settings={"on_failure": "explode", "concurency": 2}))
    assert found["bad_settings"].place == "settings.on_failure"
    assert "concurrency" in found["unknown_setting"].fix
    for wrong in ({"concurrency": 0}, {"concurrency": True}, {"budget_usd": -1}, {"budget_tokens": 1.5}, "fast"):
        assert problems(graph(nodes, edge, settings=wrong))["bad_settings"].severity == "error"
    assert problems(graph(nodes, edge, settings={"budget_usd": 0})) == {}, "a run that may cost nothing"
    good = {"on_failure": "drain", "budget_usd": 0.5, "budget_tokens": None, "concurrency": 16}
    assert problems(graph(nodes, edge, settings=good)) == {}


def test_a_tier_without_a_model_is_told_once_and_a_missing_key_at_each_node() -> None:
    agents = {name: ("agent", {"model": model, "prompt": "hi"}) for name, model in (
        ("a", "cheap"), ("b", "cheap"), ("c", "openai/gpt-5"), ("d", "openai/gpt-5"), ("e", "rehearsal"))}  # fmt: skip
    nodes = {**agents, "m": "merge", "o": "output"}
    drawn = graph(nodes, *(f"{name}.text > m.items" for name in agents), "m.value > o.value")
    models = Models(Settings(local_discovery=False), Secrets({}, keyring=lambda: None), {}, pace=0)
    assert [(p.code, p.node, p.severity) for p in check(drawn, Kinds.load(), models=models)] == [
        ("tier_not_mapped", "a", "warning"), ("no_key", "c", "warning"), ("no_key", "d", "warning"),
    ]  # fmt: skip


def test_no_tool_server_takes_the_name_of_built_in_tools() -> None:
    nodes, edge = {"i": GIVEN, "o": "output"}, "i.value > o.value"
    for name, wrong in (("fs", True), ("files", False)):
        found = problems(graph(nodes, edge, tool_servers={name: {"command": "server"}}))
        assert ("bad_server" in found) is wrong


def test_a_server_is_no_tool_but_all_of_its_tools_may_be_meant() -> None:
    def told(pattern: str) -> bool:
        agent = ("agent", {"model": "rehearsal", "prompt": "hi", "tools": [pattern]})
        drawn = graph({"a": agent, "o": "output"}, "a.text > o.value", tool_servers={"gh": {"command": "gh"}})
        return "unknown_tool a" in problems(drawn)

    assert [told(pattern) for pattern in ("gh", "gh.*", "gh.issue", "g*", "git.*")] == [True, False, False, False, True]


def test_names_of_inputs_and_outputs_are_used_once() -> None:
    named = {"i": GIVEN, "j": ("input", {"default": 1, "name": "i"}), "o": "output", "p": ("output", {"name": "o"})}
    found = problems(graph(named, "i.value > o.value", "j.value > p.value"))
    assert {"duplicate_name j", "duplicate_name p"} <= found.keys()
    carried = {"i": GIVEN, "o": ("output", {"name": "i"})}
    assert problems(graph(carried, "i.value > o.value")) == {}


def test_a_pasted_key_is_noticed_and_never_printed() -> None:
    key = "sk-ant-api03-AbCdEfGhIjKlMnOpQrSt"
    pasted = graph({"i": ("input", {"default": f"use {key} please"}), "o": "output"}, "i.value > o.value", name=key)
    found = check(pasted, Kinds.load())
    assert [(p.code, p.node, p.place) for p in found] == [
        ("pasted_secret", "", "name"), ("pasted_secret", "i", "config.default"),
    ]  # fmt: skip
    assert key not in repr(found)


@pytest.mark.parametrize(
    ("kind", "config", "host"),
    [
        ("remote_agent", {"card": "http://127.0.0.1:9000"}, "127.0.0.1"),
        ("remote_agent", {"card": "http://[::1]:9000/card.json"}, "::1"),
        ("http", {"url": "http://LOCALHOST:8080/{{ page }}"}, "localhost"),
        ("http", {"url": "https://10.1/"}, "10.1"),
        ("http", {"url": "https://[fe80::1]/"}, "fe80::1"),
    ],
)
def test_an_address_that_a_run_would_refuse_is_told_of_unless_it_is_allowed(
    kind: str, config: dict[str, str], host: str
) -> None:
    made = graph({"i": GIVEN, "a": (kind, config)})
    found = problems(made, private_hosts=())["private_address a"]
    assert found.severity == "warning" and host in found.message and "allow_private_addresses" in found.fix
    assert found.place == f"config.{next(iter(config))}"
    assert "private_address a" not in problems(made, private_hosts=[host])


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("remote_agent", {"card": "https://agents.example.org"}),
        ("http", {"url": "https://example.org/{{ page }}"}),
        ("http", {"url": "{{ where }}"}),
        ("http", {"url": "https://8.8.8.8/"}),
        ("http", {"url": "https://localhost.example.org/"}),
    ],
)
def test_of_other_addresses_nothing_is_said_before_they_are_asked(kind: str, config: dict[str, str]) -> None:
    assert "private_address a" not in problems(graph({"a": (kind, config)}), private_hosts=())
