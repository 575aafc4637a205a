"""Opening: every fault has one sentence, a hint and its place; caps hold before parsing; opening does nothing else."""

from __future__ import annotations

import ast
import gzip
import json
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import FileProblem
from engine.files import dumps, loads, open_graph, open_stamped
from engine.files import open as opening
from engine.files.open import graph_of
from engine.files.strict import DEPTH_CAP, FILE_CAP

GOLDEN = Path(__file__).parents[2] / "golden" / "files"


def whole(**keys: Any) -> bytes:
    return json.dumps({"baton": 1, **keys}).encode()


def node(**keys: Any) -> dict[str, Any]:
    return {"id": "a", "kind": "agent", "config": {}, **keys}


def raw(inside: str) -> bytes:
    return b'{"baton": 1, ' + inside.encode() + b"}"


FAULTS: list[tuple[str, bytes, str, str]] = [
    ("empty", b"", "empty", ""),
    ("blank", b" \n ", "empty", ""),
    ("cut off", whole(name="x")[:-3], "not valid JSON", "line 1, column 22"),
    ("not JSON", b"hello", "not valid JSON", "line 1, column 1"),
    ("a list", b"[]", "no “baton” number", "baton"),
    ("another JSON", b'{"nodes": []}', "no “baton” number", "baton"),
    ("baton text", b'{"baton": "1"}', "whole number", "baton"),
    ("baton true", b'{"baton": true}', "whole number", "baton"),
    ("baton negative", b'{"baton": -1}', "whole number", "baton"),
    ("baton fraction", b'{"baton": 1.5}', "whole number", "baton"),
    ("latin-1", '{"baton": 1, "name": "ä"}'.encode("latin-1"), "not UTF-8", "line 1, column 23"),
    ("utf-16", '{"baton": 1}'.encode("utf-16"), "UTF-16", "line 1, column 1"),
    ("gzip", gzip.compress(b"{}"), "gzip archive", "line 1, column 2"),
    ("png", b"\x89PNG\r\n\x1a\n", "PNG picture", "line 1, column 1"),
    ("zip", b"PK\x03\x04\xff" + zlib.compress(b"x"), "zip archive", "line 1, column 5"),
    ("key twice", raw('"name": "x", "name": "y"'), "“name” stands there twice", ""),
    ("inner key twice", raw('"nodes": [{"id": "a", "id": "b"}]'), "“id” stands there twice", "nodes[0]"),
    ("NaN", raw('"settings": {"budget_usd": NaN}'), "NaN", "settings.budget_usd"),
    ("infinity", raw('"x": [1, -Infinity]'), "-Infinity", "x[1]"),
    ("too large", raw('"x": 1e999'), "too large", "x"),
    ("huge integer", raw('"x": ' + "9" * 5000), "too large", "x"),
    ("65 bits", raw('"x": 9223372036854775808'), "too large", "x"),
    ("name number", whole(name=3), "must be text, not a number", "name"),
    ("settings list", whole(settings=[]), "must be an object, not a list", "settings"),
    ("nodes object", whole(nodes={}), "must be a list, not an object", "nodes"),
    ("node text", whole(nodes=["a"]), "must be an object, not text", "nodes[0]"),
    ("no id", whole(nodes=[node(), {"kind": "agent"}]), "has no “id”", "nodes[1]"),
    ("id number", whole(nodes=[node(id=7)]), "must be text", "nodes[0].id"),
    ("bad id", whole(nodes=[node(id="My node")]), "cannot be an id", "nodes[0].id"),
    ("id twice", whole(nodes=[node(), node()]), "two nodes “a”", "nodes[1].id"),
    ("no kind", whole(nodes=[{"id": "a"}]), "has no “kind”", "nodes[0]"),
    ("empty kind", whole(nodes=[node(kind="")]), "is empty", "nodes[0].kind"),
    ("config list", whole(nodes=[node(config=[])]), "must be an object", "nodes[0].config"),
    ("title null", whole(nodes=[node(title=None)]), "must be text, not null", "nodes[0].title"),
    ("edge without a dot", whole(edges=[{"from": "a", "to": "b.x"}]), "node and its port", "edges[0].from"),
    ("edge without a port", whole(edges=[{"from": "a.x", "to": "b."}]), "node and its port", "edges[0].to"),
    ("edge without an end", whole(edges=[{"from": "a.x"}]), "has no “to”", "edges[0]"),
    ("edge twice", whole(edges=[{"from": "a.x", "to": "b.y"}] * 2), "there twice", "edges[1]"),
    ("place NaN", raw('"nodes": [], "layout": {"nodes": {"a": [NaN, 0]}}'), "NaN", "layout.nodes.a[0]"),
    ("place short", whole(layout={"nodes": {"a": [1]}}), "not a position", "layout.nodes.a"),
    ("place true", whole(layout={"nodes": {"a": [1, True]}}), "not a position", "layout.nodes.a"),
    ("place far", whole(layout={"nodes": {"a": [1, 1e300]}}), "not a position", "layout.nodes.a"),
    ("frame box", whole(layout={"frames": [{"id": "f", "rect": [1]}]}), "not a box", "layout.frames[0].rect"),
    ("note twice", whole(layout={"notes": [{"id": "n", "text": "", "rect": [0, 0, 1, 1]}] * 2}), "there twice",
     "layout.notes[1].id"),
    ("layout list", whole(layout=[]), "must be an object", "layout"),
    ("newer and odd", b'{"baton": 9, "nodes": 3}', "newer Baton", "nodes"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says", "place"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_each_fault_is_said_with_its_place(data: bytes, says: str, place: str) -> None:
    with pytest.raises(FileProblem) as caught:
        loads(data)
    assert says in caught.value.message
    assert caught.value.place == place
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def nested(levels: int) -> dict[str, Any]:
    body: dict[str, Any] = {"nodes": [], "edges": []}
    for _ in range(levels):
        body = {"nodes": [{"id": "m", "kind": "map", "config": {"body": body}}], "edges": []}
    return body


def test_graphs_may_be_nested_64_deep_and_no_deeper() -> None:
    graph = loads(whole(**nested(DEPTH_CAP)))
    assert loads(dumps(graph)) == graph
    with pytest.raises(FileProblem, match="nests more deeply"):
        loads(whole(**nested(DEPTH_CAP + 20)))


def test_values_inside_one_graph_may_not_be_deeper_than_64() -> None:
    value: Any = 1
    for _ in range(DEPTH_CAP - 6):
        value = [value]
    assert loads(whole(nodes=[node(config={"x": value})])).nodes["a"].config["x"] == value
    for _ in range(10):
        value = {"k": value}
    with pytest.raises(FileProblem, match="64 deep") as caught:
        loads(whole(nodes=[node(config={"x": value})]))
    assert caught.value.place.startswith("nodes[0].config.x.k.k")


@pytest.mark.parametrize(
    "data",
    [b"[" * 5_000_000, b'{"a":' * 1_000_000, b"[[]" * 3_000_000, b"[" * 400 + b"]" * 400, b'{"a":[' * 300],
    ids=["open", "open objects", "both", "closed", "mixed"],
)
def test_bottomless_files_are_refused_before_parsing(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json.JSONDecoder, "decode", lambda *_: pytest.fail("it was parsed"))
    with pytest.raises(FileProblem, match=r"nests more deeply|values"):
        loads(data)


def test_brackets_in_texts_are_no_depth() -> None:
    text = '[{"' * 1000 + "\\"
    assert loads(whole(name=text)).name == text


@pytest.mark.parametrize("letter", ['"', "\\", "é", "😀"])
def test_a_text_is_as_long_as_its_letters_are_in_utf8_however_the_file_writes_them(letter: str) -> None:
    most = 4 * 1024 * 1024 // len(letter.encode())
    assert loads(whole(nodes=[node(config={"prompt": letter * most})])).nodes
    with pytest.raises(FileProblem, match="more than 4 MB"):
        loads(whole(nodes=[node(config={"prompt": letter * (most + 1)})]))


def test_counts_sizes_and_texts_are_capped(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="200,001 nodes; at most 200,000") as caught:
        loads(b'{"baton": 1, "nodes": [' + b",".join([b"{}"] * 200_001) + b"]}")
    assert caught.value.place == "nodes"
    with pytest.raises(FileProblem, match="more than 4 MB") as caught:
        loads(whole(nodes=[node(config={"prompt": "x" * (4 * 1024 * 1024 + 1)})]))
    assert caught.value.place == "nodes[0].config.prompt"
    big = tmp_path / "big.baton.json"
    with big.open("wb") as file:
        file.truncate(FILE_CAP + 1)
    with pytest.raises(FileProblem, match="64 MB"):
        open_graph(big)
    with pytest.raises(FileProblem, match="values"):
        loads(b'{"baton": 1, "x": [' + b"0," * 8_000_001 + b"0]}")


def test_a_byte_order_mark_is_accepted() -> None:
    assert loads(b"\xef\xbb\xbf" + whole(name="x")).name == "x"


def test_a_newer_file_opens_read_only_and_keeps_its_number() -> None:
    graph = loads(b'{"baton": 2, "name": "x", "nodes": [{"id": "a", "kind": "new", "config": {}}]}')
    assert "newer Baton" in graph.read_only
    assert '"baton": 2' in dumps(graph)


def test_an_old_file_migrates_and_no_edge_is_dropped() -> None:
    old = GOLDEN / "version_0.baton.json"
    graph = open_graph(old)
    assert dumps(graph) == (GOLDEN / "version_0.now.baton.json").read_text("utf-8")
    assert len(graph.edges) == len(json.loads(old.read_text("utf-8"))["connections"])


def test_an_old_number_without_a_step_is_said() -> None:
    with pytest.raises(FileProblem, match="number 0 cannot be read"):
        graph_of({"baton": 0}, migrations={})


def test_paths_that_are_no_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="There is no file"):
        open_graph(tmp_path / "none.baton.json")
    with pytest.raises(FileProblem, match="is a folder"):
        open_graph(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileProblem, match="not an ordinary file"):
        open_graph(tmp_path / "pipe")
    with pytest.raises(FileProblem, match="not an ordinary file"):
        open_graph("/dev/zero")
    with pytest.raises(FileProblem, match="cannot be read"):
        open_graph("a\0b")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(FileProblem, match="cannot be read"):
        open_graph(tmp_path / "circle")


def test_a_file_that_may_not_be_read_is_said() -> None:
    script = """
import os, sys
from engine.base.errors import FileProblem
from engine.files import open_graph
if os.geteuid() == 0:  # root may read everything
    os.setuid(65534)
try:
    open_graph(sys.argv[1])
except FileProblem as problem:
    print(problem.message)
"""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "secret.baton.json"
        path.write_bytes(whole())
        path.chmod(0)
        done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)
    assert done.stdout == f"You may not read {path}.\n", done.stderr


