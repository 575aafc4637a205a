"""A manager delegates, checks what comes back, and stops within its limits; it may also fail (semantics.md S7)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.graph import commands
from engine.graph.records import Aside
from engine.models.contract import ModelRequest, Reply, ToolCall, Usage
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.testing import HandClock, Played, build, play
from tests.engine.teams import Cast, Turn, delegate, desk, reject, told

DOWN = NodeError("transient", "The provider is gone.")


async def ran(services: Services, graph: Any, **turns: Turn | list[Turn]) -> tuple[Played, Cast]:
    cast = Cast(services, **turns)
    return await play(graph, services=cast.serve(services)), cast


def statuses(played: Played) -> dict[str, str]:
    return {key: node["status"] for key, node in played.result.nodes.items() if "/" not in key}


async def test_specialists_work_at_once_and_see_their_brief_only(services: Services) -> None:
    both = asyncio.Barrier(2)

    async def meet(request: ModelRequest) -> str:
        await both.wait()  # neither ends before the other has begun
        return f"did: {request.messages[-1].text.splitlines()[0]}"

    played, cast = await ran(
        services, desk("billing", "technical", "sales", task="The secret word is kiwi."),
        lead=[delegate(("billing", "pay back 5"), ("technical", "mend it")), "All done."], billing=meet, technical=meet,
    )  # fmt: skip
    assert played.result.outputs == {"out": "All done."}
    assert told(cast.of("lead")[1]) == ["did: pay back 5", "did: mend it"]
    assert not [request for name in ("billing", "technical") for request in cast.of(name) if "kiwi" in str(request)]
    found = statuses(played)
    assert (found["billing"], found["technical"], found["sales"]) == ("ok", "ok", "skipped")
    assert played.result.nodes["sales"]["reason"] == "not_chosen"
    first, second = played.result.view.children("lead")
    assert (first.specialist, second.specialist, first.status) == ("billing", "technical", "ok")
    assert first.ended is not None and second.started < first.ended  # they overlap on the timeline


async def test_the_model_chooses_from_the_team_as_it_is_drawn(services: Services) -> None:
    _, cast = await ran(services, desk("billing", "sales"), lead="Nothing to do.")
    [tool] = cast.of("lead")[0].tools
    assert tool.name == "delegate"
    assert tool.parameters["properties"]["specialist"]["enum"] == ["billing", "sales"]
    assert "- billing: billing things\n- sales: sales things" in tool.description


@pytest.mark.parametrize(("aside", "reason"), [("muted", "muted"), ("bypassed", "not_chosen")])
async def test_a_specialist_set_aside_is_offered_to_nobody_and_never_asked(
    services: Services, aside: Aside, reason: str
) -> None:
    graph = commands.set_aside(desk("billing", "technical"), ["billing"], aside)
    turns: list[Turn] = [delegate(("billing", "pay back 5")), "All done."]
    played, cast = await ran(services, graph, lead=turns, billing="Paid.", technical="Mended.")
    assert [tool.parameters["properties"]["specialist"]["enum"] for tool in cast.of("lead")[0].tools] == [["technical"]]
    assert "'billing' is not one of" in told(cast.of("lead")[1])[0]
    assert cast.of("billing") == []
    assert played.result.nodes["billing"] == {"status": "skipped", "reason": reason}
    assert played.result.outputs == {"out": "All done."}


async def test_a_task_turned_down_goes_to_somebody_else_and_never_back(services: Services) -> None:
    choice = json.dumps({"route": "technical", "confidence": 0.7, "reason": "it crashes"})
    played, cast = await ran(
        services, desk("billing", "technical", "sales"),
        lead=[delegate(("billing", "it crashes")), choice, "Done."], billing=reject("not about money"),
        technical="mended",
    )  # fmt: skip
    schema = cast.of("lead")[1].output_schema
    assert schema is not None and "billing" not in schema["properties"]["route"]["enum"]
    assert told(cast.of("lead")[2]) == ["mended"]
    [child] = played.result.view.children("lead")
    assert (child.specialist, child.rejections) == ("technical", (("billing", "not about money"),))
    assert (child.reason, child.confidence, child.attempt) == ("it crashes", 0.7, 2)
    assert statuses(played)["billing"] == "skipped"


@pytest.mark.parametrize(("config", "end"), [({"default": "d"}, "ok"), ({"person": True}, "ok"), ({}, "rejected")])
async def test_after_two_reroutes_the_default_or_a_person_decides(
    services: Services, config: dict[str, Any], end: str
) -> None:
    cast = Cast(
        services, lead=[delegate(("a", "x")), *(f'{{"route": "{name}"}}' for name in "bc"), "Done."],
        a=reject("no"), b=reject("no"), c=reject("no"), d="I do it",
    )  # fmt: skip
    answer = {"lead": {"decision": "approved", "value": "d"}}
    options = RunOptions(journal=False, answers=answer)
    played = await play(desk(*"abcd", **config), services=cast.serve(services), options=options)
    [child] = played.result.view.children("lead")
    assert [name for name, _ in child.rejections] == ["a", "b", "c"]
    assert child.status == end
    assert ("I do it" in told(cast.of("lead")[-1])[0]) == (end == "ok")
    assert bool(played.of("human.requested")) == ("person" in config)


async def test_a_specialist_that_fails_is_an_error_of_the_tool(services: Services) -> None:
    broken = NodeError("bad_request", "The model does not exist.")
    played, cast = await ran(services, desk("billing"), lead=[delegate(("billing", "x")), "I did it."], billing=broken)
    assert played.result.status == "completed" and played.result.outputs == {"out": "I did it."}
    assert told(cast.of("lead")[1])[0].startswith("Error: “billing” failed: The model does not exist.")
    assert statuses(played)["billing"] == "handled"


async def test_a_result_is_checked_before_the_manager_sees_it(services: Services) -> None:
    schema = json.dumps({"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]})
    turns: list[Turn] = [delegate(("billing", "add"), expected=schema), "Done."]
    played, cast = await ran(services, desk("billing"), lead=list(turns), billing=["about five", '{"total": 5}'])
    assert told(cast.of("lead")[1]) == ['{"total": 5}']
    assert "could not be used" in cast.of("billing")[1].messages[-1].text
    played, cast = await ran(services, desk("billing"), lead=turns, billing="about five")
    assert told(cast.of("lead")[1])[0].startswith("Error: the result of “billing” cannot be used")
    assert played.result.status == "completed" and len(cast.of("billing")) == 2


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (delegate(("nobody", "x")), "'nobody' is not one of"),
        (delegate(("lead", "x")), "'lead' is not one of"),
        (delegate(("billing", "")), "do not fit"),
        (delegate(("billing", "x"), ("billing", " X ")), "has this very task already"),
        (delegate(("billing", "x"), ("billing", "y"), ("billing", "z")), "2 delegations are allowed"),
    ],
)
async def test_a_manager_that_runs_away_is_told_to_stop(services: Services, turn: Any, said: str) -> None:
    played, cast = await ran(services, desk("billing", max_delegations=2), lead=[turn, "Enough."], billing="done")
    assert said in told(cast.of("lead")[1])[-1]
    assert played.result.outputs == {"out": "Enough."}
    assert len(played.of("tool.denied")) == 1


async def test_after_the_last_delegation_there_is_one_turn_to_answer_in(services: Services) -> None:
    turns: list[Turn] = [delegate(("billing", "x")), delegate(("billing", "y")), "Enough."]
    played, cast = await ran(services, desk("billing", max_delegations=2), lead=turns, billing="42")
    assert [request.answer_now for request in cast.of("lead")] == [False, False, True]
    assert played.result.outputs == {"out": "Enough."} and played.result.status == "completed"
    briefs = iter(range(100))
    played, cast = await ran(
        services,
        desk("billing", max_delegations=2),
        billing="42",
        lead=lambda _: delegate(("billing", str(next(briefs)))),
    )
    assert len(cast.of("lead")) == 3, "a model that cannot stop is asked no more"
    assert played.result.outputs == {"out": "## billing\n\n42\n\n## billing\n\n42"}
    assert "still called tools in its last turn" in str(played.result.nodes["lead"]["degraded"])


async def test_a_manager_with_tools_of_its_own_keeps_them_after_the_last_delegation(services: Services) -> None:
    sums = Reply("", (ToolCall("s", "calc_evaluate", {"expression": "6*7"}),), Usage(10, 10), "tool_calls")
    desk_of_one = desk("billing", max_delegations=1, tools=["calc.evaluate"])
    once, again = delegate(("billing", "x")), delegate(("billing", "y"))
    _, cast = await ran(services, desk_of_one, lead=[once, sums, "42"], billing="6 times 7")
    names = [[tool.name for tool in request.tools] for request in cast.of("lead")]
    assert names[1] == names[2] == names[0][:-1] and names[0][-1] == "delegate"
    assert [request.answer_now for request in cast.of("lead")] == [False] * 3
    _, cast = await ran(services, desk_of_one, lead=[once, again, "42"], billing="6 times 7")
    assert "1 delegations are allowed" in told(cast.of("lead")[2])[-1] and cast.of("lead")[2].answer_now


async def test_a_manager_that_only_delegates_ends_with_what_it_has(services: Services) -> None:
    played, _ = await ran(services, desk("billing", max_turns=3), lead=delegate(("billing", "x")), billing="42")
    assert played.result.status == "completed_with_warnings"
    assert played.result.outputs == {"out": "42"}


async def test_a_task_that_failed_may_be_given_once_more(services: Services) -> None:
    broken = NodeError("bad_request", "The model does not exist.")
    turns: list[Turn] = [delegate(("billing", "x")), delegate(("billing", "x")), delegate(("billing", "x")), "Done."]
    _, cast = await ran(services, desk("billing"), lead=list(turns), billing=[broken, "paid"])
    assert told(cast.of("lead")[3])[1:] == ["paid", "Error: “billing” has this very task already. Use its result."]
    _, cast = await ran(services, desk("billing"), lead=turns, billing=broken)
    assert "has failed at this very task 2 times" in told(cast.of("lead")[3])[2]


async def test_a_specialist_that_once_gave_a_result_is_no_failure(services: Services) -> None:
    broken = NodeError("bad_request", "The model does not exist.")
    turns: list[Turn] = [delegate(("billing", "x")), delegate(("billing", "y")), "Done."]
    played, _ = await ran(services, desk("billing"), lead=turns, billing=["paid", broken])
    assert statuses(played)["billing"] == "ok"
    assert played.result.view.nodes["billing"].outputs["text"] == "paid"


async def test_who_turned_a_task_down_does_not_get_it_as_the_default(services: Services) -> None:
    nobody = json.dumps({"route": "none", "confidence": 1, "reason": "nobody fits"})
    turns: list[Turn] = [delegate(("billing", "x")), nobody, "Done."]
    _, cast = await ran(services, desk("billing", "sales", default="billing"), lead=turns, billing=reject("not mine"))
    assert len(cast.of("billing")) == 1
    assert "nobody takes this task" in told(cast.of("lead")[-1])[0]


async def test_a_second_attempt_has_what_the_first_left_of_the_budget(services: Services) -> None:
    schema = json.dumps({"type": "object"})
    for usd, said in ((1.6, '{"total": 5}'), (1.4, "budget")):
        graph = build(
            {"lead": ("manager", {"model": "lead", "prompt": "go", "delegation_usd": usd}), "out": "output",
             "billing": ("agent", {"model": "billing", "prompt": "{{ brief }}", "max_tokens": 100})},
            "lead.team -> billing.brief", "lead.text -> out.value",
        )  # fmt: skip
        turns: list[Turn] = [delegate(("billing", "add"), expected=schema), "Done."]
        _, cast = await ran(services, graph, lead=turns, billing=["about five", '{"total": 5}'])
        assert said in told(cast.of("lead")[1])[0], "each attempt reserves a dollar, and the first one cost half of it"


async def test_nobody_delegates_deeper_than_allowed(services: Services) -> None:
    middle = {"model": "middle", "prompt": "{{ brief }}"}
    graph = build(
        {"lead": ("manager", {"model": "lead", "prompt": "go"}), "middle": ("manager", {**middle, "max_depth": 1}),
         "deep": ("manager", {**middle, "model": "deep"}), "out": "output",
         "worker": ("agent", {"model": "worker", "prompt": "{{ brief }}"})},
        "lead.team -> middle.brief", "lead.team -> deep.brief", "middle.team -> worker.brief",
        "deep.team -> worker.brief", "lead.text -> out.value",
    )  # fmt: skip
    played, cast = await ran(
        services, graph, lead=[delegate(("middle", "a"), ("deep", "b")), "ok"], middle="alone",
        deep=[delegate(("worker", "c")), "together"], worker="hands",
    )  # fmt: skip
    assert [tool.name for tool in cast.of("middle")[0].tools] == ["reject"]
    assert told(cast.of("lead")[1]) == ["alone", "together"]
    [inner] = played.result.view.children("lead[2]/deep")
    assert (inner.key, inner.node) == ("lead[2]/deep[1]", "lead[2]/deep[1]/worker")
    assert {"worker", "middle", "deep"} <= {key for key, status in statuses(played).items() if status != "failed"}


async def test_a_late_specialist_is_an_error_of_the_tool(services: Services) -> None:
    clock = HandClock()

    async def never(_request: ModelRequest) -> str:
        clock.move(60)
        return await asyncio.get_running_loop().create_future()

    graph, services = desk("billing", delegation_s=60), replace(services, clock=clock)
    played, cast = await ran(services, graph, lead=[delegate(("billing", "x")), "Too late."], billing=never)
    assert "gave no result in 60 s" in told(cast.of("lead")[1])[0]
    assert played.result.nodes["lead[1]/billing"]["status"] == "cancelled"
    assert played.result.outputs == {"out": "Too late."}


async def test_a_slice_of_the_budget_ends_one_delegation_and_not_the_run(services: Services) -> None:
    agent = {"model": "billing", "prompt": "{{ brief }}", "max_tokens": 100}
    graph = desk("billing", "sales", delegation_usd=0.8)
    graph = build(
        {**{name: (node.kind, node.config) for name, node in graph.nodes.items()}, "billing": ("agent", agent),
         "sales": ("agent", {**agent, "model": "sales", "max_tokens": 20})},
        *(f"{edge.start} -> {edge.end}" for edge in graph.edges.values()),
    )  # fmt: skip
    turn = delegate(("billing", "dear"), ("sales", "cheap"))
    played, cast = await ran(services, graph, lead=[turn, "Done."], billing="never asked", sales="asked")
    dear, cheap = told(cast.of("lead")[1])
    assert "budget" in dear and cheap == "asked"
    assert played.result.status == "completed" and not cast.of("billing")
    assert not played.of("budget.stop")


async def test_a_subgraph_is_a_specialist_like_any_other(services: Services) -> None:
    body = {
        "nodes": [{"id": "brief", "kind": "input"}, {"id": "shout", "kind": "template",
                   "config": {"template": "{{ brief|upper }}"}}, {"id": "loud", "kind": "output"}],
        "edges": [{"from": "brief.value", "to": "shout.brief"}, {"from": "shout.text", "to": "loud.value"}],
    }  # fmt: skip
    graph = build(
        {"lead": ("manager", {"model": "lead", "prompt": "go"}), "sub": ("subgraph", {"body": body}), "out": "output",
         "echo": "output"},
        "lead.team -> sub.brief", "lead.text -> out.value", "sub.loud -> echo.value",
    )  # fmt: skip
    played, cast = await ran(services, graph, lead=[delegate(("sub", "hello"), expected="  "), "ok"])
    assert told(cast.of("lead")[1]) == ["HELLO"]
    assert played.result.outputs == {"out": "ok", "echo": "HELLO"}
    assert played.result.nodes["lead[1]/sub/shout"]["status"] == "ok"


@pytest.mark.parametrize(
    ("below", "more", "chosen"), [("default", {"default": "sales"}, "sales"), ("person", {}, "technical")]
)
async def test_in_doubt_the_default_or_a_person_chooses(
    services: Services, below: str, more: dict[str, Any], chosen: str
) -> None:
    cast = Cast(
        services, lead=[delegate(("billing", "x"), confidence=0.3), "ok"], **dict.fromkeys(("sales", "technical"), "hm")
    )
    answers = {"lead": {"decision": "approved", "value": "technical"}}
    graph = desk("billing", "sales", "technical", threshold=0.6, below=below, **more)
    played = await play(graph, services=cast.serve(services), options=RunOptions(journal=False, answers=answers))
    [child] = played.result.view.children("lead")
    assert (child.specialist, child.status) == (chosen, "ok")


# When the manager's model fails


async def test_a_fallback_goes_on_where_the_first_model_stood(services: Services) -> None:
    played, cast = await ran(
        services, desk("billing", fallback=["other"]),
        lead=[delegate(("billing", "x")), DOWN], other="From elsewhere.", billing="paid",
    )  # fmt: skip
    assert told(cast.of("other")[0]) == ["paid"]
    assert played.result.outputs == {"out": "From elsewhere."} and len(cast.of("billing")) == 1


async def test_what_was_delegated_survives_the_manager(services: Services) -> None:
    turns: list[Turn] = [delegate(("billing", "x"), ("sales", "y")), DOWN]
    played, _ = await ran(services, desk("billing", "sales"), lead=turns, billing="paid", sales="sold")
    assert played.result.status == "completed_with_warnings"
    assert played.result.outputs == {"out": "## billing\n\npaid\n\n## sales\n\nsold"}


@pytest.mark.parametrize(("task", "who"), [("I want a refund now", "billing"), ("Good morning", "sales")])
async def test_rules_and_then_the_default_take_over(services: Services, task: str, who: str) -> None:
    rule = {"specialist": "billing", "when": {"field": "", "op": "contains", "value": "refund"}}
    graph = desk("billing", "sales", task=task, rules=[rule], default="sales")
    played, cast = await ran(services, graph, lead=DOWN, billing="billing here", sales="sales here")
    assert played.result.outputs == {"out": f"{who} here"}
    assert task in cast.of(who)[0].messages[-1].text
    assert "The provider is gone" in played.result.warnings[0]


async def test_a_person_may_take_over_and_else_the_node_fails(services: Services) -> None:
    cast = Cast(services, lead=DOWN)
    answers = {"lead": {"decision": "approved", "value": "I answer myself."}}
    options = RunOptions(journal=False, answers=answers)
    played = await play(desk("billing", person=True), services=cast.serve(services), options=options)
    assert played.result.outputs == {"out": "I answer myself."}
    played, _ = await ran(services, desk("billing"), lead=DOWN)
    assert played.result.status == "failed"
    assert played.result.nodes["lead"]["error"]["class"] == "transient"
    assert played.result.nodes["billing"] == {"status": "skipped", "reason": "not_chosen"}, "nobody had asked it"


async def test_a_manager_that_fails_fails_the_run_though_edges_lead_to_its_team(services: Services) -> None:
    graph = build(
        {"lead": ("manager", {"model": "lead", "prompt": "Go.", "retry": {"attempts": 1}}),
         "billing": ("agent", {"model": "billing", "prompt": "{{ brief }}"})},
        "lead.team -> billing.brief",
    )  # fmt: skip
    played, _ = await ran(services, graph, lead=DOWN)
    assert statuses(played) == {"lead": "failed", "billing": "skipped"}
    assert played.result.status == "failed", "what reached nobody was absorbed by nobody"
