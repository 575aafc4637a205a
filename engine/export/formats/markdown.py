"""Markdown: what a graph is for, its diagram, and each node with its prompt; or the story of a run. Read anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.export import report
from engine.export.formats.mermaid import EXPORTER as DIAGRAM
from engine.export.record import RunRecord
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|!~&])")


class Markdown:
    """Writes `NAME.md`, of a graph or of a run."""

    name = "markdown"
    title = "Markdown"
    suffix = ".md"

    def export(self, graph: Graph, kinds: Kinds) -> str:
        """The page of a graph."""
        page = report.of_graph(graph, kinds)
        diagram = _fenced(DIAGRAM.export(graph, kinds).rstrip("\n"), "mermaid")
        needs = ["## What it takes to run it", "\n".join(f"- {_line(need)}" for need in page["needs"])]
        return _joined([*_head(page), diagram, *(needs if page["needs"] else ()), "## Nodes", *_nodes(page)])

    def export_run(self, record: RunRecord, kinds: Kinds) -> str:
        """The story of a run."""
        page = report.of_run(record, kinds)
        outputs = [part for name, text in page["outputs"] for part in (f"### {_line(name)}", _fenced(text))]
        warnings = [f"**{_line(text)}**" for text in page["warnings"]]
        diagram = _fenced(DIAGRAM.export(record.graph, kinds).rstrip("\n"), "mermaid")
        costs = [_costs(page)] if page["costs"] else []
        heads = ["## Outputs", *outputs] if outputs else []
        return _joined([*_head(page), *warnings, diagram, *heads, *costs, "## Nodes", *_nodes(page)])

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """Each node must have a heading of its own."""
        return _missing(data, list(graph.nodes)[: report.MOST])

    def verify_run(self, data: bytes, record: RunRecord) -> str:
        """As `verify`: each node that began."""
        begun = [key for key, node in record.view.nodes.items() if node.started is not None or node.settled]
        return _missing(data, begun if len(begun) <= report.MOST else [])


def _missing(data: bytes, nodes: list[str]) -> str:
    heads = {line.rpartition(" (")[2].rstrip(")") for line in data.decode("utf-8").splitlines() if line[:4] == "### "}
    missing = [node for node in nodes if _line(node) not in heads]
    return f"the node “{missing[0]}” is not in the text." if missing else ""


def _head(page: report.Page) -> Iterator[str]:
    yield f"# {_line(page['title'])}"
    if page["description"]:
        yield _line(page["description"])
    yield " · ".join(f"{_line(fact['name'])}: {_line(fact['value'])}" for fact in page["facts"])


def _nodes(page: report.Page) -> Iterator[str]:
    for node in page["nodes"]:
        yield f"### {_line(node['name'])} ({_line(node['key'])})"
        yield " · ".join(filter(None, [_line(node["kind"]), node["state"], _line(node["line"])]))
        told = [("Went wrong", node.get("error", "")), ("Why", node.get("reason", "")), *node.get("settings", ())]
        for step in node.get("steps", ()):
            told += [(f"{step['head']}: {part['label'].lower()}", part["text"]) for part in step["parts"]]
        told += [(f"Gave {name}", text) for name, text in node.get("outputs", ())]
        for label, text in told:
            if text:
                yield f"{_line(label)}:"
                yield _fenced(text)
    if page["left_out"]:
        yield page["left_out"]


def _costs(page: report.Page) -> str:
    keys = ("node", "model", "calls", "input", "output", "cost")
    rows = ["| " + " | ".join(_line(row[key]) for key in keys) + " |" for row in page["costs"]]
    return "\n".join(["| node | model | calls | tokens in | tokens out | money |", "| --- |" + " --- |" * 5, *rows])


def _line(text: str) -> str:
    """A text on one line in which nothing is a mark of Markdown's."""
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))


def _fenced(text: str, kind: str = "text") -> str:
    """A text as it is, inside a fence longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}"


def _joined(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"


EXPORTER = Markdown()
