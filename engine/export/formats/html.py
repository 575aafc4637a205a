"""A page about a graph, or the report of a run: one file that any browser opens, without the network, inert (T7)."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from engine.export import report
from engine.export.record import RunRecord
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds

_PAGES = Path(__file__).parent.parent / "pages"
_FORBIDDEN = frozenset({"script", "iframe", "object", "embed", "img", "link", "form", "base", "video", "audio"})
"""What could run or load something; the page has one `style` of its own."""


class Html:
    """Writes `NAME.html`, of a graph or of a run."""

    name = "html"
    title = "Page (HTML)"
    suffix = ".html"

    def export(self, graph: Graph, kinds: Kinds) -> str:
        """The page of a graph."""
        return _page(report.of_graph(graph, kinds))

    def export_run(self, record: RunRecord, kinds: Kinds) -> str:
        """The report of a run."""
        content = report.of_run(record, kinds)
        return _page({**content, "nodes": report.nested(content["nodes"], record.graph)})

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """Reads the page again: each node must be in it, and nothing that runs or loads."""
        return _wrong(data, list(graph.nodes)[: report.MOST])

    def verify_run(self, data: bytes, record: RunRecord) -> str:
        """As `verify`: each node that began."""
        begun = [key for key, node in record.view.nodes.items() if node.started is not None or node.settled]
        return _wrong(data, begun if len(begun) <= report.MOST else [])


def _page(content: report.Page) -> str:
    """The page; everything but the drawings, which escape their own texts, is escaped by the template."""
    from markupsafe import Markup

    drawn = {key: Markup(content[key]) for key in ("drawing", "timeline") if content.get(key)}  # noqa: S704 - `draw` and `chart` escape every text
    css = Markup((_PAGES / "page.css").read_text("utf-8"))  # noqa: S704 - our own file
    text: str = _template().render({**content, **drawn, "css": css})
    return text


@cache
def _template() -> Any:
    from jinja2 import Environment

    env = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return env.from_string((_PAGES / "page.html").read_text("utf-8"))


class _Reader(HTMLParser):
    """Collects the parts of a page that have names, and what must not be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.bad: list[str] = []
        self.styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        self.styles += tag == "style"
        out = [name for name in given if name.startswith("on") or name in ("src", "srcset", "style")]
        href = given.get("href")
        if tag in _FORBIDDEN or out or (href and not href.startswith("#")) or self.styles > 1:
            self.bad.append(tag)


def _wrong(data: bytes, nodes: list[str]) -> str:
    reader = _Reader()
    reader.feed(data.decode("utf-8"))
    reader.close()
    if reader.bad:
        return "there is something in the page that could run or load."
    missing = [node for node in nodes if f"node-{node}" not in reader.ids]
    return f"the node “{missing[0]}” is not in the page." if missing else ""


EXPORTER = Html()
