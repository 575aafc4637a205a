"""What the kinds that run a body have in common: the body's ports, what it is given, what it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.base.errors import ErrorClass, NodeError
from engine.base.values import Value
from engine.kinds.contract import Call, NodeConfig, Port, ScopeResult


def body_ports(body: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """The ports that a body gives its container: one for each of its input and output nodes, by their names."""
    inputs: dict[str, Port] = {}
    outputs: dict[str, Port] = {}
    nodes = body.get("nodes")
    for node in nodes if isinstance(nodes, Sequence) else ():
        if not isinstance(node, Mapping) or not isinstance(node.get("config") or {}, Mapping):
            continue  # check says what is wrong with such a body; a drawing of it must not fail
        config = node.get("config") or {}
        name = str(config.get("name") or node.get("id", ""))
        if node.get("kind") == "input":
            has_default = "default" in config
            inputs[name] = Port(name, config.get("type", "text"), required=not has_default)
        elif node.get("kind") == "output":
            outputs[name] = Port(name)
    return tuple(inputs.values()), tuple(outputs.values())


def bodies_of(config: NodeConfig) -> tuple[Mapping[str, Any] | str, ...]:
    """A container's body for `Kind.bodies`: the name of its file when it has one, else the embedded graph."""
    found = getattr(config, "graph", None) or getattr(config, "body", None)
    return () if found is None else (found,)


def arrived(call: Call[Any]) -> dict[str, Value]:
    """The values that reached the container, by port. What did not arrive is left to the defaults of the body."""
    return {name: value for name, value in call.values().items() if call.has(name)}


def what_it_gave(result: ScopeResult) -> Mapping[str, Value]:
    """The outputs of a body that ran once.

    Raises:
        NodeError: it failed, with the class of the first node that failed in it.
    """
    if result.status != "failed":
        return result.outputs
    error = result.error or {}
    error_class: ErrorClass = error.get("class", "internal")
    where = f"“{error['node']}” inside: " if error.get("node") else ""
    raise NodeError(error_class, f"{where}{error.get('message', 'its body failed')}")
