"""Checks each node by itself: its kind is known, its config fits, its templates can be read, its kind is content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.errors import NodeError
from engine.base.suggest import did_you_mean
from engine.graph.records import Node
from engine.kinds.contract import NodeConfig
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of kinds and configs."""
    for node_id, fault in facts.faults.items():
        node = facts.graph.nodes[node_id]
        if node.kind not in facts.kinds:
            known = [kind.name for kind in facts.kinds]
            yield error("unknown_kind", node_id, f"“{node.name}” is of the kind “{node.kind}”, which is not known here.",
                        did_you_mean(node.kind, known) or "Update Baton, install the kind, or remove the node.")  # fmt: skip
        elif isinstance(fault, NodeError):
            yield error("bad_template", node_id, f"“{node.name}”: {fault.message}", fault.hint)
        else:
            yield error("bad_config", node_id, f"The set-up of “{node.name}” does not fit: {fault.message}",
                        fault.hint or "Correct the value, or remove it to get the default.")  # fmt: skip
    for node, kind, config in facts.known():
        yield from _unknown_keys(node, config)
        for finding in kind.check(config):
            yield Problem(finding.severity, finding.code, node.id, f"“{node.name}”: {finding.message}", finding.fix)


def _unknown_keys(node: Node, config: NodeConfig) -> Iterator[Problem]:
    known = _names(type(config))
    for key in node.config:
        if key not in known:
            yield warning("unknown_key", node.id, f"“{node.name}” has a setting “{key}” that its kind does not know.",
                          did_you_mean(key, known) or "Remove it; it has no effect.", place=f"config.{key}")  # fmt: skip


def _names(model: type[NodeConfig]) -> Mapping[str, Any]:
    """The keys that a config may have: names and aliases of its fields."""
    aliases = {info.alias: info for info in model.model_fields.values() if info.alias}
    return {**model.model_fields, **aliases}


CHECK = look
