"""How a node of a run stands, in a glyph and a few words: for the inspector, the log and the runs. Pure."""

from __future__ import annotations

from engine.run.view import NodeView, View
from gui.bridge.faces import SOURCES
from gui.figures import seconds_text


def glyph_of(node: NodeView) -> str:
    """The icon and colour of a node's state."""
    if node.status == "ok" and node.degraded:
        return "degraded"
    if node.status == "ok" and node.source in SOURCES:
        return node.source
    return "queued" if node.status == "pending" else node.status


def words_of(node: NodeView, view: View, now: float) -> str:
    """The state in words: `running 4.6 s`, `attempt 2 of 3 failed`, `failed`. `now` is in monotonic seconds."""
    if node.status == "running" and node.started is not None:
        return f"running {seconds_text((view.ended or now) - node.started)}"
    if node.status == "retry":
        return f"attempt {node.attempt} of {node.max_attempts} failed"
    if node.status == "ok":
        took = f" · {seconds_text(node.seconds)}" if node.seconds is not None else ""
        return SOURCES.get(node.source, "done") + took
    return node.status
