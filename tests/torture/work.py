"""The work that is cut off and gone on with: a graph of everything that has to survive, and what its models say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

MODEL: Final = "openai_compatible/m"
LONG: Final = "long " * 2_000
"""An answer large enough to be stored apart from its event."""


def _says(prompt: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "agent", {"model": MODEL, "prompt": prompt, **more}


def _graph(name: str, nodes: Mapping[str, Any], *edges: str) -> dict[str, Any]:
    listed = []
    for node, given in nodes.items():
        kind, config = (given, {}) if isinstance(given, str) else given
        listed.append({"id": node, "kind": kind, "config": config})
    drawn = [dict(zip(("from", "to"), edge.split(" -> "), strict=True)) for edge in edges]
    return {"baton": 1, "name": name, "nodes": listed, "edges": drawn}


def _inside(nodes: Mapping[str, Any], *edges: str) -> dict[str, Any]:
    """A body: a graph without a name of its own."""
    return {key: value for key, value in _graph("", nodes, *edges).items() if key in ("nodes", "edges")}


ITEM: Final = _inside(
    {"item": "input", "draft": _says("draft {{ item }}"), "polish": _says("polish {{ draft }}"), "done": "output"},
    "item.value -> draft.item", "draft.text -> polish.draft", "polish.text -> done.value",
)  # fmt: skip
PASS: Final = _inside(
    {"text": "input", "more": _says("more {{ text }}"), "out": ("output", {"name": "text"})},
    "text.value -> more.text", "more.text -> out.value",
)  # fmt: skip
ROUTES: Final = [{"id": "yes", "description": "agree"}, {"id": "no", "description": "refuse"}]


def chain() -> dict[str, Any]:
    """Two calls in a row, for each row of a table."""
    return _graph(
        "Rows",
        {"task": "input", "draft": _says("draft {{ task }}"), "polish": _says("polish {{ draft }}"), "end": "output"},
        "task.value -> draft.task", "draft.text -> polish.draft", "polish.text -> end.value",
    )  # fmt: skip


def graph(port: int) -> dict[str, Any]:
    """A map, a loop, a router, a race, tools, a long text, a write that cannot be undone, and code.

    Args:
        port: of the server that answers and takes the write.
    """
    post = {"method": "POST", "url": f"http://127.0.0.1:{port}/post", "body": "{{ x }}"}
    return _graph(
        "Torture",
        {
            "items": ("input", {"type": "list", "default": ["a", "b", "c", "d"]}),
            "topic": ("input", {"default": "billing"}),
            "each": ("map", {"body": ITEM, "concurrency": 3}),
            "again": ("loop", {"body": PASS, "max_passes": 3}),
            "way": ("router", {"mode": "model", "model": MODEL, "routes": ROUTES}),
            "left": _says("left {{ x }}"),
            "right": _says("right {{ x }}"),
            "sum": _says("sum {{ x }}", tools=["calc.evaluate"]),
            "fast": _says("race one {{ x }}"),
            "slow": _says("race two {{ x }}"),
            "race": ("merge", {"join": "first", "cancel_losers": True, "strategy": "concat"}),
            "essay": _says("essay {{ x }}"),
            "size": ("code", {"source": "def run(text):\n    return len(text)\n"}),
            "post": ("http", post),
            "all": ("merge", {"strategy": "concat"}),
            "last": _says("last {{ x }}"),
            "end": "output",
            "sent": "output",
        },
        "items.value -> each.items", "topic.value -> way.value", "topic.value -> again.text", "way.yes -> left.x",
        "way.no -> right.x", "topic.value -> fast.x", "topic.value -> slow.x", "fast.text -> race.items",
        "slow.text -> race.items", "topic.value -> sum.x", "topic.value -> essay.x", "essay.text -> size.text",
        "race.value -> post.x", "each.items -> all.items", "again.text -> all.items", "left.text -> all.items",
        "right.text -> all.items", "race.value -> all.items", "sum.text -> all.items", "size.value -> all.items",
        "all.value -> last.x", "last.text -> end.value", "post.body -> sent.value",
    )  # fmt: skip


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the server says to a request: the same to the same, so that the end of a run depends on nothing else.

    Returns:
        the message of the answer, as the protocol has it.
    """
    messages: Sequence[Mapping[str, Any]] = asked["messages"]
    text = prompt(asked)
    if "response_format" in asked:
        return {"content": json.dumps({"route": "yes", "confidence": 0.9, "reason": "so"})}
    if asked.get("tools") and messages[-1]["role"] == "user":
        call = {"name": asked["tools"][0]["function"]["name"], "arguments": '{"expression": "6*7"}'}
        return {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": call}]}
    if text.startswith("essay"):
        return {"content": LONG}
    if text.startswith("race"):
        return {"content": "won"}
    return {"content": f"<{text.split(' ')[0]} {blake2b(text.encode(), digest_size=6).hexdigest()}>"}


def prompt(asked: Mapping[str, Any]) -> str:
    """The last words of a person or a tool in a request: what tells it from the others of this graph."""
    last = next(each for each in reversed(asked["messages"]) if each["role"] in ("user", "tool"))
    said = str(last.get("content", last.get("text", "")))
    return said if last["role"] == "user" else f"tool {said}"


def lay_out(folder: Path, port: int) -> Path:
    """Writes the graph and a home whose settings let it reach the server. Returns the graph's file."""
    home = folder / "home"
    home.mkdir(parents=True)
    settings = {"local_discovery": False, "allow_private_addresses": [f"127.0.0.1:{port}"]}
    (home / "settings.json").write_text(json.dumps(settings), "utf-8")
    file = folder / "torture.baton.json"
    file.write_text(json.dumps(graph(port)), "utf-8")
    return file
