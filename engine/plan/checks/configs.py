"""Checks each node by itself: its kind is known, its config fits, its templates can be read, its kind is content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.errors import FileProblem, NodeError
from engine.base.suggest import did_you_mean
from engine.graph.records import Node
from engine.kinds.contract import NodeConfig
from engine.plan.facts import Facts, Fault
from engine.plan.problem import Problem, error, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of kinds and configs."""
    for node_id, fault in facts.faults.items():
        if node_id not in facts.configs:
            yield _fault(facts, facts.graph.nodes[node_id], fault)
    keys = {kind.name: _names(kind.Config) for kind in facts.kinds}
    for node, kind, config in facts.known:
        yield from _unknown_keys(node, keys[kind.name])
        found = [
            Problem(finding.severity, finding.code, node.id, f"“{node.name}”: {finding.message}", finding.fix)
            for finding in kind.check(config)
        ]
        yield from found
        if kind.container and not any(kind.bodies(config)):
            yield error("no_body", node.id, f"“{node.name}” has no body.", "Choose a file or draw one.")
        fault_of_ports = facts.faults.get(node.id)
        if fault_of_ports and not any(problem.severity == "error" for problem in found):
            yield _fault(facts, node, fault_of_ports)


def _fault(facts: Facts, node: Node, fault: Fault) -> Problem:
    if node.kind not in facts.kinds:
        known = [kind.name for kind in facts.kinds]
        message = f"“{node.name}” is of the kind “{node.kind}”, which is not known here."
        fix = did_you_mean(node.kind, known) or "Put another node in its place, or mute it; a newer Baton may know it."
        return error("unknown_kind", node.id, message, fix)
    if isinstance(fault, NodeError):
        return error("bad_template", node.id, f"“{node.name}”: {fault.message}", fault.hint or "Correct it.")
    if isinstance(fault, FileProblem):
        message = f"The graph that “{node.name}” names cannot be used: {fault.message}"
        fix = fault.hint or "Choose another file."
        return error("bad_body", node.id, message, fix, place=fault.place or "config.graph")
    message = f"The set-up of “{node.name}” does not fit: {fault.message}"
    return error("bad_config", node.id, message, fault.hint or "Correct the value, or remove it to get the default.")


def _unknown_keys(node: Node, known: Mapping[str, Any]) -> Iterator[Problem]:
    if node.config.keys() <= known.keys():
        return
    for key in node.config:
        if key not in known:
            message = f"“{node.name}” has a setting “{key}” that its kind does not know."
            fix = did_you_mean(key, known) or "Remove it; it has no effect."
            yield warning("unknown_key", node.id, message, fix, place=f"config.{key}")


def _names(model: type[NodeConfig]) -> Mapping[str, Any]:
    """The keys that a config may have: names and aliases of its fields."""
    aliases = {info.alias: info for info in model.model_fields.values() if info.alias}
    return {**model.model_fields, **aliases}


CHECK = look
