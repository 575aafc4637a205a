"""Flows of Open Agent Spec: loaded by its own library, every branch led on, and what they cannot say is said."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import Refused
from engine.export.registry import exporter
from engine.export.share import exported
from engine.files.open import open_graph
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.testing import build

SAVED = Path(__file__).resolve().parents[3] / "saved_graphs"
LOADS = """
import sys
from pathlib import Path
from pyagentspec.serialization import AgentSpecDeserializer, AgentSpecSerializer
for name in sys.argv[1:]:
    flow = AgentSpecDeserializer().from_json(Path(name).read_text("utf-8"))
    again = AgentSpecDeserializer().from_json(AgentSpecSerializer().to_json(flow))
    print(Path(name).name, type(again).__name__, len(again.nodes), again == flow)
"""


def flow_of(graph: Graph) -> dict[str, Any]:
    """The document of a graph."""
    flow: dict[str, Any] = json.loads(exported(graph, exporter("agentspec"), Kinds.load()).data)
    return flow


def controls(flow: dict[str, Any]) -> set[tuple[str, str | None, str]]:
    """Who hands control to whom, and by which branch."""
    return {
        (_short(edge["from_node"]), edge["from_branch"], _short(edge["to_node"]))
        for edge in flow["control_flow_connections"]
    }


def _short(node: dict[str, str]) -> str:
    return node["$component_ref"].rpartition("/")[2]


def test_each_route_leads_through_its_own_nodes_and_on() -> None:
    routes = {"mode": "model", "routes": [{"id": "x", "label": "X"}, {"id": "y"}], "model": "cheap"}
    agent = ("agent", {"model": "cheap", "prompt": "Do {{ v }}"})
    graph = build(
        {"i": "input", "r": ("router", routes), "a": agent, "b": agent, "m": "merge", "o": "output"},
        "i.value -> r.value", "r.x -> a.v", "a.text -> b.v", "b.text -> m.items", "r.y -> m.items",
        "m.value -> o.value",
    )  # fmt: skip
    flow = flow_of(graph)
    assert controls(flow) == {
        ("start", None, "r_choice"), ("r_choice", None, "r"), ("r", "x", "a"), ("a", None, "b"), ("b", None, "m"),
        ("r", "y", "m"), ("r", "default", "m"), ("m", None, "end"),
    }  # fmt: skip
    choice = flow["$referenced_components"]["flow/r_choice"]
    assert choice["outputs"][0]["enum"] == ["x", "y", "default"] and "- x: X" in choice["prompt_template"]


def test_what_it_cannot_say_is_said() -> None:
    agent = ("agent", {"model": "cheap", "prompt": "{{ v.part }}", "tools": ["calc.*"]})
    graph = build({"i": "input", "a": agent, "t": ("template", {"template": "{{ e }}"}), "o": "output"},
                  "i.value -> a.v", "a.text -> o.value", "a.error -> t.e")  # fmt: skip
    told = " ".join(exported(graph, exporter("agentspec"), Kinds.load()).inexact)
    for words in ("goes without its tools", "shows whole values", "“t” is left out", "“cheap” stands for itself"):
        assert words in told
    with pytest.raises(Refused, match="circle"):
        flow_of(build({"a": agent, "b": agent}, "a.text -> b.v", "b.text -> a.v"))


@pytest.mark.slow
def test_its_own_library_loads_every_saved_graph(tmp_path: Path, apart: Callable[..., str]) -> None:
    files = []
    for path in sorted(SAVED.glob("*.baton.json")):
        files.append(tmp_path / f"{path.name}.json")
        files[-1].write_text(json.dumps(flow_of(open_graph(path))), "utf-8")
    done = subprocess.run([apart("pyagentspec"), "-c", LOADS, *map(str, files)], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(files), done.stderr[-2000:]
    assert all(" Flow " in line and line.endswith(" True") for line in lines), lines
