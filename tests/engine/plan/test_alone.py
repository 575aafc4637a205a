"""A node alone: what follows it is muted, and nothing else."""

from __future__ import annotations

import pytest

from engine.base.errors import WrongUse
from engine.kinds.registry import Kinds
from engine.plan.alone import alone, with_outputs
from engine.testing import build

DESK = build(
    {"task": "input", "desk": ("manager", {"prompt": "{{ task }}"}), "billing": ("agent", {"prompt": "{{ brief }}"}),
     "sales": ("agent", {"prompt": "{{ brief }}"}), "reply": "output", "copy": ("template", {"template": "{{ x }}"}),
     "end": "output", "aside": ("template", {"template": "{{ y }}"}), "other": "output"},
    "task.value -> desk.task", "desk.team -> billing.brief", "desk.team -> sales.brief", "desk.text -> reply.value",
    "sales.text -> copy.x", "copy.text -> end.value", "task.value -> aside.y", "aside.text -> other.value",
)  # fmt: skip


def test_what_follows_a_node_is_muted_and_a_manager_keeps_its_team() -> None:
    graph = alone(DESK, Kinds.load(), "desk")
    assert {name for name, node in graph.nodes.items() if node.aside} == {"reply", "copy", "end"}
    before = alone(DESK, Kinds.load(), "task")
    assert not before.nodes["task"].aside
    assert {name for name, node in before.nodes.items() if not node.aside} == {"task"}


def test_what_it_gives_is_the_result_but_for_errors_and_delegations() -> None:
    graph = with_outputs(DESK, Kinds.load(), "desk")
    new = graph.nodes.keys() - DESK.nodes.keys()
    assert {name: graph.nodes[name].config["name"] for name in new} == {"desk_text": "desk.text"}
    assert [edge.start for edge in graph.incoming("desk_text")] == ["desk.text"]


@pytest.mark.parametrize(
    ("node", "message", "hint"),
    [
        ("reply_", "has no node “reply_”", "“reply”"),
        ("each[0]/read", "inside a container", "--from each[0]/read"),
        ("billing", "gets its task from “desk”", "“desk” alone"),
    ],
)
def test_who_cannot_be_tried_alone_is_said(node: str, message: str, hint: str) -> None:
    with pytest.raises(WrongUse) as refused:
        alone(DESK, Kinds.load(), node)
    assert message in refused.value.message
    assert hint in refused.value.hint
