"""Nodes set aside: a muted one is skipped and says so, a bypassed one passes on what reaches its first wired port."""

from __future__ import annotations

from typing import Any

import pytest

from engine.graph import commands
from engine.graph.graph import Graph
from engine.plan.check import check
from engine.run.services import Services
from engine.testing import build, play


def chain(middle: tuple[str, dict[str, Any]] = ("template", {"template": "<{{ x }}>"})) -> Graph:
    return build({"a": ("input", {"type": "text", "default": "hello"}), "b": middle, "end": "output"},
                 "a.value -> b.x", "b.text -> end.value")  # fmt: skip


async def test_a_muted_node_is_skipped_benignly_with_its_own_reason(services: Services) -> None:
    result = (await play(commands.set_aside(chain(), ["b"], "muted"), services=services)).result
    assert result.nodes["b"] == {"status": "skipped", "reason": "muted"}
    assert result.nodes["end"] == {"status": "skipped", "reason": "not_chosen"}
    assert result.status == "completed"
    assert result.no_output is not None


async def test_a_bypassed_node_passes_on_what_it_is_given(services: Services) -> None:
    result = (await play(commands.set_aside(chain(), ["b"], "bypassed"), services=services)).result
    assert result.outputs == {"end": "hello"}


async def test_the_set_up_of_a_node_set_aside_may_be_wrong(services: Services) -> None:
    broken = chain(("template", {"template": "<{{ x }}> {{ nothing_is_wired_here }}"}))
    assert [problem.code for problem in check(broken, services.kinds)] != []
    quiet = commands.set_aside(broken, ["b"], "bypassed")
    assert check(quiet, services.kinds) == []
    assert (await play(quiet, services=services)).result.outputs == {"end": "hello"}
    unknown = commands.set_aside(build({"a": ("input", {"default": "x"}), "b": ("of_tomorrow", {}), "end": "output"},
                                       "a.value -> b.x", "b.y -> end.value"), ["b"], "bypassed")  # fmt: skip
    assert (await play(unknown, services=services)).result.outputs == {"end": "x"}


async def test_an_input_set_aside_is_skipped_and_need_not_be_given(services: Services) -> None:
    graph = build({"a": ("input", {"type": "text"}), "end": "output"}, "a.value -> end.value")
    for aside in ("muted", "bypassed"):
        result = (await play(commands.set_aside(graph, ["a"], aside), services=services)).result
        assert result.nodes["a"] == {"status": "skipped", "reason": "muted"}


async def test_a_failure_before_a_muted_node_is_not_hidden(services: Services) -> None:
    fails = {"takes": [], "fails": "tool"}
    graph = build({"p": ("probe", fails), "b": ("probe", {}), "end": "output"}, "p.out -> b.many", "b.out -> end.value")
    result = (await play(commands.set_aside(graph, ["b"], "muted"), services=services)).result
    assert result.nodes["b"]["reason"] == "upstream_failed"
    assert result.status == "failed"


async def test_a_bypassed_join_passes_its_first_branch(services: Services) -> None:
    free = {"takes": []}
    graph = build({"p": ("probe", free), "q": ("probe", free), "m": ("merge", {"strategy": "concat"}), "end": "output"},
                  "p.out -> m.items", "q.out -> m.items", "m.value -> end.value")  # fmt: skip
    assert (await play(commands.set_aside(graph, ["m"], "bypassed"), services=services)).result.outputs == {"end": "p"}


@pytest.mark.parametrize("port", ["error", "text"])
def test_check_warns_of_what_a_bypass_cannot_pass_on(services: Services, port: str) -> None:
    numbers = build({"a": ("input", {"type": "number", "default": 3}), "b": ("agent", {"prompt": "{{ x }}"}),
                     "c": ("map", {"body": {"nodes": [{"id": "item", "kind": "input"}]}}), "end": "output"},
                    "a.value -> b.x", f"b.{port} -> c.items", "c.items -> end.value")  # fmt: skip
    found = check(commands.set_aside(numbers, ["b"], "bypassed"), services.kinds)
    assert "bypass" in [problem.code for problem in found if problem.node == "b"]
