"""Exported programs do what the app does: the same requests to a model's server, the same outputs, without Baton."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmock.pytest_plugin import LLMock

from engine.export.registry import exporter
from engine.export.share import exported
from engine.export.standalone.runtime import PARTS, parts
from engine.files.beside import Beside
from engine.files.format import dumps
from engine.files.open import open_graph
from engine.graph.graph import Graph
from engine.testing import build
from tests.engine.export.programs import KINDS, SAVED, as_program, bodies, both, keyed, run_app, run_program

NAMES = sorted(path.name.removesuffix(".baton.json") for path in SAVED.glob("*.baton.json"))
OURS = ("PYTHONPATH", "_API_KEY", "_BASE_URL", "_HOST")
"""Endings of variables that programs must not find: where our own sources are, and other servers of models."""


def unasked(graph: Graph) -> Graph:
    """A graph whose managers ask no person, as programs do not."""
    return graph.with_tables(nodes={
        key: replace(node, config={**node.config, "person": False}) if node.kind == "manager" else node
        for key, node in graph.nodes.items()
    })  # fmt: skip


COMPARED = [name for name in NAMES if name not in ("review_before_publishing", "two_vendors")]
"""All but those that need a person and an agent elsewhere."""


def made(folder: Path) -> dict[str, bytes]:
    """The files of a folder, but what we put there."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "program.py")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize("name", COMPARED)
async def test_the_program_asks_and_gives_what_the_app_does(
    name: str, provider: str, llmock: LLMock, tmp_path: Path
) -> None:
    graph, environ = unasked(open_graph(SAVED / f"{name}.baton.json")), keyed(llmock, provider)
    for place in ("app", "program"):
        shutil.copytree(SAVED, tmp_path / place)
    result = await run_app(graph, environ, tmp_path, tmp_path / "app")
    before = len(llmock.requests)
    assert before, "the app asked the server"
    done = run_program(graph, tmp_path / "program", {**environ, "BATON_ALLOW_WRITES": "1"})
    assert done.returncode == result.exit_code, done.stderr
    assert bodies(llmock.requests[before:]) == bodies(llmock.requests[:before])
    assert json.loads(done.stdout) == dict(result.outputs)
    assert made(tmp_path / "program") == made(tmp_path / "app")


@pytest.mark.slow
async def test_the_program_for_langgraph_runs_on_the_released_one(
    llmock: LLMock, tmp_path: Path, apart: Callable[..., str]
) -> None:
    python, environ = apart("langgraph>=1,<2", "httpx"), keyed(llmock, "openai")
    for name in ("support_desk", "fan_out_research", "folder_batch", "revise_until_good", "data_pipeline"):
        graph = unasked(open_graph(SAVED / f"{name}.baton.json"))
        llmock.reset()
        result = await run_app(graph, environ, tmp_path)
        before = len(llmock.requests)
        done = run_program(graph, tmp_path, environ, "langgraph", python)
        assert done.returncode == result.exit_code, done.stderr
        assert bodies(llmock.requests[before:]) == bodies(llmock.requests[:before])
        assert json.loads(done.stdout) == dict(result.outputs)


ASK = ("agent", {"model": "openai/gpt-4o", "fallback": ["openai/gpt-4o-mini"], "prompt": "{{ i }}",
                 "retry": {"attempts": 2, "base_s": 0.01}})  # fmt: skip
PLAIN = ("template", {"template": "{{ x }}"})
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


@pytest.mark.slow
async def test_retries_fallbacks_and_repairs_are_the_same(llmock: LLMock, tmp_path: Path) -> None:
    graph = build({"i": ("input", {"default": "hi"}), "a": ASK, "o": "output"}, "i.value -> a.i", "a.text -> o.value")
    app, program, asked = await both(graph, llmock, tmp_path, lambda: llmock.fail(500, times=2))
    assert asked[0] == asked[1] and len(asked[0]) == 3
    assert json.loads(program.stdout) == dict(app.outputs)
    app, program, asked = await both(graph, llmock, tmp_path, lambda: llmock.rate_limit(times=2, retry_after=0.01))
    assert asked[0] == asked[1] and json.loads(program.stdout) == dict(app.outputs)
    fits = build({"i": ("input", {"default": "hi"}), "a": ("agent", {**ASK[1], "output_schema": SCHEMA}),
                  "o": "output"}, "i.value -> a.i", "a.data -> o.value")  # fmt: skip
    wrong = (lambda: llmock.reply('{"n": "x"}'), lambda: llmock.reply('{"n": 1.5}'), lambda: llmock.reply('{"n": 3}'))
    app, program, asked = await both(fits, llmock, tmp_path, *wrong)
    assert asked[0] == asked[1] and len(asked[0]) == 3, "asked again, then the next model"
    assert json.loads(program.stdout) == dict(app.outputs) == {"o": {"n": 3}}


