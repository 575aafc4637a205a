"""Bodies that stand in files of their own, in every container; files that cannot be, told before the run (S5, S6)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from engine.base.errors import WrongUse
from engine.files.beside import Beside
from engine.files.save import save_graph
from engine.graph.graph import Graph
from engine.kinds.contract import Capability, Kind, NodeConfig, Ports
from engine.plan.capabilities import capabilities
from engine.plan.check import check
from engine.run.control import Run, RunOptions
from engine.run.prepared import Preparations
from engine.run.servers import listed
from engine.run.services import Services
from engine.testing import build

OPTIONS = RunOptions(journal=False, pace=0)


def save(path: Path, graph: Graph) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_graph(graph, path, generations=0)


def outer(kind: str, port: str, file: str, **config: Any) -> Graph:
    out = "items" if kind == "map" else "draft"
    value = ["a", "b"] if kind == "map" else "a"
    return build(
        {"x": ("input", {"type": "json", "default": value}), "c": (kind, {"graph": file, **config}), "end": "output"},
        f"x.value -> c.{port}", f"c.{out} -> end.value",
    )  # fmt: skip


def contained(file: str) -> dict[str, Any]:
    """A container's config that needs no edges."""
    return {"graph": file, "optional": ["items"]}


def inner(takes: str) -> Graph:
    return build(
        {takes: "input", "t": ("template", {"template": f"{{{{ {takes} }}}}!"}), "out": ("output", {"name": "draft"})},
        f"{takes}.value -> t.{takes}", "t.text -> out.value",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "port", "takes", "config", "value"),
    [
        ("map", "items", "item", {}, ["a!", "b!"]),
        ("loop", "draft", "draft", {"max_passes": 3}, "a!!!"),
        ("subgraph", "draft", "draft", {}, "a!"),
    ],
)
async def test_a_body_may_stand_in_a_file(
    services: Services, tmp_path: Path, kind: str, port: str, takes: str, config: dict[str, Any], value: Any
) -> None:
    save(tmp_path / "parts/body.baton.json", inner(takes))
    graph = outer(kind, port, "parts/body.baton.json", **config)
    assert not check(graph, services.kinds, folder=tmp_path)
    result = await Run(graph, {}, OPTIONS, services=services, folder=tmp_path).execute()
    assert result.outputs == {"end": value}


@pytest.mark.parametrize(("kind", "port"), [("map", "items"), ("loop", "draft"), ("subgraph", "draft")])
def test_a_file_that_is_not_there_is_told_before_the_run(
    services: Services, tmp_path: Path, kind: str, port: str
) -> None:
    graph = outer(kind, port, "nowhere.baton.json")
    with pytest.raises(WrongUse, match=r"“c” cannot run: The graph “nowhere\.baton\.json” cannot be found"):
        Run(graph, {}, OPTIONS, services=services, folder=tmp_path)
    assert {problem.node for problem in check(graph, services.kinds, folder=tmp_path)} == {"c"}


@pytest.mark.parametrize("kind", ["map", "loop", "subgraph"])
def test_files_that_contain_each_other_are_told_before_the_run(services: Services, tmp_path: Path, kind: str) -> None:
    save(tmp_path / "sub/b.baton.json", build({"c": (kind, contained("../a.baton.json"))}))
    graph = build({"c": (kind, contained("sub/b.baton.json"))})
    save(tmp_path / "a.baton.json", graph)
    assert "subgraph_cycle" in {problem.code for problem in check(graph, services.kinds, folder=tmp_path)}
    with pytest.raises(WrongUse, match="contains itself"):
        Run(graph, {}, OPTIONS, services=services, folder=tmp_path)


def test_files_of_one_name_in_different_folders_are_different_files(services: Services, tmp_path: Path) -> None:
    save(tmp_path / "in/g.baton.json", build({"c": ("subgraph", {"graph": "in/g.baton.json"})}))
    save(tmp_path / "in/in/g.baton.json", build({}))
    graph = build({"c": ("subgraph", {"graph": "in/g.baton.json"})})
    assert not [problem for problem in check(graph, services.kinds, folder=tmp_path) if problem.severity == "error"]
    Run(graph, {}, OPTIONS, services=services, folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["map", "loop", "subgraph"])
