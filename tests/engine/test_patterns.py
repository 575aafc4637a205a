"""What the sequential pipeline and the fan-out promise, as whoever runs the server would count it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.base.errors import NodeError
from engine.graph.graph import Graph
from engine.models.contract import ModelRequest
from engine.run.control import Run, RunOptions
from engine.run.services import Services
from engine.testing import build
from tests.engine.scripted import Script

NO_PAUSE = {"retry": {"attempts": 1}}
LONGEST_S = 60
"""What waits for others that never come ends then."""


def agent(model: str, prompt: str, **config: Any) -> tuple[str, dict[str, Any]]:
    return "agent", {"model": f"script/{model}", "prompt": prompt, **NO_PAUSE, **config}


def over_items(items: list[Any], body: Graph, **config: Any) -> Graph:
    """A map over items whose body takes `item`; its items and its records are the results."""
    return build(
        {"list": ("input", {"type": "list", "default": items}),
         "each": ("map", {"body": drawn(body), **config}), "end": "output", "records": "output"},
        "list.value -> each.items", "each.items -> end.value", "each.results -> records.value",
    )  # fmt: skip


def drawn(graph: Graph) -> dict[str, Any]:
    """A graph as the body of a container."""
    nodes = [{"id": node.id, "kind": node.kind, "config": dict(node.config)} for node in graph.nodes.values()]
    return {"nodes": nodes, "edges": [{"from": edge.start, "to": edge.end} for edge in graph.edges.values()]}


def chain(*stages: str) -> Graph:
    """Agents in a row; each prompt begins with the name of its stage."""
    nodes: dict[str, Any] = {"item": ("input", {"type": "any", "default": "facts"})}
    nodes |= {stage: agent("m", f"{stage} {{{{ before }}}}") for stage in stages}
    ends = ["item.value", *(f"{stage}.text" for stage in stages)]
    into = [*(f"{stage}.before" for stage in stages), "out.value"]
    return build({**nodes, "out": "output"}, *map(" -> ".join, zip(ends, into, strict=True)))


def stage(request: ModelRequest) -> str:
    return request.messages[-1].text.split()[0]


async def ran(services: Services, script: Script, graph: Graph, **how: Any) -> Any:
    return await Run(graph, services=script.on(services), options=RunOptions(), **how).execute()


async def test_malformed_json_of_the_second_stage_never_reaches_the_third(services: Services) -> None:
    script = Script()
    script.says("m", "fine")
    script.says("broken", '{"rows": [1, 2')
    schema = {"type": "object", "properties": {"rows": {"type": "array"}}, "required": ["rows"]}
    graph = build(
        {"task": ("input", {"default": "go"}), "one": agent("m", "one {{ task }}"),
         "two": agent("broken", "two {{ one }}", output_schema=schema), "three": agent("m", "three {{ rows }}"),
         "four": agent("m", "four {{ three }}"), "end": "output"},
        "task.value -> one.task", "one.text -> two.one", "two.data -> three.rows", "three.text -> four.three",
        "four.text -> end.value",
    )  # fmt: skip
    result = await ran(services, script, graph)
    assert [model for model, _ in script.asked] == ["m", "broken", "broken"], "asked once more, and no further"
    assert [result.view.nodes[name].why for name in ("three", "four", "end")] == ["blocked by two"] * 3


async def test_one_item_is_edited_while_another_is_drafted(services: Services) -> None:
    script, edits = Script(), asyncio.Event()

    async def answer(request: ModelRequest) -> str:
        if stage(request) == "edit":
            edits.set()
        if request.messages[-1].text == "draft 2":
            async with asyncio.timeout(LONGEST_S):
                await edits.wait()  # it is still drafted when another is edited already
        return request.messages[-1].text

    script.says("m", answer)
    result = await ran(services, script, over_items([1, 2, 3], chain("draft", "edit"), concurrency=2))
    assert result.outputs["end"] == [f"edit draft {number}" for number in (1, 2, 3)]


async def test_a_text_edited_in_the_middle_repeats_no_call_before_it(services: Services) -> None:
    script = Script()
    script.says("m", lambda request: f"answer to {stage(request)}")
    graph = chain("research", "draft", "review")
    first = await ran(services, script, graph)
    script.asked.clear()
    second = await ran(services, script, graph, base=first.run, edited={"draft": {"text": "my own words"}})
    assert script.prompts == ["review my own words"]
    assert second.outputs == {"out": "answer to review"}


async def test_fifty_files_and_three_models_in_one_node(services: Services) -> None:
    script, models = Script(), ("small", "middle", "large")
    for model in models:
        script.says(model, lambda request, model=model: f"{model} on {request.messages[-1].text}")
    nodes: Mapping[str, Any] = {model: agent(model, "{{ item.path }}") for model in models}
    body = build(
        {"item": ("input", {"type": "file"}), **nodes, "all": ("merge", {"strategy": "dict"}), "out": "output"},
        *(f"item.value -> {model}.item" for model in models), *(f"{model}.text -> all.items" for model in models),
        "all.value -> out.value",
    )  # fmt: skip
    files = [{"path": f"{number}.py", "text": "pass"} for number in range(50)]
    result = await ran(services, script, over_items(files, body))
    assert Counter(model for model, _ in script.asked) == dict.fromkeys(models, 50)
    assert result.outputs["end"] == [{model: f"{model} on {file['path']}" for model in models} for file in files]


async def test_five_hundred_items_eight_at_once_are_never_nine_at_the_server(services: Services) -> None:
    script, now, most, full = Script(), 0, 0, asyncio.Event()

    async def answer(request: ModelRequest) -> str:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now == 8:
            full.set()
        async with asyncio.timeout(LONGEST_S):
            await full.wait()
        for _ in range(len(script.asked) % 5):
            await asyncio.sleep(0)
        now -= 1
        return request.messages[-1].text

    script.says("m", answer)
    result = await ran(services, script, over_items([*range(500)], chain("do"), concurrency=8))
    assert most == 8
    assert result.outputs["end"] == [f"do {number}" for number in range(500)]


async def test_of_fifty_three_fail_so_that_47_are_merged_and_three_are_tried_again(services: Services) -> None:
    script, bad = Script(), {"do 7", "do 21", "do 33"}

    def answer(request: ModelRequest) -> str:
        if request.messages[-1].text in bad:
            raise NodeError("bad_request", "Not this one.")
        return request.messages[-1].text

    script.says("m", answer)
    graph = over_items([*range(50)], chain("do"), max_failures=3)
    first = await ran(services, script, graph)
    assert first.status == "completed_with_warnings"
    assert len(first.outputs["end"]) == 47
    assert [number for number, each in enumerate(first.outputs["records"]) if each["status"] != "ok"] == [7, 21, 33]
    again = sorted(bad)
    bad.clear()
    script.asked.clear()
    second = await ran(services, script, graph, base=first.run, failed=True)
    assert sorted(script.prompts) == again
    assert second.outputs["end"] == [f"do {number}" for number in range(50)]