@pytest.mark.slow
async def test_failures_go_the_same_ways(llmock: LLMock, tmp_path: Path) -> None:
    bad = ("agent", {"model": "openai/gpt-4o", "prompt": "{{ i }}"})
    graph = build(
        {"i": ("input", {"default": "hi"}), "a": bad, "b": ("agent", {**bad[1], "on_error": {"value": "stood in"}}),
         "t": ("template", {"template": "{{ e.class }} in {{ e.node }}"}), "after": PLAIN,
         "c": bad, "blocked": PLAIN, "p": ("input", {"default": "p"}),
         "m": ("merge", {"strategy": "list", "tolerate_failures": True}),
         "o": "output", "q": "output", "r": "output", "s": "output", "u": "output"},
        "i.value -> a.i", "i.value -> b.i", "i.value -> c.i", "a.error -> t.e", "t.text -> o.value",
        "a.text -> after.x", "after.text -> q.value", "b.text -> r.value", "c.text -> blocked.x",
        "blocked.text -> s.value", "c.text -> m.items", "p.value -> m.items", "m.value -> u.value",
    )  # fmt: skip
    app, program, asked = await both(graph, llmock, tmp_path, lambda: llmock.outage(status=401))
    assert asked[0] == asked[1] and program.returncode == app.exit_code == 1
    assert json.loads(program.stdout) == dict(app.outputs)
    assert set(app.outputs) == {"o", "r", "u"}
    assert "c: " in program.stderr


async def test_routes_merges_and_maps_without_a_model_are_the_same(llmock: LLMock, tmp_path: Path) -> None:
    rules = [{"id": "big", "when": {"all": [{"field": "n", "op": "gt", "value": 3},
                                            {"not": {"field": "tags", "op": "contains", "value": "no"}}]}},
             {"id": "named", "when": {"field": "name", "op": "matches", "value": "^A.*x$"}}]  # fmt: skip
    body = {"nodes": [{"id": "item", "kind": "input"}, {"id": "r", "kind": "router", "config": {"routes": rules}},
                      {"id": "t", "kind": "template", "config": {"template": "{{ v.n }}{% if v.n > 8 %}!{% endif %}"}},
                      {"id": "out", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "r.value"}, {"from": "r.big", "to": "t.v"},
                      {"from": "r.named", "to": "out.value"}, {"from": "t.text", "to": "out.value"}]}  # fmt: skip
    items = [{"n": 9}, {"n": 4, "tags": ["no"], "name": "Ax"}, {"n": 1}, {"n": 5, "name": "A\nx"}]
    shout = "{% for x in xs if x %}{{ loop.index }}/{{ loop.length }} {{ x | replace('b', '\"') | upper }}{% if not " \
            "loop.last %}, {% endif %}{% endfor %} {{ '{' }}{{ xs | length }}}"  # fmt: skip
    loop = {"nodes": [{"id": "d", "kind": "input"}, {"id": "t", "kind": "template", "config": {"template": "{{ d }}x"}},
                      {"id": "better", "kind": "output", "config": {"name": "d"}}],
            "edges": [{"from": "d.value", "to": "t.d"}, {"from": "t.text", "to": "better.value"}]}  # fmt: skip
    graph = build(
        {"l": ("input", {"default": items}), "m": ("map", {"body": body}), "o": "output",
         "a": ("input", {"default": {"k": 1, "list": [1]}}),
         "b": ("input", {"default": {"k": 1, "z": None, "list": [2]}}),
         "j": ("merge", {"strategy": "json"}), "v": ("merge", {"strategy": "vote"}), "jo": "output", "vo": "output",
         "xs": ("input", {"default": ["ab", "", "cb"]}), "s": ("template", {"template": shout}), "so": "output",
         "loop": ("loop", {"body": loop, "until": {"field": "d", "op": "ends_with", "value": "xxx"}}), "lo": "output",
         "class": ("input", {"default": "from"}), "text": ("template", {"template": "{{ text }} {{ class_ }}"}),
         "to": "output"},
        "l.value -> m.items", "m.items -> o.value", "a.value -> j.items", "b.value -> j.items", "j.value -> jo.value",
        "a.value -> v.items", "b.value -> v.items", "v.value -> vo.value", "xs.value -> s.xs",
        "s.text -> so.value", "class.value -> loop.d", "loop.d -> lo.value", "class.value -> text.text",
        "xs.value -> text.class_", "text.text -> to.value",
    )  # fmt: skip
    app, program, _ = await both(graph, llmock, tmp_path)
    assert app.status == "completed", app.nodes
    assert json.loads(program.stdout) == dict(app.outputs), program.stderr


