"""Pins outputs of the watched run to nodes, so that the next runs take them as they are and do no work (S12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.base.values import as_text
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Node
from gui.bridge.faces import SHOWN, Face

if TYPE_CHECKING:
    from gui.session import Session

PINNED = "pinned"


def can_pin(session: Session) -> bool:
    """Whether a selected node gave something in the watched run."""
    return any(True for _ in _given(session))


def can_unpin(session: Session) -> bool:
    return any(PINNED in session.graph.nodes[node].config for node in session.selection)


def pin(session: Session) -> None:
    """Pins what the selected nodes gave in the watched run, as it is looked at."""
    from engine.plan.pins import pin_key

    here = session.run_here or Graph()
    at, after, count = datetime.now(UTC).isoformat(timespec="seconds"), session.graph, 0
    for node, outputs in _given(session):
        made = {"value": next(iter(outputs.values()))} if len(outputs) == 1 else {"ports": dict(outputs)}
        kept = {**made, "at": at, "key": pin_key(here, session.kinds, node)}
        after, count = commands.set_config(after, node, {PINNED: kept}), count + 1
    session.commit(after, "Pin an output" if count == 1 else f"Pin {count} outputs")


def unpin(session: Session) -> None:
    """Lets the selected nodes work again."""
    after, count = session.graph, 0
    for node in session.selection:
        if PINNED in after.nodes[node].config:
            after, count = commands.set_config(after, node, {}, unset=(PINNED,)), count + 1
    session.commit(after, "Unpin an output" if count == 1 else f"Unpin {count} outputs")


def pinned_faces(graph: Graph) -> dict[str, Face]:
    """How the nodes of a graph look whose output is pinned."""
    nodes = (node for node in graph.nodes.values() if PINNED in node.config)
    return {node.id: _face(node) for node in nodes if isinstance(node.config[PINNED], Mapping)}


def _face(node: Node) -> Face:
    kept: Mapping[str, Any] = node.config[PINNED]
    ports = kept.get("ports")
    value = next(iter(ports.values()), None) if isinstance(ports, Mapping) else kept.get("value")
    reason = "Its output is pinned: it does no work."
    return Face(PINNED, PINNED, body=as_text(value)[:SHOWN], footer=(PINNED, "", ""), reason=reason)


def _given(session: Session) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The selected nodes that gave something, and what."""
    view = session.run_seen
    for name in session.selection:
        node = view.nodes.get(session.run_key(name)) if view is not None else None
        if node is not None and node.status == "ok" and node.outputs and node.source != PINNED:
            yield name, node.outputs
