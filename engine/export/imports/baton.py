"""Our own files: a graph, a picture with one inside, or a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.base.errors import FileProblem
from engine.export.importing import Found, Imported, Line
from engine.files import png, svg
from engine.files.bundle import Bundle, read_bundle
from engine.files.format import graph_to_json
from engine.files.open import loads
from engine.graph.graph import Graph

PNG, ZIP = b"\x89PNG", b"PK\x03\x04"
_DEEPEST = 16


class BatonFiles:
    """Opens what Baton wrote; nothing is lost on the way."""

    name = "baton"
    title = "Baton"

    def recognises(self, found: Found) -> bool:
        """By the first bytes, or the `baton` number."""
        return found.data.startswith((PNG, ZIP)) or "baton" in found.object or _is_svg(found)

    def read(self, found: Found) -> Imported:
        """The graph in the file."""
        if found.data.startswith(ZIP):
            return _bundled(read_bundle(found.data))
        if "baton" in found.object:
            return Imported(loads(found.data), self.title, (Line("exact", "the graph"),))
        text = svg.graph_in(found.text) if _is_svg(found) else png.graph_in(found.data)
        if not text:
            raise FileProblem(f"There is no graph in {found.name or 'this picture'}.", "Pictures shared from Baton "
                              "hold one; some sites take it out, so ask for the file itself.")  # fmt: skip
        return Imported(loads(text), self.title, (Line("exact", "the graph in the picture"),))


def _is_svg(found: Found) -> bool:
    return "<svg" in found.text[:2000]


def _bundled(bundle: Bundle) -> Imported:
    """The graph of a bundle, with the graphs beside it drawn into the nodes that name them."""
    report = [Line("exact", "the graph")]
    graph = _embedded(bundle.graph, bundle, report, 0)
    other = [name for name in bundle.files if bundle.roles.get(name) not in ("graph", "subgraph")]
    if other:
        why = "Unpack the bundle into a folder to have them: baton import FILE -o FOLDER"
        report.append(Line("left out", f"{len(other)} files beside the graph ({', '.join(other[:3])})", why))
    return Imported(graph, "Baton", tuple(report))


def _embedded(graph: Graph, bundle: Bundle, report: list[Line], depth: int) -> Graph:
    nodes = dict(graph.nodes)
    for key, node in graph.nodes.items():
        name = node.config.get("graph")
        if isinstance(name, str) and name in bundle.files and depth < _DEEPEST:
            inner = _embedded(loads(bundle.files[name]), bundle, report, depth + 1)
            body = {part: value for part, value in graph_to_json(inner).items() if part != "baton"}
            nodes[key] = replace(node, config=_with_body(node.config, body))
            report.append(Line("exact", f"the graph {name}", "It is drawn into the node that named it.", key))
    return graph.with_tables(nodes=nodes)


def _with_body(config: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in config.items() if key != "graph"}, "body": body}


IMPORTER = BatonFiles()
