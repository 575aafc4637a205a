"""What each node of a run said and was told, put together from its events: for reports and for traces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.run.events import Event


@dataclass(slots=True)
class Exchange:
    """One call of a model. Times are in seconds since 1970; `ended` is None for one that got no answer."""

    asked: Mapping[str, Any]
    started: float
    attempt: int
    ended: float | None = None
    answer: Mapping[str, Any] | None = None


@dataclass(slots=True)
class ToolUse:
    """One call of a tool. `result` is None for one that never came to its end; `denied` is why it was not made."""

    tool: str
    id: str
    arguments: Mapping[str, Any]
    started: float
    ended: float | None = None
    result: Mapping[str, Any] | None = None
    denied: str = ""


@dataclass(slots=True)
class NodeStory:
    """One node of one scope, in the order in which things happened. Times are in seconds since 1970."""

    key: str
    started: float | None = None
    ended: float | None = None
    steps: list[Exchange | ToolUse] = field(default_factory=list)

    @property
    def exchanges(self) -> list[Exchange]:
        return [step for step in self.steps if isinstance(step, Exchange)]

    @property
    def tools(self) -> list[ToolUse]:
        return [step for step in self.steps if isinstance(step, ToolUse)]


def stories(events: Iterable[Event]) -> dict[str, NodeStory]:
    """The stories of all nodes that began, by `scope/node`, in the order in which they began."""
    found: dict[str, NodeStory] = {}
    for event in events:
        if event.key:
            _take(found.setdefault(event.key, NodeStory(event.key)), event)
    return {key: story for key, story in found.items() if story.started is not None}


def _take(story: NodeStory, event: Event) -> None:
    kind, data = event.kind, event.data
    if kind == "node.started" and story.started is None:
        story.started = event.ts
    elif kind in ("node.ok", "node.failed", "node.handled", "node.cancelled"):
        story.ended = event.ts
    elif kind == "model.request":
        story.steps.append(Exchange(data, event.ts, event.attempt))
    elif kind == "model.response":
        open_calls = [call for call in story.exchanges if call.answer is None]
        if open_calls:
            # Of several calls at once the answer belongs to the one that asked the same model, the oldest first.
            same = [call for call in open_calls if call.asked.get("model") == data.get("asked", data.get("model"))]
            call = (same or open_calls)[0]
            call.answer, call.ended = data, event.ts
    elif kind == "tool.intent":
        story.steps.append(ToolUse(data.get("tool", ""), data.get("id", ""), data.get("arguments", {}), event.ts))
    elif kind in ("tool.result", "tool.denied"):
        _close(story, event)


def _close(story: NodeStory, event: Event) -> None:
    data = event.data
    use = next((use for use in reversed(story.tools) if use.id == data.get("id") and use.ended is None), None)
    if use is None:
        use = ToolUse(data.get("tool", ""), data.get("id", ""), data.get("arguments", {}), event.ts)
        story.steps.append(use)
    use.ended = event.ts
    if event.kind == "tool.result":
        use.result = data
    else:
        use.denied = str(data.get("reason", ""))
