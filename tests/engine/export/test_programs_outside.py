"""Programs that use tool servers, agents elsewhere and swarms: the same calls and the same outputs as the app."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock
from llmock.scenarios import Match, Reply

from engine.base.process import lives
from engine.testing import build
from tests.engine.export.programs import both
from tests.engine.export.test_programs_of_kinds import ASK, calling, merging, one, same
from tests.engine.kinds.remote.conftest import SdkAgent, an_agent
from tests.engine.tools.mcp.conftest import odd
from tests.engine.tools.mcp.test_real_servers import listening

pytestmark = pytest.mark.slow

ALLOWED = {"BATON_ALLOW_WRITES": "1"}


def using(server: Mapping[str, Any], *tools: str, **more: Any) -> Any:
    """An agent with tools of one server."""
    graph = one("agent", {**ASK, "tools": list(tools), **more}, "text", i="hi")
    return graph.with_tables(head={**graph.head, "tool_servers": {"odd": dict(server), "other": odd("dead")}})


async def test_tools_of_a_server_that_is_started(llmock: LLMock, tmp_path: Path) -> None:
    trace = tmp_path / "noted"
    calls = (("odd_echo", {"text": "one\u2028two"}), ("odd_count", {"text": "four"}), ("odd_fail", {}),
             ("odd_write", {"text": "kept"}), ("calc_evaluate", {"expression": "6"}))  # fmt: skip
    graph = using(odd("hidden", trace), "odd.*", "calc.*")
    script = (lambda: llmock.add(calling(*calls)), lambda: llmock.reply("done"))
    found = await both(graph, llmock, tmp_path, *script, environ=ALLOWED)
    assert same(found, 2) == {"out": "done"}
    assert trace.read_text("utf-8") == "kept\nkept\n"
    found = await both(graph, llmock, tmp_path, *script)
    assert trace.read_text("utf-8") == "kept\nkept\nkept\n", "nobody allowed the program to write"
    assert "Nobody has allowed this call" in "".join(found[2][1])


async def test_a_tool_of_a_server_without_a_model(llmock: LLMock, tmp_path: Path) -> None:
    for tool, outputs in (("odd.count", {"out": {"count": 4}}), ("odd.fail", {}), ("odd.missing", {})):
        graph = one("tool", {"tool": tool, "arguments": {"text": "{{ x }}"}}, "result", x="four")
        graph = graph.with_tables(head={**graph.head, "tool_servers": {"odd": odd()}})
        assert same(await both(graph, llmock, tmp_path), 0) == outputs


async def test_no_server_is_left_and_one_that_cannot_start_fails_its_step(llmock: LLMock, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers"
    graph = using(odd("stubborn", numbers), "odd.echo")
    same(await both(graph, llmock, tmp_path, lambda: llmock.reply("done")), 1)
    server, child = numbers.read_text("utf-8").split()
    os.kill(int(child), signal.SIGKILL)  # it left its parent's session: only Baton's supervisor finds such ones
    async with asyncio.timeout(60):
        while lives(f"{server}:"):
            await asyncio.sleep(0.02)  # nothing tells of the end of a process that is not our child
    app, program, asked = await both(using(odd("dead"), "odd.echo"), llmock, tmp_path)
    assert program.returncode == app.exit_code == 1 and asked == [[], []]
    assert "odd" in program.stderr and "Traceback" not in program.stderr


@pytest.mark.timeout(900)
async def test_tools_of_a_server_over_http(llmock: LLMock, tmp_path: Path, commands: Path) -> None:
    server, port = await listening(commands, "streamableHttp")
    try:
        calls = (("odd_echo", {"message": "hello"}), ("odd_get-sum", {"a": 2, "b": 40}))
        script = (lambda: llmock.add(calling(*calls)), lambda: llmock.reply("done"))
        graph = using({"url": f"http://127.0.0.1:{port}/mcp"}, "odd.echo", "odd.get-sum")
        found = await both(graph, llmock, tmp_path, *script, hosts="127.0.0.1", environ=ALLOWED)
        assert same(found, 2) == {"out": "done"}
        assert "Echo: hello" in "".join(found[2][1]) and "42" in "".join(found[2][1])
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        await server.wait()


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SdkAgent]:
    with an_agent(tmp_path_factory.mktemp("agent")) as made:
        yield made


async def test_agents_elsewhere_give_the_same(agent: SdkAgent, llmock: LLMock, tmp_path: Path) -> None:
    said = {"echo hello": {"out": "echo hello"}, "message me": {"out": "no task, message me"}, "fail": {},
            "reject": {}, "stream a b c": {"out": "a\u2028b\u2028c\u2028"}}  # fmt: skip
    for message, outputs in said.items():
        graph = one("remote_agent", {"card": agent.base}, "text", message=message)
        assert same(await both(graph, llmock, tmp_path, hosts="127.0.0.1"), 0) == outputs
    graph = one("remote_agent", {"card": agent.base}, "data", message={"k": [1, 2.5]})
    assert same(await both(graph, llmock, tmp_path, hosts="127.0.0.1"), 0)["out"]["n"] == 3


async def test_a_swarm_plans_works_and_merges(llmock: LLMock, tmp_path: Path) -> None:
    config = {"model": "openai/gpt-4o", "prompt": "{{ i }}", "swarm": True, "instructions": "Be short.",
              "width": 1, "worker": {"model": "openai/o3", "instructions": "You look."}, "max_failures": 1}  # fmt: skip
    plan = {"tasks": [{"title": "North", "brief": "Look north"}, {"title": "South", "brief": "Look south"},
                      {"title": "Again", "brief": "Look north "}, {"title": "Void", "brief": "Look down"}]}  # fmt: skip
    nodes: dict[str, Any] = {"i": ("input", {"default": "Where?"}), "s": ("manager", config), "out": "output",
                             "all": "output"}  # fmt: skip
    graph = build(nodes, "i.value -> s.i", "s.text -> out.value", "s.results -> all.value")

    def script() -> None:
        lead = Match(model="gpt-4o")
        llmock.add(Reply(text=json.dumps(plan), match=lead, times=1))
        for said, times in (("A heron.", 1), ("Nothing there.", 1), ("", 2)):
            llmock.add(Reply(text=said, match=Match(model="o3"), times=times))
        llmock.add(Reply(text="A heron in the north.", match=lead, times=1))

    found = same(await both(graph, llmock, tmp_path, script), 6)
    assert found["out"] == "A heron in the north."
    assert [each["status"] for each in found["all"]] == ["ok", "ok", "failed"]


BEFORE = {"path": "a.py", "text": "one\ntwo\nthree\nfour\n"}


def changed(**lines: str) -> list[dict[str, str]]:
    text = BEFORE["text"]
    for old, new in lines.items():
        text = text.replace(old, new)
    return [{"path": "a.py", "text": text}, {"path": "b.py", "text": "same\n"}]


@pytest.mark.parametrize("policy", [{}, {"on_conflict": "collect"}, {"on_conflict": "prefer", "prefer": ["v1"]}])
async def test_files_are_merged_line_by_line(policy: dict[str, Any], llmock: LLMock, tmp_path: Path) -> None:
    config = {"strategy": "files", **policy}
    apart = merging(config, changed(one="ONE"), changed(three="THREE"), base=BEFORE)
    assert same(await both(apart, llmock, tmp_path), 0)["out"][0]["text"] == "ONE\ntwo\nTHREE\nfour\n"
    clash = merging(config, changed(two="2"), changed(two="II", four="4"), [*changed(two="2")], base=BEFORE)
    same(await both(clash, llmock, tmp_path), 0)
    own = merging(config, [{**BEFORE, "base": None}], [[{"path": "a.py", "text": "x", "base": "y"}]])
    same(await both(own, llmock, tmp_path), 0)
    fenced = merging(config, "```python\nONE\n```", "plain", base=BEFORE)
    same(await both(fenced, llmock, tmp_path), 0)
    same(await both(merging(config, "no file"), llmock, tmp_path), 0)