def test_opening_starts_contacts_and_imports_nothing(tmp_path: Path) -> None:
    body = {"nodes": [node(id="c", kind="code", config={"source": "import os; os.system('touch /tmp/never')"})]}
    path = tmp_path / "hostile.baton.json"
    path.write_bytes(
        whole(
            name="__import__('os').system('id')",
            tool_servers={
                "x": {"command": "sh", "args": ["-c", "touch /tmp/never"]},
                "y": {"url": "http://127.0.0.1:9"},
            },
            nodes=[
                node(kind="os.system"),
                node(id="s", kind="subgraph", config={"graph": "../../etc/passwd"}),
                node(id="h", kind="http", config={"url": "http://169.254.169.254/"}),
                node(id="m", kind="map", config={"body": body}),
                node(id="t", kind="template", config={"template": "{{ ''.__class__.__mro__ }}"}),
            ],
        )
    )
    script = f"""
import sys
from engine.files import dumps, loads, open_graph
loads('{{"baton": 1}}')
seen = []
sys.addaudithook(lambda event, args: seen.append((event, str(args))))
graph = open_graph({str(path)!r})
dumps(graph)
quiet = ("open", "object.__getattr__", "os.listdir", "os.scandir", "builtins.id", "sys._getframe")
print([event for event in seen if event[0] not in quiet])
print([event[1] for event in seen if event[0] == "open"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path.cwd())
    others, opened = done.stdout.splitlines()
    assert others == "[]", done.stdout + done.stderr
    assert opened.count("hostile.baton.json") == 1
    assert len(ast.literal_eval(opened)) == 2  # the path, and the same file by its descriptor


@pytest.mark.slow
def test_a_hundred_thousand_nodes_open(tmp_path: Path) -> None:
    count = 100_000
    data = whole(
        nodes=[node(id=f"n{i}", config={"prompt": "{{ x }}"}) for i in range(count)],
        edges=[{"from": f"n{i}.text", "to": f"n{i + 1}.x"} for i in range(count - 1)],
    )
    graph = loads(data)
    assert (len(graph.nodes), len(graph.edges)) == (count, count - 1)


def test_the_stamp_is_of_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.baton.json"
    path.write_bytes(whole(name="one"))
    graph, stamp = open_stamped(path)
    assert graph.name == "one"
    assert (stamp.size, stamp.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
    assert opening.read_file(path)[1] == stamp


def test_a_frame_and_a_note_of_one_id_are_told_apart() -> None:
    """They are selected, moved and removed by their ids alone."""
    frames = [{"id": key, "rect": [0, 0, 9, 9]} for key in ("m", "m_2")]
    notes = [{"id": key, "text": key.upper(), "rect": [0, 0, 9, 9]} for key in ("m", "m_3")]
    graph = loads(whole(layout={"frames": frames, "notes": notes}))
    assert list(graph.frames) == ["m", "m_2"]
    assert [(key, note.id, note.text) for key, note in graph.notes.items()] == [
        ("m_4", "m_4", "M"),
        ("m_3", "m_3", "M_3"),
    ]
