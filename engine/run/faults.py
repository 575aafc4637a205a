"""Failures of nodes that no kind raises itself: two values at one port, and a bug of the kind."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from engine.base.errors import NodeError
from engine.plan.plan import Plan
from engine.run.frontier import Conflict

if TYPE_CHECKING:
    from engine.run.context import NodeCall

LOG = logging.getLogger(__name__)


def port_conflict(plan: Plan, conflict: Conflict) -> NodeError:
    """Two values reached a port that takes one: both edges are named (S1)."""
    first, second = (plan.edges[edge] for edge in conflict.edges)
    ends = " and ".join(f"{plan.nodes[edge.source].id}.{edge.source_port}" for edge in (first, second))
    return NodeError(
        "port_conflict", f"Two values reached its port “{first.target_port}”: from {ends}.",
        "Join them with a merge first.",
    )  # fmt: skip


def broken(call: NodeCall, error: Exception) -> NodeError:
    """A bug of a kind fails its node, never the run; the log keeps where it was."""
    LOG.error("the node %s broke", call.node, exc_info=error)
    return NodeError("internal", f"The kind “{call.plan_node.kind.name}” broke: {type(error).__name__}: {error}.")
