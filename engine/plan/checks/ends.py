"""Checks that a graph begins and ends somewhere: outputs, given inputs, names used once, nodes that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from engine.base.suggest import did_you_mean
from engine.graph.records import Node
from engine.plan.capabilities import capabilities_of
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of inputs, outputs and the ways between them."""
    nodes = [node for node in facts.graph.nodes.values() if not node.aside]
    if not facts.graph.nodes:
        yield warning("empty_graph", "", "The graph is empty.", "Add a node.")
        return
    for kind in ("input", "output"):
        yield from _names_used_twice([node for node in nodes if node.kind == kind], kind)
    outputs = [node.id for node in nodes if node.kind == "output"]
    if not outputs:
        yield warning(
            "no_output",
            "",
            "The graph has no output, so a run of it gives no result.",
            "Add an output and join it to the node whose result you want.",
            offer="add_output",
        )
    yield from _lead_nowhere(facts, outputs)
    if not facts.inside:
        yield from _inputs(facts)


def port_name(node: Node) -> str:
    """The name of an input or output for `-i`, in the result, and as a port of a container (formats.md)."""
    return str(node.config.get("name") or node.id)


def _names_used_twice(nodes: list[Node], kind: str) -> Iterator[Problem]:
    first: dict[str, Node] = {}
    for node in nodes:
        other = first.setdefault(port_name(node), node)
        if other is not node:
            yield error(
                "duplicate_name",
                node.id,
                f"The {kind}s “{other.id}” and “{node.id}” have the same name “{port_name(node)}”.",
                "Give one of them another name.",
                place="config.name",
            )


def _inputs(facts: Facts) -> Iterator[Problem]:
    nodes = facts.graph.nodes.values()
    inputs = {port_name(node): node for node in nodes if node.kind == "input" and not node.aside}
    for name, node in inputs.items():
        given = facts.inputs is not None and name in facts.inputs
        if given or "default" in node.config or "pinned" in node.config or not facts.graph.outgoing(node.id):
            continue
        make = warning if facts.inputs is None else error
        yield make(
            "missing_input",
            node.id,
            f"The input “{name}” has no default, so each run must give it a value.",
            f"Give it with -i {name}=VALUE, or set a default.",
            place="config.default",
        )
    for name in sorted((facts.inputs or frozenset()) - inputs.keys()):
        known = f"The inputs are {', '.join(inputs)}." if inputs else "It has no inputs."
        yield error("unknown_input", "", f"The graph has no input “{name}”.", did_you_mean(name, inputs) or known)


def _lead_nowhere(facts: Facts, outputs: list[str]) -> Iterator[Problem]:
    """Warns of nodes from which no way leads to an output or to a node that acts outside."""
    nodes = facts.graph.nodes
    useful = _behind(facts, {*outputs, *facts.faults})
    others = (known for known in facts.known if known[0].id not in useful)
    acting = {node.id for node, kind, config in others if kind.needs_trust or any(capabilities_of(kind, config))}
    useful |= _behind(facts, acting)
    if not useful:
        return
    for node in nodes.values():
        if node.id in useful:
            continue
        alone = len(nodes) > 1 and not facts.graph.incoming(node.id) and not facts.graph.outgoing(node.id)
        if alone:
            yield warning(
                "unreachable",
                node.id,
                f"“{node.name}” is not joined to any other node.",
                "Join it to the graph, or delete it.",
                offer="delete_node",
            )
        else:
            yield warning(
                "leads_nowhere",
                node.id,
                f"What “{node.name}” gives reaches no output.",
                "Join it to an output, or delete it.",
            )


def _behind(facts: Facts, ends: set[str]) -> set[str]:
    """Some nodes, and all from which a way leads to one of them."""
    found, todo = set(ends), list(ends)
    for node in todo:  # grows while it is walked
        ways = [edge.source for edge in facts.graph.incoming(node)]
        if node in facts.teams:
            ways += [edge.target for edge in facts.teams[node]]  # a specialist serves its manager
        for other in ways:
            if other not in found and other in facts.graph.nodes:
                found.add(other)
                todo.append(other)
    return found


CHECK = look
