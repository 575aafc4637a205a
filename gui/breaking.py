"""Breakpoints set by hand: the nodes at which runs of this window hold, until another document is opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.session import Session


def toggle(session: Session) -> None:
    """Sets breakpoints at all selected nodes; takes them away when each has one. The run that goes on follows."""
    places = _places(session, session.selection)
    session.break_at(session.breakpoints - places if places <= session.breakpoints else session.breakpoints | places)


def all_broken(session: Session) -> bool:
    """Whether each selected node has a breakpoint."""
    return bool(session.selection) and _places(session, session.selection) <= session.breakpoints


def broken_here(session: Session) -> frozenset[str]:
    """The nodes of the graph shown that have one."""
    inside = {place.rpartition("/")[::2] for place in session.breakpoints}
    return frozenset(node for around, node in inside if around == "/".join(session.inside))


def _places(session: Session, nodes: Iterable[str]) -> frozenset[str]:
    """Nodes as a run names them, for every item and pass: `map1/draft`."""
    return frozenset("/".join((*session.inside, node)) for node in nodes)
