"""The live table of a run: a row for each node with its state, time, tokens, money and the text that streams in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from engine.cli.console import inert
from engine.cli.report import COLOURS, GLYPHS, price, seconds
from engine.run.view import NodeView, View

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.run.events import Event

_ACTIVE = ("running", "waiting", "retry")
_SPARE = 5
"""Lines of the terminal that the table leaves free."""


class LiveTable:
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
        """The table and the line below it."""
        room = max(3, self._console.height - _SPARE)
        keys = list(self._keys(view))
        shown = keys if len(keys) <= room else _most_telling(keys, view, room)
        table = Table(box=None, show_header=False, pad_edge=False, expand=True)
        for width, justify in ((1, "left"), (None, "left"), (9, "left"), (8, "right"), (8, "right"), (9, "right")):
            table.add_column(width=width, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]  # the words above are the ones that rich knows
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for key in shown:
            table.add_row(*self._row(key, view))
        return Group(table, self._foot(view, keys, shown))

    def _keys(self, view: View) -> Iterator[str]:
        """The nodes of the graph in its order, each followed by those that run inside it now."""
        inside: dict[str, list[str]] = {}
        for key, node in view.nodes.items():
            if node.scope and node.status in _ACTIVE:
                inside.setdefault(node.scope.split("/")[0].split("[")[0], []).append(key)
        for node_id in self._graph.nodes:
            yield node_id
            yield from inside.get(node_id, ())

    def _row(self, key: str, view: View) -> list[Text]:
        node = view.nodes.get(key) or NodeView(key, key)
        style = COLOURS.get(node.status, "dim")
        known = self._graph.nodes.get(key)
        taken = seconds(view, node)
        tokens = node.input_tokens + node.output_tokens
        return [
            Text(GLYPHS.get(node.status, "·"), style),
            Text(inert(known.name if known else key)[:40], "bold" if node.status == "running" else ""),
            Text(node.status, style),
            Text("" if taken is None else f"{taken:.1f} s"),
            Text(f"{tokens:,} t" if tokens else "", "dim"),
            Text(price(node.cost) if node.replies else "", "dim"),
            Text(_said(node), "dim"),
        ]

    def _foot(self, view: View, keys: list[str], shown: list[str]) -> Text:
        since = view.started if view.started is not None else view.now
        parts = [f"{view.now - since:.1f} s", f"{view.input_tokens + view.output_tokens:,} tokens", price(view.cost)]
        if view.rehearsal:
            parts.append("rehearsal: no language model is called")
        if len(shown) < len(keys):
            counts = Counter(view.nodes[key].status if key in view.nodes else "pending" for key in keys)
            hidden = ", ".join(f"{count} {status}" for status, count in counts.most_common())
            parts.append(f"{len(keys)} nodes: {hidden}")
        return Text(" · ".join(parts), "yellow" if view.rehearsal else "dim")


def _most_telling(keys: list[str], view: View, room: int) -> list[str]:
    """The rows that fit: what goes on first, then what ended last, in the graph's order."""

    def weight(key: str) -> tuple[int, float]:
        node = view.nodes.get(key)
        if node is None:
            return 2, 0.0
        return (0, 0.0) if node.status in _ACTIVE else (1, -(node.ended or 0.0))

    chosen = set(sorted(keys, key=weight)[:room])
    return [key for key in keys if key in chosen]


def _said(node: NodeView) -> str:
    """The last line of what streams in, or why the node is as it is."""
    if node.status == "running" and node.text:
        last = node.text.rstrip().rpartition("\n")[2]
        return inert(last)[-200:]
    if node.waits_for:
        return inert(f"{node.reason}: {', '.join(node.waits_for)}")
    if node.route:
        return inert(f"→ {', '.join(node.route)}")
    note = f"{node.done}/{node.total} {node.note}" if node.total else node.note
    return inert(" ".join((node.reason or node.degraded or note).split()))[:200]
