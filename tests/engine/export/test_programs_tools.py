"""Tools of the program itself in exported programs: files that are written, databases, pages, servers of 2024."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock
from llmock.scenarios import Match, Reply, ToolCall

from engine.base.addresses import why_private as in_the_app
from engine.export.standalone.parts.guarding import why_private
from engine.graph.graph import Graph
from engine.testing import build
from tests.engine.base.test_addresses import PRIVATE, PUBLIC
from tests.engine.export.programs import as_program, both, keyed, run_program
from tests.engine.export.test_programs_of_kinds import ASK, calling, one, same
from tests.engine.tools.mcp.conftest import odd
from tests.engine.tools.mcp.odd import PIXEL

pytestmark = pytest.mark.slow

ALLOWED = {"BATON_ALLOW_WRITES": "1"}
FILES = {"data/a.txt": "one\ntwo\n", "data/b.txt": "b", "data/sub/c.md": "c", "data/.hidden": "h"}
DESK: Mapping[str, Any] = {**ASK, "tools": ["fs.*"], "folder": "data"}


def written(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8")
            for path in sorted((folder / "data").rglob("*")) if path.is_file()}  # fmt: skip


async def test_files_are_written_once_they_were_read(llmock: LLMock, tmp_path: Path) -> None:
    edit = {"path": "a.txt", "edits": [{"oldText": "two", "newText": "2"}]}
    wrong = {"path": "b.txt", "edits": [{"oldText": "zz", "newText": "2"}]}
    script = (
        lambda: llmock.add(calling(("fs_write_file", {"path": "a.txt", "content": "x"}), ("fs_edit_file", edit))),
        lambda: llmock.add(calling(("fs_read_file", {"path": "a.txt"}), ("fs_read_file", {"path": "no.txt"}),
                                   ("fs_read_file", {"path": "b.txt"}))),
        lambda: llmock.add(calling(
            ("fs_edit_file", edit), ("fs_write_file", {"path": "new/d.txt", "content": "d"}), ("fs_edit_file", wrong),
            ("fs_write_file", {"path": "../out.txt", "content": "x"}),
            ("fs_write_file", {"path": "sub", "content": "x"}),
        )),
        lambda: llmock.add(calling(
            ("fs_list_directory", {}), ("fs_list_directory", {"path": "new"}), ("fs_search_files", {"pattern": "**"}),
            ("fs_search_files", {"pattern": "*.txt", "text": "2"}), ("fs_search_files", {"pattern": "../*"}),
            ("fs_raed_file", {"path": "a.txt"}), ("fs_read_file", {"path": "a.txt", "first_line": 2, "lines": 1}),
        )),
        lambda: llmock.reply("done"),
    )  # fmt: skip
    found = await both(one("agent", DESK, "text", i="hi"), llmock, tmp_path, *script, files=FILES, environ=ALLOWED)
    assert same(found, 5) == {"out": "done"}
    assert written(tmp_path / "program") == written(tmp_path / "app")
    assert written(tmp_path / "program")["data/a.txt"] == "one\n2\n"
    assert "you have not read it" in "".join(found[2][1])


async def test_a_copy_is_changed_and_the_folder_stays(llmock: LLMock, tmp_path: Path) -> None:
    script = (
        lambda: llmock.add(calling(
            ("fs_write_file", {"path": "a.txt", "content": "x"}), ("fs_read_file", {"path": "b.txt"}),
            ("fs_write_file", {"path": "new/d.txt", "content": "d"}))),
        lambda: llmock.add(calling(
            ("fs_list_directory", {}), ("fs_list_directory", {"path": "new"}),
            ("fs_search_files", {"pattern": "**/*.txt"}), ("fs_read_file", {"path": "new/d.txt"}))),
        lambda: llmock.reply("done"),
    )  # fmt: skip
    graph = one("agent", {**DESK, "on_conflict": "isolate"}, "changes", i="hi")
    found = same(await both(graph, llmock, tmp_path, *script, files=FILES), 3)
    assert [(each["path"], each["base"]) for each in found["out"]] == [("a.txt", "one\ntwo\n"), ("new/d.txt", None)]
    assert written(tmp_path / "program")["data/a.txt"] == "one\ntwo\n"


def team(policy: str) -> Graph:
    """An agent and one after it, who write the same files; then nodes that write over what they left."""
    nodes: dict[str, Any] = {"i": ("input", {"default": "hi"}), "out": "output"}
    for name in ("first", "later"):
        nodes[name] = ("agent", {**DESK, "model": f"openai/{name}", "on_conflict": policy})
    edges = ["i.value -> first.i", "first.text -> later.i", "later.text -> out.value"]
    for name in ("a", "b"):
        source = f"def run(x):\n    return [{{'path': '{name}.txt', 'text': 'end'}}]"
        nodes |= {f"make_{name}": ("code", {"source": source}), f"told_{name}": "output",
                  f"write_{name}": ("write_files", {"root": "data", "on_conflict": "skip"})}  # fmt: skip
        edges += [f"later.text -> make_{name}.x", f"make_{name}.value -> write_{name}.files",
                  f"write_{name}.conflicts -> told_{name}.value"]  # fmt: skip
    return build(nodes, *edges)


@pytest.mark.parametrize("policy", ["cas", "serialise"])
async def test_what_came_before_is_known(policy: str, llmock: LLMock, tmp_path: Path) -> None:
    def script() -> None:
        for name, text in (("first", "1"), ("later", "2")):
            call = ToolCall("fs_write_file", {"path": "new.txt", "content": text})
            over = ToolCall("fs_write_file", {"path": "a.txt", "content": text})
            llmock.add(Reply(text=None, tool_calls=(call, over), match=Match(model=name), times=1))
            llmock.add(Reply(text="done", match=Match(model=name), times=1))

    found = await both(team(policy), llmock, tmp_path, script, files=FILES, environ=ALLOWED)
    outputs = same(found, 4)
    assert written(tmp_path / "program") == written(tmp_path / "app")
    assert written(tmp_path / "program")["data/new.txt"] == "2", "who comes later knows what was written before"
    assert [each["path"] for each in outputs["told_a"]] == (["a.txt"] if policy == "cas" else [])
    assert outputs["told_b"][0]["why"] == "it is there, and this run has not seen it as it is now"


async def test_databases_are_read_and_not_changed(llmock: LLMock, tmp_path: Path) -> None:
    for name in ("app", "program"):
        (tmp_path / name / "data").mkdir(parents=True)
        with closing(sqlite3.connect(tmp_path / name / "data/shop.db")) as database:
            database.execute("CREATE TABLE tea (name TEXT, price REAL, picture BLOB)")
            database.execute("INSERT INTO tea VALUES ('green', 2.5, x'0102')")
            database.commit()
    asked = ["SELECT name, price, picture FROM tea WHERE name = ?", "DELETE FROM tea", "SELEC", "SELECT 1; SELECT 2",
             "ATTACH 'x.db' AS x", "SELECT load_extension('x')", "SELECT trim('xteax', 'x')",
             f"SELECT 'x' LIKE '{'%' * 1_001}'"]  # fmt: skip
    calls = [("sqlite_query", {"database": "shop.db", "sql": sql, **({"parameters": ["green"]} if "?" in sql else {})})
             for sql in asked]  # fmt: skip
    calls.append(("sqlite_query", {"database": "../shop.db", "sql": "SELECT 1"}))
    script = (lambda: llmock.add(calling(*calls)), lambda: llmock.reply("done"))
    graph = one("agent", {**DESK, "tools": ["sqlite.query"]}, "text", i="hi")
    found = await both(graph, llmock, tmp_path, *script)
    assert same(found, 2) == {"out": "done"}
    assert "[2 bytes]" in "".join(found[2][1])


class Site(BaseHTTPRequestHandler):
    """Pages, redirects, and a tool server of 2024."""

    streams: dict[str, Any]

    def do_GET(self) -> None:
        if self.path == "/sse":
            return self._stream()
        pages = {"/page": ("text/html", "<head><title>x</title></head><h1>Tea</h1><p>Water <a href='/w'>first</a></p>"),
                 "/raw": ("text/plain; charset=latin-1", "caf\xe9 " * 40), "/bin": ("image/png", "x")}  # fmt: skip
        kind, text = pages.get(self.path, ("text/plain", "no"))
        status = 302 if self.path.startswith("/to/") else 200 if self.path in pages else 404
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://{self.path.removeprefix('/to/')}")
        self.send_header("Content-Type", kind)
        data = text.encode("latin-1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        return None

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"event: endpoint\ndata: /post\n\n")
        self.wfile.flush()
        self.streams["open"] = self
        self.streams["ended"].wait()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        tool = {"name": "shout", "description": "Shouts.", "annotations": {"readOnlyHint": True},
                "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}  # fmt: skip
        about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "old", "version": "1"}}
        said = asked.get("params", {}).get("arguments", {}).get("text", "").upper()
        results = {
            "initialize": {"protocolVersion": "2024-11-05", **about}, "tools/list": {"tools": [tool]},
            "tools/call": {"content": [{"type": "text", "text": said}]},
        }  # fmt: skip
        if "id" in asked:
            known = {"result": results[asked["method"]]} if asked["method"] in results else {
                "error": {"code": -32601, "message": "No"}}  # fmt: skip
            told = json.dumps({"jsonrpc": "2.0", "id": asked["id"], **known})
            self.streams["open"].wfile.write(f"event: message\ndata: {told}\n\n".encode())
            self.streams["open"].wfile.flush()

    def log_message(self, *args: Any) -> None:
        return None


@pytest.fixture
def site() -> Iterator[str]:
    Site.streams = {"ended": threading.Event()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    Site.streams["ended"].set()
    server.shutdown()
    thread.join()
    server.server_close()


async def test_pages_are_read_and_private_addresses_are_not(site: str, llmock: LLMock, tmp_path: Path) -> None:
    calls = [("web_fetch", given) for given in (
        {"url": f"http://{site}/page"}, {"url": f"http://{site}/raw", "max_length": 20, "start_index": 5},
        {"url": f"http://{site}/page", "raw": True}, {"url": f"http://{site}/to/{site}/page"},
        {"url": f"http://{site}/no"}, {"url": f"http://{site}/to/other.example/page"},
    )]  # fmt: skip
    script = (lambda: llmock.add(calling(*calls)), lambda: llmock.reply("done"))
    config = {**ASK, "tools": ["web.fetch"], "hosts": ["127.0.0.*"]}
    found = await both(one("agent", config, "text", i="hi"), llmock, tmp_path, *script, hosts="127.0.0.1")
    assert same(found, 2) == {"out": "done"}
    assert "Water first (/w)" in "".join(found[2][1])
    graph = one("tool", {"tool": "web.fetch", "arguments": {"url": f"http://{site}/page"}}, "result")
    refused = run_program(graph, tmp_path / "program", {})
    assert refused.returncode == 1 and "an address of this machine" in refused.stderr


def test_addresses_are_judged_as_in_the_app() -> None:
    every = [*PRIVATE, *PUBLIC]
    assert [why_private(address) for address in every] == [in_the_app(address) for address in every]


async def test_tools_of_a_server_of_2024(site: str, llmock: LLMock, tmp_path: Path) -> None:
    graph = one("agent", {**ASK, "tools": ["old.*"]}, "text", i="hi")
    graph = graph.with_tables(head={**graph.head, "tool_servers": {"old": {"serverUrl": f"http://{site}/sse"}}})
    script = (lambda: llmock.add(calling(("old_shout", {"text": "tea"}))), lambda: llmock.reply("done"))
    found = await both(graph, llmock, tmp_path, *script, hosts="127.0.0.1", environ=ALLOWED)
    assert same(found, 2) == {"out": "done"}
    assert "TEA" in "".join(found[2][1])


@pytest.mark.parametrize("model", ["openai/gpt-4o", "anthropic/claude-sonnet-4-5"])
async def test_models_are_shown_pictures(model: str, llmock: LLMock, tmp_path: Path) -> None:
    provider = model.partition("/")[0]
    config = {"model": model, "prompt": "What is {{ i }}, and {{ u }}?", "tools": ["odd.*"]}
    picture = {"media_type": "image/png", "data": PIXEL}
    graph = one("agent", config, "text", i=picture, u=f"data:image/gif;base64,{PIXEL}")
    graph = graph.with_tables(head={**graph.head, "tool_servers": {"odd": odd()}})
    script = (lambda: llmock.add(calling(("odd_picture", {}))), lambda: llmock.reply("a heron"))
    found = await both(graph, llmock, tmp_path, *script, environ=ALLOWED, provider=provider)
    assert same(found, 2) == {"out": "a heron"}
    assert "[image 2]" in found[2][1][0] and PIXEL in found[2][1][0]


async def test_pictures_that_meet_at_one_port_are_all_shown(llmock: LLMock, tmp_path: Path) -> None:
    picture, url = {"media_type": "image/png", "data": PIXEL}, f"data:image/gif;base64,{PIXEL}"
    nodes = {name: ("input", {"default": value, "type": "any"}) for name, value in (("a", picture), ("b", url))}
    graph = build({**nodes, "n": ("agent", {**ASK, "prompt": "Compare {{ i }}"}), "out": "output"},
                  "a.value -> n.i", "b.value -> n.i", "n.text -> out.value")  # fmt: skip
    found = await both(graph, llmock, tmp_path, lambda: llmock.reply("alike"))
    assert same(found, 1) == {"out": "alike"}
    assert "Compare [image 1]\\n\\n[image 2]" in found[2][1][0]


async def test_doubt_is_for_a_person_and_code_may_wait(llmock: LLMock, tmp_path: Path) -> None:
    source = "import asyncio\n\nasync def run(x):\n    await asyncio.sleep(0)\n    return x + 1"
    assert same(await both(one("code", {"source": source}, "value", x=1), llmock, tmp_path), 0) == {"out": 2}
    config = {"mode": "model", "model": "openai/gpt-4o", "below": "person", "routes": [{"id": "yes"}, {"id": "no"}]}
    told = as_program(one("router", config, "yes", value="hm")).inexact
    assert any("asks on the terminal in doubt" in sentence for sentence in told)
    sure = json.dumps({"route": "yes", "confidence": 0.9, "reason": "r"})
    found = await both(one("router", config, "yes", value="hm"), llmock, tmp_path, lambda: llmock.reply(sure))
    assert same(found, 1) == {"out": "hm"}
    unsure = json.dumps({"route": "yes", "confidence": 0.1, "reason": "r"})
    llmock.reset()
    llmock.reply(unsure)
    done = run_program(one("router", config, "yes", value="hm"), tmp_path / "program", keyed(llmock, "openai"))
    assert done.returncode == 1 and "there is no terminal to ask on" in done.stderr
