"""Each kind as a program: the same requests and the same outputs as in the app, with real servers and folders."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
from llmock.pytest_plugin import LLMock
from llmock.scenarios import Reply, ToolCall

from engine.files.format import dumps, graph_to_json
from engine.graph.graph import Graph
from engine.testing import build
from tests.engine.export.programs import as_program, both

pytestmark = pytest.mark.slow

ASK: Mapping[str, Any] = {"model": "openai/gpt-4o", "prompt": "{{ i }}"}


def one(kind: str, config: Mapping[str, Any], port: str, **inputs: Any) -> Graph:
    """A graph around one node: an input for each of its ports, an output for what it gives."""
    nodes: dict[str, Any] = {name: ("input", {"default": value, "type": "any"}) for name, value in inputs.items()}
    edges = [f"{name}.value -> n.{name}" for name in inputs]
    return build({**nodes, "n": (kind, config), "out": "output"}, *edges, f"n.{port} -> out.value")


def merging(config: Mapping[str, Any], *values: Any, base: Any = None) -> Graph:
    """A merge of some values, with its conflicts beside the value."""
    nodes: dict[str, Any] = {f"v{number}": ("input", {"default": value}) for number, value in enumerate(values)}
    edges = [f"{name}.value -> m.items" for name in nodes]
    if base is not None:
        nodes["base"], edges = ("input", {"default": base}), [*edges, "base.value -> m.base"]
    nodes |= {"m": ("merge", config), "out": "output", "told": "output"}
    return build(nodes, *edges, "m.value -> out.value", "m.conflicts -> told.value")


def calling(*calls: tuple[str, Mapping[str, Any]]) -> Reply:
    """A reply that calls tools, several at once."""
    return Reply(text=None, tool_calls=tuple(ToolCall(name, dict(given)) for name, given in calls), times=1)


def same(found: tuple[Any, Any, list[list[str]]], requests: int) -> dict[str, Any]:
    """What both gave, once all is alike."""
    app, program, asked = found
    assert program.returncode == app.exit_code, program.stderr
    assert asked[1] == asked[0] and len(asked[0]) == requests
    outputs: dict[str, Any] = json.loads(program.stdout)
    assert outputs == dict(app.outputs), program.stderr
    return outputs


BOOKS: Sequence[Any] = (
    {"books": [{"id": 1, "title": "A", "pages": 10}, {"id": 2, "title": "B"}], "by": "x"},
    {"books": [{"id": 2, "title": "B"}, {"id": 1, "title": "A", "year": 3}], "by": "x", "new.key": [1]},
)


@pytest.mark.parametrize(
    ("config", "values", "base"),
    [
        ({"strategy": "json", "arrays": "by_key", "array_key": "id"}, BOOKS, None),
        ({"strategy": "json", "arrays": "union", "on_conflict": "collect"},
         ({"a": [1, 1, 2], "b": 1}, {"a": [2, 3], "b": 2}), None),
        ({"strategy": "json", "on_conflict": "prefer", "prefer": ["v1"]},
         ({"a": 1, "c": 3}, {"a": 2, "b": 2}, {"a": 1}), {"a": 1, "b": 1, "c": 3, "d": 4}),
        ({"strategy": "json", "on_conflict": "prefer"}, ({"l": [1, 3]}, {"l": [1, 2, 4]}), {"l": [1, 2]}),
        ({"strategy": "vote", "tie": "conflict", "on_conflict": "prefer", "prefer": ["v1"]}, ("a", "b"), None),
    ],
)  # fmt: skip
async def test_merges_find_the_same_conflicts(
    config: Mapping[str, Any], values: Sequence[Any], base: Any, llmock: LLMock, tmp_path: Path
) -> None:
    assert "out" in same(await both(merging(config, *values, base=base), llmock, tmp_path), 0)


async def test_models_settle_conflicts_and_write_texts_together(llmock: LLMock, tmp_path: Path) -> None:
    settle = merging({"strategy": "json", "on_conflict": "judge", "model": "openai/gpt-4o"}, {"a": 1, "b": "x"},
                     {"a": 2, "b": "y"})  # fmt: skip
    verdict = {"place_1": {"choose": "v1", "reason": "newer"}, "place_2": {"choose": "v0", "reason": "older"}}
    found = same(await both(settle, llmock, tmp_path, lambda: llmock.reply(json.dumps(verdict))), 1)
    assert found["out"] == {"a": 2, "b": "x"} and found["told"][0]["reason"] == "newer"
    reduced = merging({"strategy": "reduce", "model": "openai/gpt-4o", "instructions": "Be brief."}, "one", "two")
    assert same(await both(reduced, llmock, tmp_path, lambda: llmock.reply("both")), 1)["out"] == "both"


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_agents_call_tools_and_take_a_conversation(provider: str, llmock: LLMock, tmp_path: Path) -> None:
    model = {"openai": "openai/gpt-4o", "anthropic": "anthropic/claude-sonnet-4-5"}[provider]
    config = {**ASK, "model": model, "tools": ["calc.*", "fs.read_file", "fs.list_directory", "fs.search_files"],
              "folder": "data", "history": {"last": 1}}  # fmt: skip
    said = [{"role": "user", "text": "old"}, {"role": "assistant", "text": "gone"}, {"role": "user", "content": "new"},
            {"role": "ai", "text": "kept"}]  # fmt: skip
    graph = one("agent", config, "messages", i="What is there?", history=said)
    calls = calling(
        ("calc_evaluate", {"expression": "0.1 + 2^3"}), ("calc_evaluate", {"expression": "1/0"}),
        ("fs_read_file", {"path": "a.txt"}), ("fs_read_file", {"path": "../x"}), ("fs_list_directory", {}),
        ("fs_search_files", {"pattern": "**/*.txt", "text": "heron"}), ("calc_evaluate", {"expression": 3}),
    )  # fmt: skip
    files = {"data/a.txt": "a heron\na crow\n", "data/b/c.txt": "no bird", "x": "secret"}
    script = (lambda: llmock.add(calls), lambda: llmock.reply("Done."))
    app, program, asked = await both(graph, llmock, tmp_path, *script, files=files, provider=provider)
    assert program.returncode == app.exit_code == 0, program.stderr
    told = {row.get("tool_call_id"): row["text"] for row in json.loads(program.stdout)["out"] if row["role"] == "tool"}
    assert list(told.values())[::2][:3] == ["8.1", "a heron\na crow\n", "a.txt (15 bytes)\nb/"]
    assert "secret" not in program.stdout and len(asked[1]) == 2
    theirs = [row["text"] for row in app.outputs["out"] if row["role"] == "tool"]
    alike = [ours == other for ours, other in zip(told.values(), theirs, strict=True)]
    assert alike.count(False) <= 2, "what went wrong may be told in other words"


TEAM: Mapping[str, Any] = {
    "i": ("input", {"default": "Refund me and fix it"}),
    "lead": ("manager", {**ASK, "default": "other", "threshold": 0.5, "max_delegations": 4,
                         "rules": [{"specialist": "tech", "when": {"field": "", "op": "contains", "value": "fix"}}]}),
    "money": ("agent", {"model": "openai/gpt-4o-mini", "prompt": "{{ brief }}", "description": "refunds"}),
    "tech": ("agent", {"model": "openai/o3", "prompt": "Solve: {{ brief }}", "instructions": "You repair. Be kind."}),
    "other": ("template", {"template": "Noted: {{ brief }}"}),
    "out": "output", "aside": "output",
}  # fmt: skip
WIRED = ("i.value -> lead.i", "lead.team -> money.brief", "lead.team -> tech.brief", "lead.team -> other.brief",
         "lead.text -> out.value", "money.text -> aside.value")  # fmt: skip


async def test_a_manager_lets_specialists_work_at_once(llmock: LLMock, tmp_path: Path) -> None:
    from llmock.scenarios import Match

    def script() -> None:
        lead, money, tech = (Match(model=name) for name in ("gpt-4o", "gpt-4o-mini", "o3"))
        work = {"brief": "Refund 5", "expected": "a sentence"}
        sent = (
            ("delegate", {**work, "specialist": "money", "confidence": 0.9}),
            ("delegate", {**work, "specialist": "tech", "brief": "Fix it"}),
            ("delegate", {**work, "specialist": "tech", "brief": "Who?", "confidence": 0.1}),
            ("delegate", {"specialist": "nobody", "brief": "x", "expected": ""}),
        )
        calls = tuple(ToolCall(name, dict(given)) for name, given in sent)
        llmock.add(Reply(text=None, tool_calls=calls, match=lead, times=1))
        turned_down = ToolCall("reject", {"reason": "not mine"})
        llmock.add(Reply(text=None, tool_calls=(turned_down,), match=tech, times=1))
        route = {"route": "money", "confidence": 0.9, "reason": "r"}
        llmock.add(Reply(text=json.dumps(route), match=lead, times=1))
        llmock.add(Reply(text="All done.", match=lead, times=1))
        llmock.add(Reply(text="Refunded.", match=money, times=2))

    found = same(await both(build(dict(TEAM), *WIRED), llmock, tmp_path, script), 6)
    assert found == {"out": "All done.", "aside": "Refunded."}


async def test_rules_stand_in_for_a_manager_whose_model_fails(llmock: LLMock, tmp_path: Path) -> None:
    from llmock.scenarios import Fail, Match

    def script() -> None:
        llmock.add(Fail(401, match=Match(model="gpt-4o"), times=None))
        llmock.add(Reply(text="Fixed.", match=Match(model="o3"), times=1))

    assert same(await both(build(dict(TEAM), *WIRED), llmock, tmp_path, script), 2)["out"] == "Fixed."


async def test_rows_of_tables_are_mapped(llmock: LLMock, tmp_path: Path) -> None:
    body = {"nodes": [{"id": "item", "kind": "input", "config": {"type": "any"}},
                      {"id": "t", "kind": "template", "config": {"template": "{{ item.name }}"}},
                      {"id": "o", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "t.item"}, {"from": "t.text", "to": "o.value"}]}  # fmt: skip
    for table in ("\ufeffname; n\n\nAda; 1\n\"B;c\"; 2\n", '{"name": "Ada"}\n\n{"name": 3}\n',
                  {"path": "x.tsv", "text": "name\tn\nAda\t1"}, ""):  # fmt: skip
        graph = one("map", {"body": body, "over": "rows"}, "items", items=table)
        assert "out" in same(await both(graph, llmock, tmp_path, lambda: None), 0)


async def test_code_files_and_graphs_beside_it_do_the_same(llmock: LLMock, tmp_path: Path) -> None:
    inner = build({"x": ("input", {}), "t": ("template", {"template": "{{ x }}!"}), "y": "output"},
                  "x.value -> t.x", "t.text -> y.value")  # fmt: skip
    source = "import json\n\ndef run(files):\n    # counts\n    return [len(f['text']) for f in files]\n"
    graph = build(
        {"f": ("files", {"root": "data", "glob": "**/*.txt"}), "c": ("code", {"source": source}), "count": "output",
         "i": ("input", {"default": "hi"}), "s": ("subgraph", {"graph": "parts/inner.baton.json"}), "said": "output",
         "e": ("subgraph", {"body": graph_to_json(inner)}), "embedded": "output",
         "w": ("write_files", {"root": "made"}), "written": "output",
         "d": ("code", {"source": "def run(s):\n    return [{'path': 'a/b.txt', 'text': s}]"}),
         "bad": ("code", {"source": "def run():\n    return 1 / 0", "on_error": {"value": "none"}}), "stood": "output"},
        "f.files -> c.files", "c.value -> count.value", "i.value -> s.x", "s.y -> said.value", "i.value -> e.x",
        "e.y -> embedded.value", "s.y -> d.s", "d.value -> w.files", "w.written -> written.value",
        "bad.value -> stood.value",
    )  # fmt: skip
    files = {"data/b.txt": "12", "data/a/x.txt": "1", "data/.hidden.txt": "", "parts/inner.baton.json": dumps(inner)}
    found = same(await both(graph, llmock, tmp_path, files=files), 0)
    assert found == {"count": [1, 2], "said": "hi!", "embedded": "hi!", "written": ["a/b.txt"], "stood": "none"}
    assert (tmp_path / "program/made/a/b.txt").read_text() == (tmp_path / "app/made/a/b.txt").read_text() == "hi!"


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent; `/no` is refused."""

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", 0))
        told = {"path": self.path, "body": self.rfile.read(size).decode(), "key": self.headers.get("x-key"),
                "type": self.headers.get("content-type")}  # fmt: skip
        data = json.dumps(told).encode()
        self.send_response(404 if self.path.startswith("/no") else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        return None


@pytest.fixture
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_requests_are_the_same(echo: str, llmock: LLMock, tmp_path: Path) -> None:
    asked = {"method": "POST", "url": echo + "/find/{{ q }}?x={{ q }}", "headers": {"X-Key": "secret://MY_KEY"},
             "body": {"all": "{{ v }}", "told": "it is {{ q }}", "n": 1}}  # fmt: skip
    graph = build(
        {"q": ("input", {"default": "a/b c"}), "v": ("input", {"default": {"k": [1]}}), "h": ("http", asked),
         "no": ("http", {"method": "POST", "url": echo + "/no", "fail_on_status": False}), "o": "output",
         "status": "output", "fails": ("http", {"method": "POST", "url": echo + "/no"}), "why": "output",
         "t": ("template", {"template": "{{ e.class }}"})},
        "q.value -> h.q", "v.value -> h.v", "h.body -> o.value", "no.status -> status.value",
        "fails.error -> t.e", "t.text -> why.value",
    )  # fmt: skip
    environ = {"MY_KEY": "a-secret-of-mine"}
    app, program, _ = await both(graph, llmock, tmp_path, hosts="127.0.0.1", environ=environ)
    ours, theirs = json.loads(program.stdout), dict(app.outputs)
    assert ours["status"] == theirs["status"] == 404 and ours["why"] == theirs["why"]
    assert ours["o"]["key"] == "a-secret-of-mine" and "/find/a%2Fb%20c?" in ours["o"]["path"]
    assert unquote(ours["o"]["path"]) == unquote(theirs["o"]["path"])
    assert json.loads(ours["o"]["body"]) == json.loads(theirs["o"]["body"]) and ours["o"]["type"] == theirs["o"]["type"]


async def test_a_tool_without_a_model_and_the_way_out_of_a_loop(llmock: LLMock, tmp_path: Path) -> None:
    graph = one("tool", {"tool": "calc.evaluate", "arguments": {"expression": "{{ x }} * 2"}}, "result", x="21")
    assert same(await both(graph, llmock, tmp_path), 0) == {"out": 42}
    body = {"nodes": [{"id": "d", "kind": "input"},
                      {"id": "a", "kind": "agent", "config": {**ASK, "prompt": "{{ d }}", "tools": ["loop.exit"]}},
                      {"id": "better", "kind": "output", "config": {"name": "d"}}],
            "edges": [{"from": "d.value", "to": "a.d"}, {"from": "a.text", "to": "better.value"}]}  # fmt: skip
    judged = {"body": body, "judge": "Is it good?", "model": "openai/gpt-4o", "max_passes": 4}
    no = json.dumps({"route": "no", "confidence": 0.9, "reason": "r"})
    script = (lambda: llmock.reply("one"), lambda: llmock.reply(no),
              lambda: llmock.call_tool("loop_exit", {"reason": "done"}), lambda: llmock.reply("two"))  # fmt: skip
    assert same(await both(one("loop", judged, "d", d="start"), llmock, tmp_path, *script), 4) == {"out": "two"}


async def test_a_person_decides_on_the_terminal(tmp_path: Path) -> None:
    import os
    import pty
    import sys

    graph = one("review", {"question": "Is “{{ value }}” right?"}, "approved", value="so")
    file = tmp_path / "program.py"
    file.write_bytes(as_program(graph).data)
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(file), stdin=theirs, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    os.write(ours, b"e\n[1, 2]\n")
    out, err = await process.communicate()
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, err
    assert json.loads(out) == {"out": [1, 2]} and "Is “so” right?" in err.decode()
