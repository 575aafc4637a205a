"""What leaves is clean: keys are refused with the field's name, paths are relative, needs are listed (trust.md T3)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import BatonError, Refused
from engine.base.secrets import Redactor
from engine.export.clean import clean
from engine.export.registry import exporter, names
from engine.export.share import exported
from engine.files.format import dumps
from engine.graph.graph import Graph
from engine.graph.records import Edge, Frame, Node, Note
from engine.kinds.registry import Kinds

KINDS = Kinds.load()
KEY = "sk-ant-api03-AbCdEfGhIjKlMnOpQrSt"


def one(config: dict[str, object], **head: object) -> Graph:
    """A graph of one agent."""
    return Graph(head, {"a": Node("a", "agent", "", config)})


HIDING = {
    "config.instructions of the node “a”": one({"instructions": f"Use {KEY}"}),
    "config.headers.x-key of the node “a”": one({"headers": {"x-key": KEY}}),
    "config.body.nodes[0].config.prompt of the node “a”": one(
        {"body": {"nodes": [{"id": "b", "kind": "agent", "config": {"prompt": KEY}}], "edges": []}}
    ),
    "title of the node “a”": Graph(nodes={"a": Node("a", "agent", KEY)}),
    "tool_servers.gh.env.TOKEN": Graph({"tool_servers": {"gh": {"env": {"TOKEN": KEY}}}}),
    "note n": Graph(notes={"n": Note("n", KEY, (0, 0, 1, 1))}),
    "frame f": Graph(frames={"f": Frame("f", KEY, (0, 0, 1, 1))}),
    "edge a.b->c.d": Graph(edges={"a.b->c.d": Edge("a", "b", "c", "d", {"x": KEY})}),
    "layout.x": Graph(layout_extra={"x": KEY}),
}


@pytest.mark.parametrize("place", HIDING)
def test_a_pasted_key_is_refused_with_its_field(place: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(HIDING[place], KINDS)
    assert place in str(refused.value)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("place", HIDING)
def test_a_key_of_any_form_that_the_user_has_is_refused(place: str) -> None:
    own = "correct horse battery"  # looks like no key, but is one of this user's
    hiding = HIDING[place]
    renamed = Graph(**{name: _with(getattr(hiding, name), own) for name in hiding.__dataclass_fields__})  # type: ignore[arg-type]  # each table keeps its type
    with pytest.raises(Refused) as refused:
        clean(renamed, KINDS, redactor=Redactor([own]))
    assert own not in str(refused.value)


@pytest.mark.parametrize("form", names())
@pytest.mark.parametrize("code", [str, lambda key: base64.b64encode(f"x{key}".encode()).decode(), quote])
@pytest.mark.parametrize("key", [KEY, "correct horse battery"])
def test_no_format_lets_a_key_out_in_any_coding(form: str, code: Callable[[str], str], key: str) -> None:
    chosen, redactor = exporter(form), Redactor(["correct horse battery"])
    for place in ("config", "title", "notes", "head"):
        held = f"before {code(key)} after"
        node = Node("a", "template", held if place == "title" else "", {"template": held} if place == "config" else {})
        notes = {"n": Note("n", held, (0, 0, 1, 1))} if place == "notes" else {}
        graph = Graph({"description": held} if place == "head" else {}, {"a": node}, notes=notes)
        with pytest.raises(Refused):
            exported(graph, chosen, KINDS, redactor=redactor)


def _with(value: object, own: str) -> object:
    """A table with the key exchanged for another one."""
    if isinstance(value, str):
        return value.replace(KEY, own)
    if isinstance(value, dict):
        return {key: _with(item, own) for key, item in value.items()}
    if isinstance(value, list):
        return [_with(item, own) for item in value]
    if isinstance(value, Node | Note | Frame | Edge):
        fields = type(value).__dataclass_fields__
        return type(value)(**{name: _with(getattr(value, name), own) for name in fields})
    return value


def test_paths_below_the_folder_become_relative_and_nothing_else_changes(tmp_path: Path) -> None:
    config = {"root": str(tmp_path / "data/x"), "list": [str(tmp_path / "y.csv")], "prompt": f"see {tmp_path}/z",
              "other": "/etc/hosts"}  # fmt: skip
    servers = {"fs": {"command": "fs", "args": [str(tmp_path / "data"), "/srv"]}}
    moved = clean(one(config, tool_servers=servers), KINDS, folder=tmp_path).graph
    assert moved.nodes["a"].config == {**config, "root": "data/x", "list": ["y.csv"]}
    assert moved.head["tool_servers"] == {"fs": {"command": "fs", "args": ["data", "/srv"]}}


def test_what_a_teammate_needs_is_listed() -> None:
    nodes = [
        Node("i", "input"), Node("a", "agent", "", {"model": "best", "fallback": ["openai/gpt-5"], "prompt": "hi"}),
        Node("s", "subgraph", "", {"graph": "other.baton.json"}), Node("u", "telepathy"),
        Node("h", "agent", "", {"headers": {"auth": "secret://github"}}),
        Node("f", "files", "", {"root": "in", "glob": "*"}), Node("w", "write_files", "", {"root": "out"}),
    ]  # fmt: skip
    found = clean(Graph({"tool_servers": {"fs": {}}}, {node.id: node for node in nodes}), KINDS).needs
    wanted = {"a value for the input i", "the tier best", "the model openai/gpt-5", "the file other.baton.json",
              "the kind telepathy", "the tool server fs", "the secret github", "the key OPENAI_API_KEY",
              "the folder in/*", "the folder out, to write into"}  # fmt: skip
    assert wanted <= set(found)


def test_what_an_embedded_body_needs_is_listed_too_but_not_its_inputs() -> None:
    inner = {"nodes": [{"id": "item", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"model": "best"}}],
             "edges": []}  # fmt: skip
    outer = {"nodes": [{"id": "m", "kind": "map", "config": {"body": inner}}], "edges": []}
    graph = Graph({}, {"s": Node("s", "subgraph", "", {"body": outer})})
    assert clean(graph, KINDS).needs == ("the tier best",)


def test_an_export_that_does_not_hold_the_graph_is_not_called_done() -> None:
    class Forgetful:
        name, title, suffix = "x", "X", ".x"

        def export(self, graph: Graph, kinds: Kinds) -> str:
            return dumps(Graph())

        def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
            return exporter("json").verify(data, graph, kinds)  # type: ignore[attr-defined]  # the file's exporter verifies

    with pytest.raises(BatonError, match="reads as another graph"):
        exported(one({"prompt": "hi"}), Forgetful(), KINDS)


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_ordinary_texts_leave_as_they_are(text: str) -> None:
    made = exported(one({"prompt": text}), exporter("json"), KINDS)
    assert made.data.decode("utf-8") == dumps(one({"prompt": text}))


def test_formats_that_there_are() -> None:
    assert {"json", "mermaid", "png", "svg"} <= set(names())
    with pytest.raises(BatonError, match="Did you mean “mermaid”"):
        exporter("mermiad")
