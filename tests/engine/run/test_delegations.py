"""Delegations as a run has them: a person stops or redirects one, a killed program repeats none, a view shows all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine.base.errors import NodeError, WrongUse
from engine.base.secrets import Secrets
from engine.graph.graph import Graph
from engine.models.contract import ModelRequest, Reply, ToolCall, Usage
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.result import Result
from engine.run.services import Services
from engine.run.view import View
from engine.testing import HandClock, build, play
from tests.engine.run.test_resume import cut, ran, resumed
from tests.engine.teams import Cast, Turn, delegate, desk, reject, told


async def ordered(
    services: Services, graph: Graph, act: Callable[[Run], None], *, journal: bool = False, **turns: Turn | list[Turn]
) -> tuple[Result, Cast]:
    """A run in which `billing` works for ever at its first brief until `act` is done."""
    begun = asyncio.Event()

    async def busy(request: ModelRequest) -> str:
        if begun.is_set():
            return f"did: {request.messages[-1].text}"
        begun.set()
        return await asyncio.get_running_loop().create_future()

    cast = Cast(services, billing=busy, **turns)
    run = Run(graph, options=RunOptions(journal=journal), services=cast.serve(services))
    ended = asyncio.create_task(run.execute())
    await begun.wait()
    act(run)
    return await ended, cast


TWO = [delegate(("billing", "pay"), ("sales", "sell")), "Done."]


async def test_one_child_is_stopped_and_the_manager_goes_on(services: Services) -> None:
    graph = desk("billing", "sales")
    result, cast = await ordered(
        services, graph, lambda run: run.stop_delegation("lead[1]"), lead=list(TWO), sales="sold"
    )
    stopped, other = told(cast.of("lead")[1])
    assert "a person stopped the work of “billing”" in stopped and other == "sold"
    assert (result.status, result.outputs) == ("completed", {"out": "Done."})
    assert [child.status for child in result.view.children("lead")] == ["stopped", "ok"]
    assert result.nodes["lead[1]/billing"]["status"] == "cancelled"


@pytest.mark.parametrize("to", ["", "sales"])
async def test_one_child_is_redirected_and_the_manager_is_told(services: Services, to: str) -> None:
    def act(run: Run) -> None:
        run.redirect("lead[1]", "Only half of it.", to)

    graph = desk("billing", "sales")
    result, cast = await ordered(services, graph, act, lead=[delegate(("billing", "pay")), "Done."], sales="sold")
    [text] = told(cast.of("lead")[1])
    assert "A person said to" in text and "Only half of it." in text
    brief = cast.of(to or "billing")[-1].messages[-1].text
    assert brief.startswith("pay") and brief.endswith("A person adds: Only half of it.")
    [child] = result.view.children("lead")
    assert (child.specialist, child.attempt, child.status) == (to or "billing", 2, "ok")


async def test_an_order_for_nobody_says_so(services: Services) -> None:
    said: list[str] = []

    def act(run: Run) -> None:
        for order in (lambda: run.stop_delegation("lead[7]"), lambda: run.redirect("lead[1]", "x", "sale")):
            with pytest.raises(WrongUse) as wrong:
                order()
            said.append(str(wrong.value))
        run.stop_delegation("lead[1]")

    await ordered(services, desk("billing", "sales"), act, lead=[delegate(("billing", "pay")), "Done."])
    assert "lead[1]" in said[0] and "Did you mean “sales”?" in said[1]


def story(services: Services) -> Cast:
    choice = '{"route": "sales", "confidence": 1, "reason": "r"}'
    return Cast(
        services, lead=[delegate(("billing", "a"), ("technical", "b")), choice, delegate(("sales", "c")), "End."],
        billing="A", technical=reject("no"), sales="C", after="last",
    )  # fmt: skip


LONG = build(
    {**{name: (node.kind, node.config) for name, node in desk("billing", "technical", "sales").nodes.items()},
     "after": ("agent", {"model": "after", "prompt": "{{ x }}"})},
    *(f"{edge.start} -> {edge.end}" for edge in desk("billing", "technical", "sales").edges.values()),
    "lead.text -> after.x",
)  # fmt: skip


async def test_a_killed_program_repeats_no_finished_delegation_and_no_turn(services: Services) -> None:
    whole, events = await ran(LONG, story(services).serve(services))
    assert whole.status == "completed"
    answered = [event for event in events if event.kind == "model.response"]
    for stop in range(3, len(events) - 1, 3):
        cut(services, whole.run, events[:stop])
        done = sum(event.seq <= stop for event in answered)
        cast = story(services)
        for event in answered[:done]:  # what was said before is not said again
            turns = cast.turns[event.data["model"].rpartition("/")[2]]
            if len(turns) > 1:
                turns.pop(0)
        again = await resumed(whole.run, cast.serve(services))
        assert again.outputs == whole.outputs, stop
        assert len(cast.heard) <= len(answered) - done, f"repeated after event {stop}"
        assert [(child.specialist, child.status) for child in again.view.children("lead")] == [
            (child.specialist, child.status) for child in whole.view.children("lead")
        ]


async def test_a_child_that_a_person_has_stopped_stays_so_when_the_run_goes_on(services: Services) -> None:
    graph, turns = desk("billing"), [delegate(("billing", "pay")), "Done."]
    result, _ = await ordered(services, graph, lambda run: run.stop_delegation("lead[1]"), journal=True, lead=turns)
    events = Journal(services.home.runs).events(result.run)
    [order] = [place for place, event in enumerate(events) if event.kind == "delegation.ordered"]
    cut(services, result.run, events[: order + 1])
    cast = Cast(services, billing="I go on", lead="Done.")
    again = await resumed(result.run, cast.serve(services))
    assert again.outputs == result.outputs
    assert [name for name, _ in cast.heard] == ["lead"]


async def test_another_specialist_makes_the_manager_work_again(services: Services) -> None:
    whole, _ = await ran(LONG, story(services).serve(services))
    nodes = {name: (node.kind, dict(node.config)) for name, node in LONG.nodes.items()}
    nodes["technical"][1]["instructions"] = "Another one."
    changed = build(nodes, *(f"{edge.start} -> {edge.end}" for edge in LONG.edges.values()))
    cast = story(services)
    again = await Run(changed, base=whole.run, options=RunOptions(), services=cast.serve(services)).execute()
    assert again.nodes["task"]["source"] == "reused" and again.nodes["lead"]["source"] == "ran"
    assert cast.of("technical")


async def test_a_run_waits_for_a_person_inside_a_delegation_and_goes_on(services: Services) -> None:
    body = {
        "nodes": [{"id": "brief", "kind": "input"}, {"id": "sign", "kind": "review"}, {"id": "yes", "kind": "output"}],
        "edges": [{"from": "brief.value", "to": "sign.value"}, {"from": "sign.approved", "to": "yes.value"}],
    }
    graph = build(
        {"lead": ("manager", {"model": "lead", "prompt": "go"}), "legal": ("subgraph", {"body": body}),
         "out": "output"}, "lead.team -> legal.brief", "lead.text -> out.value",
    )  # fmt: skip
    here = Cast(services, lead=[delegate(("legal", "sign this")), "Signed."]).serve(services)
    paused, _ = await ran(graph, here)
    assert (paused.status, paused.reason) == ("paused", "human")
    [waiting] = paused.waiting
    assert waiting["key"] == "lead[1]/legal/sign"
    answers = {waiting["key"]: {"decision": "approved", "value": "signed"}}
    result = await resumed(paused.run, here, answers=answers)
    assert (result.status, result.outputs) == ("completed", {"out": "Signed."})


async def test_a_person_who_is_asked_by_one_child_keeps_no_other_from_being_late(services: Services) -> None:
    clock, asked, begun, late = HandClock(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def busy(_request: ModelRequest) -> str:
        begun.set()
        return await asyncio.get_running_loop().create_future()

    def watch(batch: Sequence[Event]) -> None:
        for event in batch:
            {"human.requested": asked, "delegation.finished": late}.get(event.kind, asyncio.Event()).set()

    graph = build(
        {"lead": ("manager", {"model": "lead", "prompt": "go", "delegation_s": 5}), "sign": "review", "out": "output",
         "billing": ("agent", {"model": "billing", "prompt": "{{ brief }}"})},
        "lead.team -> sign.value", "lead.team -> billing.brief", "lead.text -> out.value",
    )  # fmt: skip
    cast = Cast(services, lead=[delegate(("sign", "this"), ("billing", "pay")), "Done."], billing=busy)
    options = RunOptions(journal=False, attended=True)
    run = Run(graph, options=options, services=replace(cast.serve(services), clock=clock))
    ended = asyncio.create_task(run.execute(watch))
    await asyncio.gather(asked.wait(), begun.wait())
    clock.move(6)
    await late.wait()
    run.answer("lead[1]/sign", {"decision": "approved", "value": "signed"})
    assert (await ended).outputs == {"out": "Done."}
    signed, paid = told(cast.of("lead")[1])
    assert signed == "signed" and "gave no result in 5 s" in paid


async def test_one_slot_is_enough_for_managers_inside_managers(services: Services) -> None:
    graph = build(
        {"lead": ("manager", {"model": "lead", "prompt": "go"}), "out": "output",
         "sub": ("manager", {"model": "sub", "prompt": "{{ b }}"}),
         "hand": ("agent", {"model": "hand", "prompt": "{{ b }}"})},
        "lead.team -> sub.b", "sub.team -> hand.b", "lead.text -> out.value", settings={"concurrency": 1},
    )  # fmt: skip
    cast = Cast(
        services, lead=[delegate(("sub", "x")), "top"], sub=[delegate(("hand", "y"), ("hand", "z")), "mid"], hand="low"
    )
    played = await play(graph, services=cast.serve(services))
    assert played.result.outputs == {"out": "top"}
    assert cast.most[""] == 1


async def test_a_view_shows_each_child_while_it_works(services: Services) -> None:
    cast = Cast(services, lead=[delegate(("billing", "pay"), confidence=0.9, reason="money"), "Done."], billing="paid")
    played = await play(desk("billing", "sales"), services=cast.serve(services))
    view, seen = View(), []
    for event in played.events:
        view.apply(event)
        if event.kind == "model.response" and event.scope:
            [child] = view.children("lead")
            seen.append((child.status, child.cost, child.output_tokens, view.nodes["billing"].status))
            assert (child.reason, child.confidence, child.brief.splitlines()[0]) == ("money", 0.9, "pay")
    assert seen == [("running", 0.5, 50, "running")]
    before = view.parted()
    assert before.delegations == view.delegations and before.delegations is not view.delegations


async def test_a_manager_whose_model_dies_keeps_its_work_for_the_next_session(services: Services) -> None:
    down = NodeError("credentials", "The key is gone.")
    turns: dict[str, Any] = {"sales": "sold"}
    failing = Cast(services, lead=[delegate(("sales", "x")), down], **turns)
    graph = desk("sales", output_schema={"type": "object"}, retry={"attempts": 1})
    failed, _ = await ran(graph, failing.serve(services))
    assert failed.status == "failed"
    better = Cast(services, lead='{"a": 1}', **turns)
    result = await resumed(failed.run, better.serve(services))
    assert result.status == "completed" and not better.of("sales")


async def test_a_provider_that_is_killed_in_mid_run_does_not_keep_the_run_from_ending(services: Services) -> None:
    call = {
        "name": "delegate",
        "arguments": '{"specialist": "billing", "brief": "pay back 5", "expected": "a receipt"}',
    }
    message = {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": call}]}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "tool_calls"}]})
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close"
    asked = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(f"{head}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()
        listening.close()  # killed after its first answer: from now on nobody is there

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    environ = {"OPENAI_API_KEY": "sk-test-000000", "OPENAI_BASE_URL": url}
    here = replace(services, environ=environ, secrets=Secrets(environ, keyring=lambda: None))
    agent = ("agent", {"model": "rehearsal", "prompt": "{{ brief }}", "description": "money"})
    graph = build(
        {"lead": ("manager", {"model": "openai/m", "prompt": "go", "retry": {"attempts": 2, "base_s": 0}}),
         "billing": agent, "out": "output"}, "lead.team -> billing.brief", "lead.text -> out.value",
    )  # fmt: skip
    played = await play(graph, services=here)
    assert len(asked) == 1 and len(played.of("node.retry")) == 1
    assert played.result.status == "completed_with_warnings"
    [child] = played.result.view.children("lead")
    assert child.status == "ok" and played.result.outputs["out"] == played.result.view.nodes[child.node].outputs["text"]


async def test_a_specialist_cannot_call_the_tools_of_another(services: Services) -> None:
    grab = Reply("", (ToolCall("g", "calc.evaluate", {"expression": "1 + 1"}),), Usage(1, 1), "tool_calls")
    nodes = {name: (node.kind, dict(node.config)) for name, node in desk("billing", "sales").nodes.items()}
    nodes["billing"][1]["tools"] = ["calc.*"]
    graph = build(nodes, *(f"{edge.start} -> {edge.end}" for edge in desk("billing", "sales").edges.values()))
    cast = Cast(
        services, lead=[delegate(("billing", "a"), ("sales", "b")), "ok"], billing=[grab, "2"], sales=[grab, "?"]
    )
    played = await play(graph, services=cast.serve(services))
    assert told(cast.of("billing")[1]) == ["2"]
    assert told(cast.of("sales")[1])[0].startswith("Error: there is no tool “calc.evaluate”")
    [denied] = played.of("tool.denied")
    assert denied.key == "lead[2]/sales"


async def test_a_breakpoint_holds_a_specialist_when_it_is_to_work(services: Services) -> None:
    cast = Cast(services, lead=[delegate(("billing", "pay")), "Done."], billing="paid")
    options = RunOptions(journal=False, attended=True, breakpoints=["billing"])
    run = Run(desk("billing"), options=options, services=cast.serve(services))
    loop, held = asyncio.get_running_loop(), []

    def seen(batch: Any) -> None:
        for event in batch:
            if event.kind == "node.waiting" and "at" in event.data:
                held.append(event.data["at"])
                loop.call_soon_threadsafe(run.go_on, event.data["at"])

    result = await run.execute(seen)
    assert held == ["lead[1]/billing"]
    assert result.outputs == {"out": "Done."}