def test_what_cannot_be_exported_is_said_and_fails_by_itself(tmp_path: Path) -> None:
    graph = build({"i": ("input", {"default": "hi"}), "a": ("agent", {"prompt": "{{ i }}", "tools": ["hub.*"]}),
                   "u": "telepathy", "o": "output", "p": "output"},
                  "i.value -> a.i", "a.text -> o.value", "i.value -> p.value", "i.value -> u.x")  # fmt: skip
    told = as_program(graph).inexact
    why = "“a” is a placeholder: it uses “hub.*” of a tool server that the graph does not name"
    assert any(why in sentence for sentence in told)
    assert any("telepathy" in sentence for sentence in told)
    done = run_program(graph, tmp_path, {})
    assert done.returncode == 1 and json.loads(done.stdout) == {"p": "hi"}
    assert "tool server" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_no_text_of_a_graph_becomes_code(hostile: str) -> None:
    words = f'{hostile}"""\n\'\'\' + __import__("os").system("x") #'
    written = ("template", {"template": "{{ x }}" + words})
    graph = build({"i": ("input", {"default": words, "name": words}), "t": written, "o": ("output", {"name": words})},
                  "i.value -> t.x", "t.text -> o.value", name=words, description=words)  # fmt: skip
    nodes = {key: replace(node, title=words) for key, node in graph.nodes.items()}
    source = as_program(graph.with_tables(nodes=nodes)).data.decode("utf-8")
    called = {call.func.id for call in ast.walk(ast.parse(source)) if isinstance(call, ast.Call)
              and isinstance(call.func, ast.Name)}  # fmt: skip
    assert "__import__" not in called


def test_no_name_means_two_things_in_a_program() -> None:
    names = [name for part in parts().values() for name in part.names]
    assert sorted(names) == sorted(set(names))
    assert {path.stem for path in PARTS.glob("*.py")} - {"__init__"} == parts().keys()


def test_the_head_is_what_uv_reads() -> None:
    source = as_program(open_graph(SAVED / "research_draft_review.baton.json")).data.decode("utf-8")
    form = r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$"  # as PEP 723 has it
    [block] = [found for found in re.finditer(form, source) if found["type"] == "script"]
    told = tomllib.loads("".join(line[2:] for line in block["content"].splitlines(keepends=True)))
    assert told == {"requires-python": ">=3.11", "dependencies": ["httpx>=0.27,<1"]}


def test_ports_that_nothing_leads_to_and_files_that_contain_themselves_do_no_harm(tmp_path: Path) -> None:
    graph = build({"w": "write_files", "m": "map", "r": "router", "s": ("subgraph", {"graph": "g.baton.json"})})
    file = tmp_path / "g.baton.json"
    file.write_text(dumps(graph))
    kinds = KINDS.reading(Beside(tmp_path))
    for form in ("python", "langgraph", "agentspec"):
        assert exported(graph, exporter(form), kinds, folder=tmp_path, file=file).data
    told = exported(graph, exporter("python"), kinds, folder=tmp_path).inexact
    assert any("stand too deep inside each other" in sentence for sentence in told)


@pytest.mark.slow
async def test_uv_runs_a_program_with_what_its_head_names(llmock: LLMock, tmp_path: Path) -> None:
    graph, environ = open_graph(SAVED / "research_draft_review.baton.json"), keyed(llmock, "openai")
    result = await run_app(graph, environ, tmp_path)
    before = len(llmock.requests)
    file = tmp_path / "program.py"
    file.write_bytes(as_program(graph).data)
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    command = [uv, "run", "--no-project", "--python", sys.executable, "--quiet", str(file)]
    env = {**{name: value for name, value in os.environ.items() if not name.endswith(OURS)}, **environ}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path, check=False)
    if done.returncode and "Failed to fetch" in done.stderr:
        pytest.skip(f"no package index gives httpx: {done.stderr[-200:]}")
    assert done.returncode == result.exit_code, done.stderr
    assert bodies(llmock.requests[before:]) == bodies(llmock.requests[:before])
    assert json.loads(done.stdout) == dict(result.outputs)
