"""What a graph could do outside, and that its hash turns with each of them and with nothing else (T2)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.files.beside import Beside
from engine.files.format import graph_from_json
from engine.graph import commands
from engine.kinds.contract import NodeConfig
from engine.kinds.registry import AnyKind, Kinds
from engine.plan.capabilities import Capabilities, capabilities, differ
from engine.plan.trust import listed
from engine.testing import build

KINDS = Kinds.load()
Json = dict[str, Any]


def sample() -> Json:
    """A graph with every sort of capability, at the top and in bodies."""
    inner = {"nodes": [
        {"id": "item", "kind": "input", "config": {}},
        {"id": "inner", "kind": "http", "config": {"method": "POST", "url": "https://inner.example/"}},
        {"id": "o", "kind": "output", "config": {}},
    ], "edges": [{"from": "inner.body", "to": "o.value"}]}  # fmt: skip
    return {
        "baton": 1, "name": "Sample",
        "tool_servers": {"fs": {"command": "npx", "args": ["-y", "server"], "env": {"KEY": "secret://fs", "A": "1"}},
                         "far": {"url": "https://mcp.example/sse"}},
        "nodes": [
            {"id": "i", "kind": "input", "config": {"type": "list", "default": []}},
            {"id": "h", "kind": "http", "title": "Ask", "config": {
                "url": "https://api.example/v1", "headers": {"Authorization": "Bearer secret://api"},
                "body": {"text": "{{ i }}", "key": "secret://other"}}},
            {"id": "f", "kind": "files", "config": {"root": "docs", "glob": "*.md", "max_files": 5}},
            {"id": "w", "kind": "write_files", "config": {"root": "out"}},
            {"id": "c", "kind": "code", "config": {"source": "def run(value): return value", "timeout_s": 5}},
            {"id": "m", "kind": "map", "config": {"body": inner}},
            {"id": "t", "kind": "tool", "config": {
                "tool": "far.log_in", "arguments": {"key": "secret://far", "to": "https://api.example/"}}},
            {"id": "a", "kind": "agent", "config": {"model": "openai/gpt-5", "prompt": "Say {{ c }}", "fallback": []}},
        ],
        "edges": [{"from": "i.value", "to": "m.items"}, {"from": "i.value", "to": "c.value"},
                  {"from": "c.value", "to": "a.c"}],
        "layout": {"nodes": {"h": [0, 0]}},
    }  # fmt: skip


def node(data: Json, name: str) -> Json:
    found: Json = next(each for each in data["nodes"] if each["id"] == name)
    return found


def of(data: Json, folder: Path | None = Path("/graphs")) -> Capabilities:
    return capabilities(graph_from_json(data), KINDS, folder)


DANGEROUS: dict[str, Any] = {
    "argv": lambda d: d["tool_servers"]["fs"]["args"].append("--all"),
    "one byte of argv": lambda d: d["tool_servers"]["fs"].update(args=["-y", "serves"]),
    "order of argv": lambda d: d["tool_servers"]["fs"]["args"].reverse(),
    "command": lambda d: d["tool_servers"]["fs"].update(command="npm"),
    "environment": lambda d: d["tool_servers"]["fs"]["env"].update(A="2"),
    "environment name": lambda d: d["tool_servers"]["fs"]["env"].update(LD_PRELOAD="x.so"),
    "server secret": lambda d: d["tool_servers"]["fs"]["env"].update(KEY="secret://api"),
    "server address": lambda d: d["tool_servers"]["far"].update(url="https://mcp.evil/sse"),
    "new server": lambda d: d["tool_servers"].update(x={"command": "true"}),
    "server gone": lambda d: d["tool_servers"].pop("far"),
    "host": lambda d: node(d, "h")["config"].update(url="https://api.evil/v1"),
    "path of an address": lambda d: node(d, "h")["config"].update(url="https://api.example/v2"),
    "placeholder in a host": lambda d: node(d, "h")["config"].update(url="https://{{ i }}/v1"),
    "method": lambda d: node(d, "h")["config"].update(method="DELETE"),
    "another secret": lambda d: node(d, "h")["config"].update(headers={"Authorization": "secret://fs"}),
    "another tool for a secret": lambda d: node(d, "t")["config"].update(tool="web.fetch"),
    "where a tool sends a secret": lambda d: node(d, "t")["config"]["arguments"].update(to="https://evil.example/"),
    "folder where a server starts": lambda d: d["tool_servers"]["fs"].update(cwd="elsewhere"),
    "secret in a body": lambda d: node(d, "h")["config"]["body"].update(more="secret://more"),
    "secret anywhere": lambda d: node(d, "a")["config"].update(prompt="secret://api2 {{ c }}"),
    "folder read": lambda d: node(d, "f")["config"].update(root=".."),
    "glob": lambda d: node(d, "f")["config"].update(glob="**/.*"),
    "folder written": lambda d: node(d, "w")["config"].update(root="/"),
    "source": lambda d: node(d, "c")["config"].update(source="def run(value): return  value"),
    "inside a body": lambda d: node(d, "m")["config"]["body"]["nodes"][1]["config"].update(url="https://evil.example/"),
    "new node in a body": lambda d: node(d, "m")["config"]["body"]["nodes"].append({"id": "k", "kind": "code"}),
    "node gone": lambda d: d["nodes"].pop(1),
    "model named outright": lambda d: node(d, "a")["config"].update(model="openai/gpt-4o"),
    "fallback named outright": lambda d: node(d, "a")["config"].update(fallback=["evil/model"]),
}
COSMETIC: dict[str, Any] = {
    "position": lambda d: d["layout"]["nodes"].update(h=[500, 3]),
    "no layout": lambda d: d.pop("layout"),
    "title": lambda d: node(d, "h").update(title="Renamed"),
    "name and description": lambda d: d.update(name="Other", description="More"),
    "notes": lambda d: d["layout"].update(notes=[{"id": "n", "text": "secret://note", "rect": [0, 0, 9, 9]}]),
    "settings": lambda d: d.update(settings={"concurrency": 3, "budget_usd": 1}),
    "order of nodes": lambda d: d["nodes"].reverse(),
    "order of edges": lambda d: d["edges"].reverse(),
    "order of keys": lambda d: d.update(tool_servers=dict(reversed(d["tool_servers"].items()))),
    "order of the keys of a server": lambda d: d["tool_servers"].update(
        fs=dict(reversed(d["tool_servers"]["fs"].items()))
    ),
    "prompt": lambda d: node(d, "a")["config"].update(prompt="Say it better: {{ c }}"),
    "tier": lambda d: node(d, "a")["config"].update(fallback=["best", "cheap"]),
    "limits": lambda d: node(d, "c")["config"].update(timeout_s=9, retry={"attempts": 2}, on_error={"value": 1}),
    "most files": lambda d: node(d, "f")["config"].update(max_files=50),
    "id": lambda d: node(d, "w").update(id="writer"),
    "the same once more": lambda d: d["nodes"].append({**copy.deepcopy(node(d, "f")), "id": "f2"}),
    "an unknown kind": lambda d: d["nodes"].append({"id": "z", "kind": "teleport", "config": {"to": "moon"}}),
    "an unknown key": lambda d: d.update(x_tool="1"),
}


@pytest.mark.parametrize("change", DANGEROUS, ids=str)
def test_every_change_of_what_it_could_do_turns_the_hash(change: str) -> None:
    before, data = of(sample()), sample()
    DANGEROUS[change](data)
    assert of(data).digest != before.digest


@pytest.mark.parametrize("change", COSMETIC, ids=str)
def test_no_other_change_does(change: str) -> None:
    before, data = of(sample()), sample()
    COSMETIC[change](data)
    assert of(data).digest == before.digest


@given(st.lists(st.sampled_from(sorted(COSMETIC)), max_size=8, unique=True), st.sampled_from(sorted(DANGEROUS)))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
def test_cosmetics_never_hide_a_change(cosmetics: list[str], dangerous: str) -> None:
    first, second = sample(), sample()
    for change in cosmetics:
        if change not in ("no layout", "order of nodes"):
            COSMETIC[change](first)
    COSMETIC["order of nodes"](first)
    assert of(first).digest == of(second).digest
    DANGEROUS[dangerous](second)
    assert of(first).digest != of(second).digest


CONFIGS: list[Json] = [
    {"url": "https://api.example/v1"}, {"url": "https://else.example/v1"}, {"root": "docs", "glob": "*"},
    {"model": "openai/gpt-5", "prompt": "Say {{ c }}"}, {"model": "cheap", "prompt": "secret://api"}, {},
]  # fmt: skip


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
def test_it_is_known_from_the_nodes_that_changed_whether_a_step_could_do_something_else(data: st.DataObject) -> None:
    before = after = graph_from_json(sample())
    for _ in range(data.draw(st.integers(0, 4))):
        node = data.draw(st.sampled_from(sorted(after.nodes)))
        step = data.draw(st.sampled_from(["set", "remove", "add", "servers", "move"]))
        if step == "set":
            after = commands.set_config(after, node, data.draw(st.sampled_from(CONFIGS)))
        elif step == "remove" and len(after.nodes) > 1:
            after = commands.remove(after, [node])
        elif step == "add":
            kind = data.draw(st.sampled_from(["http", "files", "agent", "template"]))
            after = commands.add_node(after, kind, (0, 0), config=data.draw(st.sampled_from(CONFIGS)))[0]
        elif step == "servers":
            after = commands.set_head(after, "tool_servers", data.draw(st.sampled_from([{}, sample()["tool_servers"]])))
        else:
            after = commands.move(after, {node: (8.0, 8.0)})
    folder = Path("/graphs")
    apart = capabilities(before, KINDS, folder) != capabilities(after, KINDS, folder)
    assert differ(before, after, KINDS, folder) is differ(after, before, KINDS, folder) is apart


@given(st.binary(min_size=1, max_size=30), st.binary(min_size=1, max_size=30))
def test_two_argvs_have_one_hash_only_when_they_are_the_same(one: bytes, two: bytes) -> None:
    def with_argument(raw: bytes) -> str:
        data = sample()
        data["tool_servers"]["fs"]["args"] = [raw.decode("latin-1")]
        return of(data).digest

    assert (with_argument(one) == with_argument(two)) is (one == two)


def test_folders_are_meant_by_their_full_name() -> None:
    data = {"baton": 1, "nodes": [{"id": "f", "kind": "files", "config": {"root": "./a/..", "glob": "*"}}]}
    assert [one.detail for one in of(data).all] == ["/graphs/*"]
    assert of(data, Path("/elsewhere")).digest != of(data).digest


def test_a_server_is_trusted_where_it_starts() -> None:
    server: Json = {"command": "python", "args": ["server.py"]}
    data = {"baton": 1, "tool_servers": {"own": server}, "nodes": []}
    assert of(data, Path("/downloads/evil")).digest != of(data, Path("/graphs")).digest
    told = list(listed(of(data, Path("/graphs"))))
    assert told == ['start the program own: python "server.py" in "/graphs"']
    data["tool_servers"]["own"] = {**server, "cwd": "parts/../bin"}
    assert list(listed(of(data, Path("/graphs")))) == ['start the program own: python "server.py" in "/graphs/bin"']
    data["tool_servers"]["own"] = {**server, "cwd": "~nobody_has_this_name/x"}
    assert "~nobody_has_this_name" in next(listed(of(data, Path("/graphs"))))


def test_links_in_the_folder_are_told_by_where_they_lead(tmp_path: Path) -> None:
    data = {"baton": 1, "tool_servers": {"own": {"command": "x", "cwd": "bin"}}, "nodes": [
        {"id": "f", "kind": "files", "config": {"root": "docs/.."}},
        {"id": "w", "kind": "write_files", "config": {"root": "docs/deep"}},
        {"id": "c", "kind": "files", "config": {"root": "circle"}},
    ]}  # fmt: skip
    root, other = tmp_path / "graphs", tmp_path / "other"
    root.mkdir()
    for name, target in (("docs", other / "real"), ("bin", Path("docs/bin")), ("circle", Path("circle"))):
        (root / name).symlink_to(target)
    before = of(data, root)
    told = {one.what: one.detail for one in before.all if "circle" not in one.detail}
    assert told["folder"] == str(other / "real" / "deep")
    assert {one.detail for one in before.all if not one.writes} >= {f"{other}/**/*"}
    assert json.loads(told["command"].partition(" ")[2])["cwd"] == str(other / "real" / "bin")
    (root / "docs").unlink()
    (root / "docs").symlink_to(Path.home())
    assert of(data, root).digest != before.digest


def test_a_folder_without_a_name_is_the_graphs_own() -> None:
    data = {"baton": 1, "nodes": [{"id": "f", "kind": "files", "config": {"root": "", "glob": "etc/passwd"}}]}
    assert [one.detail for one in of(data).all] == ["/graphs/etc/passwd"]


HARMLESS = {
    "files": {"max_files", "binary"}, "code": {"outputs", "memory_mb"}, "http": {"fail_on_status", "max_bytes"},
    "remote_agent": {"description", "idle_s"}, "write_files": {"on_conflict"}, "tool": {"on_conflict"},
}  # fmt: skip
"""Settings of kinds that reach outside which change nothing of where they reach. Any other must turn the hash."""
OTHER: Json = {
    "root": "elsewhere", "glob": "other/*", "source": "def run(): return 2", "method": "PUT", "folder": "elsewhere",
    "url": "https://other.example/", "headers": {"X": "secret://other"}, "body": {"key": "secret://other"},
    "card": "https://other.example/", "hosts": ["other.example"], "tool": "sqlite.query",
    "arguments": {"sql": "secret://other"},
}  # fmt: skip


@pytest.mark.parametrize("kind", [each for each in KINDS if each.needs_trust], ids=lambda each: each.name)
def test_each_setting_of_a_kind_that_reaches_outside_is_in_the_hash(kind: AnyKind) -> None:
    config = {"tool": "web.fetch", "folder": "here"} if kind.name == "tool" else dict(kind.starter)
    for field in set(kind.Config.model_fields) - set(NodeConfig.model_fields) - HARMLESS.get(kind.name, set()):
        was = {**config, "tool": "fs.read_file"} if field == "folder" else config
        before, after = (of({"baton": 1, "nodes": [{"id": "n", "kind": kind.name, "config": each}]})
                         for each in (was, {**was, field: OTHER[field]}))  # fmt: skip
        assert before.digest != after.digest, field


def test_a_graph_that_stays_inside_needs_no_trust() -> None:
    data = {"baton": 1, "nodes": [
        {"id": "a", "kind": "agent", "config": {"model": "openai/gpt-5"}}, {"id": "t", "kind": "template"},
        {"id": "x", "kind": "code", "config": {"source": 3}},
    ]}  # fmt: skip
    assert not of(data)
    assert of(data).models == ()


def test_files_beside_are_looked_into_each_once(tmp_path: Path) -> None:
    code = {"id": "c", "kind": "code", "config": {"source": "def run(): return 1"}}
    reading = {"id": "f", "kind": "files", "config": {"root": "data", "glob": "*"}}
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/inner.baton.json").write_text(json.dumps({"baton": 1, "nodes": [code, reading], "edges": []}))
    whole = {"baton": 1, "nodes": [
        {"id": name, "kind": "subgraph", "config": {"graph": "parts/inner.baton.json"}} for name in ("s", "t")
    ]}  # fmt: skip
    found = capabilities(graph_from_json(whole), KINDS.reading(Beside(tmp_path)), tmp_path)
    assert [(one.what, one.detail) for one in found.all] == [
        ("code", "def run(): return 1"), ("folder", str(tmp_path / "parts/data/*")),
    ]  # fmt: skip


def test_files_that_contain_each_other_end(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        nodes = [{"id": "s", "kind": "subgraph", "config": {"graph": f"{other}.baton.json"}}] * 2
        nodes = [{**each, "id": f"s{index}"} for index, each in enumerate(nodes)]
        (tmp_path / f"{name}.baton.json").write_text(json.dumps({"baton": 1, "nodes": nodes, "edges": []}))
    whole = {"baton": 1, "nodes": [{"id": "s", "kind": "subgraph", "config": {"graph": "a.baton.json"}}]}
    assert not capabilities(graph_from_json(whole), KINDS.reading(Beside(tmp_path)), tmp_path)


def test_the_tools_of_an_agent_are_told_with_folder_and_hosts() -> None:
    def could(**config: Any) -> list[tuple[str, str, bool]]:
        found = build({"a": ("agent", {"prompt": "x", **config})})
        return [(one.what, one.detail, one.writes) for one in capabilities(found, Kinds.load()).all]

    assert could(tools=["fs.read_file"], folder="notes") == [("folder", "notes", False)]
    assert could(tools=["fs.*"], folder="notes") == [("folder", "notes", True)]
    assert could(tools=["fs.*"], folder="notes", on_conflict="isolate") == [("folder", "notes", False)]
    assert could(tools=["sqlite.query"], folder="notes") == [("folder", "notes", False)]
    assert could(tools=["web.fetch"], hosts=["*.example.org"]) == [("host", "*.example.org", False)]
    assert could(tools=["web.fetch"]) == [("host", "any public address of the web that a model names", False)]
    assert could(tools=["clock.now"], folder="notes") == []


def test_a_node_that_calls_one_tool_tells_what_that_could_do() -> None:
    def could(**config: Any) -> list[tuple[str, str, bool]]:
        found = build({"t": ("tool", config)})
        return [(one.what, one.detail, one.writes) for one in capabilities(found, Kinds.load()).all]

    assert could(tool="web.fetch", arguments={"url": "{{ url }}"})[0][0] == "host"
    assert could(tool="fs.write_file", folder="out") == [("folder", "out", True)]
    assert could(tool="clock.now") == []


def test_what_the_agents_of_a_swarm_could_do_is_told() -> None:
    worker = {"tools": ["fs.*"], "folder": "out"}
    found = build({"m": ("manager", {"prompt": "x", "swarm": True, "worker": worker})})
    told = [(one.what, one.detail, one.writes) for one in capabilities(found, Kinds.load()).all]
    assert told == [("folder", "out", True)]
