"""What a graph says before it runs: edges by their ends, who races, who tolerates, who leads only to one (S1, S3)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracle.work import Json, ports_of


@dataclass(frozen=True)
class Wire:
    """An edge: its place in the file, and its two ends."""

    index: int
    source: str
    source_port: str
    target: str
    target_port: str

    @property
    def delegates(self) -> bool:
        """Whether it joins a manager to a specialist."""
        return self.source_port == "team"

    @property
    def gives(self) -> str:
        """The output that it takes: a manager says of each specialist by itself what it came to."""
        return f"team.{self.target}" if self.delegates else self.source_port

    @property
    def key(self) -> str:
        return f"{self.source}.{self.source_port}->{self.target}.{self.target_port}"


class Shape:
    """The questions that the rules ask of a graph."""

    def __init__(self, graph: Json) -> None:
        self.nodes: dict[str, Json] = {node["id"]: node for node in graph["nodes"]}
        ends = [(*edge["from"].split("."), *edge["to"].split(".")) for edge in graph["edges"]]
        self.wires = [Wire(index, *end) for index, end in enumerate(ends)]

    def into(self, node: str, port: str | None = None) -> list[Wire]:
        return [wire for wire in self.wires if wire.target == node and port in (None, wire.target_port)]

    def out_of(self, node: str) -> list[Wire]:
        return [wire for wire in self.wires if wire.source == node]

    def specialist(self, node: str) -> bool:
        """Whether a manager leads to it: it works only when that asks (S7)."""
        return any(wire.delegates for wire in self.into(node))

    def carrying(self, node: str) -> list[Wire]:
        """The edges out of a node that carry a value."""
        return [wire for wire in self.out_of(node) if not wire.delegates]

    def quorum(self, node: str) -> int | None:
        """How many live edges a race fires on; None for any other node (S3)."""
        config = self.nodes[node].get("config", {})
        joins = {"first": 1, "quorum": config.get("k", 2)} if self.nodes[node]["kind"] == "merge" else {}
        return joins.get(config.get("join", "wait_all"))

    def tolerant(self, node: str, port: str) -> bool:
        """Whether a failed branch counts as missing: a race or quorum always, a wait_all where it says so (S3)."""
        if self.nodes[node]["kind"] != "merge" or port != "items":
            return False
        return self.quorum(node) is not None or bool(self.nodes[node]["config"].get("tolerate_failures"))

    def handles(self, node: str) -> bool:
        return self.specialist(node) or any(wire.source_port == "error" for wire in self.out_of(node))

    def absorbed(self, node: str) -> bool:
        """A failure of it is taken by tolerating or optional ports only (S1)."""
        ends = [(wire.target, wire.target_port) for wire in self.carrying(node)]
        return bool(ends) and all(self.tolerant(t, p) or not ports_of(self.nodes[t])[p] for t, p in ends)

    def only_for(self, join: str, ended: set[str]) -> set[str]:
        """The ancestors of a join, of those that have not ended, that lead nowhere else than to it (S3)."""
        found: set[str] = set()
        work = [join]
        while work:
            for wire in self.into(work.pop()):
                if wire.source not in ended and wire.source not in found:
                    found.add(wire.source)
                    work.append(wire.source)
        while True:
            open_ends = {join, *found, *ended}
            elsewhere = {node for node in found if any(w.target not in open_ends for w in self.out_of(node))}
            if not elsewhere:
                return found
            found -= elsewhere
