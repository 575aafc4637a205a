"""What people call a node of a run, in items, passes and delegations: all count from one."""

from __future__ import annotations

import pytest

from engine.testing import build
from gui.names import Names

BODY = {"nodes": [{"id": "item", "kind": "input"}, {"id": "say", "kind": "agent", "title": "Say it"}]}
INNER = {"nodes": [{"id": "l", "kind": "loop", "title": "Again", "config": {"body": BODY}}]}


@pytest.mark.parametrize(
    ("key", "title"),
    [("m", "m"), ("m[0]/l", "m › item 1 › Again"), ("m[3].2/l[2]/say", "m › item 4 › Again › pass 2 › Say it"),
     ("boss[2]/deal", "boss › delegation 2 › deal"), ("gone[5]/x", "gone › part 5 › x")],
)  # fmt: skip
def test_a_node_is_named_with_what_it_stands_in(key: str, title: str) -> None:
    graph = build({"m": ("map", {"body": INNER}), "boss": ("manager", {"prompt": "x"})})
    assert Names(graph).path(key) == title
