"""Breakpoints set by hand: the nodes and edges at which runs of this window hold, until another document is opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.session import Session


def toggle(session: Session) -> None:
    """Sets breakpoints at all that is selected; takes them away when each has one. The run that goes on follows."""
    places = _places(session, _selected(session))
    session.break_at(session.breakpoints - places if places <= session.breakpoints else session.breakpoints | places)


def all_broken(session: Session) -> bool:
    """Whether each selected node and edge has a breakpoint."""
    chosen = _selected(session)
    return bool(chosen) and _places(session, chosen) <= session.breakpoints


def can_break(session: Session) -> bool:
    """Whether something is selected at which a run can hold."""
    return bool(_selected(session))


def broken_here(session: Session) -> frozenset[str]:
    """The nodes (ids) and edges (keys) of the graph shown that have one."""
    inside = {place.rpartition("/")[::2] for place in session.breakpoints}
    return frozenset(node for around, node in inside if around == "/".join(session.inside))


def _selected(session: Session) -> frozenset[str]:
    return session.selection | session.edge_selection


def _places(session: Session, nodes: Iterable[str]) -> frozenset[str]:
    """Nodes and edges as a run names them, for every item and pass: `map1/draft`, `map1/a.text->b.task`."""
    return frozenset("/".join((*session.inside, node)) for node in nodes)
