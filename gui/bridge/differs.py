"""How nodes look that did otherwise than in another run: a pill, and a border where the runs parted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from gui.bridge.faces import Face

if TYPE_CHECKING:
    from engine.archive.compare import NodeDifference, RunComparison

FIRST, LATER = "first difference", "differs"


class Mark(Protocol):
    """What a comparison puts on a node's face."""

    def on(self, face: Face) -> Face:
        """A face with this mark."""


@dataclass(frozen=True, slots=True)
class Differs:
    """What a node of the graph shown did otherwise; `first` where the runs parted."""

    words: str
    first: bool = False

    def on(self, face: Face) -> Face:
        """A face with this mark."""
        pill = FIRST if self.first else LATER
        if not self.first:
            return replace(face, pill=pill, reason=self.words)
        return replace(face, pill=pill, reason=self.words, status="retry", outlined=True)


def differing(compared: RunComparison, scope: str) -> Mapping[str, Differs]:
    """The nodes of a scope (`map1[3]`, "" at the top) that did otherwise; what is inside one counts as its own."""
    prefix, found = f"{scope}/" if scope else "", dict[str, Differs]()
    for number, each in enumerate(compared.nodes):
        if each.key.startswith(prefix):
            name, _, inside = each.key.removeprefix(prefix).partition("/")
            node = name.partition("[")[0]
            words = f"inside, {each.key}: {sentence(each)}" if inside else sentence(each)
            found.setdefault(node, Differs(words, number == 0))
    return found


def sentence(difference: NodeDifference) -> str:
    """All that a node did otherwise."""
    return "; ".join(change.sentence() for change in difference.changes)
