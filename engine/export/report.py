"""What a page about a graph or a run shows, as plain texts: the page's template only puts them in their places."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from engine.base.values import Value, as_text
from engine.export.drawing import draw
from engine.export.needs import needs_of
from engine.export.record import RunRecord
from engine.export.story import Exchange, NodeStory, ToolUse, stories
from engine.export.timeline import chart
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.kinds.registry import Kinds
from engine.run.places import part_name, part_of, place
from engine.run.view import NodeView, View

LONGEST: Final = 200_000
"""Characters of one text on a page; the rest is counted."""
MOST: Final = 500
"""Nodes, items and passes that are shown one by one."""
LINKS: Final = "#node-"
MARKS: Final = {"ok": "✓", "failed": "✕", "handled": "!", "skipped": "–", "cancelled": "–", "waiting": "…"}
ROLES: Final = {"system": "Instructions", "user": "Prompt", "assistant": "It had said", "tool": "A tool had said"}
_HIDDEN: Final = ("pinned", "cache", "body")
Page = dict[str, Any]


def of_graph(graph: Graph, kinds: Kinds) -> Page:
    """The page of a graph: what it is for, how it looks, what each node is told."""
    facts = [("nodes", str(len(graph.nodes))), ("edges", str(len(graph.edges)))]
    if graph.settings.budget_usd is not None:
        facts.append(("budget of a run", f"${graph.settings.budget_usd:g}"))
    shown = list(graph.nodes.values())[:MOST]
    return {
        "title": graph.name or "A graph",
        "description": graph.description,
        "facts": [{"name": name, "value": value} for name, value in facts],
        "drawing": draw(graph, kinds, links=LINKS),
        "needs": list(dict.fromkeys(needs_of(graph, kinds))),
        "nodes": [_described(node, kinds) for node in shown],
        "left_out": _left_out(len(graph.nodes) - len(shown)),
        "foot": "Made with Baton. This page loads nothing and runs nothing.",
    }


def of_run(record: RunRecord, kinds: Kinds) -> Page:
    """The page of a run: what came out, when, at what price, and what was said on the way."""
    view, told = record.view, stories(record.events)
    keys = sorted(view.nodes, key=lambda key: _when(view.nodes[key], told.get(key)))
    begun = [key for key in keys if view.nodes[key].started is not None or view.nodes[key].settled]
    return {
        "title": record.name or record.graph.name or "A run",
        "description": record.graph.description,
        "facts": list(_facts(view)),
        "warnings": [*view.warnings, *(_no_output(view))],
        "drawing": draw(record.graph, kinds, {key: node.status for key, node in view.nodes.items()}, LINKS),
        "outputs": [(name, shown(value)) for name, value in view.outputs.items()],
        "waiting": [str(asked.get("question", "")) for asked in view.waiting.values()],
        "timeline": chart(view, begun[:MOST]),
        "costs": [_cost(view.nodes[key], story) for key, story in told.items() if story.exchanges],
        "nodes": [_ran(view.nodes[key], told.get(key), record.graph, kinds) for key in begun[:MOST]],
        "first_failure": _first_failure(view, begun),
        "left_out": _left_out(len(begun) - MOST),
        "foot": f"Run {record.id}, made with Baton. This page loads nothing and runs nothing.",
    }


def shown(value: Value) -> str:
    """A value as a text of bounded length. Pictures are named, not shown."""
    if isinstance(value, dict) and {"media_type", "data"} <= value.keys():
        return f"[{value['media_type']}, {len(str(value['data'])):,} characters]"
    text = "null" if value is None else as_text(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… ({len(text):,} characters in all)"


def money(usd: float | None) -> str:
    """US dollars in words."""
    return "price unknown" if usd is None else f"${usd:.4f}"


def _left_out(count: int) -> str:
    return f"{count:,} more are left out of this page." if count > 0 else ""


def _when(node: NodeView, story: NodeStory | None) -> tuple[float, str]:
    return (story.started if story and story.started is not None else float("inf")), node.key


def _facts(view: View) -> Iterator[dict[str, str]]:
    yield {"name": "outcome", "value": view.status.replace("_", " ") + (f": {view.reason}" if view.reason else "")}
    if view.started_at is not None:
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(view.started_at))
        yield {"name": "began", "value": when}
    if view.started is not None and view.ended is not None:
        yield {"name": "took", "value": f"{view.ended - view.started:.1f} s"}
    yield {"name": "cost", "value": money(view.cost)}
    yield {"name": "tokens in, out", "value": f"{view.input_tokens:,}, {view.output_tokens:,}"}
    if view.rehearsal:
        yield {"name": "no real model was asked", "value": "rehearsal"}


def _no_output(view: View) -> Iterator[str]:
    if view.no_output is not None:
        yield f"No output got a value: the way to it was closed by “{view.no_output.get('closed_by')}”."


def _described(node: Node, kinds: Kinds) -> Page:
    kind = kinds.get(node.kind)
    settings = [(key.replace("_", " "), shown(value)) for key, value in node.config.items() if key not in _HIDDEN]
    body = node.config.get("body")
    if isinstance(body, Mapping):
        names = [str(each.get("id")) for each in body.get("nodes", ()) if isinstance(each, Mapping)]
        settings.append(("inside", ", ".join(names)))
    title = kind.title if kind else node.kind
    return {"key": node.id, "name": node.name, "kind": title, "state": "", "line": "", "settings": settings}


def nested(nodes: Sequence[Page], graph: Graph) -> list[Page]:
    """The nodes of a run with those inside containers below them, a group for each item, pass or delegation."""
    pages = {page["key"]: page for page in nodes}
    top: list[Page] = []
    for page in nodes:
        owner, number = part_of(page["scope"]) if page["scope"] else ("", None)
        if owner not in pages:
            top.append(page)
            continue
        holder = graph.nodes.get(owner)
        label = page["scope"] if number is None else part_name(holder.kind if holder else "", number)
        groups: dict[str, Page] = pages[owner].setdefault("groups", {})
        groups.setdefault(page["scope"], {"label": label, "nodes": []})["nodes"].append(page)
    for page in top:
        _unfold(page)
    return top


def _unfold(page: Page) -> bool:
    """Opens a node that failed, or around one that did; whether it did so."""
    for group in page.get("groups", {}).values():
        opened = [_unfold(inner) for inner in group["nodes"]]
        group["failed"] = any(opened)
    inside = any(group["failed"] for group in page.get("groups", {}).values())
    page["open"] = inside or page["state"] == "failed"
    return bool(page["open"])


def _first_failure(view: View, keys: Iterable[str]) -> Page | None:
    """The node that failed before all others, which is where to look first."""
    failed = [view.nodes[key] for key in keys if view.nodes[key].status == "failed"]
    if not failed:
        return None
    first = min(failed, key=lambda node: node.ended if node.ended is not None else float("inf"))
    return {"key": first.key, "error": _error(first)}


def _ran(view: NodeView, story: NodeStory | None, graph: Graph, kinds: Kinds) -> Page:
    node = graph.nodes.get(view.node) if not view.scope else None
    kind = kinds.get(node.kind) if node else None
    return {
        "key": view.key,
        "scope": view.scope,
        "name": node.name if node else view.key,
        "kind": (kind.title if kind else node.kind) if node else place(view.key),
        "state": view.status,
        "mark": MARKS.get(view.status, "•"),
        "line": " · ".join(_line(view)),
        "error": _error(view),
        "reason": "" if view.error else " ".join(filter(None, [view.why, view.degraded, view.route_note])),
        "steps": [_step(step) for step in story.steps] if story else [],
        "outputs": [(port, shown(value)) for port, value in view.outputs.items()],
    }


def _line(view: NodeView) -> Iterator[str]:
    if view.seconds is not None:
        yield f"{view.seconds:.2f} s"
    if view.source and view.source != "ran":
        yield view.source
    if view.attempt > 1:
        yield f"{view.attempt} attempts"
    if view.model:
        yield view.model
    if view.route:
        yield f"took {', '.join(view.route)}"
    if view.replies:
        yield f"{view.input_tokens + view.output_tokens:,} tokens"
        yield money(view.cost)


def _error(view: NodeView) -> str:
    if not view.error:
        return ""
    return f"{view.error.get('class', '')}: {view.error.get('message', '')}"


def _step(step: Exchange | ToolUse) -> Page:
    if isinstance(step, ToolUse):
        said = step.denied or str((step.result or {}).get("text", "it gave nothing"))
        parts = [("With", shown(dict(step.arguments))), ("Was denied" if step.denied else "It said", shown(said))]
        return {"head": f"Tool {step.tool}", "parts": [{"label": label, "text": text} for label, text in parts]}
    parts = [(ROLES.get(str(m.get("role")), "Message"), shown(m.get("text", ""))) for m in step.asked["messages"]]
    if step.answer is None:
        parts.append(("Answer", "none: the call failed or was broken off"))
    else:
        parts.append(("Answer", shown(step.answer.get("text", ""))))
        calls = step.answer.get("tool_calls") or ()
        parts += [(f"Wants {call['name']}", shown(call.get("arguments", {}))) for call in calls]
    head = f"Call of {step.asked.get('model', 'a model')}" + (f", attempt {step.attempt}" if step.attempt > 1 else "")
    return {"head": head, "parts": [{"label": label, "text": text} for label, text in parts]}


def _cost(view: NodeView, story: NodeStory) -> dict[str, str]:
    """A row of the costs: what the node itself asked; what stands inside it has rows of its own."""
    models = dict.fromkeys(str(call.asked.get("model", "")) for call in story.exchanges)
    answers = [call.answer for call in story.exchanges if call.answer is not None]
    used = [answer.get("usage") or {} for answer in answers]
    prices = [answer.get("cost_usd") for answer in answers]
    known = [price for price in prices if price is not None]
    return {
        "node": view.key,
        "model": ", ".join(models),
        "calls": str(len(story.exchanges)),
        "input": f"{sum(each.get('input_tokens', 0) for each in used):,}",
        "output": f"{sum(each.get('output_tokens', 0) for each in used):,}",
        "cost": money(sum(known) if len(known) == len(prices) else None),
    }
