"""The diagram holds every node and edge, and no title can break out of its label."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.export.formats.mermaid import EXPORTER
from engine.files.open import open_graph
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.registry import Kinds
from tests.graphs import graphs

KINDS = Kinds.load()
LABEL = re.compile(r'"([^"]*)"')


def test_shapes_routes_and_errors() -> None:
    routes = {"routes": [{"id": "x", "label": "To billing"}, {"id": "y"}]}
    nodes = [Node("i", "input", "", {}), Node("r", "router", "Which desk?", routes), Node("end", "output"),
             Node("m", "merge"), Node("u", "unheard")]  # fmt: skip
    edges = [Edge("i", "value", "r", "value"), Edge("r", "x", "end", "value"), Edge("r", "error", "m", "items")]
    text = EXPORTER.export(Graph({"name": 'A "good" name'}, {n.id: n for n in nodes}, {e.key: e for e in edges}), KINDS)
    lines = text.splitlines()
    assert lines[:4] == ["---", 'title: "A \\"good\\" name"', "---", "flowchart LR"]
    assert '    n_i(["i<br/><small>any value</small>"])' in lines
    assert '    n_r{"Which desk?<br/><small>2 routes</small>"}' in lines
    assert '    n_end(["end"])' in lines, "the id of a node is never a word of Mermaid's"
    assert "    n_i --> n_r" in lines
    assert '    n_r -->|"To billing"| n_end' in lines
    assert '    n_r -.->|"error"| n_m' in lines


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(graphs())
def test_any_graph_is_read_again(graph: Graph) -> None:
    text = EXPORTER.export(graph, KINDS)
    assert EXPORTER.verify(text.encode("utf-8"), graph, KINDS) == ""
    if graph.nodes:
        without = "\n".join(
            line for line in text.splitlines() if not line.startswith(f"    n_{next(iter(graph.nodes))}")
        )
        assert EXPORTER.verify(without.encode("utf-8"), graph, KINDS) != ""


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_no_title_breaks_out_of_its_label(title: str) -> None:
    node = Node("a", "output", title)
    line = EXPORTER.export(Graph(nodes={"a": node}), KINDS).splitlines()[-1]
    found = LABEL.fullmatch(line.removeprefix("    n_a([").removesuffix("])"))
    assert found, line
    assert not set("<>[]{}()|`&\\") & set(found[1])


PARSES = """
import {readFileSync} from "node:fs"; import {JSDOM} from "jsdom";
globalThis.window = new JSDOM("<!doctype html><body></body>").window; globalThis.document = window.document;
const {default: mermaid} = await import("mermaid");
for (const file of process.argv.slice(2)) {
  try { console.log((await mermaid.parse(readFileSync(file, "utf8"))).diagramType); }
  catch (error) { console.log("BAD", file, String(error).slice(0, 300)); }
}
"""


@pytest.mark.slow
@pytest.mark.timeout(900)  # the parser may have to be installed
def test_the_real_parser_reads_every_diagram(tmp_path: Path, commands: Path) -> None:
    hostile = ['"] --> x', "end", "click n_a call", "%%{init: {}}%%", "a|b;c#d", "`**x**`", "<script>", "subgraph\nend"]
    named = {f"{kind}{i}": (kind, title) for i, title in enumerate(hostile) for kind in ("agent", "review", "router")}
    nodes = {key: Node(key, *kind_and_title) for key, kind_and_title in named.items()}
    edge = Edge("agent0", "error", "review1", "value")
    graphs_ = [Graph({"name": "---\n"}, nodes, {edge.key: edge}), Graph()]
    saved = Path(__file__).resolve().parents[3] / "saved_graphs"
    graphs_ += [open_graph(path) for path in sorted(saved.glob("*.baton.json"))]
    for number, graph in enumerate(graphs_):
        (tmp_path / f"{number}.mmd").write_text(EXPORTER.export(graph, KINDS), "utf-8")
    (tmp_path / "parse.mjs").write_text(PARSES)
    files = [f"{number}.mmd" for number in range(len(graphs_))]
    (tmp_path / "node_modules").symlink_to(commands.parent / "node_modules")
    done = subprocess.run([commands / "node", "parse.mjs", *files], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split("\n")[:-1] == ["flowchart-v2"] * len(files), done.stdout + done.stderr
