"""What stands in for a node that is muted or bypassed: nothing of it runs, asks a model or reaches outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from engine.graph.records import Aside
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports


class SetAside(Kind[NodeConfig]):
    """A node set aside. Bypassed, it gives what reaches its first wired port out at its first port.

    Args:
        aside: how; a muted one is skipped by the frontier and never asked to run.
        ports: the node's own; None when they are not known, then edges alone tell them.
        inputs, outputs: the names of the ports that have edges, in edge order.
    """

    title = "Set aside"
    group = "flow"
    icon = "skipped"
    hint = "muted or bypassed"
    instant = True

    def __init__(self, aside: Aside, ports: Ports | None, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        self.name: ClassVar[str] = aside  # type: ignore[misc]  # a kind has one name, a stand-in is one of two
        wired, given = dict.fromkeys(inputs), dict.fromkeys(outputs)
        known = ports or Ports(tuple(map(Port, wired)), tuple(map(Port, given)))
        self._first = next((port.name for port in known.inputs if port.name in wired), None)
        self._gives = known.outputs[0].name if known.outputs else None
        needed = wired if aside == "muted" else {self._first}
        taking = tuple(replace(port, required=port.name in needed, many=True) for port in known.inputs)
        self._ports = Ports(taking, known.outputs)

    @property
    def aside(self) -> Aside:
        """How it is set aside: with nothing to pass on, a bypassed node is as good as muted."""
        return "bypassed" if self.name == "bypassed" and self._first is not None else "muted"

    def ports(self, config: NodeConfig) -> Ports:
        return self._ports

    def run_now(self, call: Call[NodeConfig]) -> Outputs:
        assert self._first is not None  # else it is skipped
        value = call.arrivals(self._first)[0].value
        return {self._gives: value} if self._gives else {}
