"""Graphs to start from: the patterns that ship, and what a person keeps of their own."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import assets
from engine.base.errors import FileProblem
from engine.base.ids import id_from
from engine.base.settings import Home
from engine.files.open import open_graph
from engine.files.save import save_graph
from engine.graph import commands
from engine.graph.graph import Graph

ENDING = ".baton.json"
ORDER = ("sequential", "fan_out", "hierarchical", "review_loop", "map_over_files")


@dataclass(frozen=True, slots=True)
class Template:
    """A graph to start from. `own` is one that a person kept."""

    path: Path
    graph: Graph
    own: bool

    @property
    def title(self) -> str:
        return self.graph.name or self.path.name.removesuffix(ENDING).replace("_", " ")


def templates(home: Home) -> list[Template]:
    """The patterns, then one's own by name. Own files that cannot be opened are left out."""
    shipped = [assets.path(f"templates/{name}{ENDING}") for name in ORDER]
    found = [Template(path, open_graph(path), own=False) for path in shipped]
    for path in sorted(folder(home).glob(f"*{ENDING}")):
        with contextlib.suppress(FileProblem):  # a damaged file of one's own must not hide the others
            found.append(Template(path, open_graph(path), own=True))
    return found


def folder(home: Home) -> Path:
    """Where one's own stand."""
    return home.root / "templates"


def keep(home: Home, graph: Graph, nodes: frozenset[str], title: str) -> Path:
    """Keeps some nodes of a graph, with the edges between them, under a title. One of that name is replaced.

    Raises:
        BatonError: it cannot be written, or a key stands in it.
    """
    part = commands.remove(graph, graph.nodes.keys() - nodes)
    part = part.with_tables(head={"name": title}, frames={}, notes={})
    left = min((x for x, _ in part.places.values()), default=0.0)
    top = min((y for _, y in part.places.values()), default=0.0)
    part = commands.move(part, {node: (x - left, y - top) for node, (x, y) in part.places.items()})
    path = folder(home) / f"{id_from(title)}{ENDING}"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_graph(part, path, expected=None, home=home)
    return path


def forget(template: Template) -> None:
    """Deletes one's own.

    Raises:
        FileProblem: it cannot be deleted.
    """
    try:
        template.path.unlink(missing_ok=True)
    except OSError as error:
        raise FileProblem(f"The template “{template.title}” cannot be deleted: {error.strerror}.") from error


def started(template: Template) -> Graph:
    """The graph as a new document: it has no name yet."""
    head = {key: value for key, value in template.graph.head.items() if key not in ("name", "description")}
    return replace(template.graph, head=head)
