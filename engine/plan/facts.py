"""What all checks of one graph share: configs and ports worked out once, and the questions asked of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from engine.base.errors import FileProblem, NodeError, Refused
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.contract import NodeConfig, Port, Ports
from engine.kinds.registry import AnyKind, Kinds
from engine.models.contract import ModelRef
from engine.plan.ports import find


class ModelsInfo(Protocol):
    """What check asks about models. Answers without the network (trust.md T1)."""

    def resolve(self, name: str, tiers: Mapping[str, str] | None = None) -> ModelRef:
        """The model that a name means; raises BatonError when there is none."""

    def missing(self, ref: ModelRef) -> str | None:
        """A sentence that says which key is missing, or None."""


Body = Mapping[str, Any] | str
Fault = Refused | NodeError | FileProblem


@dataclass(frozen=True)
class Facts:
    """One graph (the whole, or one body in it) as the checks see it.

    Attributes:
        inside: ids of the containers around it, `outer/inner`; "" at the top level.
        configs: the config of each node whose kind is known and whose config fits.
        ports: the ports of each node whose ports are known.
        faults: why a node has no config or no ports.
        bodies: the graphs inside each container.
        servers: names of the tool servers that its nodes may use.
        inputs: the names given for this run; None when no run is meant.
        private_hosts: hosts that the settings allow although their address is not public; None when nobody asks.
    """

    graph: Graph
    kinds: Kinds
    inside: str = ""
    models: ModelsInfo | None = None
    inputs: frozenset[str] | None = None
    configs: Mapping[str, NodeConfig] = field(default_factory=dict)
    ports: Mapping[str, Ports] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    bodies: Mapping[str, tuple[Body, ...]] = field(default_factory=dict)
    servers: frozenset[str] = frozenset()
    private_hosts: Collection[str] | None = None

    @cached_property
    def known(self) -> Sequence[tuple[Node, AnyKind, NodeConfig]]:
        """The nodes whose config fits, with their kind and config, in file order."""
        nodes, kinds = self.graph.nodes, {kind.name: kind for kind in self.kinds}
        return [(node := nodes[node_id], kinds[node.kind], config) for node_id, config in self.configs.items()]

    def source_port(self, edge: Edge) -> Port | None:
        """The port where an edge begins, when it is known."""
        ports = self.ports.get(edge.source)
        return find(ports.outputs, edge.source_port) if ports else None

    def target_port(self, edge: Edge) -> Port | None:
        """The port where an edge ends, when it is known."""
        ports = self.ports.get(edge.target)
        return find(ports.inputs, edge.target_port) if ports else None

    def required(self, node: str, port: Port) -> bool:
        """Whether the node needs a live value at the port (S1); its config may say otherwise by `optional`."""
        return port.required and port.name not in self.configs[node].optional

    @cached_property
    def wired(self) -> Mapping[tuple[str, str], list[Edge]]:
        """(node, input port) -> its edges in edge order; only edges whose both nodes are there."""
        found: dict[tuple[str, str], list[Edge]] = {}
        for edge in self.graph.edges.values():
            if edge.source in self.graph.nodes and edge.target in self.graph.nodes:
                found.setdefault((edge.target, edge.target_port), []).append(edge)
        return found

    def delegates(self, edge: Edge) -> bool:
        """Whether an edge joins a specialist to its manager, and carries no value (S7)."""
        port = self.source_port(edge)
        return port is not None and port.delegates

    @cached_property
    def teams(self) -> Mapping[str, list[Edge]]:
        """Manager -> its delegation edges, in edge order."""
        managers = [node for node, ports in self.ports.items() if any(port.delegates for port in ports.outputs)]
        found = {node: [edge for edge in self.graph.outgoing(node) if self.delegates(edge)] for node in managers}
        return {node: edges for node, edges in found.items() if edges}

    @cached_property
    def specialists(self) -> Mapping[str, list[Edge]]:
        """Specialist -> the delegation edges that lead to it."""
        found: dict[str, list[Edge]] = {}
        for edges in self.teams.values():
            for edge in edges:
                found.setdefault(edge.target, []).append(edge)
        return found

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Node -> its place in `order`."""
        return {node: place for place, node in enumerate(self.order)}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Nodes so that each comes after what it waits for. Nodes of cycles and behind them are not in it."""
        waits = dict.fromkeys(self.graph.nodes, 0)
        for edge in self.graph.edges.values():
            if edge.source in waits and edge.target in waits:
                waits[edge.target] += 1
        ready = [node for node, count in waits.items() if not count]
        for node in ready:  # grows while it is walked: what is settled lets others follow
            for edge in self.graph.outgoing(node):
                if (after := edge.target) in waits:
                    waits[after] -= 1
                    if not waits[after]:
                        ready.append(after)
        return tuple(ready)


def facts_of(
    graph: Graph,
    kinds: Kinds,
    *,
    inside: str = "",
    models: ModelsInfo | None = None,
    inputs: frozenset[str] | None = None,
    servers: frozenset[str] = frozenset(),
    private_hosts: Collection[str] | None = None,
) -> Facts:
    """Works out configs, ports and bodies of every node. Opens nothing and never raises."""
    configs: dict[str, NodeConfig] = {}
    ports: dict[str, Ports] = {}
    faults: dict[str, Fault] = {}
    bodies: dict[str, tuple[Body, ...]] = {}
    for node in graph.nodes.values():
        try:
            config = kinds.config(node.kind, node.config)
            kind = kinds.get(node.kind)
            assert kind is not None  # config raises for an unknown kind
            configs[node.id] = config
            inner = kind.bodies(config)
            if inner:
                bodies[node.id] = inner
            ports[node.id] = kind.ports(config)
        except (Refused, NodeError, FileProblem) as fault:
            faults[node.id] = fault
    own = graph.head.get("tool_servers")
    servers |= frozenset(own) if isinstance(own, Mapping) else frozenset()
    return Facts(graph, kinds, inside, models, inputs, configs, ports, faults, bodies, servers, private_hosts)
