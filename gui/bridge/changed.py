"""How nodes and edges look that are other than in another version of the graph: added, removed, changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from gui.bridge.faces import EdgeFace, Face

if TYPE_CHECKING:
    from engine.graph.details import Details

How = Literal["added", "removed", "changed"]
STATES: Final[Mapping[How, str]] = {"added": "ok", "removed": "failed", "changed": "retry"}
"""Whose colour says what happened; the word stands beside it, since state is never shown by colour alone."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What happened to a node between two versions."""

    how: How
    words: str = ""

    def on(self, face: Face) -> Face:
        """A face with this mark."""
        reason = self.words or f"{self.how} in the newer version"
        return replace(face, pill=self.how, reason=reason, status=STATES[self.how], outlined=True,
                       dashed=self.how == "removed")  # fmt: skip


def node_marks(changes: Details) -> Mapping[str, Changed]:
    """The nodes that were added, removed or changed."""
    compared = changes.compared
    changed = {key: Changed("changed", ", ".join(each.at for each in what)) for key, what in changes.nodes.items()}
    added, removed = (
        dict.fromkeys(compared.added, Changed("added")),
        dict.fromkeys(compared.removed, Changed("removed")),
    )
    return {**changed, **added, **removed}


def edge_marks(changes: Details) -> Mapping[str, EdgeFace]:
    """The edges that were added, removed or changed."""
    compared = changes.compared
    return {
        **dict.fromkeys(compared.edges_added, EdgeFace("state:ok", wide=True)),
        **dict.fromkeys(compared.edges_removed, EdgeFace("state:failed", dashed=True)),
        **dict.fromkeys(compared.edges_changed, EdgeFace("state:retry", wide=True)),
    }


def counted(changes: Details) -> str:
    """How many nodes and edges there are of each sort: `2 nodes added, 1 edge removed`."""
    compared = changes.compared
    counts = (
        ("node", "added", len(compared.added)), ("node", "removed", len(compared.removed)),
        ("node", "changed", len(changes.nodes)), ("edge", "added", len(compared.edges_added)),
        ("edge", "removed", len(compared.edges_removed)), ("edge", "changed", len(compared.edges_changed)),
        ("setting of the graph", "changed", len(changes.head)), ("node", "moved", len(compared.moved)),
    )  # fmt: skip
    said = [f"{count} {what}{'' if count == 1 else 's'} {how}" for what, how, count in counts if count]
    return ", ".join(said).replace("setting of the graphs", "settings of the graph") or "no difference"
