"""What lies over the faces of a run: problems that check found, pins, breakpoints, and what a comparison marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gui.bridge.differs import Mark
from gui.bridge.faces import EDGE_REST, REST, EdgeFace, Face
from gui.bridge.versions import Versions


class Laid:
    """Everything that a node or an edge shows without a run, or besides it."""

    def __init__(self) -> None:
        self.versions = Versions()
        """What is made of faces is good as long as its version stays, or is made again where they changed."""
        self._marks: dict[str, Face] = {}
        self._pins: Mapping[str, Face] = {}
        self._differs: Mapping[str, Mark] = {}
        self._edge_marks: Mapping[str, EdgeFace] = {}
        self._wrong: Mapping[str, str] = {}
        self._breaks: frozenset[str] = frozenset()

    def mark(self, problems: Mapping[str, tuple[str, str]]) -> set[str]:
        """Marks nodes that have problems. Returns the nodes whose mark changed.

        Args:
            problems: node -> severity (`error` or `warning`) and the sentence.
        """
        marks = {node: _problem(*problem) for node, problem in problems.items()}
        changed = {node for node in {*marks, *self._marks} if marks.get(node) != self._marks.get(node)}
        self._marks = marks
        self.versions.some(changed, frozenset())
        return changed

    def mark_edges(self, wrong: Mapping[str, str]) -> set[str]:
        """Marks edges that have problems, each with its severity. Returns the edges whose mark changed."""
        changed = {key for key in {*wrong, *self._wrong} if wrong.get(key) != self._wrong.get(key)}
        self._wrong = wrong
        self.versions.some(frozenset(), changed)
        return changed

    def pin(self, pins: Mapping[str, Face]) -> set[str]:
        """Shows these nodes as pinned, each with a face of its own. Returns the nodes that look different now."""
        changed = {node for node in {*pins, *self._pins} if pins.get(node) != self._pins.get(node)}
        self._pins = pins
        self.versions.some(changed, frozenset())
        return changed

    def break_at(self, places: frozenset[str]) -> frozenset[str]:
        """Shows breakpoints at these nodes and edges. Returns those that look different now."""
        changed, self._breaks = places ^ self._breaks, places
        self.versions.some(changed, changed)
        return changed

    def differ(self, differs: Mapping[str, Mark], edges: Mapping[str, EdgeFace] | None = None) -> None:
        """Marks these nodes as other than in another run, or nodes and edges as other than in another version."""
        self._differs, self._edge_marks = differs, edges or {}
        self.versions.all()

    def _over_node(self, node: str, face: Face | None) -> Face:
        """The face that a node has in a run, if any, with all that lies over it."""
        face = face or self._marks.get(node) or REST
        pinned, differs = self._pins.get(node), self._differs.get(node)
        face = face if pinned is None else _with_pin(face, pinned)
        face = face if differs is None else differs.on(face)
        return replace(face, breaks=True) if node in self._breaks else face

    def _over_edge(self, key: str, worn: EdgeFace | None) -> EdgeFace:
        """The same for an edge."""
        face = worn or self._edge_marks.get(key, EDGE_REST)
        if key in self._wrong and worn is None:
            face = replace(face, wrong=self._wrong[key])
        return replace(face, breaks=True) if key in self._breaks else face


def _with_pin(face: Face, pinned: Face) -> Face:
    """A pinned node that has nothing else to say; a problem, as that the pin is stale, keeps its own glyph."""
    if face.marked:
        return replace(face, body=pinned.body, footer=pinned.footer)
    return pinned if face.status in ("", "ok", "cache", "pinned", "degraded") else face


def _problem(severity: str, message: str) -> Face:
    state = "failed" if severity == "error" else "retry"
    return Face(status=state, glyph="error" if severity == "error" else "warning", reason=message)
