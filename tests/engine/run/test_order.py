"""The order of a run's nodes by their keys, over the borders of containers; and what the run remembers of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.capabilities import capabilities
from engine.plan.compile import compile_graph
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.order import Order
from engine.run.services import Services
from engine.testing import build

BODY = {"nodes": [{"id": "item", "kind": "input"}, {"id": "x", "kind": "template", "config": {"template": "{{ a }}"}},
                  {"id": "y", "kind": "output"}],
        "edges": [{"from": "item.value", "to": "x.a"}, {"from": "x.text", "to": "y.value"}]}  # fmt: skip


@pytest.fixture(scope="module")
def order() -> Order:
    graph = build(
        {"i": ("input", {"type": "list", "default": []}), "m": ("map", {"body": BODY}),
         "l": ("loop", {"body": BODY, "until": {"op": "exists"}}), "o": "output", "side": ("template", {})},
        "i.value -> m.items", "m.items -> l.item", "l.y -> o.value",
    )  # fmt: skip
    return Order(compile_graph(graph, Kinds.load()))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("i", "m", True), ("i", "o", True), ("o", "i", False), ("i", "side", False), ("i", "i", False),
        ("i", "m[3]/x", True), ("m[3]/x", "l[1]/x", True), ("m[1]/item", "m[1]/x", True),
        ("m[1]/item", "m[2]/x", False), ("l[1]/x", "l[2]/item", True), ("l[2]/x", "l[1]/x", False),
        ("m", "m[1]/x", False), ("m[1]/x", "m", False), ("gone", "i", False), ("m[1]/gone", "m[1]/x", False),
    ],
)  # fmt: skip
def test_who_comes_before_whom(order: Order, one: str, other: str, expected: bool) -> None:
    assert order.before(one, other) is expected


def _graph() -> Graph:
    change: dict[str, Any] = {"source": "def run(files): return [{**f, 'text': f['text'] + '!'} for f in files]"}
    return build(
        {"f": ("files", {"glob": "*.md"}), "c": ("code", change), "ok": ("review", {"question": "Write?"}),
         "w": ("write_files", {"root": "."}), "o": "output"},
        "f.files -> c.files", "c.value -> ok.value", "ok.approved -> w.files", "w.written -> o.value",
    )  # fmt: skip


@pytest.mark.parametrize("foreign", [False, True])
async def test_what_was_read_is_still_known_when_the_run_goes_on(
    services: Services, tmp_path: Path, foreign: bool
) -> None:
    graph, note = _graph(), tmp_path / "a.md"
    note.write_text("old")
    services.trust.trust(capabilities(graph, services.kinds, tmp_path), 0.0)
    first = Run(graph, None, RunOptions(pace=0), folder=tmp_path, services=services)
    assert (await first.execute()).status == "paused"
    if foreign:
        note.write_text("somebody else's")
    events: list[Event] = []
    again = Run.resume(first.id, services=services, answers={"ok": {"decision": "approved"}})
    result = await again.execute(events.extend)
    conflicts = [event.data for event in events if event.kind == "conflict.detected"]
    if foreign:
        assert result.status == "failed" and note.read_text() == "somebody else's"
        assert conflicts[0]["resource"] == "fs:a.md" and conflicts[0]["sides"][0]["node"] == ""
    else:
        assert (result.outputs, note.read_text(), conflicts) == ({"o": ["a.md"]}, "old!", [])


async def test_a_conflict_answered_after_a_restart_is_no_write_in_doubt(services: Services, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("theirs")
    files = [{"path": "a.md", "text": "mine"}]
    graph = build({"i": ("input", {"type": "json", "default": files}),
                   "w": ("write_files", {"root": ".", "on_conflict": "ask"}), "o": "output"},
                  "i.value -> w.files", "w.written -> o.value")  # fmt: skip
    services.trust.trust(capabilities(graph, services.kinds, tmp_path), 0.0)
    first = Run(graph, None, RunOptions(pace=0), folder=tmp_path, services=services)
    assert (await first.execute()).reason == "human"
    answers = {"w": {"decision": "approved", "value": {"take": "right"}}}
    result = await Run.resume(first.id, services=services, answers=answers).execute()
    assert (result.status, result.outputs, (tmp_path / "a.md").read_text()) == ("completed", {"o": ["a.md"]}, "mine")
