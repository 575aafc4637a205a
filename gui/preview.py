"""What a prompt becomes: its names filled with values of the run that is watched, else with samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.base.errors import NodeError
from engine.base.values import Value, as_text
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.kinds.templates import names, render

LONGEST = 4_000
"""Characters of one value that a preview shows: it is made while one types."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A filled prompt.

    Attributes:
        samples: the names that stand for a sample, since no run gave a value.
        wrong: why it cannot be filled in; "" when it can.
    """

    text: str
    samples: tuple[str, ...] = ()
    wrong: str = ""


def preview(template: str, given: Mapping[str, Value], samples: Mapping[str, Value]) -> Preview:
    """Fills a template. Names that have neither a value nor a sample stand as `[name]`."""
    try:
        used = names(template)
        missing = tuple(name for name in used if name not in given)
        values = {name: given.get(name, samples.get(name, f"[{name}]")) for name in used}
        return Preview(render(template, values), missing)
    except NodeError as error:
        return Preview("", (), str(error))


def values_at(graph: Graph, node: str, outputs: Mapping[str, Mapping[str, Value]]) -> dict[str, Value]:
    """What stands at a node's input ports: several at one are joined as a run joins them (S1).

    Args:
        outputs: node -> port -> value, as a run gave them.
    """
    found: dict[str, list[Value]] = {}
    for edge in graph.incoming(node):
        given = outputs.get(edge.source, {})
        if edge.source_port in given:
            found.setdefault(edge.target_port, []).append(_cut(given[edge.source_port]))
    return {port: each[0] if len(each) == 1 else "\n\n".join(map(as_text, each)) for port, each in found.items()}


def samples_at(graph: Graph, kinds: Kinds, node: str) -> dict[str, Value]:
    """A sample for each wired input port: the values that stand in for the work of the nodes before it."""
    outputs = {}
    for source in {edge.source for edge in graph.incoming(node)} & graph.nodes.keys():
        found, kind = graph.nodes[source], kinds.get(graph.nodes[source].kind)
        try:
            outputs[source] = dict(kind.sample(kinds.config(found.kind, found.config))) if kind else {}
        except Exception:  # a sample is a nicety: a kind from elsewhere that fails at it must not stop the typing
            outputs[source] = {}
    return values_at(graph, node, outputs)


def _cut(value: Value) -> Value:
    return f"{value[:LONGEST]}…" if isinstance(value, str) and len(value) > LONGEST else value
