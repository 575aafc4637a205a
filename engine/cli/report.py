"""How a run reads in the terminal: one line for what happens, and the ending with outputs, money and what to know."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.base.values import as_text
from engine.cli.console import inert, paint

if TYPE_CHECKING:
    from engine.archive.compare import RunComparison
    from engine.run.events import Event
    from engine.run.result import Result
    from engine.run.view import NodeView, View

GLYPHS = {
    "pending": "·", "queued": "·", "running": "●", "waiting": "◔", "retry": "↻", "ok": "✓", "failed": "✗",
    "handled": "!", "skipped": "–", "cancelled": "■",
}  # fmt: skip
COLOURS = {
    "running": "blue", "waiting": "yellow", "retry": "yellow", "ok": "green", "failed": "red", "handled": "yellow",
    "skipped": "dim", "cancelled": "dim",
}  # fmt: skip
_SAID = frozenset(
    {"node.started", "node.ok", "node.failed", "node.handled", "node.skipped", "node.cancelled", "node.retry",
     "node.waiting", "node.fallback", "route.chosen", "delegation.started", "delegation.rejected"}
)  # fmt: skip


def seconds(view: View, node: NodeView) -> float | None:
    """How long a node has run, in seconds, up to now."""
    return None if node.started is None else (node.ended if node.ended is not None else view.now) - node.started


def price(usd: float | None) -> str:
    """US dollars for people; unknown is not 0."""
    return "cost unknown" if usd is None else f"${usd:.4f}" if usd < 1 else f"${usd:,.2f}"


def event_line(event: Event, view: View) -> str:
    """A line for an event as the plain progress shows it; "" for one that is not worth a line."""
    if event.kind not in _SAID:
        return ""
    node = view.node(event.key)
    if event.kind == "node.ok" and node.source == "reused" and node.scope:
        return ""  # a map of fifty items of which one is run again would say two hundred lines
    at = event.mono - view.started if view.started is not None else 0.0
    if said := _on_the_way(event):
        return _line(at, said[0], node.key, said[1])
    return _line(at, GLYPHS.get(node.status, "·"), node.key, _state(view, node))


def _on_the_way(event: Event) -> tuple[str, str] | None:
    """The glyph and the words of what ends no node; None for all else, which the node's own state tells."""
    from engine.run.shown import why_chosen

    data = event.data
    why = why_chosen(data)
    match event.kind:
        case "route.chosen":
            return "→", f"route {', '.join(map(str, data.get('routes', ()))) or 'none'}: {why}"
        case "delegation.started":
            return "→", f"delegates to {data.get('specialist', '')}" + (f": {why}" if why else "")
        case "delegation.rejected":
            return GLYPHS["handled"], f"turned down: {why}"
        case "node.started":
            return GLYPHS["running"], "started"
        case "node.retry":
            return GLYPHS["retry"], f"tries again in {data.get('wait_s', 0):.1f} s: {data.get('message', '')}"
        case "node.fallback":
            return GLYPHS["retry"], f"goes on with {data.get('to', '')}: {data.get('message', '')}"
    return None


def _line(at: float, glyph: str, key: str, text: str) -> str:
    return f"{at:7.1f}s  {glyph} {inert(key)}  {inert(' '.join(text.split()))[:300]}".rstrip()


def _state(view: View, node: NodeView) -> str:
    parts = [node.status.replace("_", " ")]
    if node.source and node.source != "ran":
        parts.append(f"({node.source})")
    taken = seconds(view, node)
    if taken is not None:
        parts.append(f"{taken:.1f} s")
    if node.replies:
        parts += [f"{node.input_tokens + node.output_tokens:,} tokens", price(node.cost), node.model]
    if node.why:
        parts.append(f"– {node.why}")
    if node.degraded:
        parts.append(f"– degraded: {node.degraded}")
    return " ".join(parts)


def node_lines(view: View) -> Iterator[str]:
    """What became of each node, a line each; of what stands inside others, as the items of a map, what failed."""
    for node in view.nodes.values():
        if not node.scope or node.status in ("failed", "handled"):
            yield f"{GLYPHS.get(node.status, '·')} {inert(node.key)}  {inert(' '.join(_state(view, node).split()))}"