def test_too_many_levels_are_told_before_the_run(services: Services, tmp_path: Path, kind: str) -> None:
    for level in range(70):
        graph = build({"c": (kind, contained(f"g{level + 1}.baton.json"))} if level < 69 else {})
        save(tmp_path / f"g{level}.baton.json", graph)
    top = build({"c": (kind, contained("g0.baton.json"))})
    assert "too_deep" in {problem.code for problem in check(top, services.kinds, folder=tmp_path)}
    with pytest.raises(WrongUse, match="more than 64 deep"):
        Run(top, {}, OPTIONS, services=services, folder=tmp_path)


async def test_64_levels_run(services: Services) -> None:
    body: dict[str, Any] = {
        "nodes": [{"id": "x", "kind": "input"}, {"id": "y", "kind": "output"}],
        "edges": [{"from": "x.value", "to": "y.value"}],
    }
    for level in range(63):
        kind, extra = ("loop", {"max_passes": 1}) if level % 2 else ("subgraph", {})
        body = {
            "nodes": [{"id": "x", "kind": "input"}, {"id": "c", "kind": kind, "config": {"body": body, **extra}},
                      {"id": "y", "kind": "output"}],
            "edges": [{"from": "x.value", "to": "c.x"}, {"from": "c.y", "to": "y.value"}],
        }  # fmt: skip
    graph = build({"x": "input", "c": ("subgraph", {"body": body}), "y": "output"}, "x.value -> c.x", "c.y -> y.value")
    result = await Run(graph, {"x": "deep"}, OPTIONS, services=services).execute()
    assert result.outputs == {"y": "deep"}


class _Swaps(Kind[NodeConfig]):
    """Puts a harmless file in the place of `inner.baton.json` while the graph is looked at for what it could do."""

    name: ClassVar[str] = "swaps"
    title, group, icon, hint = "Swaps", "work", "code", "changes a file"

    def __init__(self, file: Path) -> None:
        self.file = file

    def ports(self, config: NodeConfig) -> Ports:
        return Ports()

    def capabilities(self, config: NodeConfig) -> Iterable[Capability]:
        save(self.file, inner("draft"))
        return ()


def test_what_is_trusted_is_what_runs_however_quickly_a_file_changes(services: Services, tmp_path: Path) -> None:
    save(tmp_path / "inner.baton.json", build({"c": ("code", {"source": "def run(): return 1"})}))
    graph = build({"s": "swaps", "c": ("subgraph", {"graph": "inner.baton.json"})})
    kinds = services.kinds.with_kind(_Swaps(tmp_path / "inner.baton.json")).reading(Beside(tmp_path))
    prepared = Preparations().of(graph, kinds, tmp_path)
    (body,) = prepared.plan.bodies.values()
    assert [node.kind.name for node in body.nodes] == ["code"]
    assert [one.what for one in prepared.could.all] == ["code"]


def test_a_server_is_trusted_to_start_beside_the_file_that_names_it(services: Services, tmp_path: Path) -> None:
    def server(cwd: str) -> dict[str, Any]:
        return {"command": "python", "args": ["server.py"], "cwd": cwd}

    its = {"its": server("bin"), "far": server("/far")}
    save(tmp_path / "parts/inner.baton.json", build({"t": ("template", {"template": "x"})}, tool_servers=its))
    graph = build({"c": ("subgraph", {"graph": "parts/inner.baton.json"})}, tool_servers={"own": server("")})
    near = services.beside(tmp_path)
    found = {each.name: each.description for each in listed(near, graph, tmp_path) if not each.hidden}
    assert {name: each.cwd for name, each in found.items() if each} == {
        "own": str(tmp_path), "its": str(tmp_path / "parts/bin"), "far": "/far",
    }  # fmt: skip
    told = {one.detail for one in capabilities(graph, near.kinds, tmp_path).all}
    assert {json.loads(detail.partition(" ")[2])["cwd"] for detail in told} == {
        str(tmp_path), str(tmp_path / "parts/bin"), "/far",
    }  # fmt: skip
