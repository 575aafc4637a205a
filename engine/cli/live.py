"""The live tree of a run: a row for each node with its state, time, tokens, money and the text that streams in, and
below a container what goes on inside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from engine.cli.console import inert
from engine.cli.report import COLOURS, GLYPHS, price, seconds
from engine.run.view import NodeView, PartView, View

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.run.events import Event

_ACTIVE = ("running", "waiting", "retry")
_SPARE = 5
"""Lines of the terminal that the table leaves free."""


class LiveTree:
    """Draws the view of a run again and again in place. Honours NO_COLOR, by rich.

    Args:
        graph: the nodes in their order, and their titles.
        out: the terminal.
    """

    def __init__(self, graph: Graph, out: TextIO) -> None:
        self._graph = graph
        self._console = Console(file=out, highlight=False, emoji=False, markup=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, events: Sequence[Event], view: View) -> None:
        """Draws the table anew."""
        self._live.update(self.drawn(view), refresh=True)

    def drawn(self, view: View) -> Group:
        """The tree and the line below it."""
        room = max(3, self._console.height - _SPARE)
        rows = list(self._rows(view))
        shown = rows if len(rows) <= room else _most_telling(rows, room)
        table = Table(box=None, show_header=False, pad_edge=False, expand=True)
        for width, justify in ((1, "left"), (None, "left"), (9, "left"), (8, "right"), (8, "right"), (9, "right")):
            table.add_column(width=width, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]  # the words above are the ones that rich knows
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for row in shown:
            table.add_row(*row.cells(view))
        return Group(table, self._foot(view, rows, shown))

    def _rows(self, view: View) -> Iterator[Row]:
        """The nodes of the graph in its order, each followed by what goes on inside it now."""
        active: dict[str, list[NodeView]] = {}
        for node in view.nodes.values():
            if node.scope and node.status in _ACTIVE:
                active.setdefault(node.scope, []).append(node)
        for name, known in self._graph.nodes.items():
            node = view.nodes.get(name) or NodeView(name, name)
            yield Row(0, known.name, node)
            yield from _inside(view, node, active, 1)

    def _foot(self, view: View, rows: list[Row], shown: list[Row]) -> Text:
        since = view.started if view.started is not None else view.now
        parts = [f"{view.now - since:.1f} s", f"{view.input_tokens + view.output_tokens:,} tokens", price(view.cost)]
        if view.rehearsal:
            parts.append("rehearsal: no language model is called")
        if len(shown) < len(rows):
            counts = Counter(row.status for row in rows)
            hidden = ", ".join(f"{count} {status}" for status, count in counts.most_common())
            parts.append(f"{len(rows)} nodes: {hidden}")
        return Text(" · ".join(parts), "yellow" if view.rehearsal else "dim")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the tree: a node, or an item, pass or delegation of the container `node`, `depth` containers deep."""

    depth: int
    title: str
    node: NodeView
    part: PartView | None = None
    said: str = ""

    @property
    def status(self) -> str:
        return self.node.status if self.part is None else self.part.status

    def cells(self, view: View) -> list[Text]:
        """What stands in its columns."""
        node, part, style = self.node, self.part, COLOURS.get(self.status, "dim")
        taken = seconds(view, node) if part is None else (view.now if part.ended is None else part.ended) - part.started
        tokens = node.input_tokens + node.output_tokens if part is None else 0
        branch = "  " * (self.depth - 1) + "└ " if self.depth else ""
        return [
            Text("" if self.depth else GLYPHS.get(self.status, "·"), style),
            Text(branch + inert(self.title)[:40], "bold" if self.status == "running" and not self.depth else ""),
            Text(self.status, style),
            Text("" if taken is None else f"{taken:.1f} s"),
            Text(f"{tokens:,} t" if tokens else "", "dim"),
            Text(price(node.cost) if node.replies and part is None else "", "dim"),
            Text(self.said or (_said(node) if part is None else ""), "dim"),
        ]


def _inside(view: View, node: NodeView, active: Mapping[str, list[NodeView]], depth: int) -> Iterator[Row]:
    """What goes on inside a node: its open items, passes or delegations, and the nodes at work in each."""
    if node.status not in _ACTIVE:
        return
    for number, part in node.parts.items():
        if part.ended is not None:
            continue
        one = view.delegations.get(f"{node.key}[{number}]")
        title = part.specialist or (f"pass {number}" if node.first else f"item {number + 1}")
        yield Row(depth, title, node, part, _last_line(one.text) if one else "")
        for inner in active.get(part.scope, ()):
            yield Row(depth + 1, inner.node, inner)
            yield from _inside(view, inner, active, depth + 2)
    for inner in active.get(node.key, ()):
        yield Row(depth, inner.node, inner)
        yield from _inside(view, inner, active, depth + 1)


def _most_telling(rows: list[Row], room: int) -> list[Row]:
    """The rows that fit: what goes on first, then what ended last, in the tree's order."""

    def weight(place: int) -> tuple[int, float]:
        row = rows[place]
        if row.node.started is None:
            return 2, 0.0
        return (0, row.depth) if row.status in _ACTIVE else (1, -(row.node.ended or 0.0))

    chosen = set(sorted(range(len(rows)), key=weight)[:room])
    return [row for place, row in enumerate(rows) if place in chosen]


def _last_line(text: str) -> str:
    return inert(text.rstrip().rpartition("\n")[2])[-200:]


def _said(node: NodeView) -> str:
    """The last line of what streams in, or why the node is as it is."""
    if node.status == "running" and node.text:
        return _last_line(node.text)
    if node.waits_for:
        return inert(f"{node.reason}: {', '.join(node.waits_for)}")
    if node.route:
        return inert(f"→ {', '.join(node.route)}")
    note = f"{node.done}/{node.total} {node.note}" if node.total else node.note
    return inert(" ".join((node.why or node.degraded or note).split()))[:200]