def ending(result: Result) -> Iterator[str]:
    """The lines at the end of a run: each output, then how it went."""
    view = result.view
    for name, value in result.outputs.items():
        yield paint(f"{inert(name)}:", "bold")
        yield inert(as_text(value))
        yield ""
    if result.view.no_output:
        closed = str(view.no_output.get("closed_by") or "") if view.no_output else ""
        yield paint(f"No output got a value{f': closed by {closed}' if closed else ''}.", "yellow")
    for warning in result.warnings:
        yield paint(f"warning: {inert(warning)}", "yellow")
    if view.rehearsal or any(node.rehearsal for node in view.nodes.values()):
        whole = view.rehearsal or all(node.rehearsal for node in view.nodes.values() if node.replies)
        who = "the built-in rehearsal model answered, not a language model"
        yield paint(f"Rehearsal: {who}." if whole else f"Partly rehearsal: at some nodes {who}.", "yellow")
    yield _summary(result)


def questions(result: Result) -> Iterator[tuple[str, str]]:
    """What waits for people, and how each is answered: two sentences for each question."""
    for asked in result.waiting:
        by = ""
        if "deadline" in asked:
            by = f" (until {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(asked['deadline']))})"
        key = inert(asked["key"])
        answer = f"""'{key}={{"decision": "approved"}}'"""
        yield (
            f"“{key}” waits for a person{by}: {inert(asked['question'])}",
            f"Answer with baton run --resume {result.run} --answer {answer}; rejected says no, a value changes it.",
        )


def shortage(result: Result) -> tuple[str, str] | None:
    """The budget that a paused run came up against, and how it goes on with a higher one; None when it was none."""
    from engine.run.events import RUN_ACCOUNT
    from engine.run.lack import Lack
    from engine.run.places import place

    lack = Lack.of(result.view.cap)
    if lack is None or (result.status, result.reason) != ("paused", "budget"):
        return None

    def amount(much: float) -> str:
        return price(much) if lack.dollars else f"{much:,.0f} tokens"

    said = f"The budget of {inert(lack.account)}, {amount(lack.cap)}, has no room for the next call"
    unit, enough = ("usd", f"{lack.enough:.12g}") if lack.dollars else ("tokens", f"{lack.enough:.0f}")
    again = f"baton run FILE --base {result.run}{' --rehearse' if result.view.rehearsal else ''}"
    if lack.account == RUN_ACCOUNT:
        option = "--budget" if lack.dollars else "--budget-tokens"
        how = f"Go on with baton run --resume {result.run} {option} {enough}."
    elif lack.key and "/" not in lack.key:
        how = f"Go on in a new run: {again} --set {inert(lack.key)}.budget_{unit}={enough}."
    elif lack.key:
        how = f"Give {inert(place(lack.key))} a higher budget_{unit} in the file, and go on with {again}."
    else:
        how = f"Raise budget_day_usd in the settings, and go on with baton run --resume {result.run}."
    return f"{said}: with that it would be up to {amount(lack.needed)}.", how


def _summary(result: Result) -> str:
    view = result.view
    taken = (view.ended or view.now) - (view.started if view.started is not None else view.now)
    status = result.status.replace("_", " ")
    colour = {"completed": "green", "failed": "red"}.get(result.status, "yellow")
    tokens = view.input_tokens + view.output_tokens
    return f"{paint(status, colour)} in {taken:.1f} s · {tokens:,} tokens · {price(view.cost)} · run {result.run}"


def difference_lines(found: RunComparison) -> Iterator[str]:
    """What two runs did otherwise: the first difference, all others behind it, then time, tokens and money."""
    if found.first is None:
        yield paint("The runs said and did the same.", "green") if found.same else "Only their ends differ."
    else:
        yield paint(f"The first difference is at “{inert(found.first.key)}”.", "bold")
    for node in found.nodes:
        for change in node.changes:
            yield f"  {inert(node.key)}: {inert(change.sentence())}"
    if found.outputs:
        yield f"Outputs that differ: {inert(', '.join(found.outputs))}."
    ends = [status.replace("_", " ") for status in found.status]
    times = ["?" if seconds is None else f"{seconds:.1f} s" for seconds in found.seconds]
    tokens = [f"{count:,} tokens" for count in found.tokens]
    for name, end, *rest in zip(found.runs, ends, times, tokens, map(price, found.cost_usd), strict=True):
        yield f"{name}: {end} in {' · '.join(rest)}"
