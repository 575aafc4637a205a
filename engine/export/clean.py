"""Makes a graph fit to hand on: refuses keys, makes paths relative, lists what a teammate needs (trust.md T3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.base.errors import Refused
from engine.base.secrets import Redactor
from engine.base.values import with_texts
from engine.export.needs import needs_of
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.bodies import Level, inner_levels
from engine.plan.facts import facts_of
from engine.plan.pasted import pasted_keys


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A graph that may leave this computer. `needs` says in short phrases what it takes to run it elsewhere."""

    graph: Graph
    needs: tuple[str, ...]


def clean(graph: Graph, kinds: Kinds, *, folder: Path | None = None, redactor: Redactor | None = None) -> Cleaned:
    """A graph ready to be handed on.

    Args:
        folder: where its file stands; absolute paths below it become relative.
        redactor: knows the values of the user's keys, which are looked for too.

    Raises:
        Refused: something in it looks like a key; the message names the field, never the key.
    """
    refuse_keys(graph, redactor)
    moved = _relative(graph, folder.resolve()) if folder else graph
    levels = _levels(moved, kinds)
    for level in levels:
        if level.trail:
            refuse_keys(level.graph, redactor, level.trail[-1])
    asked = (
        f"a value for the input {node.config.get('name') or node.id}"
        for node in moved.nodes.values()
        if node.kind == "input" and "default" not in node.config
    )
    needs = [need for level in levels for need in needs_of(level.graph, level.kinds)]
    return Cleaned(moved, tuple(dict.fromkeys([*needs, *asked])))


def refuse_keys(graph: Graph, redactor: Redactor | None = None, file: str = "") -> None:
    """Looks for keys in a graph and all that is embedded in it.

    Args:
        file: where the graph stands, when it is one beside the graph that is exported.

    Raises:
        Refused: see `clean`.
    """
    within = f" in {file}" if file else ""
    for node, place, title in pasted_keys(graph, deep=True):
        where = f"{place} of the node “{node}”{within}" if node else f"{place}{within}"
        raise Refused(
            f"The graph was not exported: {where} seems to contain {title}.",
            "Store the key in the settings or the environment and write its name, as secret://NAME.",
        )
    if redactor is not None:
        _refuse_known_keys(graph, redactor, within)


def _levels(graph: Graph, kinds: Kinds) -> list[Level]:
    """The graph, all that is embedded in it, and the files beside it where `kinds` reads them."""
    found, work = [Level(graph, kinds)], [Level(graph, kinds)]
    while work:
        level = work.pop()
        _, deeper, _ = inner_levels(facts_of(level.graph, level.kinds), level)
        found.extend(deeper)
        work.extend(deeper)
    return found


def _refuse_known_keys(graph: Graph, redactor: Redactor, within: str) -> None:
    layout = [dict(graph.layout_extra), *graph.bookmarks]
    tables: dict[str, Any] = {"the graph": {"head": dict(graph.head), "layout": layout}}
    tables |= {
        f"the node “{node.id}”": [node.title, dict(node.config), dict(node.extra)] for node in graph.nodes.values()
    }
    tables |= {f"the note “{note.id}”": [note.text, dict(note.extra)] for note in graph.notes.values()}
    tables |= {f"the frame “{frame.id}”": [frame.title, dict(frame.extra)] for frame in graph.frames.values()}
    tables |= {f"the edge {edge.key}": dict(edge.extra) for edge in graph.edges.values() if edge.extra}
    for where, value in tables.items():
        if redactor.value(value) != value:
            raise Refused(
                f"The graph was not exported: {where}{within} contains the value of one of your keys.",
                "Write the key's name instead, as secret://NAME.",
            )


def _relative(graph: Graph, folder: Path) -> Graph:
    nodes = dict(graph.nodes)
    for key, node in graph.nodes.items():
        config = _paths(dict(node.config), folder)
        if config != node.config:
            nodes[key] = replace(node, config=config)
    servers = graph.head.get("tool_servers")
    head = {**graph.head, "tool_servers": _paths(servers, folder)} if servers else graph.head
    return graph.with_tables(nodes=nodes, head=head)


def _paths(value: Any, folder: Path) -> Any:
    """A JSON value in which texts that are paths below `folder` count from it."""

    def counted(text: str) -> str:
        if not text.startswith("/") or "\n" in text or len(text) >= 4096:
            return text
        path = Path(text)
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else text

    return with_texts(value, counted)
